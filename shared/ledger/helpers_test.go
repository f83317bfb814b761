package ledger_test

import (
	"context"
	"testing"
	"time"
)

// noTime leaves a try its time and none to try again.
func noTime(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
