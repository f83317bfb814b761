package practice_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A read that is refused is noted without its request, which differs each time; another error stays one.
func TestNote(t *testing.T) {
	refused := fmt.Errorf("reading: %w", &cloud.Error{Action: "vpc:DescribeVpcs", Code: "Forbidden.RAM", Status: 403, RequestID: "4C2A"})
	unread := practice.Unread{}
	if err := unread.Note("one", refused); err != nil || unread["one"] != "vpc:DescribeVpcs: Forbidden.RAM" {
		t.Errorf("%v, %q", err, unread)
	}
	for _, err := range []error{nil, practice.ErrNotYet, errors.New("unclear"), &cloud.Error{Action: "vpc:DescribeVpcs", Code: "Throttling", Status: 400}} {
		if got := unread.Note("other", err); !errors.Is(got, err) || len(unread) != 1 {
			t.Errorf("%v: %v, %q", err, got, unread)
		}
	}
}

// What is so old to the second is older and not younger; what was made nobody knows when is neither.
func TestAge(t *testing.T) {
	pass := &practice.Pass{Now: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		made           time.Time
		younger, older bool
	}{
		{pass.Now.Add(-time.Hour), false, true},
		{pass.Now.Add(-time.Hour + time.Second), true, false},
		{time.Time{}, false, false},
	} {
		if younger, older := pass.Younger(c.made, time.Hour), pass.Older(c.made, time.Hour); younger != c.younger || older != c.older {
			t.Errorf("made at %v: younger %v, older %v", c.made, younger, older)
		}
	}
}
