package practice_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

type anyAnswer struct{}

func (anyAnswer) Read(context.Context, cloud.Call, any) error { return nil }

// Listing and checking run in two roles: neither may read what only the other declares.
func TestASweepListsWithReadsOfItsOwn(t *testing.T) {
	read := func(action string) func(context.Context, *practice.Pass) error {
		return func(ctx context.Context, pass *practice.Pass) error {
			return pass.Read(ctx, cloud.New("ecs", action, "cn-hangzhou"), nil)
		}
	}
	p := &practice.Practice{ID: "some", Reads: []string{"ecs:DescribeDisks"}, Sweep: practice.Sweep{Reads: []string{"ecs:DescribeInstances"}}}
	for _, c := range []struct {
		action        string
		checks, lists string // what is wrong with it; empty: nothing
	}{
		{"DescribeDisks", "", "not among the Reads of its Sweep"},
		{"DescribeInstances", "not among its Reads", ""},
	} {
		p.Check = read(c.action)
		p.Sweep.List = func(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
			return nil, read(c.action)(ctx, pass)
		}
		pass := practice.NewPass(p, practice.Resource{}, &events.Event{}, time.Now(), anyAnswer{}, nil)
		_, listed := p.List(t.Context(), pass)
		checked := p.Judge(t.Context(), pass) // the same pass: that it has listed changes nothing
		for what, got := range map[string]struct {
			err  error
			want string
		}{"listing": {listed, c.lists}, "checking": {checked, c.checks}} {
			if (got.err == nil) != (got.want == "") || got.err != nil && !strings.Contains(got.err.Error(), got.want) {
				t.Errorf("%s with %s: %v, want %q", what, c.action, got.err, got.want)
			}
		}
	}
}

func TestASweepsReadsAreActionsOfItsList(t *testing.T) {
	err := (&practice.Practice{ID: "some", Triggers: []practice.Trigger{{Service: "Ecs", Name: "DeleteDisk"}}, Sweep: practice.Sweep{Reads: []string{"DescribeDisks"}}}).Validate()
	for _, want := range []string{"its Sweep has Reads and no List", `"DescribeDisks" is not a RAM action`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
