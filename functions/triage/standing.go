package triage

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// standing are the findings that people were told of and that have not been found good since.
// If such a resource is good now, its practice is woken anyway, to say so. Each process keeps
// what it has read and reads on from there, at most once a minute.
type standing struct {
	mu    sync.Mutex
	upTo  time.Time
	tried time.Time                       // when it was last read, or could not be
	about map[string]map[string]time.Time // by practice and resource, the keys that stand, and since when
}

const (
	standingAge = 26 * time.Hour // what lasts is told again within a day
	standingFor = time.Minute    // that what was read is taken for what is
	indexLag    = time.Minute    // that the index may be behind
)

func standingKey(practiceID string, r practice.Resource) string {
	return practiceID + "\x00" + r.Account + "\x00" + r.Region + "\x00" + r.ID
}

// refreshed starts reading new records in the background, and returns a function that tells
// whether a finding stands. A failure to read is logged: the looks of the sweeps catch up
// later.
func (s *standing) refreshed(ctx context.Context, in Invocation, log *slog.Logger) func() func(practiceID string, r practice.Resource) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.refresh(ctx, in.Ledger, in.Now()); err != nil {
			log.Warn("what people were told of cannot be read", "request", in.Request, "error", err)
		}
	}()
	return func() func(string, practice.Resource) bool {
		<-done
		return s.stands
	}
}

func (s *standing) stands(practiceID string, r practice.Resource) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.about[standingKey(practiceID, r)]) > 0
}

func (s *standing) refresh(ctx context.Context, log Ledger, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.tried) < standingFor {
		return nil
	}
	s.tried = now
	ctx, cancel := context.WithTimeout(ctx, telling) // nobody who is needed is woken later than that because of it
	defer cancel()
	since := now.Add(-standingAge)
	if from := s.upTo.Add(-indexLag); from.After(since) {
		since = from
	}
	records, err := log.Results(ctx, since)
	if err != nil {
		return err
	}
	s.upTo = now
	slices.SortStableFunc(records, func(a, b ledger.Record) int { return a.Time.Compare(b.Time) })
	for _, r := range records {
		s.add(r)
	}
	for key, keys := range s.about {
		for name, at := range keys {
			if now.Sub(at) > standingAge {
				delete(keys, name)
			}
		}
		if len(keys) == 0 {
			delete(s.about, key)
		}
	}
	return nil
}

// add takes a result into account. Records may come twice, and out of order.
func (s *standing) add(r ledger.Record) {
	if s.about == nil {
		s.about = map[string]map[string]time.Time{}
	}
	about := practice.Resource{ID: r.Resource, Region: r.Region, Account: r.Account}
	key := standingKey(r.Practice, about)
	switch stands := r.Opens() || r.Outcome.Waits(); {
	case r.Outcome == practice.Ignored || r.Momentary || engine.OfTheWork(r):
	case stands && !s.about[key][r.Key].After(r.Time):
		if s.about[key] == nil {
			s.about[key] = map[string]time.Time{}
		}
		s.about[key][r.Key] = r.Time
	case !stands && !s.about[key][r.Key].After(r.Time):
		delete(s.about[key], r.Key)
	}
}
