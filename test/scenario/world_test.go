package scenario

import "testing"

func TestUndoneIsAsBeforeButForNewIDs(t *testing.T) {
	const before = "flow-logs:\n- id: fl-all\n  resource: vpc-1\neips:\n- id: eip-1\n"
	for undone, same := range map[string]bool{
		before: true,
		"flow-logs:\n- id: fl-bp1234567890abcdefgh\n  resource: vpc-1\neips:\n- id: eip-1\n": true,  // made again
		"eips:\n- id: eip-1\nflow-logs:\n- id: fl-all\n  resource: vpc-1\n":                  true,  // in another order
		"flow-logs:\n- id: fl-bp1234567890abcdefgh\n  resource: vpc-2\neips:\n- id: eip-1\n": false, // of something else
		"flow-logs:\n- id: fl-other\n  resource: vpc-1\neips:\n- id: eip-1\n":                false, // nothing new: another one
		"flow-logs:\n- id: fl-bp1234567890abcdefgh\n  resource: vpc-1\neips:\n- id: eip-2\n": false, // new is another kind
		before + "- id: eip-bp1234567890abcdefgh\n":                                          false, // one too many
		"eips:\n- id: eip-1\n": false, // not there again
	} {
		if diff := compare(undoable(before, undone)); (diff == "") != same {
			t.Errorf("%s\nis as before: %v, want %v\n%s", undone, diff == "", same, diff)
		}
	}
}

func TestOnlyIDsMadeSinceAreAlike(t *testing.T) {
	const before = "- id: sgr-bp1old\n"
	got := alike("- id: sgr-bp1old\n- id: sgr-bp1234567890abcdefgh\n- id: sgr-web\n- id: rte-2ze34567890abcdefghi\n", before)
	if want := "- id: sgr-bp1old\n- id: sgr-new\n- id: sgr-web\n- id: rte-new\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
