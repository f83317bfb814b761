package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// pages answers calls by their tokens or page numbers.
type pages struct {
	answers []string
	calls   []cloud.Call
}

func (p *pages) Read(_ context.Context, call cloud.Call, out any) error {
	p.calls = append(p.calls, call)
	return cloud.Decode(call, []byte(p.answers[min(len(p.calls), len(p.answers))-1]), out)
}

// Each typed read reads every page, and takes an answer without a list for no answer: of
// what cannot be seen nobody knows that it is not there.
func TestReads(t *testing.T) {
	ctx := t.Context()
	for name, read := range map[string]struct {
		list     string // where an answer has it; one element
		numbered bool
		do       func(cloud.Reader) (int, error)
	}{
		"instances":  {`"Instances":{"Instance":[%s]}`, false, func(r cloud.Reader) (int, error) { x, err := Instances(ctx, r, "r"); return len(x), err }},
		"interfaces": {`"NetworkInterfaceSets":{"NetworkInterfaceSet":[%s]}`, false, func(r cloud.Reader) (int, error) { x, err := Interfaces(ctx, r, "r"); return len(x), err }},
		"disks":      {`"Disks":{"Disk":[%s]}`, false, func(r cloud.Reader) (int, error) { x, err := Disks(ctx, r, "r"); return len(x), err }},
		"groups": {`"SecurityGroups":{"SecurityGroup":[%s]}`, false, func(r cloud.Reader) (int, error) {
			x, err := SecurityGroups(ctx, r, "r")
			return len(x), err
		}},
		"balancers":     {`"LoadBalancers":[%s]`, false, func(r cloud.Reader) (int, error) { x, err := Balancers(ctx, r, "alb", "r"); return len(x), err }},
		"server groups": {`"ServerGroups":[%s]`, false, func(r cloud.Reader) (int, error) { x, err := ServerGroups(ctx, r, "nlb", "r"); return len(x), err }},
		"servers":       {`"Servers":[%s]`, false, func(r cloud.Reader) (int, error) { x, err := Servers(ctx, r, "nlb", "r", "sgp-1"); return len(x), err }},
		"listeners":     {`"Listeners":[%s]`, false, func(r cloud.Reader) (int, error) { x, err := ALBListeners(ctx, r, "r", ""); return len(x), err }},
		"classic listeners": {`"Listeners":[%s]`, false, func(r cloud.Reader) (int, error) {
			x, err := ClassicListeners(ctx, r, "r", "")
			return len(x), err
		}},
		"VPCs":      {`"Vpcs":{"Vpc":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := VPCs(ctx, r, "r", ""); return len(x), err }},
		"vSwitches": {`"VSwitches":{"VSwitch":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := VSwitches(ctx, r, "r", ""); return len(x), err }},
		"gateways":  {`"NatGateways":{"NatGateway":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := NATGateways(ctx, r, "r"); return len(x), err }},
		"entries": {`"ForwardTableEntries":{"ForwardTableEntry":[%s]}`, true, func(r cloud.Reader) (int, error) {
			x, err := ForwardEntries(ctx, r, "r", "NatGatewayId", "ngw-1")
			return len(x), err
		}},
		"EIPs":     {`"EipAddresses":{"EipAddress":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := EIPs(ctx, r, "r"); return len(x), err }},
		"HaVips":   {`"HaVips":{"HaVip":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := HaVips(ctx, r, "r", "", ""); return len(x), err }},
		"IPv6":     {`"Ipv6Addresses":{"Ipv6Address":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := IPv6Addresses(ctx, r, "r"); return len(x), err }},
		"logs":     {`"FlowLogs":{"FlowLog":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := FlowLogs(ctx, r, "r"); return len(x), err }},
		"classic":  {`"LoadBalancers":{"LoadBalancer":[%s]}`, true, func(r cloud.Reader) (int, error) { x, err := ClassicBalancers(ctx, r, "r"); return len(x), err }},
		"agents":   {`"InstanceCloudAssistantStatusSet":{"InstanceCloudAssistantStatus":[%s]}`, false, func(r cloud.Reader) (int, error) { x, err := Agents(ctx, r, "r"); return len(x), err }},
		"sessions": {`"Sessions":{"Session":[%s]}`, false, func(r cloud.Reader) (int, error) { x, err := TerminalSessions(ctx, r, "r"); return len(x), err }},
		"events": {`"Events":[%s]`, false, func(r cloud.Reader) (int, error) {
			x, err := TrailEvents(ctx, r, "r", "n", "i", time.Now(), time.Now())
			return len(x), err
		}},
		"files": {`"Invocations":{"Invocation":[%s]}`, false, func(r cloud.Reader) (int, error) { x, err := SentFiles(ctx, r, "r"); return len(x), err }},
	} {
		first, want := fmt.Sprintf(`{`+read.list+`,"NextToken":"more"}`, "{}"), 3
		if read.numbered {
			first, want = fmt.Sprintf(`{`+read.list+`}`, strings.Join(slices.Repeat([]string{"{}"}, 50), ",")), 52
		}
		last := fmt.Sprintf(`{`+read.list+`}`, "{},{}")
		p := &pages{answers: []string{first, last}}
		if n, err := read.do(p); err != nil || n != want || len(p.calls) != 2 || p.calls[0].Region != "r" {
			t.Errorf("%s: %d read by %v: %v", name, n, p.calls, err)
		}
		p = &pages{answers: []string{`{"RequestId":"1"}`}}
		if _, err := read.do(p); err == nil || !strings.Contains(err.Error(), "the answer has no list") {
			t.Errorf("%s without a list: %v", name, err)
		}
		p = &pages{answers: []string{fmt.Sprintf(`{`+read.list+`}`, "")}}
		if n, err := read.do(p); err != nil || n != 0 {
			t.Errorf("%s, an empty list: %d, %v", name, n, err)
		}
	}
}

// A count that is not said is not none.
func TestCounts(t *testing.T) {
	if n, err := CountInstances(t.Context(), &pages{answers: []string{`{"TotalCount":7}`}}, "r"); err != nil || n != 7 {
		t.Error(n, err)
	}
	if _, err := CountInstances(t.Context(), &pages{answers: []string{`{}`}}, "r"); err == nil {
		t.Error("an answer that does not say how many there are counts none")
	}
}

// Who asks page by page is told whether there are more, and ends it.
func TestPagesEnd(t *testing.T) {
	p := &pages{answers: []string{`{"Instances":{"Instance":[{"InstanceId":"i-1"}]},"NextToken":"more"}`}}
	var more []bool
	err := InstancePages(t.Context(), p, "r", func(page []Instance, further bool) bool {
		more = append(more, further)
		return page[0].InstanceID == "i-1"
	})
	if err != nil || len(p.calls) != 1 || !slices.Equal(more, []bool{true}) {
		t.Errorf("%v, %d calls, more: %v", err, len(p.calls), more)
	}
}

// What an answer does not say of where a load balancer is, is neither public nor private.
func TestUnknownIsNotPrivate(t *testing.T) {
	if _, err := (ClassicBalancer{LoadBalancerID: "lb-1"}).Public(); err == nil {
		t.Error("a Classic Load Balancer of no address type is private")
	}
	if _, _, err := (Balancer{LoadBalancerID: "alb-1"}).Public(); err == nil {
		t.Error("a load balancer of no address type is private")
	}
	if four, six, err := (Balancer{AddressType: "Intranet", IPv6AddressType: "Internet"}).Public(); four || !six || err != nil {
		t.Error(four, six, err)
	}
}
