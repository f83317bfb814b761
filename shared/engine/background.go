package engine

import (
	"log/slog"
	"sync"
	"time"
)

// grace is how long background work may take to notice that its time is up.
var grace = time.Second

// background is what runs beside the changes: evidence, and the checks of onlookers.
type background struct{ sync.WaitGroup }

// leave waits until nothing runs beside the look any more. Function Compute freezes the process
// once the invocation has returned, and anything left running would resume in the middle of the
// next invocation.
func (b *background) leave(log *slog.Logger) {
	ended := make(chan struct{})
	go func() { b.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(grace):
		log.Warn("a background task does not end")
	}
}
