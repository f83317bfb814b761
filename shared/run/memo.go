package run

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

// answer is what one call was answered, as it came: everyone decodes their own, and
// nobody can change what another sees.
type answer struct {
	call cloud.Call
	turn chan struct{} // held by whoever makes or reads it
	body json.RawMessage
	made any // what was made of answers: see Keep
}

// moved makes every call again, all at once, and tells whether one is answered otherwise
// than before. What the cloud gives each answer anew, its request's id, does not count.
func (m *memo) moved(ctx context.Context, reader cloud.Reader) (bool, error) {
	m.mu.Lock()
	answers := slices.Collect(maps.Values(m.answers))
	m.mu.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	var moved atomic.Bool
	for _, a := range answers {
		group.Go(func() error {
			was, err := a.read(ctx)
			if err != nil || was == nil {
				return err
			}
			var is json.RawMessage
			err = reader.Read(ctx, a.call, &is)
			switch {
			case cloud.NotFound(err):
				moved.Store(true)
				return nil
			case err == nil && !bytes.Equal(lasting(is), lasting(was)):
				moved.Store(true)
			}
			return err
		})
	}
	err := group.Wait()
	return moved.Load(), err
}

// read is what the call was answered, or nil.
func (a *answer) read(ctx context.Context) (json.RawMessage, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
		return a.body, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", a.call.RAM(), ctx.Err())
	}
}

// beside is for those who read the same state and decide nothing: it knows what m knows,
// and what it reads besides is not what a plan rests on.
func (m *memo) beside() *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memo{reader: m.reader, answers: maps.Clone(m.answers)}
}

// readsAtOnce is how many calls are made at the same time.
const readsAtOnce = 16

var requestID = regexp.MustCompile(`"RequestId" *: *"[^"]*"`)

// lasting is an answer without its request's id.
func lasting(body []byte) []byte { return requestID.ReplaceAll(body, nil) }

func newMemo(reader cloud.Reader) *memo { return &memo{reader: reader, answers: map[string]*answer{}} }

// Read makes the call unless it has been answered. Whoever asks for it meanwhile
// waits. A refusal is not kept: it may be of one caller's deadline only.
func (m *memo) Read(ctx context.Context, call cloud.Call, out any) error {
	a := m.of(call)
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", call.RAM(), ctx.Err())
	}
	if a.body == nil {
		var body json.RawMessage
		if err := m.reader.Read(ctx, call, &body); err != nil {
			return err
		}
		a.body = body
	}
	return cloud.Decode(call, a.body, out)
}

// of is the place for the answer to a call.
func (m *memo) of(call cloud.Call) *answer { return m.at(call.String(), call) } // everything that is sent, in one order

func (m *memo) at(key string, call cloud.Call) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers[key] == nil {
		m.answers[key] = &answer{call: call, turn: make(chan struct{}, 1)}
	}
	return m.answers[key]
}
