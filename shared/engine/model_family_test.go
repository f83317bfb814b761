package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// How a member of the model's family may be.
const (
	works      = "works"
	panics     = "panics"     // its check, wherever it runs
	fails      = "fails"      // the same, with an error
	unreadable = "unreadable" // its role may not read
	readonly   = "readonly"   // its role may not write
	flaky      = "flaky"      // its check fails now and then
	unprovable = "unprovable" // no edit closes what it forbids
)

// A memberSpec is a practice of the model's family: it forbids ports to everyone.
type memberSpec struct {
	mode    practice.Mode
	health  string
	forbids []int
}

func (s memberSpec) String() string { return fmt.Sprintf("%s/%s %v", s.mode, s.health, s.forbids) }

// enforced tells whether the ports it forbids may be closed by the family.
func (s memberSpec) enforced() bool { return s.mode == practice.Enforce && s.health != unprovable }

// modelWish is what a member wants of the rules.
type modelWish struct {
	rules   []modelRule
	forbids []int
	never   bool
}

func memberID(i int) string { return fmt.Sprintf("member-%d", i) }

// family makes the practices, each with the others as peers. They edit with one call
// for what comes and one for what goes, as security groups do, or with one a rule.
func (m *model) family() {
	m.settings = settings.Settings{Mode: practice.Enforce, PerHour: 100_000, PerSweep: 1000, Practices: map[string]settings.Practice{}}
	family := &practice.Family{Name: "model", Join: m.join}
	for i, s := range m.cfg.members {
		p := &practice.Practice{
			ID: memberID(i), Severity: practice.High, Resource: "ACS::ECS::SecurityGroup", Family: family,
			Triggers: []practice.Trigger{{Service: "Ecs", Name: "AuthorizeSecurityGroup", Resource: "params.SecurityGroupId"}},
			Reads:    []string{readRules}, Writes: []string{authorize, revoke, modifyRule},
			Check: m.check(i, s),
			Sweep: practice.Sweep{Every: 24 * time.Hour, List: func(_ context.Context, pass *practice.Pass) ([]practice.Resource, error) {
				r := pass.Resource
				r.ID = group
				return []practice.Resource{r}, nil
			}},
		}
		m.practices = append(m.practices, p)
		m.settings.Practices[p.ID] = settings.Practice{Mode: s.mode}
	}
}

func (m *model) check(i int, s memberSpec) func(context.Context, *practice.Pass) error {
	return func(ctx context.Context, pass *practice.Pass) error {
		switch s.health {
		case panics:
			panic("broken")
		case fails:
			return errors.New("broken")
		case flaky:
			if m.flaw(i, pass) {
				return errors.New("broken this time")
			}
		}
		var answer struct{ Rules []modelRule }
		if err := pass.Read(ctx, ours.New("ecs", "DescribeSecurityGroupAttribute", region, "SecurityGroupId", group), &answer); err != nil {
			return practice.Gone(err)
		}
		for _, made := range rulesOf(ours.Call{Params: pass.Event.Params}) {
			there := slices.ContainsFunc(answer.Rules, func(r modelRule) bool { return r.says() == made.says() })
			if pass.Fresh() && !there && m.cfg.mutant != hasty {
				pass.Unseen("it does not show " + made.says())
			}
		}
		f := practice.Finding{Key: "ingress", Title: "Ports are open to everyone", Scope: practice.Scope{}, Facts: map[string]string{}}
		var same []string
		for _, r := range answer.Rules {
			for _, p := range s.forbids {
				if r.Source == anyone && r.covers(p) {
					f.Scope[r.ID] = append(f.Scope[r.ID], practice.Span{From: p, To: p})
					f.Facts[r.ID] += fmt.Sprintf(" %d ", p)
					same = append(same, fmt.Sprintf("%d in %s", p, r.says()))
				}
			}
		}
		if len(f.Scope) > 0 {
			f.Wants, f.Same = &modelWish{answer.Rules, s.forbids, s.health == unprovable}, strings.Join(same, ", ")
			pass.Report(f)
		}
		return nil
	}
}

// join cuts out of every rule what any member forbids: the parts that stay are made, and
// then the rule goes.
func (m *model) join(_ context.Context, _ *practice.Pass, findings []practice.Finding) (practice.Edit, error) {
	var edit practice.Edit
	var forbidden []int
	for i, f := range findings {
		w := f.Wants.(*modelWish)
		if w.never {
			edit.Left = append(edit.Left, practice.Left{Finding: i, Whole: true, Why: "it cannot be proved"})
			continue
		}
		forbidden = append(forbidden, w.forbids...)
	}
	slices.Sort(forbidden)
	forbidden = slices.Compact(forbidden)
	rules := findings[0].Wants.(*modelWish).rules
	var come, gone []modelRule
	var narrowed []practice.Change
	for _, r := range rules {
		parts := r.without(forbidden)
		if r.Source != anyone || len(parts) == 1 && parts[0].says() == r.says() {
			continue
		}
		if m.cfg.mutant == overwriting && len(parts) > 0 {
			narrowed = append(narrowed, practice.Change{Why: "narrow " + r.says(),
				Call: callOf("ModifySecurityGroupRule", parts[0]).With("SecurityGroupRuleId", r.ID)})
			come = append(come, parts[1:]...)
			continue
		}
		come, gone = append(come, parts...), append(gone, r)
	}
	come = slices.DeleteFunc(come, func(r modelRule) bool {
		return slices.ContainsFunc(rules, func(x modelRule) bool { return x.says() == r.says() })
	})
	edit.Changes = append(edit.Changes, m.calls("AuthorizeSecurityGroup", "RevokeSecurityGroup", come)...)
	edit.Changes = append(edit.Changes, narrowed...)
	edit.Changes = append(edit.Changes, m.calls("RevokeSecurityGroup", "AuthorizeSecurityGroup", gone)...)
	return edit, nil
}

func (m *model) calls(action, undo string, rules []modelRule) (changes []practice.Change) {
	size := max(len(rules), 1)
	if m.cfg.single {
		size = 1
	}
	for some := range slices.Chunk(rules, size) {
		back := callOf(undo, some...)
		changes = append(changes, practice.Change{Why: action, Call: callOf(action, some...), Undo: &back})
	}
	return changes
}

// without is what stays of a rule.
func (r modelRule) without(forbidden []int) (parts []modelRule) {
	from := r.From
	for _, p := range forbidden {
		if !r.covers(p) {
			continue
		}
		if from < p {
			parts = append(parts, modelRule{From: from, To: p - 1, Source: r.Source})
		}
		from = p + 1
	}
	if from <= r.To {
		parts = append(parts, modelRule{From: from, To: r.To, Source: r.Source})
	}
	return parts
}

// tellsOf is whether a record tells people that a port is open.
func tellsOf(r ledger.Record, port int) bool {
	switch r.Outcome {
	case practice.Observed, practice.Awaiting, practice.Failed, practice.Partly, practice.Exempt:
	default:
		return false
	}
	for _, open := range r.Facts {
		if strings.Contains(open, fmt.Sprintf(" %d ", port)) {
			return true
		}
	}
	return r.Key == "unreadable"
}
