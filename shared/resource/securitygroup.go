package resource

import (
	"context"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeSecurityGroup is the type of a security group.
const TypeSecurityGroup = "ACS::ECS::SecurityGroup"

var _ = add(Kind{Type: TypeSecurityGroup, Words: "security group", Param: "SecurityGroupId", Prefix: "sg-", ARN: "acs:ecs:%s:%s:securitygroup/%s", Untags: "ecs",
	Page: "https://ecs.console.aliyun.com/securityGroupDetail/region/{region}/groupId/{id}/detail/intranetIngress"})

// A SecurityGroup is a group without its rules.
type SecurityGroup struct {
	SecurityGroupID, SecurityGroupName, Description string

	SecurityGroupType string // "normal", which is called basic, or "enterprise"
	VpcID             string // empty: the classic network
	ServiceManaged    bool
	ServiceID         int64
	CreationTime      string
	EcsCount          *int // only where IsQueryEcsCount asks for it
	Tags              cloud.Tags
}

// About says which group it is.
func (g SecurityGroup) About() About {
	return About{Type: TypeSecurityGroup, ID: g.SecurityGroupID, Name: g.SecurityGroupName, Tags: g.Tags.Map(), Managed: g.Managed(), Created: cloud.Time(g.CreationTime)}
}

// Managed is the service that alone may change the group; empty: its owner may.
func (g SecurityGroup) Managed() string {
	if g.ServiceManaged {
		return "a cloud service (" + strconv.FormatInt(g.ServiceID, 10) + ")"
	}
	return ""
}

type groupPage struct {
	cloud.Page
	SecurityGroups struct{ SecurityGroup []SecurityGroup }
}

func (p groupPage) Items() []SecurityGroup { return p.SecurityGroups.SecurityGroup }

func describeGroups(region string, params []string) cloud.Call {
	return cloud.New("ecs", "DescribeSecurityGroups", region, append([]string{"MaxResults", "100"}, params...)...)
}

// SecurityGroups reads those of a region that the parameters choose.
func SecurityGroups(ctx context.Context, r cloud.Reader, region string, params ...string) ([]SecurityGroup, error) {
	return cloud.ReadList[groupPage](ctx, r, describeGroups(region, params))
}

// SecurityGroupPages is the same, page by page, until enough says so.
func SecurityGroupPages(ctx context.Context, r cloud.Reader, region string, enough func(page []SecurityGroup, more bool) bool, params ...string) error {
	return cloud.ReadItems[groupPage](ctx, r, describeGroups(region, params), enough)
}
