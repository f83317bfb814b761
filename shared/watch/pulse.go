package watch

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
)

// Silence is how long a watcher may be without a pulse before the other one tells.
const Silence = 3 * Interval

// A State is what a watcher remembers from one run to the next.
type State struct {
	At     time.Time `json:"at"`
	Faults Memory    `json:"faults,omitempty"`
	Canary Opened    `json:"canary,omitzero"`
}

// stateFact is where a pulse has the state.
const stateFact = "state"

// pulseOf is the record of a watcher's run.
func (d Deployment) pulseOf(name string, s State, now time.Time, version, request string) ledger.Record {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // times, strings and booleans always encode
	}
	return ledger.Record{
		ID: name + "/" + s.At.UTC().Format(time.RFC3339), Kind: ledger.Pulse, Time: now.UTC(), By: name, Quiet: true,
		ResourceType: "ACS::FC::Function", Resource: name, Region: d.Region, Account: d.Account,
		Facts: map[string]string{stateFact: string(text)}, Version: version, Request: request,
		Nonce: request + "/" + now.UTC().Format(time.RFC3339Nano),
	}
}

// Last is the latest pulse of a watcher, and when the log got it; where the log does not
// say, when it was written.
func (d Deployment) Last(name string, pulses []ledger.Record) (last ledger.Record, at time.Time) {
	for _, r := range pulses {
		if r.By != name || r.Region != d.Region || r.Account != d.Account {
			continue
		}
		came := r.Received
		if came.IsZero() {
			came = r.Time
		}
		// The log counts seconds, in which there may be two.
		if came.After(at) || came.Equal(at) && !r.Time.Before(last.Time) {
			last, at = r, came
		}
	}
	return last, at
}

// stateOf is the state in a pulse.
func stateOf(r ledger.Record) (s State) {
	if json.Unmarshal([]byte(r.Facts[stateFact]), &s) != nil {
		return State{}
	}
	return s
}

// Silent judges when a function was last heard of. Now is by the log's own clock; the
// function was deployed at a time, before which nobody expects it. A zero time is not
// known.
func (d Deployment) Silent(name string, last, deployed, now time.Time) []Fault {
	quiet := now.Sub(latestOf(last, deployed))
	if now.IsZero() || quiet <= Silence {
		return nil
	}
	what := fmt.Sprintf("the function %s has not run for %d minutes: its timer does not fire, or it fails each time", name, int(quiet.Minutes()))
	if last.IsZero() {
		what = fmt.Sprintf("the function %s has not run for at least %d minutes: its timer does not fire, or it fails each time", name, int(min(quiet, pulsesBack).Minutes()))
	}
	f := Fault{Key: "silent " + name, Trouble: message.Trouble{
		What: what, Since: last, Means: "If it does not work at all: " + unseen(name),
		Mend:     "Look at the function's log (s " + name + " logs). If there is nothing, its timer or the function does not work: deploy it again." + asBefore,
		Commands: []string{"s " + name + " logs", d.Deploy(name)},
	}}
	if name == Notify {
		f.Means = "Nobody checks whether the parts of ecsguard are working, and perhaps nobody is told of what they find"
	}
	return []Fault{f}
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

const clockKey = "clock"

// Skew is how far a clock may be off.
const Skew = time.Minute

// Clock compares a function's own clock with the log's. What the log is asked for goes by times, what
// is signed is refused when its time is too far off, and intents are told apart by age.
func Clock(name string, own, log time.Time) []Fault {
	off := own.Sub(log)
	if log.IsZero() || off.Abs() <= Skew {
		return nil
	}
	word := "behind"
	if off > 0 {
		word = "ahead of"
	}
	return []Fault{{Key: clockKey, Trouble: message.Trouble{
		What:  fmt.Sprintf("the clock of the function %s is %s %s the log service's", name, off.Abs().Round(time.Second), word),
		Means: "Records are found late or not at all, so that something may be done or reported twice. From 15 minutes on, the cloud rejects every signed call: nothing would be looked at",
		Mend:  "Nobody but Alibaba Cloud can set it: open a ticket for Function Compute with this message. Deploying again moves the functions to other machines",
		Commands: []string{
			"s deploy",
		},
	}}}
}
