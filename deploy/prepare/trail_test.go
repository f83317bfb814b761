package prepare

import (
	"maps"
	"strings"
	"testing"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const trailARN = "acs:log:cn-hangzhou:" + number + ":project/" + project

// The trail is made, used as it is, or widened; a run after that changes nothing.
func TestTheTrailIsMadeAndKeptAsItShouldBe(t *testing.T) {
	for name, test := range map[string]struct {
		state  string
		writes map[string]int // of ActionTrail
		says   string
	}{
		"none":             {"", map[string]int{"actiontrail:CreateTrail": 1, "actiontrail:StartLogging": 1}, "trail      ecsguard                                 made"},
		"as it should be":  {"{name: ecsguard, logging: true, sls-project-arn: " + trailARN + "}", map[string]int{}, "as it should be"},
		"the organization": {"{name: ecsguard, logging: true, organization: true, sls-project-arn: " + trailARN + "}", map[string]int{}, "as it should be"},
		"writes only":      {"{name: ecsguard, logging: true, events: Write, sls-project-arn: " + trailARN + "}", map[string]int{"actiontrail:UpdateTrail": 1}, "updated (every event"},
		"one region":       {"{name: ecsguard, logging: true, region: cn-beijing, sls-project-arn: " + trailARN + "}", map[string]int{"actiontrail:UpdateTrail": 1}, "updated (every event"},
		"elsewhere":        {"{name: ecsguard, logging: true, oss-bucket: logs}", map[string]int{"actiontrail:UpdateTrail": 1}, "updated (every event"},
		"switched off":     {"{name: ecsguard, logging: false, sls-project-arn: " + trailARN + "}", map[string]int{"actiontrail:StartLogging": 1}, "switched on"},
		"another's":        {"{name: org, logging: true, organization: true, sls-project-arn: " + trailARN + "x}", map[string]int{"actiontrail:CreateTrail": 1, "actiontrail:StartLogging": 1}, "trail of the whole organization"},
	} {
		t.Run(name, func(t *testing.T) {
			o := start(t)
			if test.state != "" {
				if err := o.Load([]byte("actiontrail:\n  trails:\n    - " + test.state + "\n")); err != nil {
					t.Fatal(err)
				}
			}
			said, writes := o.must(plan)
			if len(writes) > 0 {
				t.Errorf("the plan wrote %v", actions(writes))
			}
			planned := strings.Count(said, "would be ")
			said, writes = o.must(nil)
			got := actions(writes)
			maps.DeleteFunc(got, func(action string, _ int) bool { return !strings.HasPrefix(action, "actiontrail:") })
			if !maps.Equal(got, test.writes) || !strings.Contains(said, test.says) {
				t.Errorf("%v, want %v and %q:\n%s", got, test.writes, test.says, said)
			}
			// Whether ActionTrail makes the logstore first, nobody knows in a plan.
			if planned > len(writes)+1 || planned < len(writes)-1 {
				t.Errorf("%d planned, %d made", planned, len(writes))
			}
			if _, err := o.sls().GetLogStore(project, trailStore); err != nil {
				t.Error(err)
			}
			if said, writes := o.must(nil); len(writes) > 0 {
				t.Errorf("a second run made %v:\n%s", actions(writes), said)
			}
		})
	}
}

// A trail that cannot be made right from here is an error that says why.
func TestATrailOfAnotherRegionIsRefused(t *testing.T) {
	o := start(t)
	if err := o.Load([]byte("actiontrail:\n  trails:\n    - {name: ecsguard, logging: true, home-region: cn-shanghai, sls-project-arn: " + trailARN + "}\n")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.run(nil); err == nil || !strings.Contains(err.Error(), "cn-shanghai") {
		t.Error(err)
	}
	o = start(t)
	o.Inject(cloud.Deny("actiontrail:DescribeTrails"))
	if _, _, err := o.run(nil); err == nil || !strings.Contains(err.Error(), "looking for the trail ecsguard") {
		t.Error(err)
	}
}

// A logstore that somebody has deleted is made again: ActionTrail makes it once.
func TestADeletedLogstoreOfTheTrailIsMadeAgain(t *testing.T) {
	o := start(t)
	o.must(nil)
	if err := rootSLS(o).DeleteLogStore(project, trailStore); err != nil {
		t.Fatal(err)
	}
	if _, writes := o.must(nil); !maps.Equal(actions(writes), map[string]int{"log:CreateLogStore": 1}) {
		t.Error(actions(writes))
	}
}

// rootSLS is the log service for the account's owner.
func rootSLS(o *operator) sls.ClientInterface {
	k := o.RootSession()
	client := sls.CreateNormalInterfaceV2(ledger.Endpoint(o.Region), sls.NewStaticCredentialsProvider(k.AccessKeyID, k.AccessKeySecret, k.SecurityToken))
	client.SetHTTPClient(ours.Bounded(o.t.Context(), o.options.Transport))
	return client
}
