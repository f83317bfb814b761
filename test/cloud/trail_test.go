package cloud

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/actiontrail"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ims"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestWriteBecomesAnEventWithFlatParameters(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	events := eventsOf(c)
	client := ecsClient(t, c, admin(c))
	rulesOf(t, client, "sg-1") // a read makes no event
	must[*ecs.AuthorizeSecurityGroupResponse](t)(client.AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "0.0.0.0/0"), tcp("80/80", "10.0.0.0/8"))))
	if len(*events) != 1 {
		t.Fatalf("%d events", len(*events))
	}
	e := (*events)[0]
	if e["source"] != "acs.ecs" || e["type"] != "ecs:ActionTrail:ApiCall" || e["aliyunregionid"] != "cn-hangzhou" || e["aliyunaccountid"] != c.Account {
		t.Errorf("%v", e)
	}
	record := last(t, events)
	params := record["requestParameters"].(map[string]any)
	for k, want := range map[string]string{
		"SecurityGroupId": "sg-1", "Permissions.1.IpProtocol": "tcp", "Permissions.1.SourceCidrIp": "0.0.0.0/0", "Permissions.2.PortRange": "80/80", "AcsProduct": "Ecs", "RegionId": "cn-hangzhou",
	} {
		if params[k] != want {
			t.Errorf("%s is %v, want %s", k, params[k], want)
		}
	}
	for k, v := range params {
		if strings.HasPrefix(k, "Signature") || k == "AccessKeyId" || k == "SecurityToken" {
			t.Errorf("the parameters hold %s=%v", k, v)
		}
	}
	if record["eventName"] != "AuthorizeSecurityGroup" || record["eventRW"] != "Write" || record["serviceName"] != "Ecs" ||
		record["resourceName"] != "sg-1" || record["resourceType"] != "ACS::ECS::SecurityGroup" || record["eventId"] != e["id"] {
		t.Errorf("%v", record)
	}
	if got := fmt.Sprint(record["referencedResources"]); got != "map[ACS::ECS::SecurityGroup:[sg-1]]" {
		t.Error(got)
	}
}

func TestRefusedWriteIsAnEventWithItsError(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	events := eventsOf(c)
	_, err := ecsClient(t, c, c.AddUser("mallory")).AuthorizeSecurityGroup(authorizeCall(tcp("22/22", "0.0.0.0/0")))
	wantCode(t, err, "Forbidden.RAM")
	record := last(t, events)
	if record["errorCode"] != "Forbidden.RAM" || record["errorMessage"] == "" || record["responseElements"] != nil {
		t.Errorf("%v", record)
	}
	if who := record["userIdentity"].(map[string]any); who["userName"] != "mallory" {
		t.Errorf("%v", who)
	}
}

func TestIdentitiesOfEvents(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	user := admin(c)
	arn := c.AddRole("ECSGuard-Fixer", kernel.Policy{}, kernel.SystemPolicies["AdministratorAccess"])
	session := must[kernel.Credentials](t)(c.AssumeRole(arn, "req-1", time.Hour))
	console := c.RootSession()
	load(t, c, "ram: {root-access-keys: 1}")
	root, _ := c.RootAccessKey()
	for name, test := range map[string]struct {
		k                    kernel.Credentials
		kind, user, key, mfa string
	}{
		"user":         {user, "ram-user", "admin", user.AccessKeyID, ""},
		"role":         {session, "assumed-role", "ecsguard-fixer:req-1", session.AccessKeyID, "false"},
		"root key":     {root, "root-account", "root", root.AccessKeyID, ""},
		"root console": {console, "root-account", "root", "", "true"},
	} {
		if err := enable(ecsClient(t, c, test.k)); err != nil {
			t.Fatal(name, err)
		}
		who := last(t, events)["userIdentity"].(map[string]any)
		key, _ := who["accessKeyId"].(string)
		if strings.HasPrefix(key, "TMP.") {
			key = ""
		}
		mfa := ""
		if s, ok := who["sessionContext"].(map[string]any); ok {
			mfa = s["attributes"].(map[string]any)["mfaAuthenticated"].(string)
		}
		if who["type"] != test.kind || who["userName"] != test.user || key != test.key || mfa != test.mfa || who["accountId"] != c.Account {
			t.Errorf("%s: %v", name, who)
		}
		if test.kind == "assumed-role" && !strings.HasSuffix(who["principalId"].(string), ":req-1") {
			t.Errorf("%v", who)
		}
	}
}

// The forms of the real events vary, and a consumer has to bear all of them.
func TestEventsVaryAsTheRealOnesDo(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	client := ecsClient(t, c, admin(c))
	seen := map[string]bool{}
	c.OnEvent(func(ce []byte) {
		var e map[string]any
		if err := json.Unmarshal(ce, &e); err != nil {
			t.Error(err)
		}
		var parsed cloudevents.Event
		if err := json.Unmarshal(ce, &parsed); err != nil || parsed.Validate() != nil {
			t.Errorf("not a CloudEvent: %v %v", err, parsed.Validate())
		}
		record := e["data"].(map[string]any)
		seen[fmt.Sprintf("version is %T", record["eventVersion"])] = true
		seen[fmt.Sprintf("force is %T", record["requestParameters"].(map[string]any)["ForceStop"])] = true
		if strings.HasSuffix(e["aliyunpublishtime"].(string), "PRC") {
			seen["PRC time"] = true
		}
		if e["datacontenttype"] == nil {
			seen["no content type"] = true
		}
		if record["errorCode"] == "" {
			seen["empty error"] = true
		}
	})
	for range 8 {
		id := must[*ecs.RunInstancesResponse](t)(client.RunInstances(runCall())).InstanceIdSets.InstanceIdSet[0]
		stop := ecs.CreateStopInstanceRequest()
		stop.InstanceId, stop.ForceStop = id, "false"
		must[*ecs.StopInstanceResponse](t)(client.StopInstance(stop))
		enable(client)
	}
	for _, want := range []string{"version is string", "version is float64", "force is bool", "force is string", "PRC time", "no content type", "empty error"} {
		if !seen[want] {
			t.Errorf("never saw: %s", want)
		}
	}
}

func TestSameSeedMakesTheSameEvents(t *testing.T) {
	var runs [2][]any
	for i := range runs {
		now := time.Unix(1767225600, 0)
		c := must[*Cloud](t)(New(kernel.Options{Seed: 7, Clock: func() time.Time { return now }}))
		c.OnEvent(func(ce []byte) {
			var e map[string]any
			json.Unmarshal(ce, &e)
			runs[i] = append(runs[i], e["id"], e["time"], e["aliyunpublishtime"], e["data"].(map[string]any)["eventVersion"])
		})
		client := ecsClient(t, c, admin(c))
		for range 3 {
			enable(client)
		}
		c.Close()
	}
	if !reflect.DeepEqual(runs[0], runs[1]) {
		t.Errorf("%v\n%v", runs[0], runs[1])
	}
}

func TestRootKeyIsMadeThroughIMS(t *testing.T) {
	c := startCloud(t)
	events := eventsOf(c)
	console := imsClient(t, c, c.RootSession())
	key := must[*ims.CreateAccessKeyResponse](t)(console.CreateAccessKey(ims.CreateCreateAccessKeyRequest())).AccessKey
	e := (*events)[0]
	record := last(t, events)
	if e["source"] != "acs.ims" || record["serviceName"] != "Ims" || record["acsRegion"] != "cn-shanghai" || record["isGlobal"] != true {
		t.Errorf("%v", e)
	}
	if _, named := record["requestParameters"].(map[string]any)["UserPrincipalName"]; named {
		t.Errorf("%v", record)
	}
	response := fmt.Sprint(record["responseElements"])
	if strings.Contains(response, key.AccessKeySecret) || !strings.Contains(response, key.AccessKeyId) {
		t.Errorf("the event says %s", response)
	}
	k, ok := c.RootAccessKey()
	if !ok || k.AccessKeyID != key.AccessKeyId || k.AccessKeySecret != key.AccessKeySecret {
		t.Errorf("the root key is %v, %v", k.AccessKeyID, ok)
	}
	reader := imsClient(t, c, c.AddUser("auditor", kernel.SystemPolicies["AliyunRAMReadOnlyAccess"]))
	report := func() ims.AccountSecurityPracticeUserInfo {
		return must[*ims.GetAccountSecurityPracticeReportResponse](t)(reader.GetAccountSecurityPracticeReport(ims.CreateGetAccountSecurityPracticeReportRequest())).
			AccountSecurityPracticeInfo.AccountSecurityPracticeUserInfo
	}
	if r := report(); r.RootWithAccessKey != 1 || r.SubUser != 1 || !r.BindMfa {
		t.Errorf("%+v", r)
	}
	remove := ims.CreateDeleteAccessKeyRequest()
	remove.UserAccessKeyId = key.AccessKeyId
	_, err := reader.DeleteAccessKey(remove)
	wantCode(t, err, "NoPermission")
	must[*ims.DeleteAccessKeyResponse](t)(console.DeleteAccessKey(remove))
	if r := report(); r.RootWithAccessKey != 0 {
		t.Errorf("%+v", r)
	}
}

func TestTrails(t *testing.T) {
	c := startCloud(t)
	client := trailClient(t, c, admin(c))
	create := actiontrail.CreateCreateTrailRequest()
	create.Name, create.SlsProjectArn, create.EventRW = "audit", "acs:log:cn-hangzhou:"+c.Account+":project/audit", "All"
	if made := must[*actiontrail.CreateTrailResponse](t)(client.CreateTrail(create)); made.HomeRegion != "cn-hangzhou" || made.EventRW != "All" || made.TrailRegion != "All" {
		t.Errorf("%+v", made)
	}
	status := actiontrail.CreateGetTrailStatusRequest()
	status.Name = "audit"
	logging := func() bool {
		return must[*actiontrail.GetTrailStatusResponse](t)(client.GetTrailStatus(status)).IsLogging
	}
	if logging() {
		t.Error("a new trail is logging")
	}
	start := actiontrail.CreateStartLoggingRequest()
	start.Name = "audit"
	must[*actiontrail.StartLoggingResponse](t)(client.StartLogging(start))
	if !logging() {
		t.Error("it is not logging")
	}
	stop := actiontrail.CreateStopLoggingRequest()
	stop.Name = "audit"
	must[*actiontrail.StopLoggingResponse](t)(client.StopLogging(stop))
	update := actiontrail.CreateUpdateTrailRequest()
	update.Name, update.EventRW = "audit", "Write"
	must[*actiontrail.UpdateTrailResponse](t)(client.UpdateTrail(update))
	list := must[*actiontrail.DescribeTrailsResponse](t)(client.DescribeTrails(actiontrail.CreateDescribeTrailsRequest())).TrailList
	if len(list) != 1 || list[0].Status != "Disable" || list[0].EventRW != "Write" || list[0].SlsProjectArn == "" {
		t.Errorf("%+v", list)
	}
	lookup := actiontrail.CreateLookupEventsRequest()
	lookup.LookupAttribute = &[]actiontrail.LookupEventsLookupAttribute{{Key: "EventName", Value: "StopLogging"}}
	if found := must[*actiontrail.LookupEventsResponse](t)(client.LookupEvents(lookup)).Events; len(found) != 1 || found[0]["eventName"] != "StopLogging" {
		t.Errorf("%v", found)
	}
	remove := actiontrail.CreateDeleteTrailRequest()
	remove.Name = "audit"
	must[*actiontrail.DeleteTrailResponse](t)(client.DeleteTrail(remove))
	_, err := client.StartLogging(start)
	wantCode(t, err, "TrailNotFoundException")
}

// A trail is written to in its home region; elsewhere there is its shadow.
func TestTrailOfAnotherRegion(t *testing.T) {
	c := startCloud(t)
	load(t, c, "actiontrail: {trails: [{name: audit, logging: false, home-region: cn-beijing}]}")
	client := trailClient(t, c, admin(c))
	start := actiontrail.CreateStartLoggingRequest()
	start.Name = "audit"
	_, err := client.StartLogging(start)
	wantCode(t, err, "TrailNotFoundException")
	list := actiontrail.CreateDescribeTrailsRequest()
	if got := must[*actiontrail.DescribeTrailsResponse](t)(client.DescribeTrails(list)).TrailList; len(got) != 0 {
		t.Errorf("%+v", got)
	}
	list.IncludeShadowTrails = "true"
	if got := must[*actiontrail.DescribeTrailsResponse](t)(client.DescribeTrails(list)).TrailList; len(got) != 1 || got[0].IsShadowTrail != 1 {
		t.Errorf("%+v", got)
	}
	start = actiontrail.CreateStartLoggingRequest()
	start.Name, start.Domain = "audit", "actiontrail.cn-beijing.aliyuncs.com"
	must[*actiontrail.StartLoggingResponse](t)(client.StartLogging(start))
}

func TestInjectedEventIsPublishedAsItIs(t *testing.T) {
	c := startCloud(t)
	var got []byte
	c.OnEvent(func(ce []byte) { got = ce })
	c.Emit([]byte(`{"not": "an event"}`))
	if string(got) != `{"not": "an event"}` {
		t.Errorf("%s", got)
	}
}
