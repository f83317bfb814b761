package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// begin is a local cloud with an audit log of so many shards, and the log as its root
// account opens it.
func begin(t testing.TB, shards int) (*cloud.Cloud, *ledger.Log) {
	t.Helper()
	c, err := cloud.New(cloud.Options{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	index := ledger.Index()
	if err := c.AddLogStore("ecsguard-1", "audit", shards, &index); err != nil {
		t.Fatal(err)
	}
	root := c.RootSession()
	return c, ledger.Open(ledger.Config{
		Project: "ecsguard-1", Store: "audit", Region: "cn-hangzhou", Transport: c.Transport(), RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken},
		Shards:      &ledger.ShardCache{},
	})
}

// group is one log with an id.
func group(id string) *sls.LogGroup {
	return &sls.LogGroup{Logs: []*sls.Log{{
		Time:     proto.Uint32(uint32(time.Now().Unix())),
		Contents: []*sls.LogContent{{Key: proto.String("id"), Value: proto.String(id)}},
	}}}
}

func ids(p ledger.Pulled) []string {
	var ids []string
	for _, e := range p.Entries() {
		ids = append(ids, e.Fields["id"])
	}
	return ids
}

// What is written with one hash key is pulled, in order, from the shard that holds it, and
// from no other.
func TestWhatIsPutIsPulledFromItsShard(t *testing.T) {
	c, log := begin(t, 8)
	ctx, start := t.Context(), time.Now().Add(-time.Minute)
	shards, err := log.Shards(ctx)
	if err != nil || len(shards) != 8 {
		t.Fatal(shards, err)
	}
	met := map[int]bool{}
	for n := range 20 {
		key, want := ledger.HashKey("1", "cn-hangzhou", fmt.Sprint("sg-", n)), []string{fmt.Sprint(n, "a"), fmt.Sprint(n, "b")}
		holding := shards.Holding(key)
		if len(holding) != 1 {
			t.Fatalf("%s is held by %v", key, holding)
		}
		cursor, err := log.Cursor(ctx, holding[0], start)
		if err != nil {
			t.Fatal(err)
		}
		before, err := log.PullShard(ctx, holding[0], cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range want {
			if err := log.Put(ctx, key, group(id)); err != nil {
				t.Fatal(err)
			}
		}
		after, err := log.PullShard(ctx, holding[0], before.Next)
		if err != nil || !slices.Equal(ids(after), want) {
			t.Errorf("%v %v, want %v", ids(after), err, want)
		}
		if all, err := log.PullShard(ctx, holding[0], cursor); err != nil || !slices.Equal(ids(all), append(ids(before), want...)) {
			t.Errorf("from the first cursor: %v %v", ids(all), err)
		}
		if after.Now.IsZero() {
			t.Error("the service's clock is not said")
		}
		met[holding[0]] = true
	}
	if len(met) < 2 {
		t.Errorf("all keys came to one shard: %v", met)
	}
	if _, err := log.Shards(ctx); err != nil {
		t.Error(err)
	}
	asked := slices.DeleteFunc(c.Calls(), func(call cloud.Call) bool { return call.Action != "log:ListShards" })
	if len(asked) != 1 {
		t.Errorf("asked for the shards %d times", len(asked))
	}
}

// A shard of more than one answer is read to its end.
func TestAShardIsPulledToItsEnd(t *testing.T) {
	_, log := begin(t, 1)
	const n = 1005
	for i := range n {
		if err := log.Put(t.Context(), "", group(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	cursor, err := log.Cursor(t.Context(), 0, time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	p, err := log.PullShard(t.Context(), 0, cursor)
	if got := ids(p); err != nil || len(got) != n || got[0] != "0" || got[n-1] != fmt.Sprint(n-1) {
		t.Errorf("%d of %d, %v", len(got), n, err)
	}
}

// A write is sent again after a quota, which took nothing, and never where it may be there.
func TestOnlyWhatWasNotTakenIsPutAgain(t *testing.T) {
	for _, f := range []struct {
		name       string
		fault      cloud.Fault
		puts       int
		unanswered bool
		code       string
	}{
		{"a quota", cloud.Fault{Status: 403, Code: "ShardWriteQuotaExceed", Message: "slow"}, 2, false, ""},
		{"the service's own failure", cloud.Fault{Status: 500, Code: "InternalServerError", Message: "later"}, 1, true, "InternalServerError"},
		{"a refusal", cloud.Fault{Status: 403, Code: "Unauthorized", Message: "no"}, 1, false, "Unauthorized"},
		{"a cut connection", cloud.Fault{LoseResponse: true}, 0, true, "Network"},
	} {
		t.Run(f.name, func(t *testing.T) {
			c, log := begin(t, 2)
			f.fault.Action, f.fault.Times = "log:PostLogStoreLogs", 1
			c.Inject(f.fault)
			err := log.Put(t.Context(), ledger.HashKey("sg-1"), group("1"))
			if ours.Code(err) != f.code || ledger.Unanswered(err) != f.unanswered {
				t.Errorf("%v, unanswered %v", err, ledger.Unanswered(err))
			}
			calls := slices.DeleteFunc(c.Calls(), func(call cloud.Call) bool { return call.Action != "log:PostLogStoreLogs" })
			if len(calls) != f.puts {
				t.Errorf("put %d times, want %d", len(calls), f.puts)
			}
			if f.fault.LoseResponse && len(c.Logs("ecsguard-1", "audit")) != 1 {
				t.Errorf("the log has %v", c.Logs("ecsguard-1", "audit"))
			}
		})
	}
}

// Reading passes over what passes by itself.
func TestReadingTriesAgain(t *testing.T) {
	c, log := begin(t, 2)
	for _, action := range []string{"log:ListShards", "log:GetCursorOrData"} {
		c.Inject(cloud.Fault{Action: action, Times: 2, Status: 503, Code: "ServerBusy", Message: "later"})
	}
	if _, err := log.Shards(t.Context()); err != nil {
		t.Error(err)
	}
	cursor, err := log.Cursor(t.Context(), 1, time.Now())
	if err != nil {
		t.Error(err)
	}
	c.Inject(cloud.Fault{Action: "log:GetCursorOrData", Times: 1, Status: 403, Code: "ShardReadQuotaExceed", Message: "later"})
	if p, err := log.PullShard(t.Context(), 1, cursor); err != nil || p.Next != cursor || len(p.Entries()) > 0 {
		t.Error(p, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.PullShard(ctx, 1, cursor); ours.Code(err) != "Deadline" {
		t.Error(err)
	}
}
