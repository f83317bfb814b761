package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/message"
)

// A Fault is something that is not as it should be.
type Fault struct {
	message.Trouble
	Key string // the same as long as it lasts: "rule disabled"
	// Passing is true of what may be over at the next look, such as a read that was not
	// answered. It is told when it is seen twice in a row, and then not again within a day
	// even if it comes and goes.
	Passing bool
}

// Every is how often a standing fault is told.
const Every = 24 * time.Hour

// A Memory is the faults that a watcher knows of, by their keys.
type Memory map[string]Known

// Known is what is known of one fault.
type Known struct {
	Since time.Time `json:"since"`          // when it was first seen
	Told  time.Time `json:"told,omitzero"`  // when people were last told; zero: not yet
	Over  bool      `json:"over,omitempty"` // it is not there now, and may come back
}

// A Sight is what a run saw.
type Sight struct {
	Faults []Fault
	Judged []string // how the keys begin of all that was read and judged
}

// judged tells whether the fault of a key would have been seen, were it there.
func (s Sight) judged(key string) bool {
	return slices.ContainsFunc(s.Judged, func(begins string) bool { return strings.HasPrefix(key, begins) })
}

// And joins what two looks saw.
func (s Sight) And(more Sight) Sight {
	return Sight{slices.Concat(s.Faults, more.Faults), slices.Concat(s.Judged, more.Judged)}
}

// News are the faults that people are told of now, and the memory that follows from what
// was seen. They count as told only once Told has been called: a channel may be down. What
// was not looked at, or could not be read, stays as it was.
func News(seen Sight, before Memory, now time.Time) (news []Fault, after Memory) {
	after = Memory{}
	for _, f := range seen.Faults {
		known, met := before[f.Key]
		if !met || known.Over && !f.Passing {
			known = Known{Since: now}
		}
		twice := met && !known.Over
		known.Over = false
		after[f.Key] = known
		if f.Since.IsZero() {
			f.Since = known.Since
		}
		due := known.Told.IsZero() || now.Sub(known.Told) >= Every
		if due && (!f.Passing || twice) {
			news = append(news, f)
		}
	}
	for key, known := range before {
		if _, still := after[key]; still {
			continue
		}
		if !seen.judged(key) {
			after[key] = known
		} else if !known.Told.IsZero() && now.Sub(known.Told) < Every { // it may come back
			known.Over = true
			after[key] = known
		}
	}
	return news, after
}

// Told notes that people have been told of faults.
func (m Memory) Told(faults []Fault, now time.Time) Memory {
	m = maps.Clone(m)
	for _, f := range faults {
		known := m[f.Key]
		known.Told = now
		m[f.Key] = known
	}
	return m
}

// Standing tells whether some fault is there now.
func (m Memory) Standing() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(m)), func(k Known) bool { return !k.Over })
}

// composed says faults in one composed. Its identity is the same for the same faults of the
// same day, however often they are sent.
func composed(from string, faults []Fault, m Memory, now time.Time) message.Message {
	var troubles []message.Trouble
	var ids []string
	for _, f := range faults {
		troubles = append(troubles, f.Trouble)
		since := m[f.Key].Since
		ids = append(ids, fmt.Sprintf("%s@%d/%d", f.Key, since.Unix(), now.Sub(since)/Every))
	}
	slices.Sort(ids)
	return message.Troubles(from, troubles, ids, now)
}
