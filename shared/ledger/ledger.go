package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"
	"golang.org/x/sync/errgroup"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A Tail is the result of reading the log by cursor.
type Tail struct {
	Records []Record  // in the order of the log
	Next    string    // the cursor to go on with
	Now     time.Time // by the log's own clock; zero where it did not say
}

// back is how far back reading by cursor begins. It is longer than any look takes, and
// than the index lags.
const back = 3 * time.Minute

// Append writes records, those of one resource in their order and to one shard, and returns
// when the log has them. If the error is one for which Unanswered is true, the log may or may
// not have them: the records are looked for, and not sent again.
func (l *Log) Append(ctx context.Context, records ...Record) error {
	var keys []string
	groups := map[string]*sls.LogGroup{}
	for _, r := range records {
		key := keyOf(r)
		if groups[key] == nil {
			keys = append(keys, key)
			groups[key] = &sls.LogGroup{Topic: proto.String(""), Source: proto.String("ecsguard")}
		}
		entry, err := encode(r)
		if err != nil {
			return err
		}
		groups[key].Logs = append(groups[key].Logs, entry)
	}
	failed := make([]error, len(keys))
	var all sync.WaitGroup
	for i, key := range keys {
		all.Go(func() { failed[i] = l.Put(ctx, key, groups[key]) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// keyOf puts a record into the shard with all others about the resource that is edited, and
// a pointer into that of the resource that was looked at.
func keyOf(r Record) string {
	id := r.Resource
	if r.Kind == Pointer {
		id = r.Subject
	}
	return resourceKey(practice.Resource{Account: r.Account, Region: r.Region, ID: id})
}

func resourceKey(r practice.Resource) string { return HashKey(r.Account, r.Region, r.ID) }

// about tells whether a record says something of a resource. An id alone is not enough:
// some are the same in every account and region.
func about(r practice.Resource) func(Record) bool {
	return func(x Record) bool {
		return (x.Resource == r.ID || x.Subject == r.ID) && x.Region == r.Region && x.Account == r.Account
	}
}

// History is what the index has of a resource since a time, the oldest first.
func (l *index) History(ctx context.Context, r practice.Resource, since time.Time) ([]Record, error) {
	return l.records(ctx, fmt.Sprintf("resource: %s or subject: %s", term(r.ID), term(r.ID)), since, about(r))
}

// Start is where reading by cursor begins for a resource: some minutes ago. It is a
// cursor for each shard that may hold its records.
func (l *tails) Start(ctx context.Context, r practice.Resource) (string, error) {
	shards, err := l.Shards(ctx)
	if err != nil {
		return "", err
	}
	return l.start(ctx, shards.Holding(resourceKey(r)))
}

func (l *tails) start(ctx context.Context, ids []int) (string, error) {
	if len(ids) == 0 {
		return "", l.reading(&cloud.Error{Action: actionShards, Code: "NoShard", Message: "no shard holds the key", Status: 503})
	}
	cursors := make([]string, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	for i, id := range ids {
		group.Go(func() error {
			cursor, err := l.begin(ctx, id)
			cursors[i] = strconv.Itoa(id) + "=" + cursor
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	return strings.Join(cursors, " "), nil
}

// begin is the cursor of some minutes ago in a shard.
func (l *tails) begin(ctx context.Context, shard int) (string, error) {
	key, cache, now := l.name()+"/"+strconv.Itoa(shard), l.config.Shards, time.Now()
	if cache != nil {
		if cursor, ok := cache.cursor(key, now); ok {
			return cursor, nil
		}
	}
	cursor, err := l.Cursor(ctx, shard, now.Add(-back))
	if err == nil && cache != nil {
		cache.keepCursor(key, cursor, now.Add(cursorsKept))
	}
	return cursor, err
}

// Pull reads on from a cursor that Start or Pull has given: what is about a resource.
func (l *tails) Pull(ctx context.Context, r practice.Resource, cursor string) (Tail, error) {
	return l.pull(ctx, cursor, func(fields map[string]string) bool {
		return (fields["resource"] == r.ID || fields["subject"] == r.ID) && fields["region"] == r.Region && fields["account"] == r.Account
	})
}

func (l *tails) pull(ctx context.Context, cursor string, wanted func(fields map[string]string) bool) (Tail, error) {
	places := strings.Fields(cursor)
	pulled := make([]Pulled, len(places))
	group, ctx := errgroup.WithContext(ctx)
	for i, place := range places {
		id, at, _ := strings.Cut(place, "=")
		shard, err := strconv.Atoi(id)
		if err != nil {
			return Tail{}, fmt.Errorf("reading the audit log: %q is no cursor", cursor)
		}
		group.Go(func() (err error) {
			pulled[i], err = l.PullShard(ctx, shard, at)
			places[i] = id + "=" + pulled[i].Next
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Tail{}, err
	}
	t := Tail{Next: strings.Join(places, " ")}
	for _, p := range pulled {
		t.Now = p.Now
		for _, e := range p.Entries() {
			// The store may hold lines that are not ours.
			if !wanted(e.Fields) { // most are of other resources, and are not parsed for nothing
				continue
			}
			if x, err := Parse(e.Fields); err == nil {
				x.Received = e.Received
				t.Records = append(t.Records, x)
			}
		}
	}
	return t, nil
}

// Touched are the records about machines, keys and users of the whole account since a time: by
// the index, and by cursor where the index lags.
func (l *Log) Touched(ctx context.Context, since time.Time) ([]Record, error) {
	wanted := func(r Record) bool { return r.Touches }
	var indexed []Record
	var tail Tail
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { indexed, err = l.records(ctx, "touches: true", since, wanted); return err })
	group.Go(func() error {
		shards, err := l.Shards(ctx)
		if err != nil {
			return err
		}
		var ids []int
		for _, s := range shards {
			ids = append(ids, s.ShardID)
		}
		cursor, err := l.start(ctx, ids)
		if err != nil {
			return err
		}
		tail, err = l.pull(ctx, cursor, func(fields map[string]string) bool { return fields["touches"] == "true" })
		return err
	})
	err := group.Wait()
	return append(indexed, tail.Records...), err
}

// Settled are the nonces of intents and deferrals that a result has closed, wherever it
// stands: a copy of an intent that comes late does not open it again.
func Settled(records []Record) map[string]bool {
	settled := map[string]bool{}
	for _, r := range records {
		if r.Kind == Result {
			for _, nonce := range r.Closes {
				settled[nonce] = true
			}
		}
	}
	return settled
}
