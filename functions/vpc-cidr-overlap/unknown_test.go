package vpccidroverlap_test

import (
	"strings"
	"testing"

	vpccidroverlap "github.com/ecsguard/ecsguard/functions/vpc-cidr-overlap"
	"github.com/ecsguard/ecsguard/test/scenario"
)

func look(t *testing.T, id string, a scenario.Answers) (titles map[string]string, err error) {
	t.Helper()
	findings, err := a.Look(t, vpccidroverlap.Practice, id, nil, nil)
	titles = map[string]string{}
	for _, f := range findings {
		titles[f.Key] = f.Title
	}
	return titles, err
}

// A peering connection that does not say its blocks, and CENs that may not be read, hide no block that is known.
func TestUnreadHidesNothing(t *testing.T) {
	titles, err := look(t, "vpc-a", scenario.Answers{
		"DescribeVpcs": `{"Vpcs":{"Vpc":[{"VpcId":"vpc-a","CidrBlock":"10.0.0.0/16"}]}}`,
		"ListVpcPeerConnections": `{"VpcPeerConnects":[
			{"InstanceId":"pcc-1","Vpc":{"VpcId":"vpc-a"},"AcceptingVpc":{"VpcId":"vpc-b","Ipv4Cidrs":["10.0.0.0/8"]}},
			{"InstanceId":"pcc-2","Vpc":{"VpcId":"vpc-a"},"AcceptingVpc":{"VpcId":"vpc-c"}}]}`,
	})
	if err != nil || len(titles) != 2 || !strings.Contains(titles["vpc-b"], "10.0.0.0/16") || !strings.Contains(titles["unread"], "VPCs by CENs; vpc-c") {
		t.Errorf("%v, %q", err, titles)
	}
}

// What the answers do not say clearly is an error, never a finding and never quiet.
func TestUnknownIsNotBad(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		a    scenario.Answers
		want string
	}{
		"no block": {"vpc-a", scenario.Answers{"DescribeVpcs": `{"Vpcs":{"Vpc":[{"VpcId":"vpc-a"}]}}`}, "are not said"},
		"no size":  {"vsw-a", scenario.Answers{"DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-a","AvailableIpAddressCount":1}]}}`}, "says the block"},
		"no count": {"vsw-a", scenario.Answers{"DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-a","CidrBlock":"10.0.0.0/28"}]}}`}, "how many addresses"},
	} {
		if titles, err := look(t, c.id, c.a); err == nil || !strings.Contains(err.Error(), c.want) || len(titles) > 0 {
			t.Errorf("%s: %v, %q", name, err, titles)
		}
	}
}
