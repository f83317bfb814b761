package ledger

import (
	"cmp"
	"context"
	"fmt"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Search asks any logstore as this invocation. It asks again after an incomplete answer, until
// time is up: otherwise a part of the logs would be taken for all of them.
func (l *index) Search(ctx context.Context, s practice.Search) ([]map[string]string, error) {
	other := &wire{l.config}
	other.config.Project, other.config.Store = s.Project, s.Logstore
	other.config.Region = cmp.Or(s.Region, l.config.Region)
	lines, _, err := other.page(ctx, &sls.GetLogRequest{From: s.From.Unix(), To: s.To.Unix(), Lines: int64(s.Lines), Query: s.Query})
	if err != nil {
		return nil, fmt.Errorf("searching the log %s/%s: %w", s.Project, s.Logstore, err)
	}
	return lines, nil
}
