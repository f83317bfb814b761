package whole

import (
	"testing"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// The event bus brings the events of the region that ecsguard is in. Those of another region come by
// the trail, which delivers all regions, and are acted on there.
func TestAnotherRegionIsWatchedByTheTrail(t *testing.T) {
	t.Parallel()
	c := startUnguarded(t)
	// The local bus knows no regions: switched off, it brings nothing of any.
	call(t, c, api.New("eventbridge", "DisableRule", c.Region, "EventBusName", "default", "RuleName", watch.Rule))
	quiet(t, c)
	const region = "cn-shanghai"
	var vpc struct {
		VpcId string // as the API writes it
	}
	client := admin(t, c)
	if err := client.Do(t.Context(), api.New("vpc", "CreateVpc", region, "CidrBlock", "10.0.0.0/8"), &vpc); err != nil {
		t.Fatal(err)
	}
	var group struct{ SecurityGroupId string }
	if err := client.Do(t.Context(), api.New("ecs", "CreateSecurityGroup", region, "VpcId", vpc.VpcId, "SecurityGroupName", "far"), &group); err != nil {
		t.Fatal(err)
	}
	if err := client.Do(t.Context(), api.New("ecs", "AuthorizeSecurityGroup", region, "SecurityGroupId", group.SecurityGroupId,
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22", "Permissions.1.SourceCidrIp", "0.0.0.0/0"), nil); err != nil {
		t.Fatal(err)
	}
	quiet(t, c)
	var left struct {
		Permissions struct {
			Permission []struct{ PortRange, SourceCidrIp string }
		}
	}
	if err := client.Do(t.Context(), api.New("ecs", "DescribeSecurityGroupAttribute", region, "SecurityGroupId", group.SecurityGroupId), &left); err != nil {
		t.Fatal(err)
	}
	for _, p := range left.Permissions.Permission {
		if p.SourceCidrIp == "0.0.0.0/0" {
			t.Errorf("port %s of a group in %s is still open%s", p.PortRange, region, told(t, c))
		}
	}
}
