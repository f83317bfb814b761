package run_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/run"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// model is a family of three in a random state of things, and what is known of it.
type model struct {
	*world
	random  *rand.Rand
	family  []*practice.Practice
	ranges  map[string]practice.Span
	exempt  map[string]bool
	broken  map[string]bool // its check fails, wherever it is run
	faulty  bool            // answers were lost
	narrows bool            // a scope shows only what is left
	mu      sync.Mutex
	changed map[string][]string // who asked for a rule to be changed
	story   []string
}

// TestAFamilyAtRandom delivers events to three practices at once, kills them and runs
// them again, and looks at what must hold whatever happened.
func TestAFamilyAtRandom(t *testing.T) {
	n := 20
	if testing.Short() {
		n = 5
	}
	for seed := range n {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			m := newModel(t, uint64(seed))
			for i := range 2 {
				m.round(i)
			}
			m.holds()
		})
	}
}

func newModel(t *testing.T, seed uint64) *model {
	r := rand.New(rand.NewPCG(seed, 1))
	m := &model{world: begin(t, nil), random: r, ranges: map[string]practice.Span{}, exempt: map[string]bool{}, broken: map[string]bool{},
		changed: map[string][]string{}}
	m.patience = 10 * time.Second
	m.settings.Practices = map[string]settings.Practice{}
	day, _ := settings.ParseDate("2999-12-31")
	for _, id := range []string{"sg-a", "sg-b", "sg-c"} {
		p := *m.practice
		p.ID = id
		p.Severity = []practice.Severity{practice.Critical, practice.High}[r.IntN(2)]
		from := 20 + r.IntN(6)
		span := practice.Span{From: from, To: from + r.IntN(5)}
		m.ranges[id] = span
		p.Check = objects(span.From, span.To)
		if r.IntN(4) == 0 {
			p.Check, m.narrows = narrowing(span.From, span.To), true
		}
		if r.IntN(8) == 0 {
			p.Reads = append(slices.Clone(p.Reads), "ecs:DescribeInstances")
		}
		if r.IntN(12) == 0 {
			p.Check, m.broken[id] = func(context.Context, *practice.Pass) error { return errors.New("a param is wrong") }, true
		}
		m.settings.Practices[id] = settings.Practice{
			Mode:    []practice.Mode{practice.Enforce, practice.Enforce, practice.Enforce, practice.Approve, practice.Observe}[r.IntN(5)],
			PerHour: []int{0, 0, 3}[r.IntN(3)],
		}
		if r.IntN(6) == 0 {
			m.exempt[id] = true
			m.settings.Exemptions = append(m.settings.Exemptions, settings.Exemption{Practice: id, Resource: "*", Until: day, Because: "test", By: "test"})
		}
		m.family = append(m.family, &p)
		m.story = append(m.story, fmt.Sprintf("%s %s %v %v exempt %v", id, p.Severity, span, m.settings.Practices[id], m.exempt[id]))
	}
	return m
}

// TestSweepsOfAFamilyAtRandom lets three practices sweep at the same time, beside events,
// with kills and little budget.
func TestSweepsOfAFamilyAtRandom(t *testing.T) {
	n := 10
	if testing.Short() {
		n = 5
	}
	for seed := range n {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			m := newModel(t, uint64(seed))
			m.sweeps()
			m.holds()
		})
	}
}

func (m *model) sweeps() {
	text, groups := "ecs:\n  security-groups:", []string{group}
	for i := range m.random.IntN(10) {
		groups = append(groups, fmt.Sprintf("sg-%02d", i))
	}
	for _, id := range groups {
		var open []int
		for port := 20; port < 31; port++ {
			if m.random.IntN(2) == 0 {
				open = append(open, port)
			}
		}
		text += groupYAML(id, open...)
		m.story = append(m.story, fmt.Sprintf("%s opens %v", id, open))
	}
	if err := m.cloud.Load([]byte(text)); err != nil {
		m.Fatal(err)
	}
	m.settings.PerSweep = 1 + m.random.IntN(8)
	m.cloud.Inject(cloud.Fault{Action: "ecs:*", Jitter: time.Duration(1+m.random.IntN(8)) * time.Millisecond})
	var all sync.WaitGroup
	for _, p := range m.family {
		check := p.Check
		p.Check = func(ctx context.Context, pass *practice.Pass) error {
			err := check(ctx, pass)
			for _, f := range pass.Findings() {
				for i := range f.Changes {
					f.Changes[i].Call = f.Changes[i].Call.With("SecurityGroupId", pass.Resource.ID)
				}
			}
			return err
		}
		p.Sweep = practice.Sweep{Every: time.Hour, List: func(_ context.Context, pass *practice.Pass) (found []practice.Resource, _ error) {
			for _, id := range groups {
				r := pass.Resource
				r.ID = id
				found = append(found, r)
			}
			return found, nil
		}}
		late := time.Duration(m.random.IntN(3)*m.random.IntN(15)) * time.Millisecond
		var kills []int
		for range m.random.IntN(3) {
			kills = append(kills, 1+m.random.IntN(40))
		}
		events := m.random.IntN(2) == 0
		m.story = append(m.story, fmt.Sprintf("%s comes after %s and dies at %v, an event: %v", p.ID, late, kills, events))
		all.Go(func() {
			time.Sleep(late)
			m.invoke(p, timer(m.T), kills)
		})
		if events {
			all.Go(func() { m.invoke(p, event(m.T, 1), nil) })
		}
	}
	all.Wait()
	for rule, by := range m.changed {
		if len(by) > 1 && !m.unsure() {
			m.fail("%v change %s", by, rule)
		}
	}
	acted := map[string]map[string]bool{}
	for _, r := range m.of(audit.Intent) {
		if r.EventName == "AuthorizeSecurityGroup" {
			continue
		}
		if acted[r.Practice] == nil {
			acted[r.Practice] = map[string]bool{}
		}
		if acted[r.Practice][r.ID] = true; len(acted[r.Practice]) > m.settings.PerSweep {
			m.fail("%s acts on %d findings, and may on %d", r.Practice, len(acted[r.Practice]), m.settings.PerSweep)
		}
	}
}

// round opens ports and delivers the event to all.
func (m *model) round(n int) {
	var open []int
	for port := 20; port < 31; port++ {
		if m.random.IntN(2) == 0 {
			open = append(open, port)
		}
	}
	m.load(group, open...)
	m.story = append(m.story, fmt.Sprintf("round %d: open %v", n, open))
	m.mu.Lock()
	m.changed = map[string][]string{}
	m.mu.Unlock()
	e := event(m.T, n+1, with("sourceIpAddress", "203.0.113.9"))
	m.cloud.Inject(cloud.Fault{Action: "ecs:*", Jitter: time.Duration(1+m.random.IntN(8)) * time.Millisecond})
	if m.random.IntN(3) == 0 {
		f := cloud.Fault{Action: []string{revoke, readRules, writeLog, readLog}[m.random.IntN(4)], Times: 1 + m.random.IntN(2)}
		switch m.random.IntN(3) {
		case 0:
			f.Status = 503
		case 1:
			f.LoseResponse = true
		case 2:
			f.Delay = 20 * time.Millisecond
		}
		m.faulty = m.faulty || f.LoseResponse
		m.cloud.Inject(f)
		m.story = append(m.story, fmt.Sprintf("%+v", f))
	}
	var group sync.WaitGroup
	for _, p := range m.family {
		late := time.Duration(m.random.IntN(3)*m.random.IntN(15)) * time.Millisecond
		var kills []int
		for range m.random.IntN(3) {
			kills = append(kills, 1+m.random.IntN(12))
		}
		m.story = append(m.story, fmt.Sprintf("%s comes after %s and dies at %v", p.ID, late, kills))
		group.Go(func() {
			time.Sleep(late)
			m.invoke(p, e, kills)
		})
	}
	group.Wait()
	before := len(m.of(audit.Result))
	for _, p := range m.family { // once more
		if !m.broken[p.ID] {
			m.run(p, e, 0, 0)
		}
	}
	if after := len(m.of(audit.Result)); after != before && !m.unsettled() {
		m.fail("a second delivery said something more: %d results, then %d", before, after)
	}
	m.ended(open)
}

func (m *model) unsettled() bool {
	return slices.ContainsFunc(m.of(audit.Result), func(r audit.Record) bool { return r.Outcome == practice.Partly || r.Outcome == practice.Failed })
}

func (m *model) fail(format string, args ...any) {
	m.Helper()
	m.Errorf("%s\n%s\n%s", fmt.Sprintf(format, args...), strings.Join(m.story, "\n"), m.history())
}

func (m *model) history() string {
	var b strings.Builder
	for _, r := range m.records() {
		fmt.Fprintf(&b, "%s %s %s %s %s %d calls, made %d %s %s\n", r.Time.Format("05.000"), r.Practice, r.Kind, r.Outcome, r.Key, len(r.Calls), r.CallsMade, r.Reason, r.Error)
	}
	for _, c := range m.cloud.Calls() {
		if c.Action == revoke {
			fmt.Fprintf(&b, "%s %s %s\n", c.Action, c.Params["SecurityGroupRuleId.1"], c.Code)
		}
	}
	return b.String()
}

// invoke runs a practice as Function Compute does: killed at the n-th call, it is run again.
func (m *model) invoke(p *practice.Practice, e []byte, kills []int) {
	for attempt := range 3 {
		kill := 0
		if attempt < len(kills) {
			kill = kills[attempt]
		}
		if m.run(p, e, attempt, kill) == nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	if !m.broken[p.ID] {
		m.fail("%s never succeeded", p.ID)
	}
}

func (m *model) run(p *practice.Practice, e []byte, attempt, kill int) error {
	ctx, cancel := context.WithTimeout(m.Context(), 30*time.Second)
	defer cancel()
	m.mu.Lock()
	d := m.driver(run.Invocation{Request: "request-" + p.ID, Attempt: attempt})
	m.mu.Unlock()
	d.Practice, d.Peers, d.Wait = p, nil, 5*time.Millisecond
	for _, q := range m.family {
		if q != p {
			d.Peers = append(d.Peers, q)
		}
	}
	c, err := m.cloud.AssumeRole(m.role, p.ID, time.Hour)
	if err != nil {
		m.Error(err)
		return err
	}
	w := &watched{m: m, by: p.ID, base: m.cloud.Transport(), kill: kill, cancel: cancel}
	credentials := ours.Credentials{AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
	d.Cloud = ours.NewClient(ours.Config{Credentials: credentials, Transport: w, RetryWait: time.Millisecond})
	d.Audit = audit.Open(audit.Config{Project: project, Store: "audit", Region: region, Credentials: credentials, Transport: w, RetryWait: time.Millisecond})
	_, err = d.Handle(ctx, e)
	return err
}

// watched is the way of one invocation to the cloud.
type watched struct {
	m      *model
	by     string
	base   http.RoundTripper
	cancel func()

	mu   sync.Mutex
	n    int
	kill int // at which call; 0: none
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.n++
	dies, half := w.n == w.kill, w.n%2 == 0
	w.mu.Unlock()
	if dies && half { // before the call
		w.cancel()
		return nil, context.Canceled
	}
	w.m.watch(w.by, r)
	answer, err := w.base.RoundTrip(r)
	if dies { // before its answer
		w.cancel()
		if err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		return nil, context.Canceled
	}
	return answer, err
}

// watch wants each change to be announced before.
func (m *model) watch(by string, r *http.Request) {
	q := r.URL.Query()
	if q.Get("Action") != "RevokeSecurityGroup" {
		return
	}
	rule := q.Get("SecurityGroupRuleId.1")
	announced := slices.ContainsFunc(m.cloud.Logs(project, "audit"), func(line map[string]string) bool {
		return line["kind"] == "intent" && line["practice"] == by && strings.Contains(line["calls"], `"`+rule+`"`)
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if !announced {
		m.Errorf("%s changes %s, and has not announced it", by, rule)
	}
	if !slices.Contains(m.changed[rule], by) {
		m.changed[rule] = append(m.changed[rule], by)
	}
}

// ended looks at the end of a round.
func (m *model) ended(open []int) {
	for rule, by := range m.changed {
		if len(by) > 1 && !m.unsure() {
			m.fail("%v change %s", by, rule)
		}
	}
	left := strings.Fields(m.ports())
	for _, port := range open {
		var objects, acts []string
		held := false // who has used up its budget still speaks
		for id, span := range m.ranges {
			if span.From > port || port > span.To || m.broken[id] {
				continue
			}
			objects, held = append(objects, id), held || m.heldBack(id)
			if set := m.settings.Practices[id]; set.Mode == practice.Enforce && set.PerHour == 0 && !m.exempt[id] && !m.unsettled() {
				acts = append(acts, id)
			}
		}
		if slices.Contains(left, fmt.Sprintf("%d/%d", port, port)) && len(acts) > 0 && !held {
			m.fail("%d is open, and %v should have closed it", port, acts)
		}
		if len(objects) > 0 && !slices.ContainsFunc(objects, m.spoke) {
			m.fail("nobody says anything of %d, to which %v object", port, objects)
		}
	}
}

// unsure tells whether two practices may not know of each other: one cannot be asked, or
// one is half done when the other reads the cloud, and had not begun when it read the log.
func (m *model) unsure() bool { return len(m.broken) > 0 || m.narrows }

func (m *model) heldBack(id string) bool {
	return slices.ContainsFunc(m.of(audit.Result), func(r audit.Record) bool {
		return r.Practice == id && r.Outcome == practice.Awaiting && m.settings.Practices[id].Mode == practice.Enforce
	})
}

func (m *model) spoke(id string) bool {
	return slices.ContainsFunc(m.of(audit.Result), func(r audit.Record) bool { return r.Practice == id })
}

// holds looks at all that was said.
func (m *model) holds() {
	settled := map[string]int{}
	intents := map[string]bool{}
	for _, r := range m.records() {
		if r.Kind == audit.Intent {
			intents[r.ID] = true
			continue
		}
		delete(intents, r.ID)
		if r.Outcome != practice.Partly && r.Outcome != practice.Failed {
			settled[r.ID]++
		}
		if settled[r.ID] > 1 && !m.faulty {
			m.fail("%s of %s is settled twice", r.Key, r.Practice)
		}
	}
	if len(intents) > 0 {
		m.fail("%d intents have no result", len(intents))
	}
}
