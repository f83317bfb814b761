package engine

import (
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
)

// Whose intent stands first goes on.
func TestArbiter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	intent := func(nonce string, age time.Duration) ledger.Record {
		return ledger.Record{Kind: ledger.Intent, Family: "ports", Nonce: nonce, Request: "of " + nonce, Received: now.Add(-age)}
	}
	closes := func(nonces ...string) ledger.Record { return ledger.Record{Kind: ledger.Result, Closes: nonces} }
	with := func(r ledger.Record, edit func(*ledger.Record)) ledger.Record { edit(&r); return r }
	ours, theirs, third := intent("ours", 0), intent("theirs", time.Second), intent("third", time.Second)
	for name, c := range map[string]struct {
		log   []ledger.Record
		seen  bool
		ahead string
	}{
		"an empty log":                   {nil, false, ""},
		"ours alone":                     {[]ledger.Record{ours}, true, ""},
		"ours first":                     {[]ledger.Record{ours, theirs}, true, ""},
		"theirs first":                   {[]ledger.Record{theirs, ours}, true, "theirs"},
		"the first of two":               {[]ledger.Record{third, theirs, ours}, true, "third"},
		"ours not seen yet":              {[]ledger.Record{theirs}, false, "theirs"},
		"theirs is settled":              {[]ledger.Record{theirs, closes("theirs"), ours}, true, ""},
		"settled behind ours":            {[]ledger.Record{theirs, ours, closes("theirs")}, true, ""},
		"settled before it came":         {[]ledger.Record{closes("theirs"), theirs, ours}, true, ""},
		"a late copy of what is settled": {[]ledger.Record{theirs, closes("theirs"), theirs, ours}, true, ""},
		"a late copy behind ours":        {[]ledger.Record{ours, theirs, ours}, true, ""},
		"our copy behind theirs":         {[]ledger.Record{ours, theirs, ours, theirs}, true, ""},
		"one settled, one not":           {[]ledger.Record{theirs, third, closes("theirs"), ours}, true, "third"},
		"dead":                           {[]ledger.Record{intent("theirs", deadAfter+time.Second), ours}, true, ""},
		"not dead yet":                   {[]ledger.Record{intent("theirs", deadAfter), ours}, true, "theirs"},
		"a late copy of what is dead":    {[]ledger.Record{intent("theirs", deadAfter+time.Second), theirs, ours}, true, ""},
		"another family":                 {[]ledger.Record{with(theirs, func(r *ledger.Record) { r.Family = "disks" }), ours}, true, ""},
		"the same invocation":            {[]ledger.Record{with(theirs, func(r *ledger.Record) { r.Request = "of ours" }), ours}, true, ""},
		"a result is no intent":          {[]ledger.Record{with(theirs, func(r *ledger.Record) { r.Kind = ledger.Result }), ours}, true, ""},
		"written long ago, received now": {[]ledger.Record{with(theirs, func(r *ledger.Record) { r.Time = now.Add(-time.Hour) }), ours}, true, "theirs"},
		"only the writer's clock":        {[]ledger.Record{with(theirs, func(r *ledger.Record) { r.Received, r.Time = time.Time{}, now.Add(-time.Hour) }), ours}, true, ""},
	} {
		got, ahead := arbiter(c.log, "ports", now, map[string]bool{"ours": true}, "of ours"), ""
		if got.ahead != nil {
			ahead = got.ahead.Nonce
		}
		if got.seen != c.seen || ahead != c.ahead {
			t.Errorf("%s: seen %v, ahead %q; want %v, %q", name, got.seen, ahead, c.seen, c.ahead)
		}
	}
}

// Of looks that each see the same log one goes on, whatever the order.
func TestOneGoesOn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	names := []string{"a", "b", "c"}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		var log []ledger.Record
		for _, i := range order {
			log = append(log, ledger.Record{Kind: ledger.Intent, Family: "ports", Nonce: names[i], Request: names[i], Received: now})
		}
		var on []string
		for _, name := range names {
			if v := arbiter(log, "ports", now, map[string]bool{name: true}, name); v.seen && v.ahead == nil {
				on = append(on, name)
			}
		}
		if len(on) != 1 || on[0] != names[order[0]] {
			t.Errorf("order %v: %v go on", order, on)
		}
	}
}
