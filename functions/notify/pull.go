package notify

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/aliyun/fc-runtime-go-sdk/events"
	"github.com/cenkalti/backoff/v5"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
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
func (n *Notifier) pull(ctx context.Context, in Invocation, s source) (records []audit.Record, skipped int, err error) {
	for cursor := s.begin; cursor != s.end; {
		groups, next, err := n.page(ctx, in, s, cursor)
		if err != nil {
			return nil, 0, err
		}
		for _, group := range groups.GetLogGroups() {
			for _, line := range group.GetLogs() {
				fields := map[string]string{}
				for _, c := range line.GetContents() {
					fields[c.GetKey()] = c.GetValue()
				}
				r, err := audit.Parse(fields)
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
			break // nothing more, whatever the trigger said
		}
		cursor = next
	}
	return records, skipped, nil
}

// page reads once, trying again what may pass. The SDK retries, too, but not what
// fails while the answer is read, and not a quota.
func (n *Notifier) page(ctx context.Context, in Invocation, s source, cursor string) (groups *sls.LogGroupList, next string, err error) {
	wait := backoff.NewExponentialBackOff()
	for {
		var meta *sls.PullLogMeta
		groups, meta, err = audit.Client(ctx, s.endpoint, in.Credentials, n.Transport).PullLogsWithQuery(&sls.PullLogRequest{
			Project: s.project, Logstore: s.store, ShardID: s.shard, Cursor: cursor, EndCursor: s.end, LogGroupMaxCount: n.pageGroups,
		})
		if err == nil {
			return groups, meta.NextCursor, nil
		}
		err = wrap(ctx, err)
		if !cloud.Retryable(err) || !cloud.Sleep(ctx, wait.NextBackOff()) {
			return nil, "", err
		}
	}
}

// wrap turns the SDK's error into one that holds no URL.
func wrap(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return cloud.TimeUp(action)
	}
	e, ok := errors.AsType[*sls.Error](err)
	switch {
	case !ok || e.HTTPCode <= 0:
		return cloud.Network(action, err)
	case strings.HasSuffix(e.Code, "QuotaExceed"): // 403, and free again a little later
		return &cloud.Error{Action: action, Code: e.Code, Message: e.Message, Status: http.StatusServiceUnavailable, RequestID: e.RequestID}
	case strings.Contains(e.Code, "Signature"): // answered with what was signed
		return &cloud.Error{Action: action, Code: e.Code, Message: "the signature was refused", Status: int(e.HTTPCode), RequestID: e.RequestID}
	}
	return &cloud.Error{Action: action, Code: e.Code, Message: e.Message, Status: int(e.HTTPCode), RequestID: e.RequestID}
}
