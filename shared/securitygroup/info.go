package securitygroup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Info is what a security group says of itself: all but its rules.
type Info struct {
	ID, Name, Description, VPC string
	Kind                       string // "normal", which is called basic, or "enterprise"
	Managed                    string // the service that manages it; empty: its owner does
	Tags                       map[string]string
	Members                    *int // instances; only where IsQueryEcsCount asks for it
	Created                    time.Time
}

// Describe reads a group; params are more of the call's. An event that is about tags
// may name something that is no group.
func Describe(ctx context.Context, pass *practice.Pass, id string, params ...string) (Info, error) {
	// To a call that is not about tags somebody may add the parameter: the cloud passes it over.
	e := pass.Event
	tags := e != nil && strings.Contains(strings.ToLower(e.Name), "tag") // TagResources, AddTags
	if tags && e.Params["ResourceType"] != "" && !strings.EqualFold(e.Params["ResourceType"], "securitygroup") {
		return Info{}, fmt.Errorf("%s %s is no security group: %w", e.Params["ResourceType"], id, practice.ErrGone)
	}
	one, err := practice.One(resource.SecurityGroups(ctx, pass, pass.Resource.Region, append(params, "SecurityGroupIds", cloud.IDs(id))...))
	if err != nil {
		return Info{}, fmt.Errorf("reading security group %s: %w", id, err)
	}
	return infoOf(one), nil
}

func infoOf(g resource.SecurityGroup) Info {
	return Info{ID: g.SecurityGroupID, Name: g.SecurityGroupName, Description: g.Description, VPC: g.VpcID,
		Kind: g.SecurityGroupType, Tags: g.Tags.Map(), Managed: g.Managed(), Members: g.EcsCount, Created: cloud.Time(g.CreationTime)}
}

// Of names the groups that an id of an event leads to: itself, or those of an instance.
func Of(ctx context.Context, pass *practice.Pass, id string) ([]string, error) {
	if !resource.KindOf(TypeInstance).Holds(id) {
		return []string{id}, nil
	}
	one, err := practice.One(resource.Instances(ctx, pass, pass.Resource.Region, "InstanceIds", cloud.IDs(id)))
	if err != nil {
		return nil, fmt.Errorf("reading the groups of instance %s: %w", id, err)
	}
	return one.Groups(), nil
}

// About says which group it is.
func (i Info) About() resource.About {
	return resource.About{Type: Type, ID: i.ID, Name: i.Name, Tags: i.Tags, Managed: i.Managed, Created: i.Created}
}

// Tagged tells whether the group has one of some tags, each written as key=value,
// or as the key alone where any value will do.
func (i Info) Tagged(tags []string) bool { return cloud.Tagged(i.Tags, tags) }

// Tagged is the same of a group that was read with its rules.
func (g *Group) Tagged(tags []string) bool { return cloud.Tagged(g.Tags, tags) }

// Basic tells whether the group is a basic one; otherwise it is an enterprise one.
func (i Info) Basic() (bool, error) {
	switch i.Kind {
	case "normal":
		return true, nil
	case "enterprise":
		return false, nil
	}
	return false, fmt.Errorf("reading security group %s: its type %q is neither normal nor enterprise", i.ID, i.Kind)
}

// SystemMade tells whether the cloud made the group by itself, as the default of a VPC.
func (i Info) SystemMade() bool {
	return strings.EqualFold(strings.TrimRight(i.Description, ". "), "system created security group")
}
