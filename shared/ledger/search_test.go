package ledger_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// progress answers each search with the next of its words, the last for ever.
type progress struct {
	words  []string
	hosts  []string
	bodies []string
}

func (p *progress) RoundTrip(r *http.Request) (*http.Response, error) {
	p.hosts = append(p.hosts, r.URL.Host)
	sent, _ := io.ReadAll(r.Body)
	p.bodies = append(p.bodies, string(sent))
	word := p.words[0]
	if len(p.words) > 1 {
		p.words = p.words[1:]
	}
	body := `{"meta":{"progress":"` + word + `","count":1,"hasSQL":true},"data":[{"n":"` + word + `"}]}`
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func search(ctx context.Context, p *progress) ([]map[string]string, error) {
	log := ledger.Open(ledger.Config{Project: "ecsguard-1", Store: "audit", Region: "cn-hangzhou", Transport: p, RetryWait: time.Millisecond})
	return log.Search(ctx, practice.Search{Region: "cn-beijing", Project: "flow-logs", Logstore: "vpc", Query: "* | SELECT count(*) AS n", From: time.Now().Add(-time.Hour), To: time.Now()})
}

// A part of the logs is not taken for all of them: it is asked again, and in the end
// said.
func TestSearchIsComplete(t *testing.T) {
	p := &progress{words: []string{"Incomplete", "Incomplete", "Complete"}}
	rows, err := search(t.Context(), p)
	if err != nil || len(rows) != 1 || rows[0]["n"] != "Complete" || len(p.hosts) != 3 {
		t.Errorf("%v %v after %d", rows, err, len(p.hosts))
	}
	if p.hosts[0] != "flow-logs.cn-beijing.log.aliyuncs.com" {
		t.Errorf("asked %s", p.hosts[0])
	}
	if !strings.Contains(p.bodies[0], `"line":0,"offset":0`) { // as the documentation wants it with a statement
		t.Errorf("asked %s", p.bodies[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	rows, err = search(ctx, &progress{words: []string{"Incomplete"}})
	if rows != nil || err == nil || !strings.Contains(err.Error(), "searching the log flow-logs/vpc: log:GetLogStoreLogs: ") || cloud.Code(err) == "" {
		t.Errorf("%v %v", rows, err)
	}
}

// When time is up nothing more is sent, which the SDK by itself would still do.
func TestNothingIsSentWhenTimeIsUp(t *testing.T) {
	p := &progress{words: []string{"Complete"}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := search(ctx, p); err == nil || len(p.hosts) > 0 {
		t.Errorf("%v, asked %v", err, p.hosts)
	}
}
