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
	default:
		return []string{r.ID}, nil
	}
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
