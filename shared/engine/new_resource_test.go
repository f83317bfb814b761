package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A resource that was just made may not be visible yet.
func TestANewResourceThatIsNotVisibleYet(t *testing.T) {
	w := begin(t, each)
	created := func(_, data map[string]any) {
		data["eventName"] = "CreateSecurityGroup"
		data["requestParameters"].(map[string]any)["SecurityGroupId"] = "sg-new"
	}
	looks := 0
	w.cloud.OnCall(func(c cloud.Call) {
		if c.Action == readRules {
			if looks++; looks == 3 {
				w.load("sg-new", 22)
			}
		}
	})
	w.deliver(event(t, 1, created), practice.Fixed)
	if looks != 6 {
		t.Errorf("%d looks, want three that find nothing, one that does, one before the change and one after it", looks)
	}
}

func TestANewResourceThatNeverShows(t *testing.T) {
	w := begin(t, each)
	created := func(_, data map[string]any) {
		data["eventName"] = "CreateSecurityGroup"
		data["requestParameters"].(map[string]any)["SecurityGroupId"] = "sg-new"
	}
	ctx := w.short()
	err := w.fails(ctx, event(t, 1, created), firstAttempt)
	if ctx.Err() != nil || !strings.Contains(err.Error(), "NotFound") {
		t.Errorf("%v (the time that was kept: %v)", err, ctx.Err())
	}
	w.tells()
	// Some minutes later it is gone, not new.
	w.now = func() time.Time { return time.Now().Add(5 * time.Minute) }
	w.attempt(event(t, 1, created), secondAttempt, practice.Good)
}

func TestAMissingResourceThatIsNotNewIsGood(t *testing.T) {
	w := begin(t, each)
	gone := func(_, data map[string]any) {
		data["requestParameters"].(map[string]any)["SecurityGroupId"] = "sg-gone"
	}
	w.deliver(event(t, 1, gone), practice.Good)
	w.tells()
}

func TestAResourceThatIsNotReady(t *testing.T) {
	looks := 0
	ready := 3
	w := begin(t, func(ctx context.Context, pass *practice.Pass) error {
		if looks++; looks < ready {
			return fmt.Errorf("group %s: %w", pass.Resource.ID, practice.ErrNotYet)
		}
		return each(ctx, pass)
	}, 22)
	w.deliver(event(t, 1), practice.Fixed)
	looks, ready = 0, 1<<30
	err := w.fails(w.short(), event(t, 2), firstAttempt)
	if !strings.Contains(err.Error(), "not ready") {
		t.Errorf("%v", err)
	}
	w.tells("intent 22", "result 22 fixed") // of the first event only
	if looks > 20 {
		t.Errorf("%d looks: it does not wait longer each time", looks)
	}
}
