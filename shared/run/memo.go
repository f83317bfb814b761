package run

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

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
	turn chan struct{} // held by whoever makes or reads it
	body json.RawMessage
	made any // what was made of answers: see Keep
}

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
func (m *memo) of(call cloud.Call) *answer { return m.at(call.String()) } // everything that is sent, in one order

func (m *memo) at(key string) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers[key] == nil {
		m.answers[key] = &answer{turn: make(chan struct{}, 1)}
	}
	return m.answers[key]
}
