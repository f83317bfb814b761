package publicpath_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// world is a cloud in a state, read as the root account does.
type world struct {
	*testing.T
	cloud  *cloud.Cloud
	client *ours.Client
}

func begin(t *testing.T, state string) *world {
	t.Helper()
	c, err := cloud.New(cloud.Options{Region: "cn-hangzhou"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Load([]byte(state)); err != nil {
		t.Fatal(err)
	}
	root := c.RootSession()
	return &world{t, c, ours.NewClient(ours.Config{Transport: c.Transport(), RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}})}
}

// Read makes w a reader.
func (w *world) Read(ctx context.Context, call ours.Call, out any) error {
	return w.client.Do(ctx, call, out)
}

func pass(reader ours.Reader) *practice.Pass {
	p := &practice.Practice{ID: "test", Reads: publicpath.Reads}
	return practice.NewPass(p, practice.Resource{Region: "cn-hangzhou"}, &events.Event{}, time.Now(), reader, nil)
}

// calls counts, by action, what was called.
func (w *world) calls() string {
	counts := map[string]int{}
	for _, c := range w.cloud.Calls() {
		counts[c.Action]++
	}
	return fmt.Sprint(counts)
}

// answers is a reader that gives an answer for each action.
type answers map[string]string

func (a answers) Read(_ context.Context, call ours.Call, out any) error {
	text, ok := a[call.Action]
	if !ok {
		return fmt.Errorf("no answer for %s", call)
	}
	return json.Unmarshal([]byte(text), out)
}

// told is machines in words, a line each: what they are, how they are reached, their groups.
func told(machines []*publicpath.Machine) string {
	var lines []string
	for _, m := range machines {
		path := m.Path()
		if path == "" {
			path = "none"
		}
		lines = append(lines, m.String()+": "+path+" "+strings.Join(m.Groups(), ","))
	}
	return strings.Join(lines, "\n")
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got, want := strings.TrimSpace(got), strings.TrimSpace(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
