package networkadminseparation_test

import (
	"fmt"
	"strings"
	"testing"

	networkadminseparation "github.com/ecsguard/ecsguard/functions/network-admin-separation"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Somebody who changes many groups is told of once; somebody else is news.
func TestAStormIsToldOnce(t *testing.T) {
	change := func(n int, who string) scenario.Step {
		return scenario.Step{Event: fmt.Sprintf(`sample actiontrail/authorize-security-group-permissions
/data/eventId = "event-%d"
/data/requestParameters/SecurityGroupId = "sg-%d"
/data/userIdentity/userName = "%s"
`, n, n, who)}
	}
	told := scenario.SequenceWith(t, networkadminseparation.Practice, practice.Observe, "practices: {network-admin-separation: {params: {groups: [network-admin]}}}\n", "ram: {root-access-keys: 0, users: [{name: alice}, {name: carol}]}",
		change(1, "alice"), change(2, "alice"), change(3, "alice"), change(4, "carol"), change(5, "alice"))
	for i, want := range []string{"alice", "", "", "carol", ""} {
		if got := told[i].Alert; want == "" && got != "" || want != "" && !strings.Contains(got, "The user "+want) {
			t.Errorf("change %d: %s", i+1, got)
		}
	}
}
