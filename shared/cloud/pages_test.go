package cloud_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// reader reads as a client and counts the calls by action.
type reader struct {
	client *ours.Client
	mu     sync.Mutex
	made   map[string]int
}

func (r *reader) Read(ctx context.Context, call ours.Call, out any) error {
	r.mu.Lock()
	r.made[call.Action]++
	r.mu.Unlock()
	return r.client.Do(ctx, call, out)
}

// ids are n of a kind: i-1, i-2 …
func ids(kind string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(kind, "-", i+1))
	}
	return all
}

const launched = 120

// launch is a cloud with instances, each with a disk, in a few groups; and a reader of it.
func launch(t *testing.T) (*cloud.Cloud, *reader) {
	t.Helper()
	c, err := cloud.New(cloud.Options{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var state strings.Builder
	fmt.Fprint(&state, "ecs:\n  security-groups: [{id: sg-1}, {id: sg-2}, {id: sg-3}]\n  instances:\n")
	for n, id := range ids("i", launched) {
		fmt.Fprintf(&state, "    - {id: %s, name: n-%d, security-groups: [sg-%d], disks: [{id: d-%d, encrypted: false, type: system}]}\n", id, n, n%3+1, n+1)
	}
	if err := c.Load([]byte(state.String())); err != nil {
		t.Fatal(err)
	}
	root := c.RootSession()
	return c, &reader{made: map[string]int{}, client: ours.NewClient(ours.Config{Transport: c.Transport(), RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}})}
}

// answer is what a call is answered, without the id of the request.
func answer(t *testing.T, r ours.Reader, call ours.Call) map[string]any {
	t.Helper()
	var out map[string]any
	if err := r.Read(t.Context(), call, &out); err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	delete(out, "RequestId")
	return out
}

// interfaces are the ids of the instances' interfaces.
func interfaces(t *testing.T, r ours.Reader) (all []string) {
	t.Helper()
	var out struct {
		NetworkInterfaceSets struct {
			NetworkInterfaceSet []struct{ NetworkInterfaceID string }
		}
	}
	if err := r.Read(t.Context(), ours.New("ecs", "DescribeNetworkInterfaces", "cn-hangzhou", "MaxResults", "500"), &out); err != nil {
		t.Fatal(err)
	}
	for _, n := range out.NetworkInterfaceSets.NetworkInterfaceSet {
		all = append(all, n.NetworkInterfaceID)
	}
	return all
}

// Through pages each single call is answered as the API answers it, and the API is asked
// once for as many ids as it takes.
func TestPagesAnswerAsTheAPI(t *testing.T) {
	_, r := launch(t)
	enis := interfaces(t, r)
	if len(enis) != launched {
		t.Fatalf("%d interfaces", len(enis))
	}
	list := func(id string) string { return ours.IDs(id) }
	plain := func(id string) string { return id }
	for _, c := range []struct {
		action, param string
		value         func(string) string
		ids           []string
		others        []string
		calls         int
	}{
		{"DescribeInstances", "InstanceIds", list, ids("i", launched), nil, 2},
		{"DescribeInstances", "InstanceIds", list, ids("i", launched), []string{"MaxResults", "100"}, 2},
		{"DescribeDisks", "DiskIds", list, ids("d", launched), []string{"MaxResults", "500"}, 2},
		{"DescribeSecurityGroups", "SecurityGroupIds", list, ids("sg", 3), nil, 1},
		{"DescribeNetworkInterfaces", "NetworkInterfaceId.1", plain, enis, nil, 3},
		{"DescribeNetworkInterfaces", "NetworkInterfaceId.1", plain, enis, []string{"MaxResults", "500"}, 3},
	} {
		t.Run(fmt.Sprint(c.action, c.others), func(t *testing.T) {
			pages := ours.NewPages(r, c.ids...)
			want := map[string]map[string]any{}
			call := func(id string) ours.Call {
				return ours.New("ecs", c.action, "cn-hangzhou", append([]string{c.param, c.value(id)}, c.others...)...)
			}
			for _, id := range c.ids {
				want[id] = answer(t, r, call(id))
			}
			clear(r.made)
			for _, id := range c.ids {
				if got := answer(t, pages, call(id)); !reflect.DeepEqual(got, want[id]) {
					t.Errorf("%s:\n%v\nwant\n%v", id, got, want[id])
				}
			}
			if r.made[c.action] != c.calls {
				t.Errorf("%d calls, want %d", r.made[c.action], c.calls)
			}
		})
	}
}

// What no page can hold is asked of the API: an unknown id, a stranger, a second question,
// a list, a filter.
func TestPagesLeaveTheRestToTheAPI(t *testing.T) {
	_, r := launch(t)
	pages := ours.NewPages(r, "i-1", "i-2", "i-3", "i-missing")
	one := func(id string) ours.Call {
		return ours.New("ecs", "DescribeInstances", "cn-hangzhou", "InstanceIds", ours.IDs(id))
	}
	answer(t, pages, one("i-1")) // the page
	for _, call := range []ours.Call{
		one("i-missing"), one("i-50"), one("i-1"),
		ours.New("ecs", "DescribeInstances", "cn-hangzhou", "InstanceIds", ours.IDs("i-2", "i-3")),
		ours.New("ecs", "DescribeInstances", "cn-hangzhou", "SecurityGroupId", "sg-1", "MaxResults", "100"),
		ours.New("ecs", "DescribeDisks", "cn-hangzhou", "InstanceId", "i-2"),
	} {
		want := answer(t, r, call)
		clear(r.made)
		if got := answer(t, pages, call); !reflect.DeepEqual(got, want) || r.made[call.Action] != 1 {
			t.Errorf("%s: %d calls\n%v\nwant\n%v", call, r.made[call.Action], got, want)
		}
	}
}

// A page that is refused costs nobody an answer, and one that fails for now fails for now.
func TestPagesThatCannotBeHad(t *testing.T) {
	c, r := launch(t)
	all := ids("i", 5)
	pages := ours.NewPages(r, all...)
	mend := c.Inject(cloud.Fault{Action: "ecs:DescribeInstances", Times: 1, Status: 400, Code: "InvalidInstanceIds.Malformed", Message: "no"})
	for _, id := range all {
		answer(t, pages, ours.New("ecs", "DescribeInstances", "cn-hangzhou", "InstanceIds", ours.IDs(id)))
	}
	mend()
	if n := r.made["DescribeInstances"]; n != 1+len(all) {
		t.Errorf("%d calls for %d ids after a refusal", n, len(all))
	}
	clear(r.made)
	pages = ours.NewPages(r, all...)
	defer c.Inject(cloud.Fault{Action: "ecs:DescribeInstances", Code: "Throttling", Message: "slow"})()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := pages.Read(ctx, ours.New("ecs", "DescribeInstances", "cn-hangzhou", "InstanceIds", ours.IDs("i-1")), nil)
	if !ours.Retryable(err) {
		t.Error(err)
	}
}

// Looks at the targets of one event go on at the same time.
func TestPagesAreSharedByLooksAtOnce(t *testing.T) {
	_, r := launch(t)
	all := ids("i", 100)
	pages := ours.NewPages(r, all...)
	var group sync.WaitGroup
	var mu sync.Mutex
	got := map[string]bool{}
	for _, id := range all {
		group.Go(func() {
			var out struct {
				Instances struct{ Instance []struct{ InstanceID string } }
			}
			if err := pages.Read(t.Context(), ours.New("ecs", "DescribeInstances", "cn-hangzhou", "InstanceIds", ours.IDs(id)), &out); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, i := range out.Instances.Instance {
				got[i.InstanceID] = i.InstanceID == id
			}
		})
	}
	group.Wait()
	slices.Sort(all)
	if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, all) || slices.Contains(slices.Collect(maps.Values(got)), false) {
		t.Errorf("%v", got)
	}
	if r.made["DescribeInstances"] != 1 {
		t.Errorf("%d calls", r.made["DescribeInstances"])
	}
}

// An answer is whole also where it is read as it came.
func TestPagesGiveRawAnswers(t *testing.T) {
	_, r := launch(t)
	var raw json.RawMessage
	err := ours.NewPages(r, "i-1", "i-2").Read(t.Context(), ours.New("ecs", "DescribeInstances", "cn-hangzhou", "InstanceIds", ours.IDs("i-2")), &raw)
	if err != nil || !json.Valid(raw) || !strings.Contains(string(raw), `"i-2"`) || strings.Contains(string(raw), `"i-1"`) {
		t.Errorf("%s, %v", raw, err)
	}
}
