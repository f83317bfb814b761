package ledger

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
)

// Shards are those of a logstore.
type Shards []*sls.Shard

// Holding are the ids of the shards that hold the records of a hash key, older ones first.
// After a split or a merge there is more than one: the old shard accepts nothing more, but
// still holds its records.
func (s Shards) Holding(hashKey string) []int {
	var ids []int
	for _, shard := range s {
		// Keys are MD5 sums in hexadecimal, all of one length and case. The last range
		// ends with the greatest key, which belongs to it.
		key, begin, end := strings.ToLower(hashKey), strings.ToLower(shard.InclusiveBeginKey), strings.ToLower(shard.ExclusiveBeginKey)
		if key >= begin && (key < end || end == greatestKey) {
			ids = append(ids, shard.ShardID)
		}
	}
	return ids
}

var greatestKey = strings.Repeat("f", 32)

// ShardCache keeps the shards of logstores for a process, and for each the cursor of some
// minutes ago. Shards change when somebody splits one. That is noticed after five minutes, or
// at once by a caller that uses Forget when its own writes do not appear.
type ShardCache struct {
	mu      sync.Mutex
	known   map[string]known[Shards]
	cursors map[string]known[string]
}

// known is what holds until a time.
type known[T any] struct {
	value T
	until time.Time
}

// cursorsKept is how long reads begin at the same cursor. They read that much more, but save a
// call for a newer cursor.
const cursorsKept = 2 * time.Minute

func (c *ShardCache) cursor(key string, now time.Time) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.cursors[key]
	return k.value, ok && now.Before(k.until)
}

func (c *ShardCache) keepCursor(key, cursor string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cursors == nil {
		c.cursors = map[string]known[string]{}
	}
	c.cursors[key] = known[string]{cursor, until}
}

const shardsKept = 5 * time.Minute

func (c *ShardCache) get(key string, now time.Time) (Shards, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.known[key]
	return k.value, ok && now.Before(k.until)
}

func (c *ShardCache) put(key string, shards Shards, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]known[Shards]{}
	}
	c.known[key] = known[Shards]{shards, until}
}

// Forget makes the next use ask for the shards again.
func (c *ShardCache) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
	clear(c.cursors)
}

// name identifies this logstore.
func (l *wire) name() string {
	return strings.Join([]string{l.config.Region, l.config.Project, l.config.Store}, "/")
}

// Shards lists the logstore's shards, those that take nothing more included. It asks at
// most once in five minutes where Config.Shards keeps them.
func (l *tails) Shards(ctx context.Context) (Shards, error) {
	key := l.name()
	if cache := l.config.Shards; cache != nil {
		if shards, ok := cache.get(key, time.Now()); ok {
			return shards, nil
		}
	}
	a, err := l.read(ctx, request{action: actionShards, method: http.MethodGet, path: "/logstores/" + l.config.Store + "/shards"})
	if err != nil {
		return nil, l.reading(err)
	}
	var shards Shards
	if err := json.Unmarshal(a.body, &shards); err != nil {
		return nil, l.reading(misshapen(actionShards, err))
	}
	if l.config.Shards != nil {
		l.config.Shards.put(key, shards, time.Now().Add(shardsKept))
	}
	return shards, nil
}
