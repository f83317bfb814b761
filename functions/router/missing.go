package router

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// Missing tells people that a practice which is on has no function, so that nobody
// looked at the event. An error means that they have not been told.
type Missing func(ctx context.Context, p *practice.Practice, e *events.Event) error

// Place is where a message about a missing function goes, and what it says of the run.
type Place struct {
	Log             *audit.Log
	Region, Account string
	Request         string
	Version         string
	Settings        settings.Settings
	Now             func() time.Time
}

// Said remembers which functions this instance has said to be missing. The audit log
// knows it for all instances, but its index is some seconds behind.
type Said struct {
	mu   sync.Mutex
	last map[string]time.Time // by practice
}

const (
	saidFor    = 24 * time.Hour // a fault that stays is told once a day
	missingKey = "missing"
)

// In is a Missing for one invocation.
func (s *Said) In(place Place) Missing {
	return func(ctx context.Context, p *practice.Practice, e *events.Event) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := place.Now()
		if last, ok := s.last[p.ID]; ok && now.Sub(last) < saidFor {
			return nil
		}
		last, err := place.last(ctx, p, now)
		if err == nil && last.IsZero() {
			last, err = now, place.Log.Write(ctx, place.record(p, e, now))
		}
		if err != nil {
			return err
		}
		if s.last == nil {
			s.last = map[string]time.Time{}
		}
		s.last[p.ID] = last
		return nil
	}
}

// last is when it was said within the day, or zero.
func (place Place) last(ctx context.Context, p *practice.Practice, now time.Time) (last time.Time, err error) {
	records, err := place.Log.History(ctx, p.ID, now.Add(-saidFor), p.ID)
	for _, r := range records {
		if r.Key == missingKey && r.Region == place.Region {
			last = r.Time
		}
	}
	return last, err
}

// record says what is missing and what to do. Two instances that write it within the
// same minute write the same, and it becomes one message.
func (place Place) record(p *practice.Practice, e *events.Event, now time.Time) audit.Record {
	at := now.UTC().Truncate(time.Minute)
	sum := sha256.Sum256([]byte(strings.Join([]string{place.Account, place.Region, p.ID, missingKey, at.String()}, "\x00")))
	return audit.Record{
		ID: hex.EncodeToString(sum[:12]), Kind: audit.Result, Time: at,
		Practice: p.ID, Severity: p.Severity, Mode: place.Settings.ModeOf(p), Outcome: practice.Failed,
		Reason:       "nothing looks at the events that this practice asks for",
		ResourceType: "ACS::FC::Function", Resource: p.ID, Region: place.Region, Account: place.Account, Subject: p.ID,
		Key:     missingKey,
		Finding: fmt.Sprintf("%s is on in the settings and its function is missing in %s", p.ID, place.Region),
		Facts:   map[string]string{"not looked at": strings.TrimSpace(e.Name + " " + e.Key())},
		Advice:  fmt.Sprintf("Run s deploy, or set mode: off for %s in ecsguard.yaml. This is said again in a day.", p.ID),
		Request: place.Request, Version: place.Version,
	}
}
