package vpccidroverlap_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	vpccidroverlap "github.com/ecsguard/ecsguard/functions/vpc-cidr-overlap"
	"github.com/ecsguard/ecsguard/shared/practice"
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
	} {
		if titles, err := look(t, c.id, c.a); err == nil || !strings.Contains(err.Error(), c.want) || len(titles) > 0 {
			t.Errorf("%s: %v, %q", name, err, titles)
		}
	}
}

// Of a vSwitch, what the answer does not say hides nothing that it says.
func TestUnknownOfAVSwitch(t *testing.T) {
	vpc := `{"Vpcs":{"Vpc":[{"VpcId":"vpc-a","CidrBlock":"10.0.0.0/16"}]}}`
	for said, want := range map[string]string{
		`"AvailableIpAddressCount":1`: "full, unread block", `"CidrBlock":"10.0.0.0/28"`: "small, unread count", `"CidrBlock":"10.0.0.0/24"`: "unread count",
		`"CidrBlock":"10.0.0.0/24","AvailableIpAddressCount":200`: "",
	} {
		titles, err := look(t, "vsw-a", scenario.Answers{"DescribeVpcs": vpc, "DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-a","VpcId":"vpc-a",` + said + `}]}}`})
		if got := strings.Join(slices.Sorted(maps.Keys(titles)), ", "); err != nil || got != want {
			t.Errorf("%s: %v, %q", said, err, titles)
		}
	}
	pending := scenario.Answers{"DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-a","Status":"Pending","CidrBlock":"10.0.0.0/24","AvailableIpAddressCount":0}]}}`}
	if titles, err := look(t, "vsw-a", pending); !errors.Is(err, practice.ErrNotYet) || len(titles) > 0 {
		t.Errorf("pending: %v, %q", err, titles)
	}
}

// A VPC of a CEN that does not say its blocks hides no other, and one kind that cannot be listed not the other.
func TestUnknownBesideWhatIsKnown(t *testing.T) {
	titles, err := look(t, "vpc-a", scenario.Answers{
		"DescribeVpcs":                      `{"Vpcs":{"Vpc":[{"VpcId":"vpc-a","CidrBlock":"10.0.0.0/16"},{"VpcId":"vpc-b"},{"VpcId":"vpc-c","CidrBlock":"10.0.1.0/24"}]}}`,
		"ListVpcPeerConnections":            `{"VpcPeerConnects":[]}`,
		"DescribeVpcAttribute":              `{"AssociatedCens":{"AssociatedCen":[{"CenId":"cen-1"}]}}`,
		"DescribeCenAttachedChildInstances": `{"ChildInstances":{"ChildInstance":[{"ChildInstanceId":"vpc-b","ChildInstanceRegionId":"cn-hangzhou","ChildInstanceOwnerId":1098765432101234}]}}`,
	})
	if err != nil || titles["vpc-c"] == "" || titles["unread"] == "" {
		t.Errorf("%v, %q", err, titles)
	}
	p := vpccidroverlap.Practice
	pass := practice.NewPass(p, practice.Resource{Region: "cn-hangzhou"}, &events.Event{}, time.Now(), scenario.Answers{
		"DescribeVSwitches": `{"VSwitches":{"VSwitch":[{"VSwitchId":"vsw-a","CidrBlock":"10.0.0.0/29","AvailableIpAddressCount":1}]}}`,
	}, nil)
	if found, err := p.List(t.Context(), pass); err == nil || len(found) != 1 {
		t.Errorf("listed %v, %v", found, err)
	}
}
