package notify

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/logtrigger"
)

// pull reads the records of a range. What is not a record of ours is counted.
func (n *Notifier) pull(ctx context.Context, in Invocation, r logtrigger.Range) (records []ledger.Record, skipped int, err error) {
	records, skipped, at, err := n.read(ctx, in, r, r.Begin, r.End)
	if err == nil && at != r.End {
		err = r.Unshown(at) // what is not shown yet would be told by nobody if this range were done with
	}
	return records, skipped, err
}

func (n *Notifier) reader(in Invocation) logtrigger.Reader {
	return logtrigger.Reader{Credentials: in.Credentials, Transport: n.Transport, Groups: n.pageGroups}
}

// read reads what a shard shows between two cursors, and how far that went.
func (n *Notifier) read(ctx context.Context, in Invocation, r logtrigger.Range, cursor, end string) (records []ledger.Record, skipped int, at string, err error) {
	at, err = n.reader(in).Read(ctx, r, cursor, end, func(fields map[string]string) {
		record, err := ledger.Parse(fields)
		if err != nil {
			if skipped++; skipped == 1 { // the others are most likely of the same kind
				n.Log.Warn("not an audit record", "request", in.Request, "error", err)
			}
			return
		}
		records = append(records, record)
	})
	if err != nil {
		return nil, 0, at, err
	}
	return records, skipped, at, nil
}

// copiesCome is how long after a record a copy of it may come: its writer had no answer,
// and wrote it once more.
const copiesCome = 10 * time.Minute

// news drops records that people know of from an earlier batch: copies of earlier records, and
// records that say the same about a finding because two looks were running at once. If the
// earlier log cannot be read, everything is reported: twice is better than never.
func (n *Notifier) news(ctx context.Context, in Invocation, r logtrigger.Range, records []ledger.Record) []ledger.Record {
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
		from, err := n.reader(in).Cursor(ctx, r, first.Add(-2*ledger.LookedAtOnce))
		if err == nil {
			before, _, _, err = n.read(ctx, in, r, from, r.Begin)
		}
		if err != nil {
			n.Log.Warn("whether this was told before cannot be read", "request", in.Request, "error", err)
			before = nil
		}
	}
	return ledger.Untold(before, records)
}

// lookingBack is how long finding copies may take.
const lookingBack = 10 * time.Second
