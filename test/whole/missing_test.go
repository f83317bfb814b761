package whole

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/artefacts"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// without is s.yaml as it is generated where a practice is off.
func without(t *testing.T, id string) []byte {
	t.Helper()
	deployed := slices.DeleteFunc(slices.Clone(functions.All), func(p *practice.Practice) bool { return p.ID == id || p.Retired != "" })
	made, err := artefacts.Output(functions.All, deployed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(made.Files["s.yaml"])
}

// What the settings want and nobody deployed is told once, however many events ask for
// it. The other practices are woken, and triage is not run again.
func TestAFunctionThatIsNotThere(t *testing.T) {
	const missing = "sg-public-ingress" // which is the first to be asked about this port
	c := start(t, account.Options{Serverless: without(t, missing), Env: map[string]string{"ECSGUARD_MODE": "observe"}})
	call(t, c, open("22/22"))
	quiet(t, c)
	sent := slices.DeleteFunc(c.Messages(), func(m cloud.Message) bool { return !strings.Contains(m.Text, missing+" is on") })
	if len(sent) != 1 || !strings.Contains(sent[0].Text, "its function is missing in cn-hangzhou") || !strings.Contains(sent[0].Text, "s deploy") || !strings.Contains(sent[0].Text, "mode: off") {
		t.Errorf("messages: %+v", sent)
	}
	if got := c.Messages(); len(got) < 2 {
		t.Errorf("what the others found was not told: %+v", got)
	}
	call(t, c, open("3389/3389"), open("8080/8080"))
	quiet(t, c)
	told := slices.DeleteFunc(records(t, c, ledger.Result), func(r ledger.Record) bool { return r.Key != "missing" })
	if len(told) != 1 {
		t.Errorf("it was said %d times", len(told))
	}
	for _, i := range c.Invocations() {
		if i.Function == "ecsguard-triage" && (i.Error != "" && i.Error != "ResourceExhausted" || i.Attempt > 0) {
			t.Errorf("triage: %+v", i)
		}
	}
}
