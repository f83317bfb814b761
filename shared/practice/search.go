package practice

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A Search asks a logstore about the logs of a time. The query may have an SQL
// statement behind a bar, which says itself how much it answers; without one the
// answer is the oldest logs.
type Search struct {
	Region, Project, Logstore string
	Query                     string
	From, To                  time.Time // To is left out
	Lines                     int       // how many logs, at most 100; 0 with a statement
}

// A Searcher answers searches.
type Searcher interface {
	Search(ctx context.Context, s Search) ([]map[string]string, error)
}

// searching is the RAM action of a search.
const searching = "log:GetLogStoreLogs"

// Search asks a logstore. The action log:GetLogStoreLogs must be among the practice's
// Reads.
func (p *Pass) Search(ctx context.Context, s Search) ([]map[string]string, error) {
	if !slices.Contains(p.Practice.Reads, searching) {
		return nil, fmt.Errorf("practice %s searches %s/%s, and %s is not among its Reads", p.Practice.ID, s.Project, s.Logstore, searching)
	}
	searcher, ok := p.reader.(Searcher)
	if !ok {
		return nil, fmt.Errorf("practice %s searches %s/%s, and this pass has nothing to search with", p.Practice.ID, s.Project, s.Logstore)
	}
	return searcher.Search(ctx, s)
}
