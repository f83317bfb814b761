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

// One deployment watches all regions: where there is one, another region is refused before
// anything is made or said to be, and the one that there is stays as it was.
func TestASecondRegionIsRefused(t *testing.T) {
	o := start(t)
	o.must(nil)
	for name, options := range map[string]func(*Options){"made": nil, "planned": plan, "to act": enforce} {
		said, writes, err := o.run(func(given *Options) {
			if options != nil {
				options(given)
			}
			given.Region = "cn-shanghai"
		})
		if err == nil || !strings.Contains(err.Error(), "ecsguard is in cn-hangzhou in this account") || !strings.Contains(err.Error(), oneForAll) ||
			!strings.Contains(err.Error(), "to watch cn-shanghai: list it") || len(writes) > 0 || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: %v, %v:\n%s", name, err, actions(writes), said)
		}
	}
	if said, writes := o.must(nil); len(writes) > 0 || !strings.Contains(said, "0 made or updated") {
		t.Errorf("the first one has been changed: %v:\n%s", actions(writes), said)
	}
}

// Another's trail of that name, and trails that cannot be read, are errors that say so.
func TestATrailThatIsNotOurs(t *testing.T) {
	o := start(t)
	if err := o.Load([]byte("actiontrail:\n  trails:\n    - {name: ecsguard, logging: true, home-region: cn-shanghai, oss-bucket: logs}\n")); err != nil {
		t.Fatal(err)
	}
	if said, writes, err := o.run(plan); err == nil || !strings.Contains(err.Error(), "was made in cn-shanghai and is not ecsguard's") || len(writes) > 0 || strings.Contains(said, "would be") {
		t.Errorf("%v\n%s", err, said)
	}
	o = start(t)
	o.Inject(cloud.Deny("actiontrail:DescribeTrails"))
	if _, writes, err := o.run(nil); err == nil || !strings.Contains(err.Error(), "looking for the trail ecsguard") || len(writes) > 0 {
		t.Errorf("%v, after %v", err, actions(writes))
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
