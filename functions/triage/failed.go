package triage

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// notifyFunction tells people what a practice gave up on.
const notifyFunction = "ecsguard-notify"

// failed deals with a function that has given up. If it was a practice with a family, the next
// of the family is asked to stand in for it, and so on. Only if none is left are people told
// that ecsguard itself failed. The resources are looked at again in any case.
func (r *failures) failed(ctx context.Context, in Invocation, f events.Failure, payload []byte) (invoked []string, err error) {
	i := slices.IndexFunc(r.practices, func(p *practice.Practice) bool { return p.ID == practice.OfFunction(f.Function) })
	happened, unread := events.Decode(f.Payload)
	if f.Function == notifyFunction {
		return nil, r.pastNotify(ctx, in, f)
	}
	if i < 0 || unread != nil || len(happened) == 0 {
		return r.forward(ctx, in, f, "gave-up-"+f.Request, payload)
	}
	p := r.practices[i]
	var told bool
	for n := range happened {
		e := &happened[n]
		var next []string
		var failed error
		if e.Kind != events.KindTimer { // somebody has given it one, and it names nothing to look at
			body, trimmed := eventBody(e)
			if trimmed == nil {
				next, failed = r.next(ctx, in, p, e, body)
			}
		}
		if failed != nil {
			return invoked, failed
		}
		invoked = append(invoked, next...)
		noted := r.gaveUp(ctx, in, p, e, f, len(next) > 0)
		if noted != nil && in.Attempt < lastAttempt {
			// People are told now. Work that was left half done is looked at again only if it is noted,
			// and the log may accept the note a little later.
			err = errors.Join(err, fmt.Errorf("triage: noting that %s gave up (%s): %w", f.Function, f.Request, noted))
		}
		if noted != nil {
			r.log.Error("what a function gave up on cannot be noted", "practice", p.ID, "request", in.Request, "error", noted)
		}
		if len(next) == 0 && !told || noted != nil {
			told = true
			more, lost := r.forward(ctx, in, f, lastOf(p, e, f), payload)
			invoked, err = append(invoked, more...), errors.Join(err, lost)
		}
	}
	return invoked, err
}

// pastNotify tells people directly what notify could not tell them. If notify also gave up on
// reporting that triage had failed at this, both have tried for long enough: it is in the logs.
func (r *failures) pastNotify(ctx context.Context, in Invocation, f events.Failure) error {
	inner, ok := events.DecodeFailure(f.Payload)
	if ok && inner.Function == triageFunction {
		r.log.Error("people could not be told", "request", in.Request, "failed", f.Request, "error", f.Error)
		return nil
	}
	if in.Watch.Tell == nil {
		return fmt.Errorf("triage: notify gave up (%s), and there is no other way to people", f.Request)
	}
	told := message.Failure{Function: f.Function, Request: f.Request, Tries: f.Tries, Why: f.Why, Error: f.Error, Time: f.Time, Event: "telling people"}
	if ok {
		told.Event = "telling people that " + inner.Function + " gave up"
		told.Error = "notify: " + f.Error + "; " + inner.Function + ": " + inner.Error
	}
	if err := in.Watch.Tell(ctx, told.Message()); err != nil {
		return fmt.Errorf("triage: notify gave up (%s), and people cannot be told past it: %w", f.Request, err)
	}
	return nil
}

// lastOf is the id of the task that reports that no practice of a family could look at an
// event's resources. Several practices may have been woken for the same resources, and each
// goes through all the others: the id makes it one report. Other resources of the event are
// reported separately.
func lastOf(p *practice.Practice, e *events.Event, f events.Failure) string {
	if p.Family == nil || e.Kind == events.KindTimer {
		return "gave-up-" + f.Request
	}
	return taskOf(slices.Concat([]string{practice.Task("gave up\x00"+p.Family.Name, e, f.Request)}, askedIDs(e))...)
}

// forward passes a failure on to notify as it came, without the log: people are told directly.
func (r *failures) forward(ctx context.Context, in Invocation, f events.Failure, task string, payload []byte) ([]string, error) {
	if _, err := in.invoke(ctx, notifyFunction, task, events.Mask(short(f, payload))); err != nil {
		return nil, fmt.Errorf("triage: passing on that %s gave up (%s): %w", f.Function, f.Request, err)
	}
	r.log.Info("passed on what a function gave up on", "function", f.Function, "failed", f.Request, "request", in.Request)
	return []string{notifyFunction}, nil
}

// short shortens a failure until it fits an invocation: the event in it may take up all the
// room by itself. If it holds several events, the first is kept.
func short(f events.Failure, payload []byte) []byte {
	if len(payload) <= maxBody {
		return payload
	}
	var fields map[string]any
	if err := json.Unmarshal(payload, &fields); err != nil {
		return payload // it has been read as a failure
	}
	reason := []rune(f.Error)
	fields["responsePayload"] = map[string]string{"errorMessage": string(reason[:min(len(reason), 2000)])}
	delete(fields, "requestPayload")
	if happened, _ := events.Decode(f.Payload); len(happened) > 0 {
		if body, err := eventBody(&happened[0]); err == nil && body != nil {
			if body, err = events.Trim(body, maxBody/2); err == nil {
				fields["requestPayload"] = body
			}
		}
	}
	cut, err := encode(fields)
	if err != nil {
		return payload
	}
	return cut
}

// next asks the next of a practice's family to stand in for it, if there is one that has
// not been asked yet. Those that act come first.
func (r *base) next(ctx context.Context, in Invocation, p *practice.Practice, e *events.Event, event json.RawMessage) ([]string, error) {
	passed := append(slices.Clone(e.Passed), p.ID)
	var errs []error
	for {
		next := r.after(p, passed)
		if next == nil {
			return nil, errors.Join(errs...)
		}
		look, err := lookBody(e, event, passed)
		if err != nil {
			return nil, fmt.Errorf("triage: event %s: %w", e.Key(), err)
		}
		there, _, err := r.wake(ctx, in, next, taskOf(slices.Concat([]string{e.Key(), next.ID}, passed, askedIDs(e))...), e, look)
		if err != nil {
			errs = append(errs, fmt.Errorf("triage: event %s: asking %s to stand in for %s: %w", e.Key(), next.ID, strings.Join(passed, ", "), err))
		}
		if there {
			r.log.Info("asked another", "event", e.Key(), "request", in.Request, "practice", next.ID, "passed", passed)
			return []string{next.ID}, nil
		}
		passed = append(passed, next.ID)
	}
}

// after is the member of the family that is asked once others have been.
func (r *base) after(p *practice.Practice, passed []string) *practice.Practice {
	kin := slices.DeleteFunc(p.Peers(r.practices), func(q *practice.Practice) bool { return slices.Contains(passed, q.ID) })
	if len(kin) == 0 {
		return nil
	}
	acts := func(q *practice.Practice) int {
		if r.settings.ModeOf(q) == practice.Enforce {
			return 0
		}
		return 1
	}
	return slices.MinFunc(kin, func(a, b *practice.Practice) int { return cmp.Or(acts(a)-acts(b), strings.Compare(a.ID, b.ID)) })
}

// askedIDs are the resources that a look is restricted to: an event that is about many is
// looked at in pieces, and each is somebody's task.
func askedIDs(e *events.Event) (ids []string) {
	for _, a := range e.Asked {
		ids = append(ids, a.Region, a.ID)
	}
	return ids
}

func eventBody(e *events.Event) (json.RawMessage, error) {
	if e.Kind == events.KindLook {
		return nil, nil
	}
	return payload(e)
}

// look is an event as the next of a family gets it.
func look(e *events.Event, event json.RawMessage, passed []string) events.Look {
	l := events.Look{Ecsguard: events.LookWord, Event: event}
	if e.Kind == events.KindLook {
		l = lookOf(e)
	}
	l.Targets, l.For, l.Passed = e.Asked, e.For, passed
	return l
}

// lookBody is a look as it is sent. What is said beside the event needs room as well.
func lookBody(e *events.Event, event json.RawMessage, passed []string) (json.RawMessage, error) {
	return fit(look(e, event, passed))
}

// fit is a look as it is sent, with its event cut as far as necessary.
func fit(l events.Look) (json.RawMessage, error) {
	body, err := encode(l)
	if err != nil || len(body) <= maxBody {
		return body, err
	}
	if l.Event == nil {
		return nil, fmt.Errorf("a look at %d resources takes %d bytes, and %d can be sent", len(l.Targets), len(body), maxBody)
	}
	if l.Event, err = events.Trim(l.Event, len(l.Event)-(len(body)-maxBody)); err != nil {
		return nil, err
	}
	return encode(l)
}

// encode writes JSON without HTML escaping, which would make text that others wrote several
// times longer.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// taskOf is a task id: it begins with a letter.
func taskOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "t" + hex.EncodeToString(sum[:16])
}

// gaveUp notes in the log what a function gave up on, so that it is looked at again. If another
// practice stands in, people are told once a day; if none does, they are told directly.
func (r *failures) gaveUp(ctx context.Context, in Invocation, p *practice.Practice, e *events.Event, f events.Failure, stoodIn bool) error {
	var records []ledger.Record
	for _, target := range r.targets(in, p, e) {
		record := ledger.Record{
			Practice: p.ID, Severity: p.Severity, Mode: r.settings.ModeOf(p), Outcome: practice.Failed, Key: engine.KeyGaveUp, Subject: target.ID,
			Finding: p.ID + " gave up on this resource", Reason: "its function failed at every attempt", Error: f.Error, Quiet: true,
		}
		records = append(records, in.stamp(record.Because(e), target, in.Now()))
	}
	var err error
	if len(records) > 0 {
		err = in.Ledger.Append(ctx, records...)
	}
	if stoodIn {
		err = errors.Join(err, r.tell(ctx, in, "gave up/"+p.ID, function(in, p), ledger.Record{
			Practice: p.ID, Severity: p.Severity, Mode: r.settings.ModeOf(p), Outcome: practice.Failed, Key: engine.KeyGaveUp, Subject: p.ID,
			Finding: p.ID + " does not work: its function failed at every attempt, and another of its family stands in for it",
			Error:   f.Error, Facts: map[string]string{"failed at": strings.TrimSpace(e.Name + " " + e.Key())},
			Advice: "Fix what the error names. The function's log has it under request " + f.Request + ". This is repeated in a day.",
		}))
	}
	return err
}

// targets are the resources that an event asked a practice to look at.
func (r *failures) targets(in Invocation, p *practice.Practice, e *events.Event) (targets []practice.Resource) {
	for _, t := range engine.Targets(p, e) {
		if t.Resource.ID != "" {
			targets = append(targets, engine.Complete(t, in.Region, in.Account).Resource)
		}
	}
	return targets
}
