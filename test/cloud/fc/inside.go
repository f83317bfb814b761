package fc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Program is a function that runs in this process and not in one of its own, as a clock
// that does not run by itself needs it (testing/synctest). One is an instance: it has one
// invocation at a time, and what it remembers goes when it is killed.
type Program func(ctx context.Context, in Invoked) ([]byte, error)

// Invoked is what Function Compute tells a program of an invocation.
type Invoked struct {
	Request, Region string
	Attempt         int // 0 is the first
	Credentials     kernel.Credentials
	Body            []byte
}

// errKilled is what an instance that was killed gets for each further request: it makes
// none.
var errKilled = errors.New("this instance was killed")

// startInside starts an instance in this process.
func (c *Service) startInside(fn *function) (*fcInstance, error) {
	life, die := context.WithCancel(context.Background())
	i := &fcInstance{c: c, fn: fn, id: "c-" + c.Random.Text(16, kernel.LowerAlnum), next: make(chan *delivery), exited: make(chan struct{}), die: die, said: &said{}}
	c.Mu.Lock()
	closed := c.Closed
	if !closed {
		fn.All[i] = true
		c.Work.Add(1)
	}
	c.Mu.Unlock()
	if closed {
		die()
		return nil, kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
	}
	program := c.Instance(fn.Function, living{life, c.InProcess()}, i.said)
	go i.watch(func() {
		for {
			select {
			case <-life.Done():
				return
			case d := <-i.next:
				over := make(chan struct{})
				go func() {
					defer close(over)
					i.invoke(life, program, d)
				}()
				select {
				case <-life.Done():
					return
				case <-over:
				}
			}
		}
	})
	return i, nil
}

// invoke runs a program once.
func (i *fcInstance) invoke(life context.Context, program Program, d *delivery) {
	ctx, cancel := context.WithTimeout(life, d.limit)
	defer cancel()
	attempt, _ := strconv.Atoi(d.header["x-fc-retry-count"]) // a number, always
	body, err := program(ctx, Invoked{
		Request: d.id, Region: d.header["x-fc-region"], Attempt: attempt, Body: d.body,
		Credentials: kernel.Credentials{AccessKeyID: d.header["x-fc-access-key-id"], AccessKeySecret: d.header["x-fc-access-key-secret"],
			SecurityToken: d.header["x-fc-security-token"]},
	})
	switch {
	case life.Err() != nil: // nobody hears of it
	case err != nil:
		d.done <- crashed("%v", err)
	default:
		d.done <- outcome{status: http.StatusOK, body: body, instance: i.id}
	}
}

// living reaches the cloud for as long as its instance lives.
type living struct {
	life context.Context
	to   http.RoundTripper
}

func (l living) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.life.Err() != nil {
		return nil, errKilled
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(l.life, func() { cancel(errKilled) })()
	return l.to.RoundTrip(r.WithContext(ctx))
}

// said is what an instance in this process has written and nobody has read yet.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*said)(nil)

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := bytes.Clone(s.text.Bytes())
	s.text.Reset()
	return text
}
