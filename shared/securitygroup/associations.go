package securitygroup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
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
		return worn(ctx, pass, cloud.New("ecs", "DescribeNetworkInterfaces", r.Region, "InstanceId", r.ID, "MaxResults", "500"))
	case TypeInterface:
		return worn(ctx, pass, cloud.New("ecs", "DescribeNetworkInterfaces", r.Region, "NetworkInterfaceId.1", r.ID))
	default:
		return []string{r.ID}, nil
	}
}

// worn names the groups of network interfaces.
func worn(ctx context.Context, pass *practice.Pass, call cloud.Call) (ids []string, err error) {
	type page struct {
		cloud.Page
		NetworkInterfaceSets struct {
			NetworkInterfaceSet []struct {
				SecurityGroupIDs struct{ SecurityGroupID []string }
			}
		}
	}
	err = cloud.ReadAll(ctx, pass, call, func(p page) {
		for _, n := range p.NetworkInterfaceSets.NetworkInterfaceSet {
			ids = append(ids, n.SecurityGroupIDs.SecurityGroupID...)
		}
	})
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
