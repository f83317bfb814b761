package securitygroup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// An Objection is what a practice has against the ingress rules of a group.
type Objection struct {
	Key      string            // of the finding, where a practice has several; "ingress" otherwise
	Severity practice.Severity // where it is not as bad as the practice's
	Title    string            // "Open to the whole internet"; the rules follow
	Advice   string            // what a person should do, or may want to do as well
	Policies []exposure.Policy // what has to be closed; each is kept by the edit
	Besides  []exposure.Policy // another objection's: what that closes is not said again
	Tells    bool              // only a person may put it right

	// Unless says why an edit is not made that can be: what it would do to people. It is
	// asked about the edit for all practices that act; what may happen without this
	// objection is not its concern.
	Unless func(before, after []exposure.Rule) string
}

// Judge reads the groups that the pass is about and reports what of each the
// objections are about. Only, if given, says which groups are concerned.
func Judge(ctx context.Context, pass *practice.Pass, only func(*Group) bool, objections ...Objection) error {
	groups, err := Read(ctx, pass)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if only != nil && !only(g) {
			continue
		}
		for _, o := range objections {
			if err := g.Object(ctx, pass, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// Object reports what of the group the objection is about, if there is something. Join
// makes an edit of what is reported, unless only a person may put it right.
func (g *Group) Object(ctx context.Context, pass *practice.Pass, o Objection) error {
	known, err := g.known()
	if err != nil {
		return err
	}
	g.Doubt(pass)
	breaches := known.Judge(o.Policies...)
	if len(breaches) > 0 && len(o.Besides) > 0 { // also where no edit can be proved: the other objection tells of it then
		breaches = judgeRest(known, o)
	}
	if len(breaches) == 0 {
		return nil
	}
	f := pass.Finding(g, cmp.Or(o.Key, "ingress"), o.Title+": "+words(breaches))
	f.Severity, f.Advice = o.Severity, o.Advice
	f.Facts, f.Scope, f.Doubt = facts(breaches), Scope(breaches), g.later(pass, breaches)
	if !o.Tells {
		f.Wants = &wish{g, o}
		if changed(pass, breaches) {
			f.Advice = strings.TrimSpace("The rule was changed, not made: look up in ActionTrail or Cloud Config whom it let in before, who may be cut off. " + f.Advice)
		}
	}
	pass.Report(f)
	return nil
}

// changed tells whether the event gave a rule that is at fault another source or other
// ports. What it said before is not in the event.
func changed(pass *practice.Pass, breaches []exposure.Breach) bool {
	return pass.Event != nil && pass.Event.Name == "ModifySecurityGroupRule" && slices.ContainsFunc(breaches, func(b exposure.Breach) bool {
		return b.Rule.ID == pass.Event.Params["SecurityGroupRuleId"]
	})
}

// slack is by how much the cloud's clocks may differ, and how long a call may take.
const slack = 5 * time.Second

// later says which rule was made after the event: the state is of now, and events come
// late, so that somebody else may have made it meanwhile.
func (g *Group) later(pass *practice.Pass, breaches []exposure.Breach) string {
	if pass.Event == nil || pass.Event.Time.IsZero() || pass.Event.Actor.Name == "" {
		return ""
	}
	for _, b := range breaches {
		r := g.Find(b.Rule.ID)
		if r == nil {
			continue
		}
		if made := r.Made(); made.After(pass.Event.Time.Add(slack)) {
			return fmt.Sprintf("%s was made at %s, after this event; ActionTrail has who made it", b.Rule.ID, made.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
	}
	return ""
}

// judgeRest judges the rules that another objection is not about.
func judgeRest(known *exposure.Prepared, o Objection) []exposure.Breach {
	other := known.Judge(o.Besides...)
	rest := slices.DeleteFunc(slices.Clone(known.Rules()), func(r exposure.Rule) bool {
		return slices.ContainsFunc(other, func(b exposure.Breach) bool { return b.Rule.ID == r.ID })
	})
	return exposure.Judge(rest, o.Policies...)
}

// Doubt reports, once a look, the rules whose lists cannot be read. What they open is not
// known: that is no reason to leave open what is.
func (g *Group) Doubt(pass *practice.Pass) {
	unread := g.unread()
	if len(unread) == 0 || slices.ContainsFunc(pass.Findings(), func(f practice.Finding) bool { return f.Key == unreadKey && f.Resource.ID == g.ID }) {
		return
	}
	f := pass.Finding(g, unreadKey, "What is let in cannot be told: "+describe(unread))
	f.Facts = map[string]string{}
	f.Advice = "Look at the prefix list yourself, and let the function read it (ecs:DescribePrefixListAttributes). Everything else in the group was judged."
	for _, r := range unread {
		f.Facts[r.SecurityGroupRuleID] = "ecs:DescribePrefixListAttributes: " + cloud.Code(r.Unread) // the same each time
	}
	pass.Report(f)
}

const unreadKey = "unread"

// facts are the rules behind breaches, for the audit log.
func facts(breaches []exposure.Breach) map[string]string {
	facts := map[string]string{}
	for _, b := range breaches {
		if before := facts[b.Rule.ID]; before != "" && before != b.String() {
			facts[b.Rule.ID] = before + "; " + b.String()
		} else {
			facts[b.Rule.ID] = b.String()
		}
	}
	return facts
}

// words names the worst in a line.
func words(breaches []exposure.Breach) string {
	var parts []string
	seen := map[string]bool{}
	for _, b := range breaches {
		if text := b.String(); !seen[text] {
			seen[text] = true
			parts = append(parts, text)
		}
	}
	if len(parts) > 4 {
		parts = append(parts[:3], fmt.Sprintf("and %d more", len(parts)-3))
	}
	return strings.Join(parts, "; ")
}

// Closed is the policy that closes the TCP ports of one param to the internet, and the
// UDP ports of another unless its name is empty, but not to those of the param trusted.
func Closed(pass *practice.Pass, tcp, udp string) exposure.Policy {
	var udpPorts []exposure.PortRange
	if udp != "" {
		udpPorts = pass.Ports(udp)
	}
	policy := exposure.Forbid(pass.Ports(tcp), udpPorts)
	policy.Trusted = pass.Blocks(practice.Trusted)
	return policy
}

// Open tells whether rules let anybody in at one of some TCP ports.
func Open(rules []exposure.Rule, ports ...exposure.PortRange) bool {
	return slices.ContainsFunc(exposure.Admitted(rules).Areas(), func(a exposure.Area) bool {
		return a.Protocol == "TCP" && slices.ContainsFunc(ports, func(p exposure.PortRange) bool {
			return a.Ports == nil || p.OverlapsAny(a.Ports)
		})
	})
}
