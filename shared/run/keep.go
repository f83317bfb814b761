package run

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// Keep gives what make makes of answers, and makes it once. Whoever asks for it meanwhile
// waits. An error is not kept: it may be of one caller's deadline only.
func (m *memo) Keep(ctx context.Context, key string, make func() (any, error)) (any, error) {
	a := m.at("made: "+key, cloud.Call{})
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", key, ctx.Err())
	}
	if a.made == nil {
		made, err := make()
		if err != nil {
			return nil, err
		}
		a.made = made
	}
	return a.made, nil
}
