package cloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// matrixClient is one client that never reuses a connection, and but for logs never
// tries again: what it is told is what each single call came to.
type matrixClient struct {
	t   *testing.T
	c   *Cloud
	rpc *sdk.Client
	log *sls.Client
	web *http.Client
}

// overTheWire reaches a cloud by its proxy, and with a new connection for each call.
func overTheWire(c *Cloud) http.RoundTripper {
	transport := c.Transport()
	transport.DisableKeepAlives = true
	return transport
}

func startMatrix(t *testing.T, seed uint64, reach func(*Cloud) http.RoundTripper) *matrixClient {
	t.Helper()
	c, err := New(kernel.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	load(t, c, "ecs:\n  security-groups:\n    - {id: sg-a, name: a}\n")
	c.AddRobot("token", "")
	c.AddWebhook("hooks.slack.com")
	transport, k := reach(c), admin(c)
	config := sdk.NewConfig().WithScheme("https").WithAutoRetry(false)
	config.Transport = transport
	return &matrixClient{
		t: t, c: c, web: &http.Client{Transport: transport},
		rpc: must[*sdk.Client](t)(sdk.NewClientWithOptions(c.Region, config, sdkCredential(k))),
		log: &sls.Client{Endpoint: "https://" + c.Region + ".log.aliyuncs.com", AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret,
			HTTPClient: &http.Client{Transport: transport}, RequestTimeOut: 5 * time.Second, RetryTimeOut: 200 * time.Millisecond},
	}
}

func (m *matrixClient) call(host, version, action string, params ...string) string {
	r := requests.NewCommonRequest()
	r.Domain, r.Version, r.ApiName, r.Method, r.Scheme = host, version, action, "POST", "https"
	for i := 0; i < len(params); i += 2 {
		r.QueryParams[params[i]] = params[i+1]
	}
	_, err := m.rpc.ProcessCommonRequest(r)
	if server, ok := err.(*sdkerrors.ServerError); ok {
		return server.ErrorCode()
	}
	return cutOr(err)
}

func (m *matrixClient) post(url, body string) string {
	response, err := m.web.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return cutOr(err)
	}
	response.Body.Close()
	return response.Status
}

func cutOr(err error) string {
	if err != nil {
		return "cut"
	}
	return "ok"
}

// operations are a day in the life of the cloud, each with what came of it.
func (m *matrixClient) operations() (came []string) {
	const ecs, sts, ram = "ecs-cn-hangzhou.aliyuncs.com", "sts.cn-hangzhou.aliyuncs.com", "ram.aliyuncs.com"
	note := func(what, result string) { came = append(came, what+" "+result) }
	for i := range 8 {
		note("open", m.call(ecs, "2014-05-26", "AuthorizeSecurityGroup", "RegionId", "cn-hangzhou", "SecurityGroupId", "sg-a",
			"IpProtocol", "tcp", "PortRange", fmt.Sprintf("%d/%d", 22+i, 22+i), "SourceCidrIp", "10.0.0.0/8"))
		note("look", m.call(ecs, "2014-05-26", "DescribeSecurityGroupAttribute", "RegionId", "cn-hangzhou", "SecurityGroupId", "sg-a"))
		note("who", m.call(sts, "2015-04-01", "GetCallerIdentity"))
		note("user", m.call(ram, "2015-05-01", "CreateUser", "UserName", fmt.Sprintf("user-%d", i)))
		note("ding", m.post("https://oapi.dingtalk.com/robot/send?access_token=token", markdown))
		note("hook", m.post("https://hooks.slack.com/x", `{"text":"x"}`))
	}
	return came
}

// matrix is each kind of fault, and whether chance is in it.
var matrix = map[string]struct {
	faults []kernel.Fault
	chance bool
}{
	"none":          {},
	"throttle 40%":  {[]kernel.Fault{{Action: "*", Percent: 40, Code: "Throttling.User", Message: "slow down"}}, true},
	"500 half":      {[]kernel.Fault{{Action: "ecs:*", Percent: 50, Status: 500}}, true},
	"latency":       {[]kernel.Fault{{Action: "*", P50: time.Millisecond, P99: 4 * time.Millisecond, Jitter: time.Millisecond}}, false},
	"reset":         {[]kernel.Fault{{Action: "*", Percent: 30, Reset: true}}, true},
	"lost response": {[]kernel.Fault{{Action: "*", Percent: 30, LoseResponse: true}}, true},
	"denied":        {[]kernel.Fault{kernel.Deny("ram:*")}, false},
	"chat down":     {[]kernel.Fault{kernel.ChatDown("dingtalk:Send"), kernel.ChatDown("webhook:Send")}, false},
	"chat slow":     {[]kernel.Fault{kernel.ChatSlow("*:Send", time.Millisecond, 3*time.Millisecond)}, false},
	"everything": {[]kernel.Fault{
		{Action: "*", P50: time.Millisecond, P99: 3 * time.Millisecond}, {Action: "ecs:*", Percent: 30, Status: 503},
		{Action: "*", Percent: 20, Reset: true}, {Action: "*", Percent: 20, LoseResponse: true}, {Action: "*", Times: 3, Code: "Throttling"},
	}, true},
}

// One seed, one result: the same answers in the same order, the same state, and each
// fault has struck as often, over the wire and without it. Another seed is another story
// where chance is in it.
func TestFaultMatrix(t *testing.T) {
	play := func(seed uint64, reach func(*Cloud) http.RoundTripper, faults []kernel.Fault) string {
		m := startMatrix(t, seed, reach)
		for _, f := range faults {
			if err := f.Validate(); err != nil {
				t.Fatal(err)
			}
			m.c.Inject(f)
		}
		came := m.operations()
		for _, f := range m.c.Faults() {
			came = append(came, fmt.Sprintf("%s struck %d, left %d", f.Name, f.Struck, f.Left))
		}
		return strings.Join(came, "\n") + "\n" + dump(t, m.c)
	}
	for name, row := range matrix {
		t.Run(name, func(t *testing.T) {
			first := play(7, overTheWire, row.faults)
			if second := play(7, (*Cloud).InProcess, row.faults); second != first {
				t.Errorf("seed 7, over the wire and in process:\n%s\n\n%s", first, second)
			}
			if other := play(8, (*Cloud).InProcess, row.faults); row.chance == (answers(other) == answers(first)) {
				t.Errorf("seeds 7 and 8, chance %t:\n%s\n\n%s", row.chance, first, other)
			}
			if struck := strings.Contains(first, "struck 0"); struck || name == "none" && strings.Contains(answers(first), "cut") {
				t.Error(first)
			}
		})
	}
}

// answers is what clients were told, without the ids that a seed makes.
func answers(s string) string { return s[:strings.Index(s, "ecs:\n")] }

// Simple Log Service out of order is out of order for its official client.
func TestSLSDown(t *testing.T) {
	m := startMatrix(t, 1, overTheWire)
	id, err := m.c.InjectFault(kernel.SLSDown())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.log.PutLogs("p-project", "audit", group(time.Now(), "id", "x")); err == nil {
		t.Error("a log was taken")
	}
	if n := len(m.c.Logs("p-project", "audit")); n != 0 {
		t.Errorf("%d logs", n)
	}
	if f := m.c.Faults(); len(f) != 1 || f[0].ID != id || f[0].Struck == 0 || f[0].Name != "Simple Log Service is down" {
		t.Errorf("%+v", f)
	}
	if !m.c.RemoveFault(id) || m.c.RemoveFault(id) {
		t.Error("a fault is removed once")
	}
	if err := m.log.PutLogs("p-project", "audit", group(time.Now(), "id", "x")); err != nil {
		t.Error(err)
	}
}

// The bus doubles and reorders by the seed too.
func TestBusFaultsFollowTheSeed(t *testing.T) {
	play := func(seed uint64) (copies []int) {
		m := startMatrix(t, seed, overTheWire)
		deploy(t, m.c, fc.Function{Name: "router"})
		if err := m.c.AddRule("router", []byte(`{"source":["acs.ecs"]}`), "router"); err != nil {
			t.Fatal(err)
		}
		want := eventbridge.EventFaults{Duplicate: 40, Delay: time.Millisecond, Reorder: true}
		m.c.EventFaults(want)
		if got := m.c.BusFaults(); got != want {
			t.Errorf("%+v", got)
		}
		for i := range 20 {
			m.c.Emit(cloudEvent(fmt.Sprint("e", i), "acs.ecs", "ecs:ActionTrail:ApiCall", "X"))
		}
		idle(t, m.c)
		for _, d := range m.c.Events() {
			copies = append(copies, d.Copies)
		}
		return copies
	}
	first := play(3)
	if second := play(3); !slices.Equal(first, second) || !slices.Contains(first, 2) || !slices.Contains(first, 1) {
		t.Errorf("%v\n%v", first, second)
	}
	if other := play(4); slices.Equal(first, other) {
		t.Errorf("seeds 3 and 4: %v", first)
	}
}

// The distribution of waits is the one that was asked for.
func TestLatencyDistribution(t *testing.T) {
	c := startCloud(t)
	c.Inject(kernel.Fault{Action: "ecs:A", P50: 100 * time.Millisecond, P99: time.Second})
	c.Inject(kernel.Fault{Action: "ecs:B", Delay: 10 * time.Millisecond, Jitter: 20 * time.Millisecond})
	waits := func(action string) (list []time.Duration) {
		for range 4000 {
			list = append(list, c.Fault(action).Delay)
		}
		slices.Sort(list)
		return list
	}
	a, b := waits("ecs:A"), waits("ecs:B")
	near := func(what string, got, want time.Duration, percent int) {
		if off := (got - want).Abs(); off > want*time.Duration(percent)/100 {
			t.Errorf("%s is %v, want about %v", what, got, want)
		}
	}
	near("p50", a[2000], 100*time.Millisecond, 10)
	near("p99", a[3960], time.Second, 25)
	if a[3999] > 5*time.Second {
		t.Errorf("the tail reaches %v", a[3999])
	}
	near("least", b[0], 10*time.Millisecond, 5)
	near("middle", b[2000], 20*time.Millisecond, 10)
	near("most", b[3999], 30*time.Millisecond, 5)
}

// Waits add up; of two refusals the first counts and the second is not used up.
func TestFaultsTogether(t *testing.T) {
	c := startCloud(t)
	c.Inject(kernel.Fault{Action: "*", Delay: 20 * time.Millisecond})
	c.Inject(kernel.Fault{Action: "ecs:*", Times: 1, Code: "First"})
	c.Inject(kernel.Fault{Action: "ecs:A", Times: 1, Code: "Second", Delay: time.Millisecond})
	for i, want := range []struct {
		code string
		wait time.Duration
	}{{"First", 20 * time.Millisecond}, {"Second", 21 * time.Millisecond}, {"", 20 * time.Millisecond}} {
		if f := c.Fault("ecs:A"); f.Code != want.code || f.Delay != want.wait {
			t.Errorf("%d: %+v", i, f)
		}
	}
	if f := c.Faults(); len(f) != 1 || f[0].Struck != 3 || f[0].Name != "*: slow" {
		t.Errorf("%+v", f)
	}
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	c := startCloud(t)
	for want, f := range map[string]kernel.Fault{
		"action is missing": {Code: "X"},
		"percent is 101":    {Action: "*", Percent: 101, Code: "X"},
		"times is -1":       {Action: "*", Times: -1, Code: "X"},
		"negative":          {Action: "*", Delay: -1},
		"p99 needs a p50":   {Action: "*", P99: 1},
		"less than p50":     {Action: "*", P50: 2, P99: 1},
		"status is 200":     {Action: "*", Status: 200},
		"choose one":        {Action: "*", Reset: true, LoseResponse: true},
		"nothing else can":  {Action: "*", Ignore: true, Reset: true},
		"it does nothing":   {Action: "*", Percent: 5},
	} {
		if _, err := c.InjectFault(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", f, err, want)
		}
	}
	if len(c.Faults()) > 0 {
		t.Error("one of them is there")
	}
}
