package identity

import (
	"fmt"
	"testing"
)

// What was decided is kept for the same texts only, and there is an end to how much is kept.
func TestDecided(t *testing.T) {
	var d decided[string]
	made := 0
	decide := func(texts ...string) string {
		return d.of(texts, func() string { made++; return fmt.Sprintf("%q", texts) })
	}
	for range 2 {
		for _, texts := range [][]string{{}, {""}, {"", ""}, {"a", "b"}, {"ab"}, {"b", "a"}, {"1 a"}} {
			if got := decide(texts...); got != fmt.Sprintf("%q", texts) {
				t.Errorf("%q got the decision about %s", texts, got)
			}
		}
	}
	if made != 7 {
		t.Errorf("decided %d times about 7 sets", made)
	}
	for i := range 3 * mostDecided {
		decide(fmt.Sprint(i))
	}
	if len(d.by) > mostDecided {
		t.Errorf("%d are kept", len(d.by))
	}
}
