package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/aliyun/fc-runtime-go-sdk/events"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

const action = "log:GetCursorOrData"

// source is the part of a shard that an invocation is about: [begin, end).
type source struct {
	endpoint       string // with https://
	project, store string
	shard          int
	begin, end     string
	written        time.Time // when the newest record came to the log; zero: not said
}

func readSource(e events.SlsEvent) (source, error) {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	s := source{project: text(e.Source.ProjectName), store: text(e.Source.LogstoreName), begin: text(e.Source.BeginCursor), end: text(e.Source.EndCursor)}
	if s.project == "" || s.store == "" || s.begin == "" || s.end == "" || e.Source.ShardID == nil {
		return s, errors.New("the log trigger's payload lacks the project, the logstore, the shard or a cursor")
	}
	s.shard = *e.Source.ShardID
	if e.CursorTime != nil {
		s.written = time.Unix(int64(*e.CursorTime), 0)
	}
	var err error
	s.endpoint, err = endpoint(text(e.Source.Endpoint))
	return s, err
}

// endpoint is the payload's with https: it comes as http:// or without a scheme,
// which the SDK takes for plain http. No other host than the log service's gets
// to see the credentials' token.
func endpoint(s string) (string, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Port() != "" || u.User != nil || !strings.HasSuffix(u.Hostname(), ".log.aliyuncs.com") {
		return "", errors.New("the log trigger's payload names an endpoint that is not Simple Log Service's")
	}
	return "https://" + u.Hostname(), nil
}

// pull reads the records of a source. What is not a record of ours is counted.
func (n *Notifier) pull(ctx context.Context, in Invocation, s source) (records []ledger.Record, skipped int, err error) {
	records, skipped, at, err := n.read(ctx, in, s, s.begin, s.end)
	if err == nil && at != s.end {
		// The trigger has said that there is more, so that there is: what is not shown yet
		// would be told by nobody if this range were done with.
		err = fmt.Errorf("shard %d ends at %s, and the log trigger says %s: it is not all shown yet", s.shard, at, s.end)
	}
	return records, skipped, err
}

// read reads what a shard shows between two cursors, and how far that went.
func (n *Notifier) read(ctx context.Context, in Invocation, s source, cursor, end string) (records []ledger.Record, skipped int, at string, err error) {
	for cursor != end {
		groups, next, err := n.page(ctx, in, s, cursor, end)
		if err != nil {
			return nil, 0, cursor, err
		}
		for _, group := range groups.GetLogGroups() {
			for _, line := range group.GetLogs() {
				fields := map[string]string{}
				for _, c := range line.GetContents() {
					fields[c.GetKey()] = c.GetValue()
				}
				r, err := ledger.Parse(fields)
				if err != nil {
					if skipped++; skipped == 1 { // the others are most likely of the same kind
						n.Log.Warn("not an audit record", "request", in.Request, "error", err)
					}
					continue
				}
				records = append(records, r)
			}
		}
		if next == cursor {
			break
		}
		cursor = next
	}
	return records, skipped, cursor, nil
}

// copiesCome is how long after a record a copy of it may come: its writer had no answer,
// and wrote it once more.
const copiesCome = 10 * time.Minute

// news leaves out of what is to be told what people know from an earlier batch: copies of
// what stands in the log before it, and what says the same of the same finding because both
// looks were under way at once. Where that cannot be read everything is told: twice is
// better than never.
func (n *Notifier) news(ctx context.Context, in Invocation, s source, records []ledger.Record) []ledger.Record {
	var first time.Time
	for _, r := range records {
		if r.Kind == ledger.Result && !r.Quiet && (first.IsZero() || r.Time.Before(first)) {
			first = r.Time
		}
	}
	if first.IsZero() {
		return records
	}
	var before []ledger.Record
	if n.Now().Sub(first) <= copiesCome {
		ctx, cancel := context.WithTimeout(ctx, lookingBack)
		defer cancel()
		from, err := n.cursor(ctx, in, s, first.Add(-2*ledger.LookedAtOnce))
		if err == nil {
			before, _, _, err = n.read(ctx, in, s, from, s.begin)
		}
		if err != nil {
			n.Log.Warn("whether this was told before cannot be read", "request", in.Request, "error", err)
			before = nil
		}
	}
	return ledger.Untold(before, records)
}

// lookingBack is what finding copies may take of an invocation.
const lookingBack = 10 * time.Second

// cursor is where the logs of a shard begin that came since a time.
func (n *Notifier) cursor(ctx context.Context, in Invocation, s source, since time.Time) (string, error) {
	cursor, err := ledger.Client(ctx, s.endpoint, in.Credentials, n.Transport).GetCursor(s.project, s.store, s.shard, strconv.FormatInt(since.Unix(), 10))
	if err != nil {
		return "", wrap(ctx, err)
	}
	return cursor, nil
}

// page reads once, trying again what may pass. The SDK retries, too, but not what
// fails while the answer is read, and not a quota.
func (n *Notifier) page(ctx context.Context, in Invocation, s source, cursor, end string) (groups *sls.LogGroupList, next string, err error) {
	err = cloud.Retry{}.Do(ctx, func() (err error) {
		var meta *sls.PullLogMeta
		groups, meta, err = ledger.Client(ctx, s.endpoint, in.Credentials, n.Transport).PullLogsWithQuery(&sls.PullLogRequest{
			Project: s.project, Logstore: s.store, ShardID: s.shard, Cursor: cursor, EndCursor: end, LogGroupMaxCount: n.pageGroups,
		})
		if err != nil {
			return wrap(ctx, err)
		}
		next = meta.NextCursor
		return nil
	})
	return groups, next, err
}

// wrap turns the SDK's error into one that holds no URL.
func wrap(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return cloud.TimeUp(action)
	}
	e, ok := errors.AsType[*sls.Error](err)
	if !ok || e.HTTPCode <= 0 {
		return cloud.Network(action, err)
	}
	return ledger.Refused(action, e)
}
