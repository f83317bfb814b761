package ports_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/ports"
)

func read(t *testing.T, texts []string) []exposure.PortRange {
	t.Helper()
	parsed, err := exposure.ParsePorts(strings.Join(texts, ","))
	if err != nil || len(parsed) == 0 {
		t.Fatalf("%q: %v, %v", texts, parsed, err)
	}
	return parsed
}

// Whatever is a database's or administration's is of high risk: a practice that asks for
// one kind must not let be what another one closes.
func TestWhatIsRiskyHoldsTheOthers(t *testing.T) {
	for _, c := range []struct{ some, all []string }{
		{ports.Databases, ports.Risky}, {ports.Administration, ports.Risky}, {ports.DatabasesUDP, ports.RiskyUDP},
	} {
		all := read(t, c.all)
		for _, p := range read(t, c.some) {
			if !slices.ContainsFunc(all, func(a exposure.PortRange) bool { return a.From <= p.From && p.To <= a.To }) {
				t.Errorf("%v is not in %q", p, c.all)
			}
		}
	}
	for _, list := range [][]string{ports.Administration, ports.Databases, ports.DatabasesUDP, ports.Plaintext, ports.PlaintextUDP, ports.Risky, ports.RiskyUDP} {
		if parsed := read(t, list); !slices.IsSortedFunc(parsed, func(a, b exposure.PortRange) int { return int(a.From) - int(b.From) }) {
			t.Errorf("%q is not in order", list)
		}
	}
}
