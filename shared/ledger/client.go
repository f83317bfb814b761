package ledger

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// HashKey says where in a logstore records belong: whatever is written with the same key
// goes to the same shard, in the order in which it was taken.
func HashKey(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Put writes a group of logs to the shard that holds a hash key, or to any shard without one.
// It resends only what was certainly not stored: a write that was refused by a quota, or was
// never sent. If Unanswered(err), the logs may have been stored, and the caller has to look for
// them.
func (l *Log) Put(ctx context.Context, hashKey string, group *sls.LogGroup) error {
	body, err := proto.Marshal(group)
	if err != nil {
		return fmt.Errorf("%s: %w", actionWrite, err)
	}
	path := "/logstores/" + l.config.Store
	if hashKey != "" {
		path += "/shards/route?key=" + url.QueryEscape(hashKey)
	}
	var sent bool
	retry := l.retry()
	retry.Again = func(err error) bool { return (!sent || overQuota(err)) && cloud.Retryable(err) }
	err = retry.Do(ctx, func() (err error) {
		_, sent, err = l.send(ctx, request{
			action: actionWrite, method: http.MethodPost, path: path, body: body,
			headers: map[string]string{sls.HTTPHeaderContentType: "application/x-protobuf"},
		})
		return err
	})
	if err != nil {
		return l.writing(err)
	}
	return nil
}

// Unanswered tells whether it is unknown if a write was stored: there was no answer, or the
// answer says only that something failed or took too long.
func Unanswered(err error) bool {
	e, ok := errors.AsType[*cloud.Error](err)
	return ok && !overQuota(err) && (e.Status == 0 && e.Code != codeClient || e.Status >= 500 || e.Code == "RequestTimeout")
}

// overQuota tells whether the service said that it took nothing because of a quota.
func overQuota(err error) bool { return strings.HasSuffix(cloud.Code(err), "QuotaExceed") }

// codeClient: nothing was sent, and nothing could have been.
const codeClient = "Client"

const (
	actionWrite  = "log:PostLogStoreLogs"
	actionShards = "log:ListShards"
	actionPull   = "log:GetCursorOrData"
	actionSearch = "log:GetLogStoreLogs"
)

func (l *wire) writing(err error) error {
	return fmt.Errorf("writing the audit log %s/%s: %w", l.config.Project, l.config.Store, err)
}

func (l *wire) reading(err error) error {
	return fmt.Errorf("reading the audit log %s/%s: %w", l.config.Project, l.config.Store, err)
}

// Cursor is the place in a shard from which on logs arrived at or after a time, by the
// service's clock.
func (l *tails) Cursor(ctx context.Context, shard int, from time.Time) (string, error) {
	a, err := l.read(ctx, request{
		action: actionPull, method: http.MethodGet,
		path: fmt.Sprintf("/logstores/%s/shards/%d?from=%d&type=cursor", l.config.Store, shard, from.Unix()),
	})
	if err != nil {
		return "", l.reading(err)
	}
	var body struct{ Cursor string }
	if err := json.Unmarshal(a.body, &body); err != nil || body.Cursor == "" {
		return "", l.reading(misshapen(actionPull, errors.New("no cursor")))
	}
	return body.Cursor, nil
}

// Pulled is what a shard holds from a cursor to its end.
type Pulled struct {
	Groups []*sls.LogGroup
	Next   string    // where to go on
	Now    time.Time // the service's clock at its last answer; zero where it is not said
}

const (
	pullGroups = 1000   // the most that one answer may be asked for
	maxPulls   = 10_000 // ends a reading that would never end
)

// PullShard reads a shard from a cursor to its end, without the index, so that it sees what was
// acknowledged a moment ago. It goes on as long as answers are full. An answer that is not full
// may still be incomplete: a caller that needs a particular record pulls again until the record
// is there.
func (l *tails) PullShard(ctx context.Context, shard int, cursor string) (Pulled, error) {
	p := Pulled{Next: cursor}
	for range maxPulls {
		a, err := l.read(ctx, request{
			action: actionPull, method: http.MethodGet,
			path: fmt.Sprintf("/logstores/%s/shards/%d?count=%d&cursor=%s&type=logs", l.config.Store, shard, pullGroups, url.QueryEscape(p.Next)),
			headers: map[string]string{
				"Accept":          "application/x-protobuf",
				"Accept-Encoding": "lz4", // set, or net/http would ask for gzip
			},
		})
		if err != nil {
			return Pulled{}, l.reading(err)
		}
		raw, err := a.unpacked()
		if err != nil {
			return Pulled{}, l.reading(misshapen(actionPull, err))
		}
		var list sls.LogGroupList
		if err := proto.Unmarshal(raw, &list); err != nil {
			return Pulled{}, l.reading(misshapen(actionPull, err))
		}
		before := p.Next
		p.Groups, p.Next, p.Now = append(p.Groups, list.LogGroups...), a.header.Get("x-log-cursor"), a.date
		switch {
		case p.Next == "":
			return Pulled{}, l.reading(misshapen(actionPull, errors.New("no cursor")))
		case p.Next == before, a.header.Get("x-log-end-of-cursor") == "1", len(list.LogGroups) < pullGroups:
			return p, nil
		}
	}
	return Pulled{}, l.reading(&cloud.Error{Action: actionPull, Code: "Paging", Message: "the shard has more than 10,000 pages"})
}

// misshapen is the error of an answer that does not have the documented form. It has status
// 502, since something between us and the service has made or cut it: asking again may help.
func misshapen(action string, err error) *cloud.Error {
	return &cloud.Error{Action: action, Code: "BadAnswer", Message: "an answer that does not have the documented form: " + err.Error(), Status: http.StatusBadGateway}
}

// An Entry is one log of those that were pulled.
type Entry struct {
	Fields   map[string]string // for Parse
	Received time.Time         // by the service's clock; by the writer's where the logstore does not add it
}

// Entries are the logs in the order in which the shard took them.
func (p Pulled) Entries() []Entry {
	var all []Entry
	for _, group := range p.Groups {
		received := receiveTime(group)
		for _, log := range group.Logs {
			e := Entry{Fields: make(map[string]string, len(log.Contents)), Received: received}
			for _, c := range log.Contents {
				e.Fields[c.GetKey()] = c.GetValue()
			}
			if received.IsZero() {
				e.Received = time.Unix(int64(log.GetTime()), 0)
			}
			all = append(all, e)
		}
	}
	return all
}

// receiveTime is the field that the logstore adds to each record if appendMeta is set.
func receiveTime(group *sls.LogGroup) time.Time {
	for _, tag := range group.LogTags {
		if tag.GetKey() == "__receive_time__" {
			if seconds, err := strconv.ParseInt(tag.GetValue(), 10, 64); err == nil {
				return time.Unix(seconds, 0)
			}
		}
	}
	return time.Time{}
}
