package cloud

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// slsShard is a part of a logstore: what belongs to a range of MD5 sums, in the order in
// which it came.
type slsShard struct {
	id               int
	beginKey, endKey string // the range: with the first and without the second
	begin            int64  // cursor of groups[0]
	groups           []slsGroup
}

func (s *slsShard) end() int64 { return s.begin + int64(len(s.groups)) }

// visible is how many groups a reader can see now. One that is not there yet hides those
// behind it: a shard is read in order.
func (s *slsShard) visible() int {
	for i, g := range s.groups {
		if g.unseen > 0 {
			return i
		}
	}
	return len(s.groups)
}

// pull is visible for a reader who stands at a group, and counts the pulls of those that
// would have come upon what is not there yet.
func (s *slsShard) pull(from int) int {
	n := max(s.visible(), from)
	for i := n; i < len(s.groups); i++ {
		if s.groups[i].unseen > 0 {
			s.groups[i].unseen--
		}
	}
	return n
}

// shardKey is where shard i of n begins in the space of MD5 sums, which is divided evenly.
func shardKey(i, n int) string {
	if i == n {
		return strings.Repeat("f", 32)
	}
	all := new(big.Int).Lsh(big.NewInt(1), 128)
	return fmt.Sprintf("%032x", all.Div(all.Mul(all, big.NewInt(int64(i))), big.NewInt(int64(n))))
}

func (c *Cloud) listShards(_ *slsRequest, s *slsStore) (any, error) {
	list := []map[string]any{}
	for _, sh := range s.shards {
		list = append(list, map[string]any{"shardID": sh.id, "status": "readwrite",
			"inclusiveBeginKey": sh.beginKey, "exclusiveEndKey": sh.endKey, "createTime": s.created.Unix()})
	}
	return list, nil
}

var md5Sum = regexp.MustCompile(`^[0-9a-f]{32}$`)

// shardFor picks the shard whose range holds a hash key, or the next in turn without one.
// The very last key is in no range; it goes to the last shard.
func (s *slsStore) shardFor(key string) (*slsShard, error) {
	if key == "" {
		s.next++
		return s.shards[s.next%len(s.shards)], nil
	}
	key = strings.ToLower(key)
	if !md5Sum.MatchString(key) {
		return nil, refuse(400, "ParameterInvalid", "hash key %s is not an MD5 sum", key)
	}
	for _, sh := range s.shards {
		if key < sh.endKey {
			return sh, nil
		}
	}
	return s.shards[len(s.shards)-1], nil
}

// SetIndexLag sets how long what is written to a logstore stays invisible to queries, by
// the cloud's clock: for what is there already, too. Until then, SLSLag says it.
func (c *Cloud) SetIndexLag(project, logstore string, lag time.Duration) error {
	return c.changeStore(project, logstore, func(s *slsStore) { s.lag = &lag })
}

// SetAppendMeta switches on or off that the store adds to what is written from now on
// when it came and from which public address, as the logstore's appendMeta does.
func (c *Cloud) SetAppendMeta(project, logstore string, on bool) error {
	return c.changeStore(project, logstore, func(s *slsStore) { s.conf.AppendMeta = on })
}

func (c *Cloud) changeStore(project, logstore string, change func(*slsStore)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.logstore(project, logstore)
	if err == nil {
		change(s)
	}
	return err
}
