package console

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// story is what listeners have been told.
type story struct {
	disturbed atomic.Bool // the state was changed by other means than calls

	mu        sync.Mutex
	listeners map[chan []byte]bool
	told      told
}

// told remembers enough of what was sent to send only what is new.
type told struct {
	size      [6]int
	incidents map[string][32]byte
	parts     map[string][32]byte
	records   int
	messages  int
}

func (s *story) begin() {
	s.listeners, s.told = map[chan []byte]bool{}, told{}
}

// update is one message of the stream. What is missing has not changed.
type update struct {
	Reset     bool            `json:"reset,omitempty"` // forget what came before
	Incidents []incident      `json:"incidents,omitempty"`
	Records   []record        `json:"records,omitempty"`
	Messages  []cloud.Message `json:"messages,omitempty"`
	From      from            `json:"from"`
	Resources *resourcesView  `json:"resources,omitempty"`
	Faults    *faultsView     `json:"faults,omitempty"`
	Counts    *counts         `json:"counts,omitempty"`
}

// from is where the first of the records and messages belongs: a page that has just
// come may be told of one twice.
type from struct {
	Records  int `json:"records"`
	Messages int `json:"messages"`
}

type counts struct {
	Account     string   `json:"account"`
	Region      string   `json:"region"`
	Events      int      `json:"events"`
	Calls       int      `json:"calls"`
	Invocations int      `json:"invocations"`
	Records     int      `json:"records"`
	Messages    int      `json:"messages"`
	Refused     []string `json:"refused"` // hosts outside that something asked for
}

// tell sends what is new to whoever listens.
func (c *Console) tell() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.work.Go(func() { <-c.done; cancel() })
	tick := time.NewTicker(300 * time.Millisecond) // an invocation ends after its last call
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
		case <-c.wake:
			select { // a burst is one update
			case <-c.done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
		c.spread(ctx)
	}
}

func (c *Console) spread(ctx context.Context) {
	c.story.mu.Lock()
	defer c.story.mu.Unlock()
	if len(c.listeners) == 0 {
		return
	}
	u, news := c.news(ctx, &c.told)
	if !news {
		return
	}
	frame := u.frame()
	for l := range c.listeners {
		select {
		case l <- frame:
		default: // too slow: it comes back and is told everything
			delete(c.listeners, l)
			close(l)
		}
	}
}

func (u update) frame() []byte {
	b, err := json.Marshal(u)
	if err != nil {
		panic(err) // every part of it encodes
	}
	return fmt.Appendf(nil, "data: %s\n\n", b)
}

// news is what has changed since t, which it brings up to date.
func (c *Console) news(ctx context.Context, t *told) (u update, news bool) {
	copies, struck := 0, 0
	delivered := c.cloud.Events()
	for _, d := range delivered {
		copies += d.Copies
	}
	faults := c.faults()
	for _, f := range faults.Faults {
		struck += f.Struck + 1000003*f.ID
	}
	size := [6]int{len(c.cloud.Calls()), len(c.cloud.Invocations()), len(delivered) + 1, copies, struck, faults.Bus.Duplicate + int(faults.Bus.Delay)}
	if size == t.size && !c.disturbed.Swap(false) {
		return u, false
	}
	t.size = size
	if t.incidents == nil {
		t.incidents, t.parts = map[string][32]byte{}, map[string][32]byte{}
	}
	w := c.world()
	for _, in := range w.incidents() {
		if changed(t.incidents, in.Kind+in.ID, in) {
			u.Incidents = append(u.Incidents, in)
		}
	}
	u.From = from{min(t.records, len(w.records)), min(t.messages, len(w.messages))}
	u.Records, t.records = w.records[min(t.records, len(w.records)):], len(w.records)
	u.Messages, t.messages = w.messages[min(t.messages, len(w.messages)):], len(w.messages)
	if v := c.resources(ctx); changed(t.parts, "resources", v) {
		u.Resources = &v
	}
	if changed(t.parts, "faults", faults) {
		u.Faults = &faults
	}
	n := counts{c.cloud.Account, c.cloud.Region, len(delivered), size[0], w.invocations, len(w.records), len(w.messages), c.cloud.Refused()}
	if n.Refused == nil {
		n.Refused = []string{}
	}
	if changed(t.parts, "counts", n) {
		u.Counts = &n
	}
	return u, u.Incidents != nil || len(u.Records) > 0 || len(u.Messages) > 0 || u.Resources != nil || u.Faults != nil || u.Counts != nil
}

func changed(known map[string][32]byte, key string, v any) bool {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // every part of an update encodes
	}
	sum := sha256.Sum256(b)
	if known[key] == sum {
		return false
	}
	known[key] = sum
	return true
}

// manyListeners bounds what open pages cost.
const manyListeners = 32

// listen gives a listener everything there is, and from then on what is new.
func (c *Console) listen(ctx context.Context) (all []byte, next chan []byte, ok bool) {
	c.story.mu.Lock()
	defer c.story.mu.Unlock()
	if len(c.listeners) >= manyListeners {
		return nil, nil, false
	}
	var fresh told
	u, _ := c.news(ctx, &fresh)
	u.Reset = true
	if len(c.listeners) == 0 {
		c.told = fresh
	}
	next = make(chan []byte, 64)
	c.listeners[next] = true
	return u.frame(), next, true
}

func (c *Console) getStream(w http.ResponseWriter, r *http.Request) {
	if !onlyQuery(w, r.URL.Query()) {
		return
	}
	all, next, ok := c.listen(r.Context())
	if !ok {
		fail(w, http.StatusServiceUnavailable, "TooManyListeners", "%d pages are open already", manyListeners)
		return
	}
	defer func() {
		c.story.mu.Lock()
		defer c.story.mu.Unlock()
		delete(c.listeners, next)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(b []byte) bool {
		if err := out.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return false
		}
		if _, err := w.Write(b); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !send(append([]byte("retry: 1000\n"), all...)) {
		return
	}
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !send([]byte(": still here\n\n")) {
				return
			}
		case frame, open := <-next:
			if !open || !send(frame) {
				return
			}
		}
	}
}
