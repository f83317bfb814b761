package publicpath_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// fronted has one machine behind each kind of thing that the internet reaches for it, and
// some behind what it does not.
const fronted = `
ecs:
  security-groups: [{id: sg-a}]
  instances:
    - {id: i-clb, security-groups: [sg-a]}
    - {id: i-inner, security-groups: [sg-a]}
    - {id: i-eip, security-groups: [sg-a]}
    - {id: i-alb, security-groups: [sg-a]}
    - {id: i-alb6, security-groups: [sg-a]}
    - {id: i-nlb, security-groups: [sg-a]}
    - {id: i-ip, private-ip: 172.16.3.1, security-groups: [sg-a]}
    - {id: i-nic, security-groups: [sg-a]}
    - {id: i-quiet, security-groups: [sg-a]}
    - {id: i-vip1, security-groups: [sg-a]}
    - {id: i-vip2, security-groups: [sg-a]}
    - {id: i-vip3, security-groups: [sg-a]}
    - {id: i-vip4, security-groups: [sg-a]}
  network-interfaces:
    - {id: eni-2, instance: i-nic, private-ip: 172.16.3.2, security-groups: [sg-a]}
    - {id: eni-3, instance: i-vip2, private-ip: 172.16.3.3, security-groups: [sg-a]}
vpc:
  ha-vips:
    - {id: havip-1, ip: 172.16.255.1, instances: [i-vip1, eni-3]}
    - {id: havip-2, ip: 172.16.255.2, instances: [i-quiet]}
    - {id: havip-3, ip: 172.16.255.3, instances: [i-vip3]}
    - {id: havip-4, ip: 172.16.255.4, instances: [i-vip4]}
  nat-gateways:
    - {id: ngw-1, dnat: [{id: fwd-1, protocol: tcp, external-ip: 203.0.113.7, external-port: "80", internal-ip: 172.16.255.3, internal-port: "80"}]}
  eips:
    - {id: eip-1, address: 203.0.113.1, instance: havip-1}
    - {id: eip-2, address: 203.0.113.2, instance: lb-eip}
    - {id: eip-7, address: 203.0.113.7, instance: ngw-1}
slb:
  load-balancers:
    - {id: lb-out, address: 203.0.113.3, backend-servers: [i-clb], listeners: [{port: 443, protocol: https, settings: {BackendServerPort: "8080"}}]}
    - {id: lb-in, address: 172.16.0.200, address-type: intranet, vpc: vpc-1, backend-servers: [i-inner], listeners: [{port: 80, protocol: http}]}
    - {id: lb-eip, address: 172.16.0.201, address-type: intranet, vpc: vpc-1, backend-servers: [i-eip], listeners: [{port: 80, protocol: http, settings: {BackendServerPort: "80"}}]}
    - {id: lb-idle, address: 203.0.113.4, backend-servers: [i-quiet]}
alb:
  load-balancers:
    - {id: alb-out}
    - {id: alb-in, address-type: Intranet}
    - {id: alb-six, address-type: Intranet, ipv6-address-type: Internet}
  server-groups:
    - {id: sgp-1, load-balancers: [alb-out], servers: [{id: i-alb, port: 9000}, {id: eni-2, port: 9001}]}
    - {id: sgp-2, load-balancers: [alb-in], servers: [{id: i-inner, port: 9000}]}
    - {id: sgp-3, load-balancers: [alb-six], servers: [{id: i-alb6, port: 9000}]}
    - {id: sgp-4, servers: [{id: i-quiet, port: 9000}]}
nlb:
  load-balancers: [{id: nlb-out}, {id: nlb-in, address-type: Intranet}]
  server-groups:
    - {id: sgp-5, load-balancers: [nlb-out], servers: [{id: i-nlb, port: 5000}, {id: 172.16.3.1, type: Ip, port: 5001}, {id: 172.16.255.4, port: 5002}]}
    - {id: sgp-6, load-balancers: [nlb-in], servers: [{id: i-inner, port: 5000}]}
`

func TestWhatStandsInFront(t *testing.T) {
	w := begin(t, fronted)
	machines, err := publicpath.Members(t.Context(), pass(w), "sg-a")
	if err != nil {
		t.Fatal(err)
	}
	if err := publicpath.Trace(t.Context(), pass(w), machines); err != nil {
		t.Fatal(err)
	}
	same(t, told(machines), `
i-alb: the load balancer alb-out sg-a
i-alb6: the load balancer alb-six sg-a
i-clb: the load balancer lb-out sg-a
i-eip: the EIP 203.0.113.2 on the load balancer lb-eip sg-a
i-inner: none sg-a
i-ip: the load balancer nlb-out sg-a
i-nic: the load balancer alb-out sg-a
i-nlb: the load balancer nlb-out sg-a
i-quiet: none sg-a
i-vip1: the EIP 203.0.113.1 on the high-availability virtual IP havip-1 sg-a
i-vip2: the EIP 203.0.113.1 on the high-availability virtual IP havip-1 sg-a
i-vip3: the DNAT entry fwd-1 from 203.0.113.7 port 80 sg-a
i-vip4: the load balancer nlb-out sg-a`)
	for _, m := range machines {
		for _, i := range m.Interfaces {
			if i.Behind != strings.Contains(i.Path, "the load balancer") || i.Behind && len(i.Ports) != 1 {
				t.Errorf("%s: %q, behind is %v, ports %v", m.ID, i.Path, i.Behind, i.Ports)
			}
		}
	}
}

func TestWhatAFrontLeadsTo(t *testing.T) {
	for id, want := range map[string]string{
		"lb-out": "i-clb", "lb-idle": "", "alb-out": "i-alb i-nic", "nlb-out": "i-ip i-nlb", "havip-1": "i-vip1 i-vip2", "alb-none": "",
	} {
		machines, err := publicpath.Find(t.Context(), pass(begin(t, fronted)), id)
		var ids []string
		for _, m := range machines {
			ids = append(ids, m.ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", id, got, err, want)
		}
	}
	if _, err := publicpath.Find(t.Context(), pass(begin(t, fronted)), "havip-none"); !errors.Is(err, practice.ErrGone) {
		t.Errorf("a HaVip that is gone: %v", err)
	}
}

// A group that only load balancers are in front of is told with the ports that they use;
// whoever has a way of its own counts first.
func TestFacingThroughABalancer(t *testing.T) {
	behind := strings.NewReplacer("{id: i-vip1,", "{id: i-vip1, status: Pending,").Replace(fronted)
	for name, c := range map[string]struct{ state, want string }{
		"all":    {fronted, "{eni-3 by the EIP 203.0.113.1 on the high-availability virtual IP havip-1 false []}"},
		"fronts": {strings.NewReplacer("instances: [i-vip1, eni-3]", "", "instances: [i-vip3]", "").Replace(fronted), "{eni-2 by the load balancer alb-out true [80 5000 5001 5002 8080 9000 9001]}"},
		"young":  {behind, "{eni-3 by the EIP 203.0.113.1 on the high-availability virtual IP havip-1 false []}"},
	} {
		if f, err := publicpath.Facing(t.Context(), pass(begin(t, c.state)), "sg-a"); err != nil || fmt.Sprint(f) != c.want {
			t.Errorf("%s: %v, %v; want %s", name, f, err, c.want)
		}
	}
}

// What may not be read hides nothing that is known, and what it would have shown is
// unknown: for those to which nothing that can be read leads.
func TestWhatCannotBeReadHidesNothing(t *testing.T) {
	for _, action := range publicpath.Reads {
		if strings.HasPrefix(action, "ecs:") {
			continue // without these there is nothing to tell of
		}
		state := strings.Replace(fronted, "network-interfaces:", "network-interfaces:\n    - {id: eni-i-quiet, primary: true, instance: i-quiet, ipv6: [{id: ipv6-1, address: '2001:db8::1'}]}", 1)
		w := begin(t, state)
		machines, err := publicpath.Members(t.Context(), pass(w), "sg-a")
		if err != nil {
			t.Fatal(err)
		}
		w.cloud.Inject(cloud.Deny(action))
		err = publicpath.Trace(t.Context(), pass(w), machines)
		lit := slices.DeleteFunc(slices.Clone(machines), func(m *publicpath.Machine) bool { return m.Path() == "" })
		if publicpath.IsUnread(err) == nil || len(lit) < 6 {
			t.Errorf("%s: %v, %d machines have a path", action, err, len(lit))
			continue
		}
		p := practice.NewPass(&practice.Practice{ID: "test"}, practice.Resource{ID: "i-quiet"}, &events.Event{}, time.Now(), w, nil)
		publicpath.Doubt(p, practice.Finding{Advice: "It has a database."}, err)
		f := p.Findings()
		if len(f) != 1 || !strings.Contains(f[0].Title, action) || !strings.HasPrefix(f[0].Facts[action], action+": ") || !strings.HasSuffix(f[0].Advice, "It has a database.") {
			t.Errorf("%s: told is %v", action, f)
		}
	}
	// Where all have a path by what can be read, nothing is unknown.
	w := begin(t, strings.NewReplacer("[sg-a]", "[sg-b]", "[{id: sg-a}]", "[{id: sg-a}, {id: sg-b}]", "{id: i-vip1, security-groups: [sg-a]}", "{id: i-vip1, security-groups: [sg-a]}").Replace(fronted))
	machines, err := publicpath.Find(t.Context(), pass(w), "i-vip1")
	w.cloud.Inject(cloud.Deny("vpc:DescribeForwardTableEntries"))
	if err = errors.Join(err, publicpath.Trace(t.Context(), pass(w), machines)); err != nil || machines[0].Path() == "" {
		t.Errorf("%v, %q", err, machines[0].Path())
	}
}

// busy is a world whose Network Load Balancers do not answer for now.
type busy struct{ *world }

func (b busy) Read(ctx context.Context, call ours.Call, out any) error {
	if call.Product == "nlb" {
		return &ours.Error{Action: call.RAM(), Code: "ServiceUnavailable", Status: 503}
	}
	return b.world.Read(ctx, call, out)
}

// What passes by itself is an error that another attempt may get past.
func TestWhatPassesIsTriedAgain(t *testing.T) {
	w := begin(t, fronted)
	machines, err := publicpath.Find(t.Context(), pass(w), "i-quiet")
	if err != nil {
		t.Fatal(err)
	}
	if err := publicpath.Trace(t.Context(), pass(busy{w}), machines); err == nil || publicpath.IsUnread(err) != nil || !ours.Retryable(err) {
		t.Errorf("%v", err)
	}
}

// A launch into a busy account costs the same few reads, however many machines ask.
func TestAFrontIsReadOnceForAll(t *testing.T) {
	w := begin(t, fronted)
	machines, err := publicpath.Members(t.Context(), pass(w), "sg-a")
	if err != nil {
		t.Fatal(err)
	}
	if err := publicpath.Trace(t.Context(), pass(w), machines); err != nil {
		t.Fatal(err)
	}
	same(t, w.calls(), "map[alb:ListLoadBalancers:1 alb:ListServerGroupServers:2 alb:ListServerGroups:1 ecs:DescribeInstances:1 ecs:DescribeNetworkInterfaces:1 "+
		"nlb:ListLoadBalancers:1 nlb:ListServerGroupServers:1 nlb:ListServerGroups:1 slb:DescribeHealthStatus:3 slb:DescribeLoadBalancers:1 "+
		"vpc:DescribeEipAddresses:1 vpc:DescribeForwardTableEntries:1 vpc:DescribeHaVips:1 vpc:DescribeNatGateways:1]")
}
