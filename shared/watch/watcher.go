package watch

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
)

// A Watcher is one of the two that look. It lives as long as the process.
type Watcher struct {
	Name string // Triage or Notify
	Deployment
	// TellsLedger: it tells when its pulse cannot be written. One of the two does.
	TellsLedger bool
	Log         *slog.Logger

	mu   sync.Mutex // two timers may fire at once
	last State
	done time.Time // when a run last wrote its pulse and told all there was
}

// Due tells whether a run is due so long after one that went well.
func (w *Watcher) Due(now time.Time, after time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(w.done) >= after
}

// A Run is what a watcher runs with once.
type Run struct {
	Request, Version string
	Region, Account  string    // where it runs
	At               time.Time // what the timer says
	Now              func() time.Time
	Cloud            Doer
	Ledger           Ledger
	Tell             func(context.Context, message.Message) error
}

// Seen is what a run has read of the log, for the looks that follow.
type Seen struct {
	Pulses []ledger.Record
	Now    time.Time // by the log's clock; zero where it could not be read
	State  *State    // of the run before, to be changed by this one
}

// A Report is how a run ended.
type Report struct {
	Faults []Fault
	Told   int
	Well   bool // everything was read, and is as it should be
}

// Run looks, tells what is news, and writes the pulse. Its error is that people could not
// be told.
func (w *Watcher) Run(ctx context.Context, r Run, look func(context.Context, Seen) Sight) (Report, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Region, w.Account = r.Region, r.Account // the same each time, and first known now
	saw := Sight{Judged: []string{readKey, settingsKey, ledgerKey}}
	pulses, logNow, err := w.pulses(ctx, r)
	if err != nil {
		saw.Faults = append(saw.Faults, w.Unread("reading the audit log", "log:GetLogStoreLogs", err))
	} else {
		saw = saw.And(Sight{Clock(w.Name, r.Now(), logNow), []string{clockKey}})
	}
	state := w.last
	if own, _ := w.Last(w.Name, pulses); stateOf(own).At.After(state.At) {
		state = stateOf(own) // of another instance
	}
	state.At = r.At
	saw = saw.And(look(ctx, Seen{Pulses: pulses, Now: logNow, State: &state}))
	// The pulse comes before people are told: that the log takes nothing is to be told too.
	known := state.Faults
	_, state.Faults = News(saw, known, r.At)
	broken := w.write(ctx, r, state)
	if broken != nil && w.TellsLedger {
		saw.Faults = append([]Fault{w.unwritable(broken)}, saw.Faults...)
	}
	news, memory := News(saw, known, r.At)
	state.Faults = memory
	report := Report{Faults: saw.Faults, Well: !memory.Standing() && broken == nil}
	if len(news) > 0 {
		if err = r.Tell(ctx, composed(w.Name, news, memory, r.At)); err == nil {
			report.Told, state.Faults = len(news), memory.Told(news, r.At)
			if broken == nil { // or it is known in this process only
				broken = w.write(ctx, r, state)
			}
		}
	} else {
		err = nil
	}
	w.last = state
	if broken == nil && err == nil {
		w.done = r.Now()
	}
	for _, f := range saw.Faults {
		w.Log.Error("not well", "fault", f.Key, "what", f.What, "request", r.Request)
	}
	if broken != nil {
		w.Log.Error("the pulse is not written", "error", broken, "request", r.Request)
	}
	w.Log.Info("watched", "faults", len(saw.Faults), "told", report.Told, "request", r.Request)
	if err != nil {
		return report, fmt.Errorf("reporting faults: %w", err)
	}
	return report, nil
}

func (w *Watcher) pulses(ctx context.Context, r Run) ([]ledger.Record, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	return r.Ledger.Pulses(ctx, r.Now().Add(-pulsesBack))
}

func (w *Watcher) write(ctx context.Context, r Run, s State) error {
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	return r.Ledger.Append(ctx, w.pulseOf(w.Name, s, r.Now(), r.Version, r.Request))
}

// unwritable is the fault of a log that takes nothing.
func (d Deployment) unwritable(err error) Fault {
	f := Fault{Key: ledgerKey, Passing: !refused(err) && !missingLog(err), Trouble: message.Trouble{
		What:     fmt.Sprintf("the audit log cannot be written: %v", err),
		Means:    "Nothing is put right, because every change has to be announced in it first, and nobody is told of what is found",
		Mend:     "Restore the log and the roles, in the project's folder; if the account is in arrears or a quota is used up, resolve that first",
		Commands: []string{d.Prepare()},
	}}
	return f
}

const ledgerKey = "ledger"
