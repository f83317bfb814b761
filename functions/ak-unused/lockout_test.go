package akunused_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	akunused "github.com/ecsguard/ecsguard/functions/ak-unused"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// administrators are so many, each with one key that nobody uses and no other way in.
func administrators(n int) string {
	var b strings.Builder
	b.WriteString("ram:\n  root-access-keys: 0\n  users:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - {name: admin%d, access-keys: 1, policies: [AdministratorAccess], keys: [{id: LTAI5tAdmin%d, created-days-ago: 300}]}\n", i+1, i+1)
	}
	return b.String()
}

func about(n int) string {
	return fmt.Sprintf(`sample actiontrail/create-access-key-root
/data/eventId = "event-%d"
/data/eventName = "UpdateAccessKey"
/data/requestParameters/UserPrincipalName = "admin%d@1098765432101234.onaliyun.com"
`, n, n)
}

const protecting = "protected: [deploy]\n"

// Administrators are removed one after the other, and the last one stays.
func TestTheLastAdministratorStays(t *testing.T) {
	told := scenario.SequenceWith(t, akunused.Practice, practice.Enforce, protecting, administrators(3),
		scenario.Step{Event: about(1)}, scenario.Step{Event: about(2)}, scenario.Step{Event: about(3)})
	for i, s := range told {
		want := []practice.Outcome{practice.Fixed}
		if i == 2 {
			want = []practice.Outcome{practice.Awaiting}
		}
		if !slices.Equal(s.Outcomes, want) || len(s.Calls) != min(1, 2-i) {
			t.Errorf("administrator %d: %v, %v\n%s", i+1, s.Outcomes, s.Calls, s.Alert)
		}
	}
	if !strings.Contains(told[2].Alert, "the last administrator") || !strings.Contains(told[2].Alert, "--UserAccessKeyId LTAI5tAdmin3") {
		t.Error(told[2].Alert)
	}
}

// Of the last two, two instances at the same moment take one at most, however their calls
// are mixed.
func TestTheLastTwoAtOnce(t *testing.T) {
	scenario.AtOnce(t, akunused.Practice, protecting, administrators(2), [2]string{about(1), about(2)}, func(calls []string) string {
		if len(calls) != 1 {
			return fmt.Sprintf("%d of the last two administrators were taken: %v", len(calls), calls)
		}
		return ""
	})
}

// Nor do two instances touch more than the hour has room for.
func TestTheBudgetAtOnce(t *testing.T) {
	state := strings.ReplaceAll(administrators(2), "policies: [AdministratorAccess], ", "")
	scenario.AtOnce(t, akunused.Practice, protecting+"touches-per-hour: 1\n", state, [2]string{about(1), about(2)}, func(calls []string) string {
		if len(calls) != 1 {
			return fmt.Sprintf("%d keys were disabled, and there is room for one: %v", len(calls), calls)
		}
		return ""
	})
}
