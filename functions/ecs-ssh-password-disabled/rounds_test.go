package ecssshpassworddisabled_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	ecssshpassworddisabled "github.com/ecsguard/ecsguard/functions/ecs-ssh-password-disabled"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

const (
	sweep    = "sample timer/sweep\n/triggerName = \"sweep-168h\"\n"
	changing = "practices: {ecs-ssh-password-disabled: {params: {in-guest: change}}}\n"
)

func answers(about, did, because, defaults string, passwords int, root string) string {
	return fmt.Sprintf("    - {about: %q, output: \"ecsguard sshd 1\\ndid %s\\nbecause %s\\nsshd present\\ndefault %s\\npasswords %d\\nroot %s\\nkeys 1\\nadmins 1\\nend\\n\"}\n", about, did, because, defaults, passwords, root)
}

// Where nothing is known, one look asks, switches passwords off and then root, each time by what the run before it has printed.
func TestOneStepAfterTheOther(t *testing.T) {
	state := "ecs:\n  instances:\n    - {id: i-web, name: web}\n  guests:\n" +
		answers("look at*", "looked", "none", "yes", 2, "password") +
		answers("switch off logins by password*", "changed", "none", "no", 0, "yes") +
		answers("switch off logins of root*", "changed", "none", "no", 0, "no")
	told := scenario.SequenceWith(t, ecssshpassworddisabled.Practice, practice.Enforce, changing, state, scenario.Step{Event: sweep}, scenario.Step{Event: sweep})
	if !slices.Equal(told[0].Outcomes, []practice.Outcome{practice.Fixed, practice.Fixed, practice.Fixed}) || len(told[0].Calls) != 3 {
		t.Errorf("%v\n%s", told[0].Outcomes, strings.Join(told[0].Calls, "\n"))
	}
	if strings.Contains(told[0].Alert, "Nobody has looked") || !strings.Contains(told[0].Alert, "and root as well") || !strings.Contains(told[0].Alert, "lets root in") {
		t.Error(told[0].Alert)
	}
	if len(told[1].Calls) > 0 || told[1].Alert != "" {
		t.Errorf("the second look: %v\n%s", told[1].Calls, told[1].Alert)
	}
}

// A script that refuses has changed nothing. It is not said to have put anything right, the reason is told by the next look, and
// the script is not run again.
func TestARefusalIsNoFix(t *testing.T) {
	state := "ecs:\n  instances:\n    - {id: i-web, name: web}\n  guests:\n" +
		answers("look at*", "looked", "none", "yes", 2, "no") +
		strings.Replace(answers("switch off logins by password*", "refused", "no-effect", "yes", 2, "no"), "output", "exit-code: 3, output", 1)
	told := scenario.SequenceWith(t, ecssshpassworddisabled.Practice, practice.Enforce, changing, state, scenario.Step{Event: sweep}, scenario.Step{Event: sweep})
	if !slices.Equal(told[0].Outcomes, []practice.Outcome{practice.Fixed, practice.Partly}) || len(told[0].Calls) != 2 {
		t.Errorf("%v\n%s", told[0].Outcomes, strings.Join(told[0].Calls, "\n"))
	}
	if len(told[1].Calls) > 0 || !strings.Contains(told[1].Alert, "everything is as it was") {
		t.Errorf("the second look: %v %v\n%s", told[1].Outcomes, told[1].Calls, told[1].Alert)
	}
}

// To look takes nothing from what may be touched in an hour; to change does.
func TestLookingIsNoTouch(t *testing.T) {
	state := "ecs:\n  instances:\n    - {id: i-1}\n    - {id: i-2}\n    - {id: i-3}\n  guests:\n" + answers("look at*", "looked", "none", "no", 0, "no")
	told := scenario.SequenceWith(t, ecssshpassworddisabled.Practice, practice.Enforce, "touches-per-hour: 1\n"+changing, state, scenario.Step{Event: sweep})
	if len(told[0].Calls) != 3 || told[0].Alert != "" {
		t.Errorf("%v\n%s", told[0].Outcomes, told[0].Alert)
	}
	state = strings.Replace(state, "default no", "default yes", 1) + answers("switch off logins by password*", "changed", "none", "no", 0, "no")
	told = scenario.SequenceWith(t, ecssshpassworddisabled.Practice, practice.Enforce, "touches-per-hour: 1\n"+changing, state, scenario.Step{Event: sweep})
	if len(told[0].Calls) != 4 || !slices.Contains(told[0].Outcomes, practice.Awaiting) {
		t.Errorf("%v\n%s", told[0].Outcomes, strings.Join(told[0].Calls, "\n"))
	}
}
