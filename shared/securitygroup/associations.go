package securitygroup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// concerned names the groups that a pass is about. A list changes the rules that
// name it without any event of their groups.
func concerned(ctx context.Context, pass *practice.Pass) ([]string, error) {
	switch r := pass.Resource; r.Type {
	case TypePrefixList:
		return associations(ctx, pass, cloud.New("ecs", "DescribePrefixListAssociations", r.Region, "PrefixListId", r.ID))
	case TypePortList:
		return associations(ctx, pass, cloud.New("ecs", "DescribePortRangeListAssociations", r.Region, "PortRangeListId", r.ID))
	case TypeInstance:
		return groupsOfInterfaces(ctx, pass, "InstanceId")
	case TypeInterface:
		return groupsOfInterfaces(ctx, pass, "NetworkInterfaceId.1")
	default:
		return []string{r.ID}, nil
	}
}

// groupsOfInterfaces names the groups of the network interfaces that a parameter chooses.
func groupsOfInterfaces(ctx context.Context, pass *practice.Pass, by string) (ids []string, err error) {
	all, err := resource.Interfaces(ctx, pass, pass.Resource.Region, by, pass.Resource.ID)
	for _, n := range all {
		ids = append(ids, n.Groups()...)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the security groups of %s: %w", pass.Resource, practice.Gone(err))
	}
	if len(ids) == 0 { // none is without a group: it is not visible yet, or not any more
		return nil, fmt.Errorf("reading the security groups of %s: %w", pass.Resource, practice.ErrGone)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// association is a resource that names a list.
type association struct{ ResourceID, ResourceType string }

type associationsPage struct {
	cloud.Page
	PrefixListAssociations    struct{ PrefixListAssociation []association }
	PortRangeListAssociations []association
}

func associations(ctx context.Context, pass *practice.Pass, call cloud.Call) ([]string, error) {
	var ids []string
	err := cloud.ReadAll(ctx, pass, call, func(p associationsPage) {
		for _, a := range append(p.PrefixListAssociations.PrefixListAssociation, p.PortRangeListAssociations...) {
			if strings.EqualFold(a.ResourceType, "securitygroup") && !slices.Contains(ids, a.ResourceID) {
				ids = append(ids, a.ResourceID)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("reading what names %s: %w", pass.Resource, practice.Gone(err))
	}
	return ids, nil
}
