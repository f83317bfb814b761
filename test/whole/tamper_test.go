package whole

import (
	"strings"
	"testing"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// tamper tells of what is done to ecsguard, and puts some of it back.
const tamper = "ecsguard-tamper"

// startUnguarded is start without that practice: for what the rest does where a part of it is
// broken, which the practice would mend, or tell as well.
func startUnguarded(t *testing.T) *cloud.Cloud {
	t.Helper()
	c := start(t, account.Options{Serverless: without(t, tamper), Settings: settingsFile(t, "practices:\n  "+tamper+": {mode: off}\n")})
	role := practice.FunctionName(tamper)
	call(t, c, api.New("ram", "DetachPolicyFromRole", "", "RoleName", role, "PolicyName", role, "PolicyType", "Custom"),
		api.New("ram", "DeleteRole", "", "RoleName", role))
	quiet(t, c)
	return c
}

// What is done to one part of ecsguard is told by another way than that part, at once.
func TestWhatIsDoneToEcsguardIsTold(t *testing.T) {
	t.Parallel()
	rule := []string{"EventBusName", "default", "RuleName", watch.Rule}
	tamperOf := func(t *testing.T, c *cloud.Cloud) (all []ledger.Record) {
		for _, r := range records(t, c, ledger.Result) {
			if r.Practice == tamper && !r.Quiet {
				all = append(all, r)
			}
		}
		return all
	}
	t.Run("the rule is switched off, and the trail's log tells", func(t *testing.T) {
		t.Parallel()
		c := start(t, account.Options{})
		call(t, c, api.New("eventbridge", "DisableRule", c.Region, rule...))
		quiet(t, c)
		if got := tamperOf(t, c); len(got) != 1 || got[0].Outcome != practice.Fixed {
			t.Errorf("%+v%s", got, told(t, c))
		}
		call(t, c, open("22/22")) // by the bus, which works again
		quiet(t, c)
		if n := mentions(c, "was switched off"); n != 1 {
			t.Errorf("told %d times:%s", n, told(t, c))
		}
		if got := rules(t, c); got != "22/22 443/443" {
			t.Errorf("the group's ports are %s:%s", got, told(t, c))
		}
	})
	t.Run("the trail is stopped, and the bus tells", func(t *testing.T) {
		t.Parallel()
		c := start(t, account.Options{})
		call(t, c, api.New("actiontrail", "StopLogging", c.Region, "Name", watch.TrailName))
		quiet(t, c)
		if n := mentions(c, "trail "+watch.TrailName+" does not log"); n != 1 {
			t.Errorf("told %d times:%s", n, told(t, c))
		}
	})
	t.Run("a practice is deleted", func(t *testing.T) {
		t.Parallel()
		c := start(t, account.Options{})
		deleteFunction(t, c, practice.FunctionName(closed))
		quiet(t, c)
		if got := tamperOf(t, c); len(got) != 1 || got[0].Severity != practice.Critical || !strings.Contains(got[0].Finding, practice.FunctionName(closed)) {
			t.Errorf("%+v%s", got, told(t, c))
		}
	})
	t.Run("who tells people is deleted, and triage tells", func(t *testing.T) {
		t.Parallel()
		c := start(t, account.Options{})
		deleteFunction(t, c, watch.Notify)
		if err := c.FireTimer(watch.Triage, watch.Minute, watch.Minute); err != nil {
			t.Fatal(err)
		}
		quiet(t, c)
		if n := mentions(c, "function", watch.Notify, "is missing"); n != 1 {
			t.Errorf("told %d times:%s", n, told(t, c))
		}
	})
}
