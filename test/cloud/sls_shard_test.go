package cloud

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// frozen is a clock that only the test moves.
type frozen struct{ at atomic.Int64 }

func (f *frozen) now() time.Time          { return time.Unix(0, f.at.Load()) }
func (f *frozen) forward(d time.Duration) { f.at.Add(int64(d)) }

// clockedStore is a logstore of a cloud whose clock the test moves.
func clockedStore(t *testing.T, shards int) (*Cloud, sls.ClientInterface, *frozen) {
	t.Helper()
	clock := &frozen{}
	clock.forward(time.Duration(time.Now().UnixNano()))
	c := must[*Cloud](t)(New(kernel.Options{Clock: clock.now}))
	t.Cleanup(c.Close)
	if err := c.AddLogStore("p-project", "audit", shards, auditIndex()); err != nil {
		t.Fatal(err)
	}
	return c, slsClient(c, c.RootSession()), clock
}

// putTo writes one log by a hash key.
func putTo(t *testing.T, client sls.ClientInterface, key string, at time.Time, id string) {
	t.Helper()
	if err := client.PostLogStoreLogs("p-project", "audit", group(at, "id", id), &key); err != nil {
		t.Fatal(err)
	}
}

// pulled are the values of a shard from a cursor on, and the next cursor.
func pulled(t *testing.T, client sls.ClientInterface, shard int, cursor string) (ids []string, next string) {
	t.Helper()
	list, next, err := client.PullLogs("p-project", "audit", shard, cursor, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list.LogGroups {
		ids = append(ids, g.Logs[0].Contents[0].GetValue())
	}
	return ids, next
}

func found(t *testing.T, client sls.ClientInterface, from, to time.Time) (ids []string) {
	t.Helper()
	logs, err := client.GetLogs("p-project", "audit", "", from.Unix(), to.Unix(), "*", 100, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range logs.Logs {
		ids = append(ids, l["id"])
	}
	return ids
}

func TestAHashKeyGoesToTheShardWhoseRangeHoldsIt(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 7} {
		_, client, _ := clockedStore(t, n)
		shards, err := client.ListShards("p-project", "audit")
		if err != nil || len(shards) != n {
			t.Fatal(shards, err)
		}
		for i, sh := range shards {
			before := "00000000000000000000000000000000"
			if i > 0 {
				before = shards[i-1].ExclusiveBeginKey
			}
			if sh.ShardID != i || sh.Status != "readwrite" || sh.InclusiveBeginKey != before || len(sh.ExclusiveBeginKey) != 32 {
				t.Errorf("of %d: %+v", n, sh)
			}
		}
		if end := shards[n-1].ExclusiveBeginKey; end != "ffffffffffffffffffffffffffffffff" {
			t.Errorf("of %d: the last ends at %s", n, end)
		}
		var keys []string
		for _, sh := range shards {
			keys = append(keys, sh.InclusiveBeginKey)
		}
		for i := range 20 {
			sum := md5.Sum(fmt.Append(nil, i))
			keys = append(keys, hex.EncodeToString(sum[:]))
		}
		for _, key := range keys {
			putTo(t, client, key, time.Now(), key)
		}
		for i, sh := range shards {
			cursor, err := client.GetCursor("p-project", "audit", i, "begin")
			if err != nil {
				t.Fatal(err)
			}
			got, _ := pulled(t, client, i, cursor)
			for _, key := range keys {
				if in := key >= sh.InclusiveBeginKey && key < sh.ExclusiveBeginKey; in != slices.Contains(got, key) {
					t.Errorf("of %d: key %s is in [%s, %s): %t, and in shard %d: %t", n, key, sh.InclusiveBeginKey, sh.ExclusiveBeginKey, in, i, !in)
				}
			}
		}
	}
	_, client, _ := clockedStore(t, 2)
	for _, key := range []string{"5f", "zz000000000000000000000000000000", "000000000000000000000000000000000"} {
		if err := client.PostLogStoreLogs("p-project", "audit", group(time.Now(), "id", "x"), &key); slsCode(err) != "ParameterInvalid" {
			t.Errorf("key %s: %v", key, err)
		}
	}
}

func TestACursorIsFoundByTheTimeOfArrival(t *testing.T) {
	_, client, clock := clockedStore(t, 2)
	low, high := "00000000000000000000000000000000", "80000000000000000000000000000000"
	start := clock.now()
	putTo(t, client, low, start.Add(10*time.Minute), "a") // the time of a log itself does not count
	putTo(t, client, high, start, "other shard")
	clock.forward(10 * time.Second)
	putTo(t, client, low, start.Add(-time.Hour), "b")
	clock.forward(10 * time.Second)
	putTo(t, client, low, clock.now(), "c")
	for from, want := range map[string]string{
		"begin": "abc", "end": "",
		strconv.FormatInt(start.Unix()-100, 10): "abc",
		strconv.FormatInt(start.Unix()+5, 10):   "bc",
		strconv.FormatInt(start.Unix()+15, 10):  "c",
		strconv.FormatInt(start.Unix()+100, 10): "",
	} {
		cursor, err := client.GetCursor("p-project", "audit", 0, from)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := pulled(t, client, 0, cursor)
		if text := fmt.Sprint(got); text != fmt.Sprint(slices.Collect(letters(want))) {
			t.Errorf("from %s: %s, want %s", from, text, want)
		}
	}
}

func letters(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, r := range s {
			if !yield(string(r)) {
				return
			}
		}
	}
}

func TestTheLagOfAnIndexIsSetForAStore(t *testing.T) {
	c, client, clock := clockedStore(t, 1)
	if err := c.SetIndexLag("p-project", "audit", 10*time.Second); err != nil {
		t.Fatal(err)
	}
	start := clock.now()
	putTo(t, client, "00000000000000000000000000000000", start, "a")
	look := func() []string { return found(t, client, start.Add(-24*time.Hour), start.Add(24*time.Hour)) }
	if got := look(); got != nil {
		t.Error("at once:", got)
	}
	clock.forward(9 * time.Second)
	if got := look(); got != nil {
		t.Error("after nine seconds:", got)
	}
	clock.forward(time.Second)
	if got := look(); !slices.Equal(got, []string{"a"}) {
		t.Error("after ten:", got)
	}
	if err := c.SetIndexLag("p-project", "audit", 0); err != nil {
		t.Fatal(err)
	}
	putTo(t, client, "00000000000000000000000000000000", clock.now(), "b")
	if got := look(); !slices.Equal(got, []string{"a", "b"}) {
		t.Error("without a lag:", got)
	}
	if err := c.SetIndexLag("p-project", "nosuch", 0); err == nil {
		t.Error("a store that is not there has a lag")
	}
}

// What is dated more than three minutes back is history, and takes longer.
func TestHistoryReachesTheIndexLater(t *testing.T) {
	_, client, clock := clockedStore(t, 1)
	start := clock.now()
	for id, age := range map[string]time.Duration{"old": 181 * time.Second, "edge": 180 * time.Second, "young": 179 * time.Second, "soon": -10 * time.Minute} {
		putTo(t, client, "00000000000000000000000000000000", start.Add(-age), id)
	}
	look := func() []string {
		got := found(t, client, start.Add(-time.Hour), start.Add(time.Hour))
		slices.Sort(got)
		return got
	}
	if got := look(); !slices.Equal(got, []string{"soon", "young"}) {
		t.Error("at once:", got)
	}
	cursor, err := client.GetCursor("p-project", "audit", 0, "begin")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := pulled(t, client, 0, cursor); len(got) != 4 {
		t.Error("pulled", got)
	}
	clock.forward(time.Minute)
	if got := look(); !slices.Equal(got, []string{"edge", "old", "soon", "young"}) {
		t.Error("a minute later:", got)
	}
}

func TestAStoreAddsWhenAndWhenceARecordCame(t *testing.T) {
	c, client, clock := clockedStore(t, 1)
	key := "00000000000000000000000000000000"
	putTo(t, client, key, clock.now(), "before")
	if err := c.SetAppendMeta("p-project", "audit", true); err != nil {
		t.Fatal(err)
	}
	if s, err := client.GetLogStore("p-project", "audit"); err != nil || !s.AppendMeta {
		t.Error(s, err)
	}
	clock.forward(time.Hour)
	at := clock.now()
	putTo(t, client, key, at.Add(-time.Minute), "after")

	cursor, err := client.GetCursor("p-project", "audit", 0, "begin")
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := client.PullLogs("p-project", "audit", 0, cursor, "", 10)
	if err != nil || len(list.LogGroups) != 2 {
		t.Fatal(list, err)
	}
	tags := map[string]string{}
	for _, tag := range list.LogGroups[1].LogTags {
		tags[tag.GetKey()] = tag.GetValue()
	}
	if off := seconds(t, tags["__receive_time__"]) - at.Unix(); off != 0 || tags["__client_ip__"] != c.SourceIP || len(list.LogGroups[0].LogTags) != 0 {
		t.Errorf("tags %v, and before %v", tags, list.LogGroups[0].LogTags)
	}
	logs, err := client.GetLogs("p-project", "audit", "", at.Unix()-600, at.Unix()+600, "id: after", 100, 0, false)
	if err != nil || len(logs.Logs) != 1 {
		t.Fatal(logs, err)
	}
	if l := logs.Logs[0]; l["__tag__:__receive_time__"] != tags["__receive_time__"] || l["__tag__:__client_ip__"] != c.SourceIP {
		t.Errorf("%v", l)
	}
}

func seconds(t *testing.T, text string) int64 {
	t.Helper()
	return must[int64](t)(strconv.ParseInt(text, 10, 64))
}

func TestPullingHasItsLimits(t *testing.T) {
	_, client, clock := clockedStore(t, 1)
	key := "00000000000000000000000000000000"
	for i := range 5 {
		putTo(t, client, key, clock.now(), fmt.Sprint(i))
	}
	cursor, err := client.GetCursor("p-project", "audit", 0, "begin")
	if err != nil {
		t.Fatal(err)
	}
	for _, count := range []int{0, -1, 1001} {
		if _, _, err := client.PullLogs("p-project", "audit", 0, cursor, "", count); err == nil {
			t.Errorf("pulled %d", count)
		}
	}
	list, next, err := client.PullLogs("p-project", "audit", 0, cursor, "", 3)
	if err != nil || len(list.LogGroups) != 3 {
		t.Fatal(list, err)
	}
	if got, end := pulled(t, client, 0, next); !slices.Equal(got, []string{"3", "4"}) || end == next {
		t.Error(got, end)
	}
	if _, _, err := client.PullLogs("p-project", "audit", 1, cursor, "", 3); err == nil {
		t.Error("pulled from a shard that is not there")
	}
}
