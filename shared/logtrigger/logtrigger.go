// Package logtrigger reads what a log trigger of Function Compute hands over. The trigger does not
// bring logs: it brings a range of a shard, by two cursors, and the function reads the range itself,
// in its own role. It invokes again with the same range, and perhaps more, until an invocation
// succeeds. Until then nothing later of that shard comes.
//
// A range is finished only when all of it has been read. The trigger knows the end of the log
// before every reader can see that far, so a range that cannot be read in full yet is an error
// (Unshown).
package logtrigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// Range is the part of a shard that an invocation is about: [Begin, End).
type Range struct {
	Endpoint       string // with https://
	Project, Store string
	Shard          int
	Begin, End     string
	Written        time.Time // when the newest record came to the log; zero: not said
}

// Decode reads a payload. Where ok is false it is not a log trigger's.
func Decode(payload []byte) (r Range, ok bool, err error) {
	var kind struct{ Source json.RawMessage } // of a CloudEvent it is a text
	if json.Unmarshal(payload, &kind) != nil || len(kind.Source) == 0 || kind.Source[0] != '{' {
		return r, false, nil
	}
	var e events.SlsEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return r, true, fmt.Errorf("the log trigger's payload: %w", err)
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	r = Range{Project: text(e.Source.ProjectName), Store: text(e.Source.LogstoreName), Begin: text(e.Source.BeginCursor), End: text(e.Source.EndCursor)}
	if r.Project == "" || r.Store == "" || r.Begin == "" || r.End == "" || e.Source.ShardID == nil {
		return r, true, errors.New("the log trigger's payload lacks the project, the logstore, the shard or a cursor")
	}
	r.Shard = *e.Source.ShardID
	if e.CursorTime != nil {
		r.Written = time.Unix(int64(*e.CursorTime), 0)
	}
	r.Endpoint, err = endpoint(text(e.Source.Endpoint))
	return r, true, err
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

// Unshown is the error of a range of which a reader was shown a part. The trigger has said that
// there is more, so that there is.
func (r Range) Unshown(at string) error {
	return fmt.Errorf("shard %d ends at %s, and the log trigger says %s: it is not all shown yet", r.Shard, at, r.End)
}

// MostGroups is how many groups one answer may have.
const MostGroups = 1000

// Reader reads shards by cursor, as one invocation may.
type Reader struct {
	Credentials cloud.Credentials
	Transport   http.RoundTripper // nil: the default
	Groups      int               // of one answer; 0: as many as there may be
}

// Read hands over each log between two cursors of a range's shard, and returns how far that went.
func (d Reader) Read(ctx context.Context, r Range, cursor, end string, each func(fields map[string]string)) (at string, err error) {
	for cursor != end {
		groups, next, err := d.page(ctx, r, cursor, end)
		if err != nil {
			return cursor, err
		}
		for _, group := range groups.GetLogGroups() {
			for _, line := range group.GetLogs() {
				fields := make(map[string]string, len(line.GetContents()))
				for _, c := range line.GetContents() {
					fields[c.GetKey()] = c.GetValue()
				}
				each(fields)
			}
		}
		if next == cursor {
			break
		}
		cursor = next
	}
	return cursor, nil
}

// Cursor is where the logs of a range's shard begin that came since a time.
func (d Reader) Cursor(ctx context.Context, r Range, since time.Time) (string, error) {
	cursor, err := d.client(ctx, r).GetCursor(r.Project, r.Store, r.Shard, strconv.FormatInt(since.Unix(), 10))
	if err != nil {
		return "", wrap(ctx, err)
	}
	return cursor, nil
}

func (d Reader) client(ctx context.Context, r Range) sls.ClientInterface {
	return ledger.Client(ctx, r.Endpoint, d.Credentials, d.Transport)
}

// page reads once, trying again what may pass. The SDK retries, too, but not what
// fails while the answer is read, and not a quota.
func (d Reader) page(ctx context.Context, r Range, cursor, end string) (groups *sls.LogGroupList, next string, err error) {
	most := d.Groups
	if most == 0 {
		most = MostGroups
	}
	err = cloud.Retry{}.Do(ctx, func() error {
		var meta *sls.PullLogMeta
		var err error
		groups, meta, err = d.client(ctx, r).PullLogsWithQuery(&sls.PullLogRequest{
			Project: r.Project, Logstore: r.Store, ShardID: r.Shard, Cursor: cursor, EndCursor: end, LogGroupMaxCount: most,
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
