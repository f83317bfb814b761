package logservice

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Shard is a part of a logstore: what belongs to a range of MD5 sums, in the order in
// which it came.
type Shard struct {
	id               int
	beginKey, endKey string // the range: with the first and without the second
	Begin            int64  // cursor of groups[0]
	Groups           []Group
}

// End is the cursor behind the last group: where the next one will be.
func (s *Shard) End() int64 { return s.Begin + int64(len(s.Groups)) }

// visible is how many groups a reader can see now. One that is not there yet hides those
// behind it: a shard is read in order.
func (s *Shard) visible() int {
	for i, g := range s.Groups {
		if g.unseen > 0 {
			return i
		}
	}
	return len(s.Groups)
}

// pull is visible for a reader who stands at a group, and counts the pulls of those that
// would have come upon what is not there yet.
func (s *Shard) pull(from int) int {
	n := max(s.visible(), from)
	for i := n; i < len(s.Groups); i++ {
		if s.Groups[i].unseen > 0 {
			s.Groups[i].unseen--
		}
	}
	return n
}

// It is what a cursor points to: pulling never splits one.
type Group struct {
	*sls.LogGroup
	Received time.Time
	Index    *sls.Index // the index in force when it arrived: an index is never applied to older logs
	unseen   int        // so many pulls do not see it, nor what comes behind it
}

// shardKey is where shard i of n begins in the space of MD5 sums, which is divided evenly.
func shardKey(i, n int) string {
	if i == n {
		return strings.Repeat("f", 32)
	}
	all := new(big.Int).Lsh(big.NewInt(1), 128)
	return fmt.Sprintf("%032x", all.Div(all.Mul(all, big.NewInt(int64(i))), big.NewInt(int64(n))))
}

// listShards answers all as writable: none is ever split or merged here.
func (c *Service) listShards(_ *logCall, s *Store) (any, error) {
	list := []map[string]any{}
	for _, sh := range s.Shards {
		list = append(list, map[string]any{"shardID": sh.id, "status": "readwrite",
			"inclusiveBeginKey": sh.beginKey, "exclusiveEndKey": sh.endKey, "createTime": s.Created.Unix()})
	}
	return list, nil
}

var md5Sum = regexp.MustCompile(`^[0-9a-f]{32}$`)

// ShardFor picks the shard whose range holds a hash key, or the next in turn without one.
// The very last key is in no range; it goes to the last shard.
func (s *Store) ShardFor(key string) (*Shard, error) {
	if key == "" {
		s.next++
		return s.Shards[s.next%len(s.Shards)], nil
	}
	key = strings.ToLower(key)
	if !md5Sum.MatchString(key) {
		return nil, kernel.Refuse(400, "ParameterInvalid", "hash key %s is not an MD5 sum", key)
	}
	for _, sh := range s.Shards {
		if key < sh.endKey {
			return sh, nil
		}
	}
	return s.Shards[len(s.Shards)-1], nil
}

// SetIndexLag sets how long what is written to a logstore stays invisible to queries, by
// the cloud's clock: for what is there already, too. Until then, SLSLag says it.
// A lag that grows hides again what was found before.
func (c *Service) SetIndexLag(project, logstore string, lag time.Duration) error {
	return c.changeStore(project, logstore, func(s *Store) { s.lag = &lag })
}

// SetAppendMeta switches on or off that the store adds to what is written from now on
// when it came and from which public address, as the logstore's appendMeta does.
func (c *Service) SetAppendMeta(project, logstore string, on bool) error {
	return c.changeStore(project, logstore, func(s *Store) { s.conf.AppendMeta = on })
}

// changeStore is for what tests set from outside a call, and takes the lock itself.
func (c *Service) changeStore(project, logstore string, change func(*Store)) error {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	s, err := c.Logstore(project, logstore)
	if err == nil {
		change(s)
	}
	return err
}
