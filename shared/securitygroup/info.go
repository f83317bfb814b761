package securitygroup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Info is what a security group says of itself: all but its rules.
type Info struct {
	ID, Name, Description, VPC string
	Kind                       string // "normal", which is called basic, or "enterprise"
	Managed                    string // the service that manages it; empty: its owner does
	Tags                       map[string]string
	Members                    *int // instances; only where IsQueryEcsCount asks for it
}

// Describe reads a group; params are more of the call's. An event that is about tags
// may name something that is no group.
func Describe(ctx context.Context, pass *practice.Pass, id string, params ...string) (Info, error) {
	if kind := pass.Event.Params["ResourceType"]; kind != "" && !strings.EqualFold(kind, "securitygroup") {
		return Info{}, fmt.Errorf("%s %s is no security group: %w", kind, id, practice.ErrGone)
	}
	var answer struct {
		SecurityGroups struct {
			SecurityGroup []struct {
				SecurityGroupName, Description string
				SecurityGroupType, VpcID       string
				ServiceManaged                 bool
				ServiceID                      int64
				EcsCount                       *int
				Tags                           cloud.Tags
			}
		}
	}
	params = append(params, "SecurityGroupIds", cloud.IDs(id))
	call := cloud.New("ecs", "DescribeSecurityGroups", pass.Resource.Region, params...)
	if err := pass.Read(ctx, call, &answer); err != nil {
		return Info{}, fmt.Errorf("reading security group %s: %w", id, practice.Gone(err))
	}
	if len(answer.SecurityGroups.SecurityGroup) == 0 {
		return Info{}, fmt.Errorf("reading security group %s: %w", id, practice.ErrGone)
	}
	found := answer.SecurityGroups.SecurityGroup[0]
	info := Info{ID: id, Name: found.SecurityGroupName, Description: found.Description, VPC: found.VpcID,
		Kind: found.SecurityGroupType, Tags: found.Tags.Map(), Members: found.EcsCount}
	if found.ServiceManaged {
		info.Managed = "a cloud service (" + strconv.FormatInt(found.ServiceID, 10) + ")"
	}
	return info, nil
}

// Of names the groups of an instance.
func Of(ctx context.Context, pass *practice.Pass, instance string) ([]string, error) {
	var answer struct {
		Instances struct {
			Instance []struct {
				SecurityGroupIDs struct{ SecurityGroupID []string }
			}
		}
	}
	call := cloud.New("ecs", "DescribeInstances", pass.Resource.Region, "InstanceIds", cloud.IDs(instance))
	if err := pass.Read(ctx, call, &answer); err != nil {
		return nil, fmt.Errorf("reading the groups of instance %s: %w", instance, practice.Gone(err))
	}
	if len(answer.Instances.Instance) == 0 {
		return nil, fmt.Errorf("reading the groups of instance %s: %w", instance, practice.ErrGone)
	}
	return answer.Instances.Instance[0].SecurityGroupIDs.SecurityGroupID, nil
}

// Finding begins a finding about the group.
func (i Info) Finding(pass *practice.Pass, key, title string) practice.Finding {
	r := practice.Resource{Type: Type, ID: i.ID, Name: i.Name, Region: pass.Resource.Region, Account: pass.Resource.Account}
	return practice.Finding{Key: key, Resource: r, Title: title, Tags: i.Tags, Managed: i.Managed}
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
