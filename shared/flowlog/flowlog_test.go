package flowlog_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/flowlog"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const region = "cn-hangzhou"

// world is a cloud, read and searched as the root account does.
type world struct {
	cloud  *cloud.Cloud
	client *ours.Client
	log    *ledger.Log
}

func begin(t *testing.T, state string) *world {
	t.Helper()
	c, err := cloud.New(cloud.Options{Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Load([]byte(state)); err != nil {
		t.Fatal(err)
	}
	root := c.RootSession()
	credentials := ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}
	return &world{
		c, ours.NewClient(ours.Config{Transport: c.Transport(), RetryWait: time.Millisecond, Credentials: credentials}),
		ledger.Open(ledger.Config{Region: region, Credentials: credentials, Transport: c.Transport(), RetryWait: time.Millisecond}),
	}
}

func (w *world) Read(ctx context.Context, call ours.Call, out any) error {
	return w.client.Do(ctx, call, out)
}

func (w *world) Search(ctx context.Context, s practice.Search) ([]map[string]string, error) {
	return w.log.Search(ctx, s)
}

func (w *world) ask(t *testing.T, open practice.Scope) (*flowlog.Answer, error) {
	t.Helper()
	return w.question(t, flowlog.Question{Open: open})
}

func (w *world) question(t *testing.T, q flowlog.Question) (*flowlog.Answer, error) {
	t.Helper()
	q.Group, q.Region = "sg-1", region
	p := &practice.Practice{ID: "test", Reads: flowlog.Reads}
	pass := practice.NewPass(p, practice.Resource{ID: "sg-1", Region: region}, &events.Event{}, time.Now(), w, nil)
	return flowlog.Ask(t.Context(), pass, q)
}

func (w *world) want(t *testing.T, open practice.Scope, want ...string) {
	t.Helper()
	a, err := w.ask(t, open)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range a.Sources {
		got = append(got, fmt.Sprintf("%s %s user=%v", s.Addr, ports(s.Ports), s.User()))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func ports(all []flowlog.Port) string {
	var names []string
	for _, p := range all {
		names = append(names, p.String())
	}
	return strings.Join(names, "+")
}

var ssh = practice.Scope{"TCP": {{From: 22, To: 22}}}

const members = `
ecs:
  security-groups: [{id: sg-1, vpc: vpc-1}, {id: sg-2, vpc: vpc-1}]
  instances:
    - {id: i-1, security-groups: [sg-1]}
    - {id: i-2, security-groups: [sg-2]}
  network-interfaces:
    - {id: eni-more, instance: i-2, security-groups: [sg-1]}
    - {id: eni-strange, instance: i-1, security-groups: [sg-2]}
`

// talk is one conversation, both of its directions.
func talk(eni, ago, peer string, protocol, from, to, bytes int) string {
	return fmt.Sprintf(`
      - {ago: %[2]s, eni-id: %[1]s, srcaddr: "%[3]s", srcport: %[5]d, dstaddr: 172.16.0.1, dstport: %[6]d, protocol: %[4]d, packets: 9, bytes: %[7]d}
      - {ago: %[2]s, eni-id: %[1]s, direction: out, srcaddr: 172.16.0.1, srcport: %[6]d, dstaddr: "%[3]s", dstport: %[5]d, protocol: %[4]d, packets: 9, bytes: %[7]d}`,
		eni, ago, peer, protocol, from, to, bytes)
}

func logs(store, index string, talks ...string) string {
	return "\n  - project: flow-logs\n    logstore: " + store + "\n    flow-log: true\n" + index + "    logs:" + strings.Join(talks, "")
}

func flows(on ...string) string {
	text := "vpc:\n  flow-logs:\n"
	for i, resource := range on {
		text += fmt.Sprintf("    - {id: fl-%d, resource: %s, project: flow-logs, logstore: %s}\n", i, resource, "of-"+resource)
	}
	return text
}

// Both sorts of interfaces are members, and those of other groups are not.
func TestMembers(t *testing.T) {
	w := begin(t, members+flows("vpc-1")+"logs:"+logs("of-vpc-1", "",
		talk("eni-i-1", "50h", "198.51.100.1", 6, 40000, 22, 9000), talk("eni-i-1", "20h", "198.51.100.1", 6, 40000, 22, 9000),
		talk("eni-more", "50h", "198.51.100.2", 6, 40000, 22, 2000000), talk("eni-i-2", "50h", "198.51.100.3", 6, 40000, 22, 9000),
		talk("eni-strange", "50h", "198.51.100.4", 6, 40000, 22, 9000)))
	w.want(t, ssh, "198.51.100.2 TCP 22 user=true", "198.51.100.1 TCP 22 user=true")
}

// An interface is asked about in one log, however many hold its traffic.
func TestEachMemberIsCountedOnce(t *testing.T) {
	some := talk("eni-i-1", "20h", "198.51.100.1", 6, 40000, 22, 300000)
	w := begin(t, members+flows("vpc-1", "vsw-1", "eni-i-1")+"logs:"+logs("of-vpc-1", "", some)+logs("of-vsw-1", "", some)+logs("of-eni-i-1", "", some))
	a, err := w.ask(t, ssh)
	if err != nil || len(a.Sources) != 1 || a.Sources[0].Received+a.Sources[0].Sent != 600000 {
		t.Errorf("%+v %v", a, err)
	}
	w = begin(t, members+flows("eni-i-1")+"logs:"+logs("of-eni-i-1", "", some))
	if a, err := w.ask(t, ssh); err != nil || a.Bare != 1 || a.Members != 2 || !strings.Contains(a.String(), "1 of 2 interfaces") {
		t.Errorf("%+v %v", a, err)
	}
}

func TestPortsAndProtocols(t *testing.T) {
	all := practice.Scope{"TCP": {{From: 1, To: 65535}}, "UDP": {{From: 53, To: 60}, {From: 70, To: 70}}, "ICMP": {{}}, "other protocols": {{}}}
	w := begin(t, members+flows("vpc-1")+"logs:"+logs("of-vpc-1", "",
		talk("eni-i-1", "20h", "198.51.100.1", 6, 443, 50000, 9000),   // the member's own download
		talk("eni-i-1", "20h", "198.51.100.2", 6, 1500, 3306, 8000),   // behind a NAT gateway that gives low ports
		talk("eni-i-1", "20h", "198.51.100.3", 6, 60000, 50000, 7000), // a client of a high port
		talk("eni-i-1", "20h", "198.51.100.4", 17, 40000, 55, 6000),
		talk("eni-i-1", "20h", "198.51.100.5", 17, 40000, 65, 5000), // not open
		talk("eni-i-1", "20h", "198.51.100.6", 1, 0, 0, 4000),
		talk("eni-i-1", "20h", "198.51.100.7", 47, 0, 0, 3000), // not open
		talk("eni-i-1", "20h", "198.51.100.8", 50, 0, 0, 2000),
		talk("eni-i-1", "20h", "2001:db8::8", 6, 40000, 22, 1000),
		talk("eni-i-1", "20h", "fd00::8", 6, 40000, 22, 1000), talk("eni-i-1", "20h", "172.31.0.8", 6, 40000, 22, 1000)))
	w.want(t, all, "198.51.100.2 TCP 3306 user=false", "198.51.100.3 TCP 50000 user=false", "198.51.100.4 UDP 55 user=false",
		"198.51.100.6 ICMP user=false", "198.51.100.8 protocol 50 user=false", "2001:db8::8 TCP 22 user=false")
	var many practice.Scope = map[string][]practice.Span{"UDP": nil}
	for p := 1; p < 60; p += 2 {
		many["UDP"] = append(many["UDP"], practice.Span{From: p, To: p})
	}
	w.want(t, many, "198.51.100.4 UDP 55 user=false")
}

// Private networks are named where they are asked about, the cloud's own addresses
// never, and nobody who did not come by what is in question.
func TestPrivateNetworks(t *testing.T) {
	w := begin(t, members+flows("vpc-1")+"logs:"+logs("of-vpc-1", "",
		talk("eni-i-1", "20h", "10.0.3.7", 6, 40000, 22, 600000), talk("eni-i-1", "20h", "192.168.0.8", 6, 40000, 22, 5000),
		talk("eni-i-1", "20h", "fd00::8", 6, 40000, 22, 4000), talk("eni-i-1", "20h", "100.64.3.1", 6, 40000, 22, 600000),
		talk("eni-i-1", "20h", "169.254.1.1", 6, 40000, 22, 600000), talk("eni-i-1", "20h", "fe80::1", 6, 40000, 22, 600000),
		talk("eni-i-1", "20h", "172.16.5.5", 6, 40000, 22, 600000), talk("eni-i-1", "20h", "198.51.100.1", 6, 40000, 22, 3000)))
	came := func(addr netip.Addr, p flowlog.Port) bool {
		return addr != netip.MustParseAddr("172.16.5.5") && p.Number == 22
	}
	a, err := w.question(t, flowlog.Question{Open: ssh, Private: true, Came: came})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range a.Sources {
		got = append(got, s.Addr.String())
	}
	if want := []string{"10.0.3.7", "192.168.0.8", "fd00::8", "198.51.100.1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// An index may have every column as text.
func TestColumnsOfText(t *testing.T) {
	index := "    index: {eni-id: text, protocol: text, srcaddr: text, srcport: text, dstaddr: text, dstport: text, direction: text, action: text, bytes: text}\n"
	w := begin(t, members+flows("vpc-1")+"logs:"+logs("of-vpc-1", index, talk("eni-i-1", "20h", "198.51.100.1", 6, 40000, 22, 600000)))
	w.want(t, ssh, "198.51.100.1 TCP 22 user=true")
}

func TestUnreadable(t *testing.T) {
	for name, test := range map[string]struct{ state, says string }{
		"no index":     {flows("vpc-1") + "logs:\n  - {project: flow-logs, logstore: of-vpc-1}\n", "without index config"},
		"no analytics": {flows("vpc-1") + "logs:" + logs("of-vpc-1", "    analytics: false\n"), "please add the column in the index attribute"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := begin(t, members+test.state).ask(t, ssh); err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "flow-logs/of-vpc-1") {
				t.Error(err)
			}
		})
	}
	w := begin(t, members+flows("vpc-1"))
	w.cloud.Inject(cloud.Deny("ecs:DescribeInstances"))
	if _, err := w.ask(t, ssh); !ours.Forbidden(err) {
		t.Error(err)
	}
}

func TestWords(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 2, 0, 0, time.UTC)
	user := func(n int) flowlog.Source {
		return flowlog.Source{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), Ports: []flowlog.Port{{Protocol: "TCP", Number: 22}}, Received: 2 << 20, Sent: 1 << 20, Days: 1, Last: at}
	}
	scanner := flowlog.Source{Addr: netip.MustParseAddr("192.0.2.1"), Ports: []flowlog.Port{{Protocol: "TCP", Number: 21}, {Protocol: "TCP", Number: 22}, {Protocol: "TCP", Number: 23}}, Received: 40, Days: 7}
	for want, a := range map[string]flowlog.Answer{
		"nobody: no network interface is in the group":                                             {},
		"not known: no flow log that runs covers the group (the practice vpc-flow-log finds that)": {Members: 2, Bare: 2},
		"nobody in the last 7 days":                                                                {Members: 1, Private: true},
		"nobody from the internet in the last 7 days":                                              {Members: 1},
		"nobody from the internet in the last 3 hours; the flow logs go back no further; only 1 interfaces were looked at": {
			Members: 1, Window: 3*time.Hour + time.Minute, More: true},
		"nobody from the internet in the last 5 minutes; the flow logs go back no further":                      {Members: 1, Window: 5 * time.Minute},
		"nobody from the internet in the last 7 days; 2 of 3 interfaces have IPv6, and a flow log of IPv4 only": {Members: 3, Unseen6: 2},
		"nobody from the internet in the last 7 days; 1 of 3 interfaces have a flow log without a line":         {Members: 3, Silent: 1},
		"not known: the flow logs of the group have no line of the last 7 days":                                 {Members: 3, Silent: 2, Bare: 1},
		"198.51.100.1 on TCP 22 (3 MB, 1 day, last 2026-03-01 03:02 UTC); the flow logs go back only 2 days": {
			Members: 1, Window: 50 * time.Hour, Sources: []flowlog.Source{user(1)}},
		"nobody for long in the last 7 days: 1 came (192.0.2.1 on TCP 21 and 2 more ports) briefly, as scanners do": {
			Members: 1, Sources: []flowlog.Source{scanner}},
		"198.51.100.1 on TCP 22 (3 MB, 1 day, last 2026-03-01 03:02 UTC); 198.51.100.2 on TCP 22 (3 MB, 1 day, last 2026-03-01 03:02 UTC); " +
			"198.51.100.3 on TCP 22 (3 MB, 1 day, last 2026-03-01 03:02 UTC); at least 2 more; at least 1 came (192.0.2.1 on TCP 21 and 2 more ports) briefly, as scanners do": {
			Members: 1, Cut: true, Sources: []flowlog.Source{user(1), user(2), user(3), user(4), user(5), scanner}},
	} {
		if a.Window == 0 {
			a.Window = flowlog.Window
		}
		if got := a.String(); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
}

// An answer goes no further back than the logs do: the oldest line tells, since how
// long a logstore keeps them is in settings that only a further right can read.
func TestHowFarBack(t *testing.T) {
	for name, test := range map[string]struct {
		logs, says string
	}{
		"kept for a week":  {talk("eni-i-1", "167h40m", "10.0.0.1", 6, 40000, 22, 9000), "nobody from the internet in the last 7 days"},
		"kept for a day":   {talk("eni-i-1", "23h30m", "10.0.0.1", 6, 40000, 22, 9000), "nobody from the internet in the last 23 hours; the flow logs go back no further"},
		"begun just now":   {talk("eni-i-1", "12m30s", "10.0.0.1", 6, 40000, 22, 9000), "nobody from the internet in the last 12 minutes; the flow logs go back no further"},
		"another's line":   {talk("eni-i-2", "167h40m", "10.0.0.1", 6, 40000, 22, 9000), "nobody from the internet in the last 7 days"},
		"nothing, so far":  {" []", "not known: the flow logs of the group have no line of the last 7 days"},
		"nothing any more": {talk("eni-i-1", "169h", "10.0.0.1", 6, 40000, 22, 9000), "not known: the flow logs of the group have no line of the last 7 days"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := begin(t, members+flows("vpc-1")+"logs:"+logs("of-vpc-1", "", test.logs)).ask(t, ssh)
			if err != nil || a.String() != test.says {
				t.Errorf("%q, want %q (%v)", a, test.says, err)
			}
		})
	}
}

// recorder answers nothing, and keeps what it was asked.
type recorder struct {
	world
	queries []string
	mu      sync.Mutex
}

func (r *recorder) Search(ctx context.Context, s practice.Search) ([]map[string]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries = append(r.queries, s.Query)
	return nil, nil
}

// However large the group is, a logstore is asked twice, by a statement of a length
// that a service may be expected to take and a search of no more terms than it takes.
func TestTheLargestQuestion(t *testing.T) {
	state := "ecs:\n  security-groups: [{id: sg-1, vpc: vpc-1}]\n  network-interfaces:\n"
	for i := range 210 {
		state += fmt.Sprintf("    - {id: eni-bp1234567890abcdef%03d, security-groups: [sg-1]}\n", i)
	}
	r := &recorder{world: *begin(t, state+flows("vpc-1")+"logs:"+logs("of-vpc-1", "", " []"))}
	open := practice.Scope{"ICMP": {{}}, "other protocols": {{}}}
	for p := 1; p < 80; p += 2 {
		open["TCP"] = append(open["TCP"], practice.Span{From: 40000 + p, To: 40000 + p})
		open["UDP"] = append(open["UDP"], practice.Span{From: 50000 + p, To: 50000 + p})
	}
	for _, scope := range []practice.Scope{open, {"TCP": open["TCP"][:10]}} {
		r.queries = nil
		p := &practice.Practice{ID: "test", Reads: flowlog.Reads}
		pass := practice.NewPass(p, practice.Resource{ID: "sg-1", Region: region}, &events.Event{}, time.Now(), r, nil)
		a, err := flowlog.Ask(t.Context(), pass, flowlog.Question{Group: "sg-1", Region: region, Open: scope})
		if err != nil || a.Members != 200 || !a.More || len(r.queries) != 2 {
			t.Fatalf("%+v %q %v", a, r.queries, err)
		}
		longest := slices.MaxFunc(r.queries, func(x, y string) int { return len(x) - len(y) })
		before, _, _ := strings.Cut(longest, "|")
		if len(longest) > 12<<10 || strings.Count(before, ":") > 30 {
			t.Errorf("%d bytes: %s", len(longest), longest)
		}
	}
}

// Nobody can be said to have come to a log that is not delivered.
func TestUndelivered(t *testing.T) {
	a, err := begin(t, members+flows("vpc-1")).ask(t, ssh) // its project is gone
	if err != nil || a.Bare != 2 || !strings.HasPrefix(a.String(), "not known: no flow log that runs") {
		t.Errorf("%+v %v", a, err)
	}
}

// A flow log is of IPv4 unless it is told to be of both.
func TestIPv6IsInNoLog(t *testing.T) {
	state := strings.Replace(members, "{id: eni-more,", "{id: eni-more, ipv6: [{address: '2001:db8::8'}],", 1)
	w := begin(t, state+flows("vpc-1")+"logs:"+logs("of-vpc-1", "", talk("eni-i-1", "167h40m", "10.0.0.1", 6, 40000, 22, 9000)))
	if a, err := w.ask(t, ssh); err != nil || a.Unseen6 != 1 || a.Members != 2 {
		t.Errorf("%+v %v", a, err)
	}
	both := ours.New("vpc", "ModifyFlowLogAttribute", region, "FlowLogId", "fl-0", "IpVersion", "DualStack")
	if err := w.client.Do(t.Context(), both, nil); err != nil {
		t.Fatal(err)
	}
	if a, err := w.ask(t, ssh); err != nil || a.Unseen6 != 0 {
		t.Errorf("%+v %v", a, err)
	}
}

// Whoever loses one of the ports that they have used does not keep their access.
func TestWhoKeepsTheirAccess(t *testing.T) {
	ssh, web := flowlog.Port{Protocol: "TCP", Number: 22}, flowlog.Port{Protocol: "TCP", Number: 443}
	a := flowlog.Answer{Sources: []flowlog.Source{{Ports: []flowlog.Port{web}}, {Ports: []flowlog.Port{ssh, web}}}}
	a.Keep(func(_ netip.Addr, p flowlog.Port) flowlog.Access {
		return map[flowlog.Port]flowlog.Access{ssh: flowlog.May, web: flowlog.Keeps}[p]
	})
	if a.Sources[0].Access != flowlog.Keeps || a.Sources[1].Access != flowlog.May {
		t.Errorf("%+v", a.Sources)
	}
}

func TestUsersAndScanners(t *testing.T) {
	ports := func(n int) []flowlog.Port { return make([]flowlog.Port, n) }
	for name, test := range map[string]struct {
		source flowlog.Source
		want   bool
	}{
		"never answered":      {flowlog.Source{Received: 1 << 30, Days: 7}, false},
		"a banner every day":  {flowlog.Source{Received: 200, Sent: 3000, Days: 7}, false},
		"a session, one day":  {flowlog.Source{Received: 9000, Sent: 90000, Days: 1, Ports: ports(1)}, false},
		"sessions, two days":  {flowlog.Source{Received: 9000, Sent: 90000, Days: 2, Ports: ports(1)}, true},
		"a large file":        {flowlog.Source{Received: 2 << 20, Sent: 9000, Days: 1, Ports: ports(1)}, true},
		"every port, at once": {flowlog.Source{Received: 2 << 20, Sent: 9000, Days: 7, Ports: ports(30)}, false},
	} {
		if got := test.source.User(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAllow(t *testing.T) {
	a := flowlog.Answer{}
	add := func(addr string) {
		a.Sources = append(a.Sources, flowlog.Source{Addr: netip.MustParseAddr(addr), Ports: []flowlog.Port{{Protocol: "TCP", Number: 22}}, Received: 1 << 20, Sent: 1 << 20, Days: 3})
	}
	for i := range 8 {
		add(fmt.Sprintf("198.51.100.%d", i*9))
	}
	for i := range 7 {
		add(fmt.Sprintf("203.0.113.%d", i*9))
	}
	add("2001:db8::1")
	add("2001:db8::2:1")
	add("2001:db8:1::1")
	add("2001:db8:2::1")
	a.Sources = append(a.Sources, flowlog.Source{Addr: netip.MustParseAddr("192.0.2.1"), Received: 40})
	office := netip.MustParsePrefix("203.0.113.16/28")
	a.Keep(func(addr netip.Addr, _ flowlog.Port) flowlog.Access {
		switch {
		case office.Contains(addr):
			return flowlog.Keeps
		case addr == netip.MustParseAddr("2001:db8:2::1"):
			return flowlog.May
		}
		return flowlog.Loses
	})
	got := fmt.Sprint(a.Allow())
	if want := "[198.51.100.0/24 203.0.113.0/32 203.0.113.9/32 203.0.113.36/32 203.0.113.45/32 203.0.113.54/32 2001:db8::/64 2001:db8:1::1/128]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
