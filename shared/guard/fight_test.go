package guard

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A program that enables a key again has one fight with ecsguard, however many practices want
// the key disabled.
func TestOneFightOverOneKey(t *testing.T) {
	p := &practice.Practice{ID: "ak-unused", Touches: true}
	fix := func(id, by string, lock practice.Lock) ledger.Record {
		return ledger.Record{ID: id, Kind: ledger.Result, Practice: by, Resource: "LTAI5t", Same: by, Outcome: practice.Fixed, Lock: lock, Time: now.Add(-time.Hour)}
	}
	key := practice.Lock{User: "ci", Key: "LTAI5t"}
	f := practice.Finding{Resource: practice.Resource{ID: "LTAI5t"}, Lock: key}
	three := []ledger.Record{fix("1", "ak-rotation", key), fix("2", "ak-unused", key), fix("3", "ak-multiple-active", key)}
	if d := Fight(p, f, "ak-unused", three, now); d.Act || d.Outcome != practice.Awaiting {
		t.Errorf("%+v", d)
	}
	// From fewer places is not disabled, and a practice that touches nobody has its own fights.
	fewer := key
	fewer.Fewer = true
	if d := Fight(p, f, "ak-unused", append(three[:2:2], fix("3", "ak-network-policy", fewer)), now); !d.Act {
		t.Errorf("%+v", d)
	}
	if d := Fight(&practice.Practice{ID: "ak-unused"}, f, "ak-unused", three, now); !d.Act {
		t.Errorf("%+v", d)
	}
	f.Lock.Leaked = true
	if d := Fight(p, f, "ak-leak", three, now); !d.Act {
		t.Errorf("a key that has been published is left to those who fight: %+v", d)
	}
}

// A key that is proven to be public is no more given up than an open port: three tries would buy it.
func TestAPublishedKeyIsNotGivenUp(t *testing.T) {
	p := &practice.Practice{ID: "ak-leak", Touches: true}
	f := practice.Finding{Resource: practice.Resource{ID: "LTAI5t"}, Lock: practice.Lock{User: "ci", Key: "LTAI5t", Leaked: true}}
	var history []ledger.Record
	for _, id := range []string{"1", "2", "3"} {
		history = append(history, ledger.Record{ID: id, Kind: ledger.Result, Practice: "ak-leak", Resource: "LTAI5t", Same: "s", Outcome: practice.Fixed, Lock: f.Lock, Time: now.Add(-time.Hour)})
	}
	if d := Fight(p, f, "s", history, now); d.Act || d.Due.IsZero() {
		t.Errorf("%+v", d)
	}
	f.Lock.Leaked = false
	if d := Fight(p, f, "s", history, now); d.Act || !d.Due.IsZero() {
		t.Errorf("%+v", d)
	}
}
