package logservice

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/gogo/protobuf/proto"
)

// putLogs takes one log group. It is stored as it came: pulling returns groups,
// queries look into them.
// It may be called by path of the logstore, of its shards in turn, or by hash key: all three are
// one action. 200 means that it is stored, not that a query finds it.
func (c *Service) putLogs(q *logCall, s *Store) (any, error) {
	var group sls.LogGroup
	if err := proto.Unmarshal(q.body, &group); err != nil {
		return nil, kernel.Refuse(400, "PostBodyInvalid", "Protobuffer content cannot be parsed.")
	}
	if err := checkGroup(&group, c.Clock()); err != nil {
		return nil, err
	}
	sh, err := s.ShardFor(q.query.Get("key"))
	if err != nil {
		return nil, err
	}
	c.append(s, sh, &group, c.CallerIP(q.Request), q.unseen)
	return nil, nil
}

// checkGroup refuses what the real service would: a group is taken whole or not at all.
func checkGroup(group *sls.LogGroup, now time.Time) error {
	for _, l := range group.Logs {
		// The range that the real service takes; a clock in milliseconds or a
		// zero time does not get through unnoticed.
		if t := time.Unix(int64(l.GetTime()), 0); t.Before(now.AddDate(0, 0, -7)) || t.After(now.Add(15*time.Minute)) {
			return kernel.Refuse(400, "InvalidTimestamp", "Invalid timestamps are in logs.")
		}
		for _, kv := range l.Contents {
			if !utf8.ValidString(kv.GetKey()) || !utf8.ValidString(kv.GetValue()) {
				return kernel.Refuse(400, "InvalidEncoding", "Non-UTF8 characters are in logs.")
			}
			if kv.GetKey() == "" || len(kv.GetKey()) > 128 {
				return kernel.Refuse(400, "InvalidKey", "Invalid keys are in logs.")
			}
		}
	}
	return nil
}

// append adds a group to a shard, with what the store adds to it. The caller holds mu.
func (c *Service) append(s *Store, sh *Shard, group *sls.LogGroup, ip string, unseen int) {
	now := c.Clock()
	if s.conf.AppendMeta {
		group.LogTags = append(group.LogTags,
			&sls.LogTag{Key: proto.String("__client_ip__"), Value: proto.String(ip)},
			&sls.LogTag{Key: proto.String("__receive_time__"), Value: proto.String(strconv.FormatInt(now.Unix(), 10))})
	}
	sh.Groups = append(sh.Groups, Group{LogGroup: group, Received: now, Index: s.Index, unseen: unseen})
	c.PendingChanged() // a log trigger may be waiting for this
}

// getCursor answers the position of "begin", "end", or of the first group that
// arrived at or after a Unix time: the time of arrival, not of the logs.
func (c *Service) getCursor(q *logCall, s *Shard) (any, error) {
	pos := s.Begin
	switch from := q.query.Get("from"); from {
	case "begin":
	case "end":
		pos += int64(s.visible())
	default:
		sec, err := strconv.ParseInt(from, 10, 64)
		if err != nil {
			return nil, kernel.Refuse(400, "ParameterInvalid", "from %q is not a time, begin or end", from)
		}
		i, _ := slices.BinarySearchFunc(s.Groups, sec, func(g Group, sec int64) int { return cmp.Compare(g.Received.Unix(), sec) })
		pos += int64(min(i, s.visible()))
	}
	return map[string]string{"cursor": EncodeCursor(pos)}, nil
}

// position is where in the shard's groups a cursor stands. One of another shard, or of a logstore that
// was made anew, is refused and not taken for the beginning.
func (s *Shard) position(cursor string) (int, error) {
	pos, err := decodeCursor(cursor)
	if err != nil {
		return 0, err
	}
	if pos < s.Begin || pos > s.End() {
		return 0, kernel.Refuse(400, "InvalidCursor", "invalid shard cursor %s", cursor)
	}
	return int(pos - s.Begin), nil
}

// getCursorTime is when the group at a cursor came; at the end, now.
func (c *Service) getCursorTime(q *logCall, s *Shard) (any, error) {
	i, err := s.position(q.query.Get("cursor"))
	if err != nil {
		return nil, err
	}
	at := c.Clock()
	if i < len(s.Groups) {
		at = s.Groups[i].Received
	}
	return map[string]int64{"cursor_time": at.Unix()}, nil
}

// pullLogs answers up to count groups from a cursor, and the cursor to go on
// from. A reader at the end gets its own cursor back.
// The headers are what clients go by: x-log-cursor even where there is nothing to read. count is
// in groups, up to 1000. A query while pulling (SPL) is refused by name.
func (c *Service) pullLogs(q *logCall, s *Shard) (any, error) {
	from, err := s.position(q.query.Get("cursor"))
	if err != nil {
		return nil, err
	}
	to := s.pull(from)
	if end := q.query.Get("end_cursor"); end != "" {
		limit, err := s.position(end)
		if err != nil {
			return nil, err
		}
		to = min(to, limit)
	}
	count, err := strconv.Atoi(q.query.Get("count"))
	if err != nil || count < 1 || count > 1000 {
		return nil, kernel.Refuse(400, "ParameterInvalid", "count must be between 1 and 1000")
	}
	if q.query.Get("query") != "" {
		return nil, kernel.Refuse(400, "NotSupported", "the local cloud does not pull with a query")
	}
	to = max(from, min(to, from+count))
	list := &sls.LogGroupList{}
	for _, g := range s.Groups[from:to] {
		list.LogGroups = append(list.LogGroups, g.LogGroup)
	}
	raw, err := proto.Marshal(list)
	if err != nil {
		return nil, err
	}
	body, header := pack(q.Header.Get("Accept-Encoding"), raw)
	header["Content-Type"] = "application/x-protobuf"
	header["x-log-cursor"] = EncodeCursor(s.Begin + int64(to))
	header["x-log-count"] = strconv.Itoa(to - from)
	if to > from {
		header["x-log-read-last-cursor"] = strconv.FormatInt(s.Begin+int64(to)-1, 10)
	}
	return kernel.RestAnswer{Header: header, Body: body}, nil
}

// logQuery is a search: which logs, and which part of the answer.
type logQuery struct {
	From, To     int64
	Topic, Query string
	Line, Offset int64
	Reverse      bool
}

// getLogsV2 is what the SDK of Go uses; the answer says whether it is complete, which it always is.
func (c *Service) getLogsV2(q *logCall, s *Store) (any, error) {
	in := logQuery{Line: 100}
	if err := decodeJSON(q.body, &in); err != nil {
		return nil, err
	}
	logs, err := c.search(s, in)
	if err != nil {
		return nil, err
	}
	_, _, analysed := cutBar(in.Query)
	raw, err := json.Marshal(map[string]any{
		"meta": map[string]any{"progress": "Complete", "count": len(logs), "whereQuery": in.Query, "hasSQL": analysed,
			"processedRows": len(logs), "elapsedMillisecond": 1},
		"data": logs,
	})
	if err != nil {
		return nil, err
	}
	if accept := q.Header.Get("Accept-Encoding"); strings.Contains(accept, "lz4") || strings.Contains(accept, "zstd") {
		body, header := pack(accept, raw)
		header["Content-Type"] = "application/json"
		return kernel.RestAnswer{Header: header, Body: body}, nil
	}
	return kernel.RestAnswer{Header: map[string]string{"Content-Type": "application/json"}, Body: raw}, nil
}

// getLogsV1 is the older form, with the same answer in headers and a list.
// Both forms are in use: the SDK of Go and Terraform's provider differ.
func (c *Service) getLogsV1(q *logCall, s *Store) (any, error) {
	in, err := searchOf(q)
	if err != nil {
		return nil, err
	}
	logs, err := c.search(s, in)
	if err != nil {
		return nil, err
	}
	a, err := kernel.JSONAnswer(logs)
	a.Header["x-log-progress"], a.Header["x-log-count"] = "Complete", strconv.Itoa(len(logs))
	return a, err
}

// Bars are how many parts a histogram has.
const Bars = 10

// getHistograms answers how many logs there are in each part of a time.
// An empty part is answered as well, so the counts line up.
func (c *Service) getHistograms(q *logCall, s *Store) (any, error) {
	in, err := searchOf(q)
	if err != nil {
		return nil, err
	}
	hits, _, err := c.hits(s, in)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	wide := max(1, (in.To-in.From+Bars-1)/Bars)
	for from := in.From; from < in.To; from += wide {
		to, n := min(from+wide, in.To), 0
		for _, h := range hits {
			if h.time >= from && h.time < to {
				n++
			}
		}
		list = append(list, map[string]any{"from": from, "to": to, "count": n, "progress": "Complete"})
	}
	a, err := kernel.JSONAnswer(list)
	a.Header["x-log-progress"], a.Header["x-log-count"] = "Complete", strconv.Itoa(len(hits))
	return a, err
}

// searchOf reads what a GET searches for.
// What is not given is zero, so a call without from and to has an invalid range.
func searchOf(q *logCall) (logQuery, error) {
	in := logQuery{Topic: q.query.Get("topic"), Query: q.query.Get("query"), Reverse: q.query.Get("reverse") == "true", Line: 100}
	for _, f := range []struct {
		name string
		into *int64
		code string
	}{{"from", &in.From, "InvalidTimeRange"}, {"to", &in.To, "InvalidTimeRange"}, {"line", &in.Line, "InvalidLine"}, {"offset", &in.Offset, "InvalidOffset"}} {
		if v := q.query.Get(f.name); v != "" {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return in, kernel.Refuse(400, f.code, "%s is invalid", f.name)
			}
			*f.into = n
		}
	}
	return in, nil
}

// search answers a query as GetLogs does: [From, To) in seconds of the logs'
// own time, oldest first unless reversed, 100 lines at most; or what an analytic
// statement makes of them. The caller holds mu.
func (c *Service) search(s *Store, in logQuery) ([]map[string]string, error) {
	switch {
	case in.Line < 0 || in.Line > 100:
		return nil, kernel.Refuse(400, "InvalidLine", "line is invalid")
	case in.Offset < 0:
		return nil, kernel.Refuse(400, "InvalidOffset", "offset is invalid")
	}
	hits, made, err := c.hits(s, in)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.time, b.time) })
	if in.Reverse {
		slices.Reverse(hits)
	}
	logs := []map[string]string{}
	if made != nil { // it says itself how much and in which order
		for _, h := range hits {
			logs = append(logs, h.log)
		}
		return made.run(logs)
	}
	for _, h := range hits[min(in.Offset, int64(len(hits))):] {
		if int64(len(logs)) == in.Line {
			break
		}
		logs = append(logs, h.log)
	}
	return logs, nil
}

// hit is a log that a query finds.
// time is the log's own, not that of its arrival.
type hit struct {
	time int64
	log  map[string]string
}

// hits are the logs that a query finds, and what it makes of them, if it says so.
func (c *Service) hits(s *Store, in logQuery) (hits []hit, made *statement, err error) {
	switch {
	case s.Index == nil:
		return nil, nil, kernel.Refuse(400, "IndexConfigNotExist", "logstore without index config")
	case in.From >= in.To, in.From < 0, in.To > math.MaxUint32: // a log has its time in 32 bits
		return nil, nil, kernel.Refuse(400, "InvalidTimeRange", "request time range is invalid")
	}
	match, made, err := parseQuery(in.Query, s.Index)
	if err != nil {
		return nil, nil, err
	}
	now, lag := c.Clock(), c.SLSLag
	if s.lag != nil {
		lag = *s.lag
	}
	for _, sh := range s.Shards {
		for _, g := range sh.Groups {
			// Logs that came before the index was made are never found.
			if g.Index == nil || (in.Topic != "" && g.GetTopic() != in.Topic) {
				continue
			}
			for _, l := range g.Logs {
				if t := int64(l.GetTime()); t >= in.From && t < in.To && !now.Before(c.indexed(g.Received, l, lag)) {
					if log := flatLog(g.LogGroup, l); match(log, g.Index) {
						hits = append(hits, hit{t, log})
					}
				}
			}
		}
	}
	return hits, made, nil
}

// indexed is when a query finds a log. Documented: one whose own time is within (-180 s,
// +900 s] of the server's is found soon, any other is history.
func (c *Service) indexed(received time.Time, l *sls.Log, lag time.Duration) time.Time {
	if off := int64(l.GetTime()) - received.Unix(); off <= -180 || off > 900 {
		lag += c.SLSHistoryLag
	}
	return received.Add(lag)
}

// flatLog is a log as GetLogs shows it.
// Fields, tags and the three system fields are in one map of texts. A field that stands twice in a
// log counts once, with its last value.
func flatLog(g *sls.LogGroup, l *sls.Log) map[string]string {
	m := map[string]string{}
	for _, kv := range l.Contents {
		m[kv.GetKey()] = kv.GetValue()
	}
	for _, t := range g.LogTags {
		m["__tag__:"+t.GetKey()] = t.GetValue()
	}
	m["__time__"] = strconv.FormatInt(int64(l.GetTime()), 10)
	m["__topic__"], m["__source__"] = g.GetTopic(), g.GetSource()
	return m
}

// Logs returns everything written to a logstore, in order of arrival within
// each shard; nil if there is no such logstore.
func (c *Service) Logs(project, logstore string) []map[string]string {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	s, err := c.Logstore(project, logstore)
	if err != nil {
		return nil
	}
	type arrived struct {
		at  time.Time
		log map[string]string
	}
	var all []arrived
	for _, sh := range s.Shards {
		for _, g := range sh.Groups {
			for _, l := range g.Logs {
				all = append(all, arrived{g.Received, flatLog(g.LogGroup, l)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b arrived) int { return a.at.Compare(b.at) })
	logs := []map[string]string{}
	for _, a := range all {
		logs = append(logs, a.log)
	}
	return logs
}
