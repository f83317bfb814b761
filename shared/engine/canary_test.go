package engine_test

import (
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// The port of the canary is opened each hour by ecsguard itself: it is closed at once each
// time, or the loop that it times would be the wait of a fight.
func TestTheCanaryIsNoFight(t *testing.T) {
	w := begin(t, each, 22)
	w.settings.Heartbeat.Canary = group
	for n := range 6 {
		w.deliver(event(t, n), practice.Fixed)
		w.root(opening("22/22"))
	}
}
