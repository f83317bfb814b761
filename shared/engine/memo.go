package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// memo reads each thing once, however many practices ask for it: those of a family
// read much the same. It is made for one check and thrown away with it, because what
// it knows is old after any change.
type memo struct {
	reader cloud.Reader

	mu      sync.Mutex
	answers map[string]*answer
}

// answer is the raw answer to one call: each reader decodes its own copy, so that none can
// change what another sees.
type answer struct {
	call cloud.Call
	turn chan struct{} // held by whoever makes or reads it
	body json.RawMessage
	made any // what was made of answers: see Keep
}

func newMemo(reader cloud.Reader) *memo { return &memo{reader: reader, answers: map[string]*answer{}} }

// Read makes the call unless it has been answered. Whoever asks for it meanwhile waits. An
// error is not kept: it may come from one caller's deadline only.
func (m *memo) Read(ctx context.Context, call cloud.Call, out any) error {
	a := m.at(call.String(), call) // the key is everything that is sent, in one order
	if err := a.lock(ctx, call.RAM()); err != nil {
		return err
	}
	defer a.unlock()
	if a.body == nil {
		var body json.RawMessage
		if err := m.reader.Read(ctx, call, &body); err != nil {
			return err
		}
		a.body = body
	}
	return cloud.Decode(call, a.body, out)
}

// Keep returns the value that make derives from answers, and derives it once. Whoever asks for
// it meanwhile waits. An error is not kept: it may come from one caller's deadline only.
func (m *memo) Keep(ctx context.Context, key string, make func() (any, error)) (any, error) {
	a := m.at("made: "+key, cloud.Call{})
	if err := a.lock(ctx, key); err != nil {
		return nil, err
	}
	defer a.unlock()
	if a.made == nil {
		made, err := make()
		if err != nil {
			return nil, err
		}
		a.made = made
	}
	return a.made, nil
}

func (m *memo) at(key string, call cloud.Call) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers[key] == nil {
		m.answers[key] = &answer{call: call, turn: make(chan struct{}, 1)}
	}
	return m.answers[key]
}

// lock waits until nobody else makes or reads the answer.
func (a *answer) lock(ctx context.Context, what string) error {
	select {
	case a.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
}

func (a *answer) unlock() { <-a.turn }

// beside is a copy for readers of the same state that decide nothing. No plan rests on what
// they read in addition, so moved does not read it again.
func (m *memo) beside() *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memo{reader: m.reader, answers: maps.Clone(m.answers)}
}

// moved makes every call again, all at once, and tells whether an answer differs. The
// request's id, which is new in each answer, does not count.
func (m *memo) moved(ctx context.Context, reader cloud.Reader) (bool, error) {
	m.mu.Lock()
	answers := slices.Collect(maps.Values(m.answers))
	m.mu.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	var moved atomic.Bool
	for _, a := range answers {
		group.Go(func() error {
			if err := a.lock(ctx, a.call.RAM()); err != nil {
				return err
			}
			was := a.body
			a.unlock()
			if was == nil {
				return nil // it was refused, or is what was made of answers
			}
			var is json.RawMessage
			err := reader.Read(ctx, a.call, &is)
			if cloud.NotFound(err) || err == nil && !bytes.Equal(lasting(is), lasting(was)) {
				moved.Store(true)
				return nil
			}
			return err
		})
	}
	err := group.Wait()
	return moved.Load(), err
}

// readsAtOnce is how many calls are made at the same time.
const readsAtOnce = 16

var requestID = regexp.MustCompile(`"RequestId" *: *"[^"]*"`)

// lasting is an answer without its request ID.
func lasting(body []byte) []byte { return requestID.ReplaceAll(body, nil) }
