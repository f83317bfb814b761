package triage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/logtrigger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// The log lane: a trail delivers every event of the account to a logstore, and a log trigger
// brings the range of new logs. It complements the event bus: it brings events that the bus
// does not have (sign-ins, and perhaps those of IMS and Resource Manager) and events that the
// bus has lost.
//
// Each event that a practice asks for becomes a task of this function, whose id is the event's.
// So a range is finished as soon as its events are in the queue. There they wait for an
// instance like those of the bus, are retried if they fail, and are reported if they fail for
// good. A range that is delivered again, because it failed part way, creates no task twice. An
// event that the bus has brought as well is judged a second time but wakes no practice twice:
// the id of a practice's task is made from the event and the resources.

// A TrailReader reads logs by cursor: a logtrigger.Reader.
type TrailReader interface {
	Read(ctx context.Context, r logtrigger.Range, cursor, end string, each func(fields map[string]string)) (at string, err error)
}

// lane is what a process remembers of the log lane.
type lane struct {
	mu     sync.Mutex
	pulsed time.Time // when it last wrote that the lane is read
}

// trail hands on what is new in a trail's logstore.
func (r *Triage) trail(ctx context.Context, in Invocation, rng logtrigger.Range) (answer Answer, err error) {
	answer.Invoked = []string{}
	if in.Trail == nil {
		return answer, errors.New("triage: a trail's log came, and nothing is there to read it with")
	}
	var wanted [][]byte
	var bad spoilt
	at, err := in.Trail.Read(ctx, rng, rng.Begin, rng.End, func(fields map[string]string) {
		answer.Events++
		record, err := events.TrailLog(fields)
		switch {
		case err != nil:
			bad.add(err)
		case r.matcher.Asks(record.Act) || r.matcher.AsksOf(record.Actor()):
			wanted = append(wanted, record.CloudEvent())
		}
	})
	if err == nil && at != rng.End {
		err = rng.Unshown(at)
	}
	if err != nil { // what was read is handed on all the same
		err = fmt.Errorf("triage: reading the trail's log %s/%s: %w", rng.Project, rng.Store, err)
	}
	failed := make([]error, len(wanted))
	var mu sync.Mutex
	handed := 0
	engine.InOrder(len(wanted), atOnce, func(i int) {
		on, spoils, err := r.handUp(ctx, in, wanted[i])
		mu.Lock()
		defer mu.Unlock()
		if failed[i] = err; spoils != nil {
			bad.add(spoils)
		}
		if on {
			handed++
		}
	})
	err = errors.Join(append(failed, err, r.spoilt(ctx, in, rng, bad))...)
	if handed > 0 {
		answer.Invoked = append(answer.Invoked, triageFunction)
	}
	r.log.Info("trail read", "request", in.Request, "logstore", rng.Project+"/"+rng.Store, "events", answer.Events, "handed on", handed, "unreadable", bad.count)
	if err == nil {
		r.lane.pulse(ctx, r, in)
	}
	return answer, err
}

// handUp makes a task of an event that some practice asks for. People are told of another
// account's events, and nothing looks at them. Spoils says why a log is not an event.
func (r *Triage) handUp(ctx context.Context, in Invocation, body []byte) (handed bool, spoils, err error) {
	happened, err := events.Decode(body)
	if err != nil {
		return false, err, nil
	}
	e := &happened[0]
	if len(r.matcher.Match(e)) == 0 {
		return false, nil, nil
	}
	if foreign, err := r.foreign(ctx, in, e); foreign || err != nil {
		return false, nil, err
	}
	text, err := payload(e)
	if err != nil {
		return false, err, nil // it cannot be made to fit, however often it comes
	}
	if _, err := in.invoke(ctx, triageFunction, taskOf("trail", e.Key()), text); err != nil {
		return false, nil, fmt.Errorf("triage: event %s of the trail: handing it on: %w", e.Key(), err)
	}
	return true, nil, nil
}

// spoilt are logs that are not events. They do not hold up the others: reading them again would
// not help.
type spoilt struct {
	count int
	first error
}

func (s *spoilt) add(err error) {
	if s.count++; s.first == nil {
		s.first = err
	}
}

// spoilt tells people, once a day, that the trail's logstore contains something that cannot be
// read as an event.
func (r *Triage) spoilt(ctx context.Context, in Invocation, rng logtrigger.Range, bad spoilt) error {
	if bad.count == 0 {
		return nil
	}
	r.log.Error("not an event", "request", in.Request, "logstore", rng.Project+"/"+rng.Store, "logs", bad.count, "error", bad.first)
	return r.tell(ctx, in, "trail record", itself(in), ledger.Record{
		Practice: triageFunction, Severity: practice.Medium, Mode: practice.Observe, Outcome: practice.Failed, Key: "trail record", Subject: triageFunction,
		Finding: fmt.Sprintf("the trail's logstore %s/%s contains logs that cannot be read as events", rng.Project, rng.Store),
		Reason:  "ecsguard looks at nothing because of such a log. Other events are not held up",
		Error:   bad.first.Error(),
		Facts:   map[string]string{"logs": fmt.Sprint(bad.count), "shard": fmt.Sprint(rng.Shard), "from cursor": rng.Begin, "to cursor": rng.End},
		Advice: "If somebody else writes to that logstore, take their permission away: it is ActionTrail's. If ActionTrail wrote it, report it with the error. " +
			"This is repeated in a day if it goes on.",
	})
}

// pulse records, now and then, that the lane is being read, for notify, which checks that.
func (l *lane) pulse(ctx context.Context, r *Triage, in Invocation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := in.Now()
	if now.Sub(l.pulsed) < watch.TrailPulses {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	if err := in.Ledger.Append(ctx, watch.TrailRead(in.Region, in.Account, in.Request, in.Version, now)); err != nil {
		r.log.Error("that the trail is read cannot be noted", "request", in.Request, "error", err)
		return
	}
	l.pulsed = now
}
