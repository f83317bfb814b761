package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// twin is a second cloud in the state of the first. The practices themselves look at
// it, so what the page calls wrong is what ecsguard would call wrong, and looking
// uses up no fault, makes no event and shows in no list of calls.
type twin struct {
	mu        sync.Mutex // one look at a time
	cloud     *cloud.Cloud
	settings  settings.Settings
	transport *http.Transport
	reader    ours.Reader
	seen      string // the state of the last view
	last      resourcesView
}

func newTwin(of *cloud.Cloud, s settings.Settings) (*twin, error) {
	c, err := cloud.New(cloud.Options{Account: of.Account, Region: of.Region})
	if err != nil {
		return nil, err
	}
	all, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		c.Close()
		return nil, err
	}
	k, transport := c.AddUser("looker", all), c.Transport()
	return &twin{cloud: c, settings: s, transport: transport, reader: reader{ours.NewClient(ours.Config{Transport: transport,
		Credentials: ours.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret}})}}, nil
}

func (t *twin) close() {
	t.transport.CloseIdleConnections()
	t.cloud.Close()
}

type reader struct{ *ours.Client }

func (r reader) Read(ctx context.Context, call ours.Call, out any) error { return r.Do(ctx, call, out) }

// A finding is something that is wrong now.
type finding struct {
	Practice     string            `json:"practice"`
	Wants        string            `json:"wants"` // what the practice asks for
	Severity     practice.Severity `json:"severity"`
	Title        string            `json:"title"`
	ResourceType string            `json:"resourceType"`
	Resource     string            `json:"resource"`
	Name         string            `json:"name,omitempty"`
	Facts        map[string]string `json:"facts,omitempty"`
	Advice       string            `json:"advice,omitempty"`
	Plan         []planned         `json:"plan"`
	Rules        []string          `json:"rules,omitempty"` // of a security group, that it is about
	Will         string            `json:"will"`            // what ecsguard does about it, in words
}

type planned struct {
	Why     string `json:"why"`
	Command string `json:"command"`
}

// resourcesView is the account as it is now.
type resourcesView struct {
	State    map[string]any `json:"state"`    // as in the state file
	Findings []finding      `json:"findings"` // the worst first
	Errors   []string       `json:"errors"`   // what could not be looked at: not good, and not bad
}

func (c *Console) resources(ctx context.Context) resourcesView {
	dump, err := c.cloud.Dump()
	if err != nil {
		return resourcesView{Errors: []string{err.Error()}}
	}
	return c.twin.look(ctx, dump)
}

func (t *twin) look(ctx context.Context, dump []byte) resourcesView {
	t.mu.Lock()
	defer t.mu.Unlock()
	if string(dump) == t.seen {
		return t.last
	}
	v := resourcesView{Findings: []finding{}, Errors: []string{}}
	if err := yaml.Unmarshal(dump, &v.State); err != nil {
		v.Errors = append(v.Errors, err.Error())
		return v
	}
	if err := t.load(dump); err != nil {
		v.Errors = append(v.Errors, err.Error())
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, p := range functions.All {
		if p.Retired != "" || p.Sweep.List == nil || p.Alone && slices.Contains(p.Reads, "log:GetLogStoreLogs") {
			continue // or it judges by what was logged, of which a copy of the account has nothing
		}
		found, err := t.ask(ctx, p)
		if err != nil {
			v.Errors = append(v.Errors, fmt.Sprintf("%s could not look: %v", p.ID, err))
		}
		v.Findings = append(v.Findings, found...)
	}
	// The worst first, and what is alike in the order of the practices.
	slices.SortStableFunc(v.Findings, func(a, b finding) int { return a.Severity.RankLast() - b.Severity.RankLast() })
	if ctx.Err() == nil {
		t.seen, t.last = string(dump), v
	}
	return v
}

// load makes the twin like the original. Users have no policies there: those of the console itself, which may do
// everything, would hide what a visitor has done.
func (t *twin) load(dump []byte) error {
	var state map[string]any
	if err := yaml.Unmarshal(dump, &state); err != nil {
		return err
	}
	if ram, ok := state["ram"].(map[string]any); ok {
		users, _ := ram["users"].([]any)
		for _, u := range users {
			if user, ok := u.(map[string]any); ok {
				delete(user, "policies")
			}
		}
	}
	document, err := yaml.Marshal(state)
	if err != nil {
		return err
	}
	return t.cloud.Load(document)
}

// ask runs one practice over everything, as a sweep does.
func (t *twin) ask(ctx context.Context, p *practice.Practice) (found []finding, err error) {
	now, params := time.Now(), t.settings.Params(p)
	timer := &events.Event{Kind: events.KindTimer, ID: "console", Time: now, Account: t.cloud.Account, Region: t.cloud.Region}
	start := practice.Resource{Type: p.Resource, Region: t.cloud.Region, Account: t.cloud.Account}
	listing := practice.NewPass(p, start, timer, now, t.reader, params)
	listing.Home = t.cloud.Region
	resources, err := p.List(ctx, listing)
	if err != nil {
		return nil, err
	}
	var unread []error
	for _, r := range resources {
		if r.Type == "" {
			r.Type = p.Resource
		}
		if r.Account == "" {
			r.Account = t.cloud.Account
		}
		pass := practice.NewPass(p, r.Placed(), timer, now, t.reader, params)
		pass.Home = t.cloud.Region
		if err := p.Judge(ctx, pass); err != nil && !errors.Is(err, practice.ErrGone) {
			unread = append(unread, fmt.Errorf("%s: %w", r.ID, err))
			continue
		}
		for _, f := range pass.Findings() {
			if f.Wants != nil { // of a family: what it would do by itself
				edit, err := p.Family.Join(ctx, pass, []practice.Finding{f})
				if err != nil {
					unread = append(unread, fmt.Errorf("%s: %w", r.ID, err))
				}
				f.Changes = edit.Changes
			}
			found = append(found, t.finding(p, f, now))
		}
	}
	return found, errors.Join(unread...)
}

func (t *twin) finding(p *practice.Practice, f practice.Finding, now time.Time) finding {
	out := finding{Practice: p.ID, Wants: p.Title(), Severity: p.Severity, Title: f.Title, ResourceType: f.Resource.Type,
		Resource: f.Resource.ID, Name: f.Resource.Name, Facts: f.Facts, Advice: f.Advice, Plan: []planned{}}
	for _, change := range f.Changes {
		out.Plan = append(out.Plan, planned{Why: change.Why, Command: change.Call.String()})
	}
	for part := range f.Scope { // "sgr-1 TCP"
		if id, _, _ := strings.Cut(part, " "); strings.HasPrefix(id, "sgr-") && !slices.Contains(out.Rules, id) {
			out.Rules = append(out.Rules, id)
		}
	}
	slices.Sort(out.Rules)
	d := guard.Decide(t.settings, p, f, nil, now)
	if d.Act {
		out.Will = "is put right when an event or a sweep leads ecsguard here"
	} else {
		out.Will = string(d.Outcome) + ": " + d.Reason
	}
	return out
}
