package ledger

import (
	"context"
	"strconv"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
)

// Pulses returns the pulses that the index has since a time, and the time by the log's own
// clock: how long something has been silent must not be measured by a clock that may itself be
// wrong. The index lags by seconds, and pulses are minutes apart.
func (l *index) Pulses(ctx context.Context, since time.Time) (pulses []Record, now time.Time, err error) {
	search := sls.GetLogRequest{
		From:  since.Unix(),
		To:    time.Now().Add(ahead).Unix(),
		Lines: pageLines,
		Query: "kind: " + string(Pulse),
	}
	for {
		lines, date, err := l.page(ctx, &search)
		if err != nil {
			return nil, now, l.reading(err)
		}
		now = date
		for _, line := range lines {
			if r, err := Parse(line); err == nil && r.Kind == Pulse {
				r.Received = receivedAt(line)
				pulses = append(pulses, r)
			}
		}
		if len(lines) < pageLines {
			return pulses, now, nil
		}
		search.Offset += pageLines
	}
}

// ahead is how far another writer's clock may be ahead of ours for its pulses still to be
// found.
const ahead = 15 * time.Minute

// receivedAt is when the log got a record, where the logstore was told to add it.
func receivedAt(line map[string]string) time.Time {
	seconds, err := strconv.ParseInt(line["__tag__:__receive_time__"], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
