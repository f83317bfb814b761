package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/secret"
)

// Config says where the log is and who writes to it.
type Config struct {
	Project, Store string
	Region         string
	Credentials    cloud.Credentials
	Transport      http.RoundTripper
	RetryWait      time.Duration // before the first retry; 0: half a second
	Shards         *ShardCache   // of the process; nil: they are asked for each time
}

// Log is the audit log, for one invocation. It is written to, and read in two ways: by its
// index, which lags, and by cursor from where its shards end.
type Log struct {
	*wire
	*index
	*tails
}

// wire signs and sends requests to the log service about one logstore.
type wire struct{ config Config }

// index runs queries on the log's index.
type index struct{ *wire }

// tails reads the log's shards by cursor.
type tails struct{ *wire }

// Open returns the log. It makes no call.
func Open(config Config) *Log {
	w := &wire{config}
	return &Log{w, &index{w}, &tails{w}}
}

// maxRecord is how large a record may be. The service takes more, but only evidence makes a
// record so large.
const maxRecord = 512 << 10

// encode is a record as the log takes it. If it is too large its evidence is cut, never the
// calls: without all of them the change could not be taken back.
func encode(r Record) (*sls.Log, error) {
	fields := r.hidden().Fields()
	for _, name := range []string{"facts", "advice", "also", "actor_agent", "error"} {
		if size(fields) <= maxRecord {
			break
		}
		if value, ok := fields[name]; ok {
			fields[name] = cut(name, value)
		}
	}
	if n := size(fields); n > 4<<20 {
		return nil, fmt.Errorf("the record %s about %s has %d bytes, and the log takes 5 MB: nothing is changed that cannot be recorded", r.ID, r.Resource, n)
	}
	log := &sls.Log{Time: proto.Uint32(uint32(r.Time.Unix()))}
	for name, value := range fields {
		log.Contents = append(log.Contents, &sls.LogContent{Key: proto.String(name), Value: proto.String(value)})
	}
	return log, nil
}

// hidden is the record as the log gets it. What is for people may hold what others wrote, such as
// names, tags and errors, and so a credential. Calls stay: an undo has to give back what was there.
func (r Record) hidden() Record {
	for _, text := range []*string{&r.ResourceName, &r.Finding, &r.Reason, &r.Note, &r.Error, &r.Doubt, &r.UsedBy, &r.Missed, &r.Advice, &r.Actor, &r.ActorAgent} {
		*text = secret.Hide(*text)
	}
	facts := r.Facts
	r.Facts = maps.Clone(facts)
	for name, value := range facts {
		r.Facts[name] = secret.Hide(value)
	}
	return r
}

func size(fields map[string]string) (n int) {
	for name, value := range fields {
		n += len(name) + len(value)
	}
	return n
}

// cut shortens the value of a field, and shows that it did.
func cut(name, value string) string {
	const left = 2000
	switch {
	case name == "facts":
		return `{"cut":"what was seen is too large for the log"}`
	case name == "also":
		return "[]"
	case len(value) <= left:
		return value
	case name == "actor_agent" && events.Tool(value) != "":
		return events.Tool(value) // which may stand at its end
	}
	return strings.ToValidUTF8(value[:left], "") + "…"
}

// pageLines is how many lines GetLogs gives at most.
const pageLines = 100

// Task returns what was written for one task since a time, oldest first.
func (l *index) Task(ctx context.Context, task string, since time.Time) ([]Record, error) {
	return l.records(ctx, "task: "+term(task), since, func(r Record) bool { return r.Task == task })
}

func (l *index) records(ctx context.Context, query string, since time.Time, wanted func(Record) bool) (found []Record, err error) {
	search := searchOf(query, since)
	for {
		lines, _, err := l.page(ctx, &search)
		if err != nil {
			return nil, l.reading(err)
		}
		for _, line := range lines {
			// The index matches words, not whole values; and the store may hold
			// lines that are not ours.
			if r, err := Parse(line); err == nil && wanted(r) {
				found = append(found, r)
			}
		}
		if len(lines) < pageLines {
			return found, nil
		}
		search.Offset += pageLines
	}
}

func searchOf(query string, since time.Time) sls.GetLogRequest {
	return sls.GetLogRequest{
		From:  since.Unix(),
		To:    time.Now().Add(time.Minute).Unix(), // a record may be stamped by a clock that runs ahead
		Lines: pageLines,
		Query: query,
	}
}

// newest is the last record that a query finds. It reads no more of them than it must.
func (l *index) newest(ctx context.Context, query string, since time.Time, wanted func(Record) bool) (newest Record, err error) {
	search := searchOf(query, since)
	search.Reverse, search.Lines = true, 10 // the order is exact to the minute only
	for {
		lines, _, err := l.page(ctx, &search)
		if err != nil {
			return Record{}, l.reading(err)
		}
		for _, line := range lines {
			if r, err := Parse(line); err == nil && wanted(r) && r.Time.After(newest.Time) {
				newest = r
			}
		}
		if newest.ID != "" || int64(len(lines)) < search.Lines {
			return newest, nil
		}
		search.Offset += search.Lines
	}
}

// page asks once for what an index finds; an incomplete answer is asked for again. Now is
// the service's clock.
func (l *wire) page(ctx context.Context, search *sls.GetLogRequest) (lines []map[string]string, now time.Time, err error) {
	body, err := json.Marshal(search)
	if err != nil {
		return nil, now, err
	}
	err = l.retry().Do(ctx, func() error {
		a, _, err := l.send(ctx, request{
			action: actionSearch, method: http.MethodPost, path: "/logstores/" + l.config.Store + "/logs", body: body,
			headers: map[string]string{sls.HTTPHeaderContentType: "application/json", "Accept-Encoding": "lz4"},
		})
		if err != nil {
			return err
		}
		raw, err := a.unpacked()
		if err != nil {
			return misshapen(actionSearch, err)
		}
		var found sls.GetLogsV3Response
		if err := json.Unmarshal(raw, &found); err != nil {
			return misshapen(actionSearch, err)
		}
		if !found.IsComplete() {
			return &cloud.Error{Action: actionSearch, Code: "Incomplete", Message: "the answer is incomplete", Status: http.StatusServiceUnavailable}
		}
		lines, now = found.Logs, a.date
		return nil
	})
	return lines, now, err
}

// term quotes a value of a query.
func term(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Client is made for one try: its HTTP client ends with ctx, which the SDK does not
// know, and its credentials are those of one invocation.
func Client(ctx context.Context, endpoint string, c cloud.Credentials, transport http.RoundTripper) sls.ClientInterface {
	client := sls.CreateNormalInterfaceV2(endpoint, sls.NewStaticCredentialsProvider(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken))
	client.SetHTTPClient(cloud.Bounded(ctx, transport))
	client.SetRetryTimeout(bound(ctx))
	return client
}

// bound is how long the SDK may take for one try, its own retries included, since it does not
// stop when the context ends. 0 would mean its default, 90 seconds.
func bound(ctx context.Context) time.Duration {
	const usual = 8 * time.Second
	if end, ok := ctx.Deadline(); ok {
		return max(min(usual, time.Until(end)), time.Millisecond)
	}
	return usual
}

// Endpoint names the scheme: without one the SDK speaks plain http.
func Endpoint(region string) string { return "https://" + region + ".log.aliyuncs.com" }

// About returns the records with an id since a time, oldest first, and with them the record
// that holds the calls, if that is another one.
func (l *index) About(ctx context.Context, id string, since time.Time) ([]Record, error) {
	found, err := l.records(ctx, "id: "+term(id), since, func(r Record) bool { return r.ID == id })
	if err != nil {
		return nil, err
	}
	var edits []string
	for _, r := range found {
		if r.Edit != "" && r.Edit != id && !slices.Contains(edits, r.Edit) {
			edits = append(edits, r.Edit)
		}
	}
	for _, edit := range edits {
		more, err := l.records(ctx, "id: "+term(edit), since, func(r Record) bool { return r.ID == edit })
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	slices.SortStableFunc(found, func(a, b Record) int { return a.Time.Compare(b.Time) })
	return found, nil
}
