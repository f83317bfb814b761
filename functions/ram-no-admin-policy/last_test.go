package ramnoadminpolicy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	ramnoadminpolicy "github.com/ecsguard/ecsguard/functions/ram-no-admin-policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

func given(n int) string {
	return fmt.Sprintf(`sample actiontrail/stop-logging
/data/eventId = "event-%d"
/data/eventTime = now
/data/serviceName = "Ram"
/data/eventName = "AttachPolicyToUser"
/data/requestParameters/UserName = "admin%d"
/data/requestParameters/PolicyName = "AdministratorAccess"
`, n, n)
}

func administrators(n int) string {
	var b strings.Builder
	b.WriteString("ram:\n  root-access-keys: 0\n  users:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - {name: admin%d, console: true, policies: [AdministratorAccess]}\n", i+1)
	}
	return b.String()
}

const protecting = "protected: [deploy]\n"

// Grants are taken back one after the other, and the last administrator stays.
func TestTheLastAdministratorStays(t *testing.T) {
	told := scenario.SequenceWith(t, ramnoadminpolicy.Practice, practice.Enforce, protecting, administrators(3),
		scenario.Step{Event: given(1)}, scenario.Step{Event: given(2)}, scenario.Step{Event: given(3)})
	for i, s := range told {
		if n := min(1, 2-i); len(s.Calls) != n || slices.Contains(s.Outcomes, practice.Fixed) != (n == 1) {
			t.Errorf("administrator %d: %v, %v\n%s", i+1, s.Outcomes, s.Calls, s.Alert)
		}
	}
	if !strings.Contains(told[2].Alert, "the last administrator") {
		t.Error(told[2].Alert)
	}
}

// Of the last two, two instances at the same moment take one at most.
func TestTheLastTwoAtOnce(t *testing.T) {
	scenario.AtOnce(t, ramnoadminpolicy.Practice, protecting, administrators(2), [2]string{given(1), given(2)}, func(calls []string) string {
		if len(calls) != 1 {
			return fmt.Sprintf("%d of the last two administrators were taken: %v", len(calls), calls)
		}
		return ""
	})
}
