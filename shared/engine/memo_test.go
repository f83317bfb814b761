package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
)

// reader answers with a text, as often as it is asked, and lets others come in between.
type reader struct {
	asked atomic.Int32
	text  string
	err   error
}

func (r *reader) Read(_ context.Context, _ ours.Call, out any) error {
	r.asked.Add(1)
	for range 100 {
		runtime.Gosched()
	}
	if r.err != nil {
		return r.err
	}
	return json.Unmarshal([]byte(r.text), out)
}

var list = ours.New("ecs", "DescribeSecurityGroups", region, "PageSize", "1", "VpcId", "vpc-1")

// Each caller has an answer of its own, in its own form.
func TestAMemoAsksOnceAndEachDecodes(t *testing.T) {
	r := &reader{text: `{"TotalCount": 1, "names": ["a"]}`}
	m := engine.NewMemo(r)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			var counted struct{ Totalcount int } // as the client decodes: whatever the case
			var named struct{ Names []string }
			if err := errors.Join(m.Read(t.Context(), list, &counted), m.Read(t.Context(), list, &named)); err != nil {
				t.Error(err)
				return
			}
			if counted.Totalcount != 1 || named.Names[0] != "a" {
				t.Errorf("%+v %+v", counted, named)
			}
			named.Names[0] = "somebody else's"
		})
	}
	group.Wait()
	if r.asked.Load() != 1 {
		t.Errorf("asked %d times", r.asked.Load())
	}
	for _, other := range []ours.Call{list.With("PageSize", "2"), {Product: list.Product, Action: list.Action, Region: "cn-beijing", Params: list.Params}} {
		if err := m.Read(t.Context(), other, nil); err != nil {
			t.Error(err)
		}
	}
	if r.asked.Load() != 3 {
		t.Errorf("asked %d times, want once for each call", r.asked.Load())
	}
}

func TestAMemoKeepsNoRefusal(t *testing.T) {
	r := &reader{err: &ours.Error{Action: readRules, Code: "Throttling"}}
	m := engine.NewMemo(r)
	if err := m.Read(t.Context(), list, nil); ours.Code(err) != "Throttling" {
		t.Error(err)
	}
	r.err, r.text = nil, `{"TotalCount": "many"}`
	var counted struct{ TotalCount int }
	if err := m.Read(t.Context(), list, &counted); err == nil || ours.Code(err) != "" {
		t.Errorf("an answer of another form: %v", err)
	}
	var named struct{ TotalCount string }
	if err := m.Read(t.Context(), list, &named); err != nil || named.TotalCount != "many" {
		t.Error(named, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := engine.NewMemo(&reader{err: context.Canceled}).Read(over, list, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
