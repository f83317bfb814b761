package cloud

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/actiontrail"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/ram"
)

// trailing is a trail, named audit-all, that logs to the project audit.
func trailing(t *testing.T, c *Cloud, k kernel.Credentials, edit ...func(*actiontrail.CreateTrailRequest)) {
	t.Helper()
	if err := c.AddLogStore("audit", "other", 1, nil); err != nil {
		t.Fatal(err)
	}
	client := trailClient(t, c, k)
	create := actiontrail.CreateCreateTrailRequest()
	create.Name, create.SlsProjectArn = "audit-all", "acs:log:cn-hangzhou:"+c.Account+":project/audit"
	for _, f := range edit {
		f(create)
	}
	must[*actiontrail.CreateTrailResponse](t)(client.CreateTrail(create))
	start := actiontrail.CreateStartLoggingRequest()
	start.Name = "audit-all"
	must[*actiontrail.StartLoggingResponse](t)(client.StartLogging(start))
}

// delivered are the records that came to the logstore of the trail.
func delivered(t *testing.T, c *Cloud) []map[string]any {
	t.Helper()
	var records []map[string]any
	for _, l := range c.Logs("audit", "actiontrail_audit-all") {
		if l["__topic__"] != "actiontrail_audit_event" {
			t.Errorf("%v", l)
		}
		var r map[string]any
		if err := json.Unmarshal([]byte(l["event"]), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

func TestSignInsGoToTheTrailAndNotToEventBridge(t *testing.T) {
	c := startCloud(t)
	trailing(t, c, admin(c))
	c.AddUser("alice")
	events := eventsOf(c)
	must[kernel.Credentials](t)(c.SignIn("", ram.SignIn{MFA: true, IP: "198.51.100.7"}))
	must[kernel.Credentials](t)(c.SignIn("Alice", ram.SignIn{Agent: "curl"}))
	k := must[kernel.Credentials](t)(c.SignIn("alice", ram.SignIn{Fail: true}))
	if k != (kernel.Credentials{}) {
		t.Error("a failed sign-in gives keys")
	}
	if _, err := c.SignIn("nobody", ram.SignIn{}); err == nil {
		t.Error("nobody signed in")
	}
	if len(*events) != 0 {
		t.Errorf("EventBridge got %v", *events)
	}
	var got []map[string]any
	for _, r := range delivered(t, c) {
		if r["eventName"] == "ConsoleSignin" {
			got = append(got, r)
		}
	}
	if len(got) != 3 {
		t.Fatalf("%d sign-ins were delivered: %v", len(got), got)
	}
	more := func(i int, key string) any { return got[i]["additionalEventData"].(map[string]any)[key] }
	if got[0]["serviceName"] != "AasCustomer" || more(0, "isMFAChecked") != "true" || got[0]["sourceIpAddress"] != "198.51.100.7" || got[0]["errorCode"] != nil {
		t.Errorf("%v", got[0])
	}
	if got[1]["serviceName"] != "AasSub" || more(1, "mfaChecked") != "false" || got[1]["userAgent"] != "curl" ||
		got[1]["userIdentity"].(map[string]any)["userName"] != "alice" || got[1]["errorCode"] != "" {
		t.Errorf("%v", got[1])
	}
	if got[2]["errorCode"] == "" {
		t.Errorf("%v", got[2])
	}
}

// The query is the one that Alibaba Cloud's own alerts use.
func TestDeliveredEventsAreFoundByTheirFields(t *testing.T) {
	c := startCloud(t)
	trailing(t, c, admin(c))
	c.AddUser("alice")
	must[kernel.Credentials](t)(c.SignIn("", ram.SignIn{}))
	must[kernel.Credentials](t)(c.SignIn("alice", ram.SignIn{}))
	client := slsClient(c, admin(c))
	now := time.Now().Unix()
	for query, want := range map[string]int{
		"__topic__: actiontrail_audit_event and event.eventName: ConsoleSignin and event.userIdentity.type: root-account": 1,
		"event.eventName: ConsoleSignin and event.additionalEventData.mfaChecked: false":                                  1,
		"event.eventName: StartLogging": 1,
		"event.eventName: StopLogging":  0,
	} {
		answer, err := client.GetLogs("audit", "actiontrail_audit-all", "", now-60, now+60, query, 100, 0, false)
		if err != nil || len(answer.Logs) != want {
			t.Errorf("%s: %v, %v", query, answer, err)
		}
	}
}

func TestConsoleSessionsCarryTheirSecondFactor(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	withMFA := must[kernel.Policy](t)(kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*",
		"Condition":{"Bool":{"acs:MFAPresent":"true"}}}]}`)))
	key := c.AddUser("alice", withMFA)
	with := must[kernel.Credentials](t)(c.SignIn("alice", ram.SignIn{MFA: true}))
	without := must[kernel.Credentials](t)(c.SignIn("alice", ram.SignIn{}))
	for name, test := range map[string]struct {
		k    kernel.Credentials
		code string
		mfa  any
	}{"with": {with, "", "true"}, "without": {without, "Forbidden.RAM", "false"}, "access key": {key, "Forbidden.RAM", nil}} {
		err := enable(ecsClient(t, c, test.k))
		if test.code != "" {
			wantCode(t, err, test.code)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var mfa any
		if s, ok := last(t, events)["userIdentity"].(map[string]any)["sessionContext"].(map[string]any); ok {
			mfa = s["attributes"].(map[string]any)["mfaAuthenticated"]
		}
		if mfa != test.mfa {
			t.Errorf("%s: mfaAuthenticated is %v", name, mfa)
		}
	}
}

func TestTrailsDeliverWhatTheyAreAskedTo(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*actiontrail.CreateTrailRequest)
		want bool
	}{
		"everything":     {func(*actiontrail.CreateTrailRequest) {}, true},
		"writes":         {func(r *actiontrail.CreateTrailRequest) { r.EventRW = "Write" }, true},
		"reads":          {func(r *actiontrail.CreateTrailRequest) { r.EventRW = "Read" }, false},
		"its region":     {func(r *actiontrail.CreateTrailRequest) { r.TrailRegion = "cn-beijing,cn-hangzhou" }, true},
		"another region": {func(r *actiontrail.CreateTrailRequest) { r.TrailRegion = "cn-beijing" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := startCloud(t)
			k := admin(c)
			trailing(t, c, k, test.edit)
			before := len(delivered(t, c))
			if err := enable(ecsClient(t, c, k)); err != nil {
				t.Fatal(err)
			}
			got := delivered(t, c)[before:]
			if (len(got) == 1) != test.want {
				t.Fatalf("%v", got)
			}
			if test.want && (got[0]["eventName"] != "EnableDiskEncryptionByDefault" || got[0]["requestParameterJson"] == nil) {
				t.Errorf("%v", got[0])
			}
			stop := actiontrail.CreateStopLoggingRequest()
			stop.Name = "audit-all"
			must[*actiontrail.StopLoggingResponse](t)(trailClient(t, c, k).StopLogging(stop))
			n := len(delivered(t, c))
			enable(ecsClient(t, c, k))
			if len(delivered(t, c)) != n {
				t.Error("a stopped trail delivers")
			}
		})
	}
}

func TestTrailOfALoadedStateDelivers(t *testing.T) {
	c := startCloud(t)
	if err := c.AddLogStore("audit", "other", 1, nil); err != nil {
		t.Fatal(err)
	}
	load(t, c, "actiontrail: {trails: [{name: audit-all, logging: true, sls-project-arn: 'acs:log:cn-hangzhou:"+c.Account+":project/audit'}]}")
	must[kernel.Credentials](t)(c.SignIn("", ram.SignIn{}))
	if n := len(delivered(t, c)); n != 1 {
		t.Errorf("%d", n)
	}
}

func TestDeletedLogstoreOfATrailIsMissed(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	trailing(t, c, k)
	if err := slsClient(c, k).DeleteLogStore("audit", "actiontrail_audit-all"); err != nil {
		t.Fatal(err)
	}
	must[kernel.Credentials](t)(c.SignIn("", ram.SignIn{}))
	if got := c.Logs("audit", "actiontrail_audit-all"); got != nil {
		t.Errorf("it is back: %v", got)
	}
	status := actiontrail.CreateGetTrailStatusRequest()
	status.Name = "audit-all"
	if s := must[*actiontrail.GetTrailStatusResponse](t)(trailClient(t, c, k).GetTrailStatus(status)); s.LatestDeliveryLogServiceError == "" {
		t.Errorf("%+v", s)
	}
}

func TestLookupEventsPagesAndFilters(t *testing.T) {
	var calls atomic.Int64 // every look at the clock is a second later
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := must[*Cloud](t)(New(kernel.Options{Seed: 1, Clock: func() time.Time { return start.Add(time.Duration(calls.Add(1)) * time.Second) }}))
	defer c.Close()
	load(t, c, oneGroup)
	k := admin(c)
	for range 7 {
		enable(ecsClient(t, c, k))
	}
	must[*ecs.AuthorizeSecurityGroupResponse](t)(ecsClient(t, c, k).AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "10.0.0.0/8"))))
	must[kernel.Credentials](t)(c.SignIn("", ram.SignIn{}))
	client := trailClient(t, c, k)
	look := func(edit func(*actiontrail.LookupEventsRequest)) ([]string, string, error) {
		r := actiontrail.CreateLookupEventsRequest()
		edit(r)
		answer, err := client.LookupEvents(r)
		if err != nil {
			return nil, "", err
		}
		var names []string
		for _, e := range answer.Events {
			names = append(names, fmt.Sprint(e["eventName"]))
		}
		return names, answer.NextToken, nil
	}
	var all []string
	for token, more := "", true; more; more = token != "" {
		names, next, err := look(func(r *actiontrail.LookupEventsRequest) { r.MaxResults, r.NextToken = "4", token })
		if err != nil {
			t.Fatal(err)
		}
		all, token = append(all, names...), next
	}
	if len(all) != 9 || all[0] != "ConsoleSignin" || all[1] != "AuthorizeSecurityGroup" {
		t.Errorf("%v", all)
	}
	names, _, err := look(func(r *actiontrail.LookupEventsRequest) { r.Direction = "FORWARD" })
	if err != nil || names[8] != "ConsoleSignin" {
		t.Errorf("%v %v", names, err)
	}
	for _, f := range []actiontrail.LookupEventsLookupAttribute{
		{Key: "ResourceName", Value: "sg-1"}, {Key: "ServiceName", Value: "AasCustomer"}, {Key: "User", Value: "root"}, {Key: "EventType", Value: "ConsoleSignin"},
	} {
		names, _, err := look(func(r *actiontrail.LookupEventsRequest) {
			r.LookupAttribute = &[]actiontrail.LookupEventsLookupAttribute{f}
		})
		if err != nil || len(names) != 1 {
			t.Errorf("%v: %v %v", f, names, err)
		}
	}
	_, _, err = look(func(r *actiontrail.LookupEventsRequest) { r.MaxResults = "51" })
	wantCode(t, err, "InvalidMaxResultsException")
	_, _, err = look(func(r *actiontrail.LookupEventsRequest) { r.StartTime = "2026-01-01T00:00:00Z" })
	wantCode(t, err, "InvalidParameterCombination")
}
