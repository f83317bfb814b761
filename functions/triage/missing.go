package triage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// saidFor is how long a persisting fault of ecsguard itself is not repeated.
const saidFor = 24 * time.Hour

// telling is how long it may take to tell people of such a fault.
const telling = 10 * time.Second

// tellMissing tells people that a practice which is on has no function, so that nobody
// looked at the event.
func (r *base) tellMissing(ctx context.Context, in Invocation, p *practice.Practice, e *events.Event) error {
	f := function(in, p)
	return r.tell(ctx, in, "missing/"+p.ID, f, ledger.Record{
		Practice: p.ID, Severity: p.Severity, Mode: r.settings.ModeOf(p), Outcome: practice.Failed,
		Reason: "nothing looks at the events that this practice asks for",
		Key:    missing, Subject: p.ID,
		Finding: fmt.Sprintf("%s is on in the settings and its function is missing in %s", p.ID, in.Region),
		Facts:   map[string]string{"not looked at": strings.TrimSpace(e.Name + " " + e.Key())},
		Advice:  fmt.Sprintf("Run s deploy, or set mode: off for %s in ecsguard.yaml. This is repeated in a day.", p.ID),
	})
}

// missing is the key of what says that a function is not there.
const missing = "missing"

// function is a practice's function as a resource.
func function(in Invocation, p *practice.Practice) practice.Resource {
	return practice.Resource{Type: functionType, ID: practice.FunctionName(p.ID), Region: in.Region, Account: in.Account}
}

// functionType is the type of resource in records about a function that is missing or gave up.
const functionType = "ACS::FC::Function"

// tell writes a record about a resource, unless the same was reported within the day by this
// process, or by another one as far as the log's index shows.
func (r *base) tell(ctx context.Context, in Invocation, what string, about practice.Resource, record ledger.Record) error {
	return r.tellEvery(ctx, in, saidFor, what, about, record)
}

func (r *base) tellEvery(ctx context.Context, in Invocation, every time.Duration, what string, about practice.Resource, record ledger.Record) error {
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	now := in.Now()
	if last, ok := r.said[what]; ok && now.Sub(last) < every {
		return nil
	}
	if r.untold != nil && now.Sub(r.untoldAt) < 30*time.Second && now.Sub(r.untoldAt) >= 0 {
		return fmt.Errorf("the log was out of reach a moment ago: %w", r.untold)
	}
	maps.DeleteFunc(r.said, func(_ string, at time.Time) bool { return now.Sub(at) > saidFor })
	last, err := in.last(ctx, about, record, now, every)
	if err == nil && last.IsZero() {
		last, err = now, in.Ledger.Append(ctx, in.stamp(record, about, now.Truncate(time.Minute)))
	}
	if r.untold, r.untoldAt = err, now; err == nil {
		r.said[what] = last
	}
	return err
}

// last is when the same was told within the day, or zero.
func (in Invocation) last(ctx context.Context, about practice.Resource, record ledger.Record, now time.Time, every time.Duration) (last time.Time, err error) {
	records, err := in.Ledger.History(ctx, about, now.Add(-every))
	for _, old := range records {
		if old.Key == record.Key && old.Practice == record.Practice && old.ErrorCode == record.ErrorCode {
			last = old.Time
		}
	}
	return last, err
}

// stamp completes a record. If two instances report the same within a minute, their records are
// identical and become one message.
func (in Invocation) stamp(record ledger.Record, about practice.Resource, at time.Time) ledger.Record {
	sum := sha256.Sum256([]byte(strings.Join([]string{about.Account, about.Region, about.ID, record.Practice, record.Key, record.ErrorCode, at.UTC().String()}, "\x00")))
	record.ID, record.Kind, record.Time = hex.EncodeToString(sum[:12]), ledger.Result, at.UTC()
	record.ResourceType, record.Resource, record.ResourceName, record.Region, record.Account = about.Type, about.ID, about.Name, about.Region, about.Account
	record.Request, record.Version, record.Nonce = in.Request, in.Version, in.Request+"/"+record.ID
	return record
}
