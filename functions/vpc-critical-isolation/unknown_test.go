package vpccriticalisolation_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	vpccriticalisolation "github.com/ecsguard/ecsguard/functions/vpc-critical-isolation"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// answers are what the APIs say, by action.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	action := call.Action
	if call.Product == "alb" || call.Product == "nlb" {
		action = call.Product + " " + action
	}
	return json.Unmarshal([]byte(a[action]), out)
}

// quiet is a VPC with critical data that has no way to the internet, and the changes.
func quiet(changes answers) answers {
	a := answers{
		"DescribeVpcs":              `{"Vpcs":{"Vpc":[{"VpcId":"vpc-1","Tags":{"Tag":[{"Key":"critical","Value":"true"}]}}]}}`,
		"DescribeNatGateways":       `{"NatGateways":{"NatGateway":[]}}`,
		"DescribeEipAddresses":      `{"EipAddresses":{"EipAddress":[]}}`,
		"DescribeIpv6Addresses":     `{"Ipv6Addresses":{"Ipv6Address":[]}}`,
		"DescribeHaVips":            `{"HaVips":{"HaVip":[]}}`,
		"DescribeLoadBalancers":     `{"LoadBalancers":{"LoadBalancer":[]}}`,
		"DescribeInstances":         `{"Instances":{"Instance":[{"InstanceId":"i-1","VpcAttributes":{"VpcId":"vpc-1"},"PublicIpAddress":{"IpAddress":[]}}]}}`,
		"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`,
		"DescribeHealthStatus":      `{"BackendServers":{"BackendServer":[]}}`,
		"alb ListLoadBalancers":     `{"LoadBalancers":[]}`,
		"nlb ListLoadBalancers":     `{"LoadBalancers":[]}`,
	}
	maps.Copy(a, changes)
	return a
}

func look(t *testing.T, id string, e *events.Event, a answers) ([]practice.Finding, error) {
	p := vpccriticalisolation.Practice
	pass := practice.NewPass(p, practice.Resource{Type: p.Resource, ID: id, Region: "cn-hangzhou"}, e, time.Now(), a, nil)
	err := p.Check(t.Context(), pass)
	return pass.Findings(), err
}

// What the answers do not say clearly is an error, never a finding and never quiet.
func TestUnknownIsNotBad(t *testing.T) {
	for name, c := range map[string]struct {
		changes answers
		want    string
	}{
		"no list of VPCs": {answers{"DescribeVpcs": `{}`}, "no list"},
		"no instances":    {answers{"DescribeInstances": `{}`}, "no list"},
		"no interfaces":   {answers{"DescribeNetworkInterfaces": `{}`}, "no list"},
		"no EIPs":         {answers{"DescribeEipAddresses": `{}`}, "no list"},
		"no HaVips":       {answers{"DescribeHaVips": `{}`}, "no list"},
		"no servers": {answers{"DescribeHealthStatus": `{}`,
			"DescribeLoadBalancers": `{"LoadBalancers":{"LoadBalancer":[{"LoadBalancerId":"lb-1","AddressType":"internet"}]}}`}, "no list"},
		"addresses":                         {answers{"DescribeInstances": `{"Instances":{"Instance":[{"InstanceId":"i-1"}]}}`}, "which public addresses"},
		"kind of gateway":                   {answers{"DescribeNatGateways": `{"NatGateways":{"NatGateway":[{"NatGatewayId":"ngw-1"}]}}`}, "does not say"},
		"kind of address":                   {answers{"DescribeIpv6Addresses": `{"Ipv6Addresses":{"Ipv6Address":[{"Ipv6AddressId":"ipv6-1"}]}}`}, "does not say"},
		"kind of Classic Load Balancer":     {answers{"DescribeLoadBalancers": `{"LoadBalancers":{"LoadBalancer":[{"LoadBalancerId":"lb-1"}]}}`}, "does not say"},
		"kind of Network Load Balancer":     {answers{"nlb ListLoadBalancers": `{"LoadBalancers":[{"LoadBalancerId":"nlb-1"}]}`}, "does not say"},
		"Network Load Balancers":            {answers{"nlb ListLoadBalancers": `{}`}, "no list"},
		"kind of Application Load Balancer": {answers{"alb ListLoadBalancers": `{"LoadBalancers":[{"LoadBalancerId":"alb-1"}]}`}, "does not say"},
		"an EIP on its way": {answers{
			"DescribeEipAddresses": `{"EipAddresses":{"EipAddress":[{"AllocationId":"eip-1","Status":"Associating","InstanceId":"i-1","InstanceType":"EcsInstance"}]}}`,
		}, practice.ErrNotYet.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			findings, err := look(t, "vpc-1", &events.Event{}, quiet(c.changes))
			if err == nil || !strings.Contains(err.Error(), c.want) || len(findings) > 0 {
				t.Errorf("%v, findings %v", err, findings)
			}
		})
	}
	if findings, err := look(t, "vpc-1", &events.Event{}, quiet(nil)); err != nil || len(findings) > 0 {
		t.Errorf("a quiet VPC: %v, findings %v", err, findings)
	}
}

// Only what the event itself has put on an instance or an interface, and just now, is
// taken off. All else is told.
func TestAnEIPIsTakenOffOnlyAtOnce(t *testing.T) {
	const slow, quick = 10*time.Minute + time.Second, 9 * time.Minute
	ago := func(age time.Duration) string { return time.Now().Add(-age).UTC().Format(time.RFC3339) }
	made := func(since, fields string) answers {
		return quiet(answers{
			"DescribeEipAddresses":  `{"EipAddresses":{"EipAddress":[{"AllocationId":"eip-1","Status":"InUse","AllocationTime":"` + since + `",` + fields + `}]}}`,
			"DescribeHaVips":        `{"HaVips":{"HaVip":[{"HaVipId":"havip-1","VpcId":"vpc-1"}]}}`,
			"DescribeLoadBalancers": `{"LoadBalancers":{"LoadBalancer":[{"LoadBalancerId":"lb-1","AddressType":"intranet","VpcId":"vpc-1"}]}}`,
		})
	}
	on := func(fields string) answers { return made(ago(quick), fields) }
	instance := on(`"InstanceId":"i-1","InstanceType":"EcsInstance"`)
	segment := maps.Clone(instance)
	segment["DescribeInstances"] = `{"Instances":{"Instance":[{"InstanceId":"i-1","VpcAttributes":{"VpcId":"vpc-1"},"PublicIpAddress":{"IpAddress":[]},
		"EipAddress":{"AllocationId":"eip-1","IsSupportUnassociate":false}}]}}`
	// What the event says is not so: the EIP may have been there for a year.
	const there = `"InstanceId":"i-1","InstanceType":"EcsInstance"`
	launched := func(age time.Duration) answers {
		state := maps.Clone(made(ago(slow), there))
		state["DescribeInstances"] = `{"Instances":{"Instance":[{"InstanceId":"i-1","VpcAttributes":{"VpcId":"vpc-1"},"PublicIpAddress":{"IpAddress":[]},
			"CreationTime":"` + time.Now().Add(-age).UTC().Format("2006-01-02T15:04Z") + `"}]}}`
		return state
	}
	for name, c := range map[string]struct {
		event, holder string
		age           time.Duration
		state         answers
		taken         bool
	}{
		"at once":               {"AssociateEipAddress", "i-1", quick, instance, true},
		"too late":              {"AssociateEipAddress", "i-1", slow, instance, false},
		"another event":         {"ModifyEipAddressAttribute", "i-1", quick, instance, false},
		"put on something else": {"AssociateEipAddress", "i-2", quick, instance, false},
		"on a HaVip":            {"AssociateEipAddress", "havip-1", quick, on(`"InstanceId":"havip-1","InstanceType":"HaVip"`), false},
		"on a load balancer":    {"AssociateEipAddress", "lb-1", quick, on(`"InstanceId":"lb-1","InstanceType":"SlbInstance"`), false},
		"on an address":         {"AssociateEipAddress", "10.0.0.9", quick, on(`"InstanceId":"10.0.0.9","InstanceType":"IpAddress","VpcId":"vpc-1"`), false},
		"an EIP of last year":   {"AssociateEipAddress", "i-1", quick, made(ago(365*24*time.Hour), there), false},
		"an EIP of an hour ago": {"AssociateEipAddress", "i-1", quick, launched(time.Hour), false},
		"of a new instance":     {"AssociateEipAddress", "i-1", quick, launched(2 * time.Minute), true},
		"an EIP of no time":     {"AssociateEipAddress", "i-1", quick, made("", there), false},
		"one of a segment":      {"AssociateEipAddress", "i-1", quick, segment, false},
	} {
		t.Run(name, func(t *testing.T) {
			params := map[string]string{"AllocationId": "eip-1", "InstanceId": c.holder}
			findings, err := look(t, "vpc-1", &events.Event{Service: "Vpc", Name: c.event, Time: time.Now().Add(-c.age), Params: params}, c.state)
			if err != nil || len(findings) != 1 {
				t.Fatalf("%v, findings %v", err, findings)
			}
			if got := len(findings[0].Changes) == 1; got != c.taken {
				t.Errorf("changes %v", findings[0].Changes)
			}
		})
	}
}

// A load balancer or an address that a cloud service made is told with its owner.
func TestWhatAServiceMadeIsItsOwn(t *testing.T) {
	findings, err := look(t, "vpc-1", &events.Event{}, quiet(answers{
		"DescribeLoadBalancers": `{"LoadBalancers":{"LoadBalancer":[{"LoadBalancerId":"lb-1","AddressType":"internet","ServiceManagedMode":"Managed"}]}}`,
		"DescribeHealthStatus":  `{"BackendServers":{"BackendServer":[{"ServerId":"i-1"}]}}`,
		"alb ListLoadBalancers": `{"LoadBalancers":[{"LoadBalancerId":"alb-1","VpcId":"vpc-1","AddressType":"Internet","ServiceManagedMode":"Managed"}]}`,
		"DescribeIpv6Addresses": `{"Ipv6Addresses":{"Ipv6Address":[{"Ipv6AddressId":"ipv6-1","VpcId":"vpc-1","NetworkType":"Public","ServiceManaged":1}]}}`,
	}))
	if err != nil || len(findings) != 3 {
		t.Fatalf("%v, findings %v", err, findings)
	}
	for _, f := range findings {
		if f.Managed == "" {
			t.Errorf("%s is nobody's", f.Key)
		}
	}
}
