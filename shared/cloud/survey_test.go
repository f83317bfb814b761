package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const (
	roomy = 32 << 20
	list  = "ListOfTheRegion" // as counted by tally
)

// tally counts calls, those for the list of everything apart, and lets some fail.
type tally struct {
	ours.Reader
	mu   sync.Mutex
	made map[string]int
	fail func(call ours.Call, n int) error // n counts the calls that read the list
	edit func(call ours.Call, body json.RawMessage) json.RawMessage
}

func (c *tally) Read(ctx context.Context, call ours.Call, out any) error {
	c.mu.Lock()
	c.made[call.Action]++
	whole := listing(call)
	if whole {
		c.made[list]++
	}
	n := c.made[list]
	c.mu.Unlock()
	if whole && c.fail != nil {
		if err := c.fail(call, n); err != nil {
			return err
		}
	}
	if c.edit == nil {
		return c.Reader.Read(ctx, call, out)
	}
	var body json.RawMessage
	if err := c.Reader.Read(ctx, call, &body); err != nil {
		return err
	}
	return ours.Decode(call, c.edit(call, body), out)
}

func listing(call ours.Call) bool {
	for name := range call.Params {
		if name != "MaxResults" && name != "NextToken" {
			return false
		}
	}
	return true
}

// populate is a region with groups, instances in some of them, and further interfaces in
// others, on instances and on nothing. Some groups are large, and some are empty.
func populate(t *testing.T, seed uint64, groups, instances, further int) (*tally, []string) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, seed))
	some := func() string {
		in := map[int]bool{}
		if random.IntN(4) == 0 {
			in[0] = true
		}
		for range 1 + random.IntN(3) {
			in[random.IntN(groups-1)] = true // the last one is empty
		}
		var all []string
		for n := range in {
			all = append(all, fmt.Sprint("sg-", n))
		}
		return strings.Join(all, ", ")
	}
	var state strings.Builder
	var all []string
	state.WriteString("ecs:\n  security-groups:\n")
	for n := range groups {
		all = append(all, fmt.Sprint("sg-", n))
		fmt.Fprintf(&state, "    - {id: sg-%d}\n", n)
	}
	state.WriteString("  instances:\n")
	for n := range instances {
		fmt.Fprintf(&state, "    - {id: i-%d, name: \"n %d <&>\", security-groups: [%s]}\n", n, n, some())
	}
	state.WriteString("  network-interfaces:\n")
	for n := range further {
		on := ""
		if random.IntN(5) > 0 {
			on = fmt.Sprintf("instance: i-%d, ", random.IntN(instances))
		}
		fmt.Fprintf(&state, "    - {id: eni-x%d, %ssecurity-groups: [%s]}\n", n, on, some())
	}
	c, err := cloud.New(cloud.Options{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Load([]byte(state.String())); err != nil {
		t.Fatal(err)
	}
	root := c.RootSession()
	client := &reader{made: map[string]int{}, client: ours.NewClient(ours.Config{Transport: c.InProcess(), RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}})}
	return &tally{Reader: client, made: map[string]int{}}, append(all, "sg-missing")
}

// byGroup are the questions about one group.
func byGroup(group string) (calls []ours.Call) {
	for _, c := range [][2]string{{"DescribeInstances", "100"}, {"DescribeNetworkInterfaces", "500"}, {"DescribeInstances", "10"}, {"DescribeNetworkInterfaces", "20"}} {
		calls = append(calls, ours.New("ecs", c[0], "cn-hangzhou", "SecurityGroupId", group, "MaxResults", c[1]))
	}
	return calls
}

// every is the answers to the questions about all groups, each with all of its pages.
func every(t *testing.T, r ours.Reader, groups []string) map[string][]map[string]any {
	t.Helper()
	all := map[string][]map[string]any{}
	for _, group := range groups {
		for _, call := range byGroup(group) {
			key := call.String()
			for {
				got := answer(t, r, call)
				all[key] = append(all[key], got)
				token, _ := got["NextToken"].(string)
				if token == "" {
					break
				}
				call = call.With("NextToken", token)
			}
		}
	}
	return all
}

func compare(t *testing.T, got, want map[string][]map[string]any) {
	t.Helper()
	for call := range want {
		if !reflect.DeepEqual(got[call], want[call]) {
			t.Errorf("%s:\n%v\nwant\n%v", call, got[call], want[call])
		}
	}
}

// Whoever is in whatever groups: each question is answered as the API answers it, while the
// lists are read and afterwards, when only what does not fit a page is asked of the API.
func TestSurveyAnswersAsTheAPI(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			api, groups := populate(t, seed, 5+int(seed)*6, 40+int(seed)*60, 30+int(seed)*110)
			want := every(t, api, groups)
			var log bytes.Buffer
			survey := ours.NewSurvey(api, slog.New(slog.NewTextHandler(&log, nil)), roomy, roomy)
			compare(t, every(t, survey, groups), want)
			clear(api.made)
			compare(t, every(t, survey, groups), want)
			more := 0
			for _, pages := range want {
				if len(pages) > 1 {
					more += len(pages)
				}
			}
			if made := api.made["DescribeInstances"] + api.made["DescribeNetworkInterfaces"]; made != more {
				t.Errorf("%d calls, %d of them for what does not fit a page", made, more)
			}
			if log.Len() > 0 {
				t.Error(log.String())
			}
		})
	}
}

// A list is read no faster than questions are asked.
func TestSurveyCostsNoMoreThanTheQuestions(t *testing.T) {
	api, groups := populate(t, 1, 60, 450, 10)
	survey := ours.Surveyed(api, slog.New(slog.DiscardHandler))
	for n, group := range groups[:10] {
		answer(t, survey, byGroup(group)[0])
		if got, want := api.made["DescribeInstances"], 2*min(n+1, 5); got != want {
			t.Errorf("%d calls after %d questions, want %d", got, n+1, want)
		}
	}
	if got := api.made["DescribeNetworkInterfaces"]; got != 0 {
		t.Errorf("%d calls that nobody asked for", got)
	}
}

// Who lists the region's instances to know which there are has read the list for all.
func TestSurveyTakesThePagesOfOthers(t *testing.T) {
	api, groups := populate(t, 2, 60, 450, 10)
	want := every(t, api, groups)
	clear(api.made)
	survey := ours.Surveyed(api, slog.New(slog.DiscardHandler))
	type page struct {
		ours.Page
		Instances struct{ Instance []struct{ InstanceID string } }
	}
	for range 2 { // the second time no page is the next one
		found := 0
		call := ours.New("ecs", "DescribeInstances", "cn-hangzhou", "MaxResults", "100")
		if err := ours.ReadAll(t.Context(), survey, call, func(p page) { found += len(p.Instances.Instance) }); err != nil || found != 450 {
			t.Fatalf("%d, %v", found, err)
		}
	}
	for _, group := range groups {
		call := byGroup(group)[0]
		if pages := want[call.String()]; len(pages) == 1 {
			if got := answer(t, survey, call); !reflect.DeepEqual(got, pages[0]) {
				t.Errorf("%s: %v, want %v", group, got, pages[0])
			}
		}
	}
	if got := api.made["DescribeInstances"]; got != 10 {
		t.Errorf("%d calls, want 10", got)
	}
}

// Anything but a plain question about one group is the API's.
func TestSurveyLeavesTheRestToTheAPI(t *testing.T) {
	api, groups := populate(t, 3, 30, 90, 30)
	survey := ours.Surveyed(api, slog.New(slog.DiscardHandler))
	every(t, survey, groups)
	plain := byGroup("sg-3")
	calls := []ours.Call{
		plain[0].With("Status", "Running"), plain[0].With("NextToken", answer(t, api, byGroup("sg-0")[2])["NextToken"].(string)), plain[0].With("InstanceIds", `["i-1"]`),
		plain[1].With("Type", "Secondary"), plain[1].With("VpcId", "vpc-1"),
		ours.New("ecs", "DescribeInstances", "cn-hangzhou", "SecurityGroupId", "sg-3"),
		ours.New("ecs", "DescribeInstances", "cn-hangzhou", "SecurityGroupId", "sg-3", "PageSize", "50"),
		ours.New("ecs", "DescribeInstances", "cn-hangzhou", "SecurityGroupId", "sg-29", "MaxResults", "5"), // which the API does not take as it is
		ours.New("ecs", "DescribeNetworkInterfaces", "cn-hangzhou", "SecurityGroupId", "sg-3", "PageNumber", "1", "PageSize", "50"),
		ours.New("ecs", "DescribeSecurityGroupAttribute", "cn-hangzhou", "SecurityGroupId", "sg-3"),
	}
	for _, call := range calls {
		clear(api.made)
		if got, want := answer(t, survey, call), answer(t, api, call); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", call, got, want)
		}
		if api.made[call.Action] != 2 {
			t.Errorf("%s: not asked", call)
		}
	}
}

// What there is no room for is not held, and that is said once.
func TestSurveyWithoutRoom(t *testing.T) {
	api, groups := populate(t, 4, 40, 350, 50)
	want := every(t, api, groups)
	var log bytes.Buffer
	survey := ours.NewSurvey(api, slog.New(slog.NewTextHandler(&log, nil)), 30_000, roomy)
	compare(t, every(t, survey, groups), want)
	uses := ours.SurveyUses(survey)
	if uses > 30_000 {
		t.Errorf("%d bytes", uses)
	}
	clear(api.made)
	compare(t, every(t, survey, groups), want)
	if got := api.made[list]; got != 0 {
		t.Errorf("%d more pages of a list that was given up", got)
	}
	if got := strings.Count(log.String(), "no room for them"); got != 1 || !strings.Contains(log.String(), "DescribeInstances") {
		t.Errorf("%d: %s", got, &log)
	}
}

// A list that cannot be read hides nothing: each question is answered by the API.
func TestSurveyOfAListThatFails(t *testing.T) {
	throttled := &ours.Error{Action: "ecs:DescribeInstances", Code: "Throttling", Message: "slow down", Status: 400}
	forbidden := &ours.Error{Action: "ecs:DescribeInstances", Code: "Forbidden.RAM", Message: "no", Status: 403}
	cut := func(what, by string) func(ours.Call, json.RawMessage) json.RawMessage {
		return func(call ours.Call, body json.RawMessage) json.RawMessage {
			if !listing(call) {
				return body
			}
			return bytes.Replace(body, []byte(what), []byte(by), 1)
		}
	}
	for name, c := range map[string]struct {
		fail  func(ours.Call, int) error
		edit  func(ours.Call, json.RawMessage) json.RawMessage
		pages int // of both lists, failures included
		logs  int
	}{
		"twice":        {fail: func(_ ours.Call, n int) error { return iff(n == 2 || n == 4, throttled) }, pages: 2 + 1 + 2},
		"always":       {fail: func(ours.Call, int) error { return throttled }, pages: 3 + 3, logs: 2},
		"in the end":   {fail: func(call ours.Call, _ int) error { return iff(call.Params["NextToken"] != "", throttled) }, pages: 1 + 3 + 1, logs: 1},
		"forbidden":    {fail: func(ours.Call, int) error { return forbidden }, pages: 1 + 1, logs: 2},
		"other error":  {fail: func(ours.Call, int) error { return errors.New("what is this") }, pages: 1 + 1, logs: 2},
		"no list":      {edit: cut(`"Instances":`, `"Machines":`), pages: 1 + 1, logs: 1},
		"no groups":    {edit: cut(`"SecurityGroupIds":`, `"Groups":`), pages: 1 + 1, logs: 2},
		"a null list":  {edit: func(call ours.Call, body json.RawMessage) json.RawMessage { return nulled(call, body) }, pages: 1 + 1, logs: 1},
		"wrong tokens": {edit: cut(`"NextToken":"`, `"NextToken":{},"x":"`), pages: 1 + 1, logs: 2},
	} {
		t.Run(name, func(t *testing.T) {
			api, groups := populate(t, 5, 20, 130, 50)
			want := every(t, api, groups)
			clear(api.made)
			api.fail, api.edit = c.fail, c.edit
			var log bytes.Buffer
			survey := ours.NewSurvey(api, slog.New(slog.NewTextHandler(&log, nil)), roomy, roomy)
			for range 2 {
				compare(t, every(t, survey, groups), want)
			}
			if got := api.made[list]; got != c.pages {
				t.Errorf("%d pages of lists were asked for, want %d", got, c.pages)
			}
			if got := strings.Count(log.String(), "asked for each group"); got != c.logs {
				t.Errorf("%d times logged, want %d:\n%s", got, c.logs, &log)
			}
		})
	}
}

func iff(yes bool, err error) error {
	if yes {
		return err
	}
	return nil
}

func nulled(call ours.Call, body json.RawMessage) json.RawMessage {
	if !listing(call) || call.Action != "DescribeInstances" {
		return body
	}
	return json.RawMessage(`{"RequestId":"x","NextToken":"","Instances":{"Instance":null}}`)
}

// An error is the question's own; a page that takes too long is nobody's.
func TestSurveyErrors(t *testing.T) {
	api, _ := populate(t, 6, 10, 20, 5)
	survey := ours.Surveyed(api, slog.New(slog.DiscardHandler))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := survey.Read(over, byGroup("sg-1")[0], nil); err == nil || api.made[list] > 0 {
		t.Errorf("%v, and %d pages", err, api.made[list])
	}
	for range 5 { // whose time is up has no fault in the list
		ctx, cancel := context.WithCancel(t.Context())
		api.fail = func(ours.Call, int) error { cancel(); return ours.TimeUp("ecs:DescribeInstances") }
		if err := survey.Read(ctx, byGroup("sg-1")[0], nil); err != nil {
			t.Error(err)
		}
		cancel()
	}
	api.fail = nil
	for range 3 {
		answer(t, survey, byGroup("sg-1")[0])
	}
	if got := api.made["DescribeInstances"]; got != 1+5+5+1+1 {
		t.Errorf("%d calls", got)
	}
	call := ours.New("ecs", "DescribeInstances", "cn-hangzhou", "MaxResults", "100")
	api.fail = func(ours.Call, int) error { return errors.New("refused") }
	if err := ours.Surveyed(api, slog.New(slog.DiscardHandler)).Read(t.Context(), call, nil); err == nil {
		t.Error("who lists is not told that it fails")
	}
}

func TestSurveyForManyAtOnce(t *testing.T) {
	api, groups := populate(t, 7, 40, 350, 150)
	want := every(t, api, groups)
	survey := ours.Surveyed(api, slog.New(slog.DiscardHandler))
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() { compare(t, every(t, survey, groups), want) })
	}
	group.Wait()
}

// What an instance takes when it is as the API describes it, with all that is different in
// each: fifty thousand take 15 MB at most.
func TestSurveyIsSmall(t *testing.T) {
	const instances = 3_000
	survey := ours.Surveyed(&region{instances: instances}, slog.New(slog.DiscardHandler))
	for n := range instances/100 + 1 {
		answer(t, survey, byGroup(fmt.Sprintf("sg-%020d", n))[0])
	}
	got := answer(t, survey, byGroup(groupName(7))[0])
	if len(got["Instances"].(map[string]any)["Instance"].([]any)) != 1 {
		t.Fatalf("%v", got)
	}
	if each := ours.SurveyUses(survey) / instances; each == 0 || each > 300 {
		t.Errorf("%d bytes an instance", each)
	}
}

// region has instances as the API describes them, each in two groups of many.
type region struct{ instances int }

const described = `{"ImageId":"aliyun_3_x64_20G_alibase_20260101.vhd","InstanceType":"ecs.g7.%[2]dxlarge","AutoReleaseTime":"","DeviceAvailable":true,"InstanceNetworkType":"vpc",
"LocalStorageAmount":0,"NetworkType":"vpc","IsSpot":false,"InstanceChargeType":"PostPaid","ClusterId":"","InstanceName":"prod-app-%[1]d","CreditSpecification":"","GPUAmount":0,
"StartTime":"2026-05-%02[4]dT10:%02[3]dZ","ZoneId":"cn-hangzhou-h","InternetChargeType":"PayByTraffic","InternetMaxBandwidthIn":100,"HostName":"iZbp%[6]sZ","Cpu":4,"Status":"Running",
"CPUOptions":{"Numa":"ON","CoreCount":2,"ThreadsPerCore":2},"SpotPriceLimit":0,"OSName":"Alibaba Cloud Linux 3.2104 LTS 64 bit","OSNameEn":"Alibaba Cloud Linux 3.2104 LTS 64 bit",
"SerialNumber":"%[7]s","RegionId":"cn-hangzhou","IoOptimized":true,"InternetMaxBandwidthOut":0,"ResourceGroupId":"rg-acfm%[8]s","InstanceTypeFamily":"ecs.g7",
"InstanceId":"i-bp1%[6]s","DeploymentSetId":"","GPUSpec":"","Description":"","Recyclable":false,"SaleCycle":"","ExpiredTime":"2099-12-31T15:59Z","OSType":"linux","Memory":16384,
"CreationTime":"2026-05-%02[4]dT10:%02[3]dZ","KeyPairName":"ops","HpcClusterId":"","LocalStorageCapacity":0,"VlanId":"","StoppedMode":"Not-applicable","SpotStrategy":"NoSpot",
"SpotDuration":0,"DeletionProtection":false,"SecurityGroupIds":{"SecurityGroupId":["%[9]s","%[10]s"]},"InnerIpAddress":{"IpAddress":[]},
"PublicIpAddress":{"IpAddress":[]},"RdmaIpAddress":{"IpAddress":[]},"MetadataOptions":{"HttpEndpoint":"enabled","HttpTokens":"required","HttpPutResponseHopLimit":1},
"EipAddress":{"IpAddress":"","AllocationId":"","InternetChargeType":"","Bandwidth":0},"HibernationOptions":{"Configured":false},"EcsCapacityReservationAttr":{"CapacityReservationId":"",
"CapacityReservationPreference":""},"DedicatedHostAttribute":{"DedicatedHostId":"","DedicatedHostName":"","DedicatedHostClusterId":""},"DedicatedInstanceAttribute":{"Affinity":"",
"Tenancy":""},"AdditionalInfo":{"EnableHighDensityMode":false},"ImageOptions":{"LoginAsNonRoot":false},"VpcAttributes":{"VpcId":"vpc-bp1q8w7e6r5t4y3u2i1o0","VSwitchId":"vsw-bp1%[8]s",
"NatIpAddress":"","PrivateIpAddress":{"IpAddress":["10.%[5]d.%[4]d.%[3]d"]}},"NetworkInterfaces":{"NetworkInterface":[{"Type":"Primary","MacAddress":"00:16:3e:%[11]s",
"NetworkInterfaceId":"eni-bp1%[12]s","PrimaryIpAddress":"10.%[5]d.%[4]d.%[3]d","PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.%[5]d.%[4]d.%[3]d","Primary":true}]}}]},
"OperationLocks":{"LockReason":[]},"Tags":{"Tag":[{"TagKey":"team","TagValue":"t-%[5]d"},{"TagKey":"env","TagValue":"prod"}]}}`

func groupName(n int) string { return fmt.Sprintf("sg-bp1%x", random(n, 10)) }

// random is always the same for a number.
func random(n, bytes int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 9))
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (r *region) Read(_ context.Context, call ours.Call, out any) error {
	var elements []string
	from, next := 0, ""
	if listing(call) {
		_, _ = fmt.Sscan(call.Params["NextToken"], &from) // the first page has none
		to := min(from+100, r.instances)
		for n := from; n < to; n++ {
			b := random(1_000_000+n, 60)
			elements = append(elements, fmt.Sprintf(described, n, 1+b[0]%4, b[1]%60, 1+b[2]%28, b[3]%200, fmt.Sprintf("%x", b[4:13]), fmt.Sprintf("%x-%x-%x", b[13:17], b[17:21], b[21:29]),
				fmt.Sprintf("%x", random(int(b[3]%40), 9)), groupName(n), groupName(n%3_000+1_000_000), fmt.Sprintf("%x:%x:%x", b[29:30], b[30:31], b[31:32]), fmt.Sprintf("%x", b[32:41])))
		}
		if to < r.instances {
			next = fmt.Sprint(to)
		}
	}
	body := fmt.Sprintf(`{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E","TotalCount":0,"NextToken":%q,"Instances":{"Instance":[%s]}}`, next, strings.Join(elements, ","))
	return ours.Decode(call, []byte(body), out)
}

// What many judgements read alike is read once; what is about one resource, what fails and
// the long lists of everything are not kept.
func TestSurveyKeepsWhatIsCommon(t *testing.T) {
	const where = "cn-hangzhou"
	for name, c := range map[string]struct {
		call ours.Call
		made int // of three
	}{
		"a prefix list":       {ours.New("ecs", "DescribePrefixListAttributes", where, "PrefixListId", "pl-1"), 1},
		"a port list":         {ours.New("ecs", "DescribePortRangeListEntries", where, "PortRangeListId", "prl-1"), 1},
		"gateways":            {ours.New("vpc", "DescribeNatGateways", where, "VpcId", "vpc-1", "NetworkType", "internet", "PageNumber", "1", "PageSize", "50"), 1},
		"flow logs":           {ours.New("vpc", "DescribeFlowLogs", where, "Status", "Active"), 1},
		"no parameters":       {ours.New("vpc", "GetFlowLogServiceStatus", where), 1},
		"groups by a name":    {ours.New("ecs", "DescribeSecurityGroups", where, "SecurityGroupName", "bastion", "MaxResults", "100"), 1},
		"interfaces of a VPC": {ours.New("ecs", "DescribeNetworkInterfaces", where, "VpcId", "vpc-1", "MaxResults", "500"), 1},
		"a group":             {ours.New("ecs", "DescribeSecurityGroupAttribute", where, "SecurityGroupId", "sg-1"), 3},
		"an instance":         {ours.New("ecs", "DescribeInstances", where, "InstanceIds", `["i-1"]`), 3},
		"all groups":          {ours.New("ecs", "DescribeSecurityGroups", where, "MaxResults", "100"), 3},
		"a change":            {ours.New("ecs", "ModifyPrefixList", where, "PrefixListId", "pl-1"), 3},
		"an unknown choice":   {ours.New("vpc", "DescribeNatGateways", where, "NatType", "Enhanced"), 3},
	} {
		t.Run(name, func(t *testing.T) {
			api := &pagesOf{made: map[string]int{}, pages: 1}
			survey := ours.Surveyed(api, slog.New(slog.DiscardHandler))
			for range 3 {
				if got := answer(t, survey, c.call); got["Call"] != c.call.String() {
					t.Error(got)
				}
			}
			if got := api.made[c.call.String()]; got != c.made {
				t.Errorf("%d calls", got)
			}
			api = &pagesOf{made: map[string]int{}, fails: errors.New("refused")}
			survey = ours.Surveyed(api, slog.New(slog.DiscardHandler))
			for range 3 {
				if survey.Read(t.Context(), c.call, nil) == nil {
					t.Error("it does not fail")
				}
			}
			if got := api.made[c.call.String()]; got != 3 {
				t.Errorf("%d calls that failed", got)
			}
		})
	}
}

// pagesOf answers with some pages, in which it says what it was asked.
type pagesOf struct {
	pages int
	long  int
	fails error
	made  map[string]int
}

func (p *pagesOf) Read(_ context.Context, call ours.Call, out any) error {
	p.made[call.String()]++
	if p.fails != nil {
		return p.fails
	}
	at, next := 1, ""
	_, _ = fmt.Sscan(call.Params["NextToken"], &at)
	if at < p.pages {
		next = fmt.Sprint(at + 1)
	}
	body, err := json.Marshal(map[string]any{"Call": call.String(), "NextToken": next, "Long": fmt.Sprintf("%x", random(at, p.long))})
	if err != nil {
		return err
	}
	return ours.Decode(call, body, out)
}

// An answer of several pages is kept as a whole or not at all, and only what there is room
// for.
func TestSurveyKeepsAllPagesOrNone(t *testing.T) {
	type page struct {
		ours.Page
		Call string
	}
	of := func(vpc string) ours.Call {
		return ours.New("ecs", "DescribeNetworkInterfaces", "cn-hangzhou", "VpcId", vpc, "MaxResults", "500")
	}
	read := func(r ours.Reader, call ours.Call, most int) (pages int) {
		err := ours.ReadUntil(t.Context(), r, call, func(p page) bool { pages++; return pages == most })
		if err != nil {
			t.Fatal(err)
		}
		return pages
	}
	api := &pagesOf{made: map[string]int{}, pages: 4, long: 1_000}
	survey := ours.NewSurvey(api, slog.New(slog.DiscardHandler), roomy, 11_000)
	read(survey, of("vpc-1"), 2)
	read(survey, of("vpc-1"), 3) // again from the beginning: it was not read to its end
	for range 3 {
		if got := read(survey, of("vpc-1"), 0); got != 4 {
			t.Errorf("%d pages", got)
		}
	}
	if got := len(api.made); got != 4 || api.made[of("vpc-1").String()] != 3 || api.made[of("vpc-1").With("NextToken", "4").String()] != 1 {
		t.Errorf("%v", api.made)
	}
	free := ours.SurveyFrees(survey)
	if free > 7_000 || free < 0 {
		t.Errorf("%d bytes are free", free)
	}
	for range 2 { // nobody knows what comes before it
		answer(t, survey, of("vpc-3").With("NextToken", "4"))
	}
	if got := api.made[of("vpc-3").With("NextToken", "4").String()]; got != 2 {
		t.Errorf("%d calls", got)
	}
	api.pages = 40
	for range 2 {
		if got := read(survey, of("vpc-2"), 0); got != 40 {
			t.Errorf("%d pages", got)
		}
	}
	if got := ours.SurveyFrees(survey); got != free {
		t.Errorf("%d bytes are free, want %d: nothing is kept of what does not fit", got, free)
	}
	for call, n := range api.made {
		if strings.Contains(call, "vpc-2") && n != 2 {
			t.Errorf("%s: %d calls", call, n)
		}
	}
}
