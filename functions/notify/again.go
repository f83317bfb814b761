package notify

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/message"
)

// The same mistake on many resources, fixed each time, arrives in several batches of the log,
// some seconds apart. After the first has been reported, its repeats wait until the minute is
// over and become one message. A batch that holds anything else does not wait: another port,
// another person, the same resource again, or something that is still open.
const repeatsWithin = time.Minute

// errRepeats makes the trigger deliver the batch again, together with whatever has been written
// meanwhile. So news never waits longer than until the next batch, as always.
var errRepeats = errors.New("it repeats a fix that has just been reported, and is reported with what follows when this batch is delivered again")

// repeats are the fixes that this instance has reported within the last minute.
type repeats struct {
	mu   sync.Mutex
	told map[string]*fix
}

// A fix is what was told, when, and of which resources.
type fix struct {
	at        time.Time
	resources []string
}

// wait tells whether messages only repeat what has been told. Oldest is when the first of
// what they tell was written: nothing waits for long, whoever told what.
func (r *repeats) wait(messages []message.Message, oldest, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(messages) == 0 || now.Sub(oldest) >= repeatsWithin {
		return false
	}
	for _, m := range messages {
		kind, resources := m.Repeats()
		f := r.told[kind]
		if kind == "" || f == nil || now.Sub(f.at) >= repeatsWithin || slices.ContainsFunc(resources, func(id string) bool { return slices.Contains(f.resources, id) }) {
			return false
		}
	}
	return true
}

// note keeps what has been told.
func (r *repeats) note(messages []message.Message, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told == nil || len(r.told) > maxMemory {
		r.told = map[string]*fix{}
	}
	for _, m := range messages {
		if kind, resources := m.Repeats(); kind != "" {
			r.told[kind] = &fix{now, resources}
		}
	}
}
