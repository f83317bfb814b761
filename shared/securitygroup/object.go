package securitygroup

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// An Objection is what a practice has against the ingress rules of a group.
type Objection struct {
	Title    string            // "Open to the whole internet"; the rules follow
	Advice   string            // what a person should do, or may want to do as well
	Policies []exposure.Policy // what has to be closed; each is kept by the edit
	Tells    bool              // only a person may put it right
}

// Object reports what of the group the objection is about, if there is something, with
// the smallest edit that closes it and nothing else. Where no such edit can be proved
// it says why, and changes nothing.
func (g *Group) Object(pass *practice.Pass, o Objection) error {
	rules, err := g.Exposure()
	if err != nil {
		return err
	}
	plan, flaw := exposure.Close(rules, o.Policies...)
	if len(plan.Breaches) == 0 {
		return nil
	}
	f := practice.Finding{
		Key:      "ingress",
		Resource: g.Resource(pass),
		Title:    o.Title + ": " + words(plan.Breaches),
		Facts:    facts(plan.Breaches),
		Scope:    scope(plan.Breaches),
		Tags:     g.Tags,
		Managed:  g.Managed,
		Advice:   o.Advice,
	}
	switch {
	case flaw != nil:
		f.Facts["not changed"] = flaw.Error()
		f.Advice = strings.TrimSpace("No edit closes this and leaves the rest as it is: change the rules yourself. " + o.Advice)
	case !o.Tells:
		f.Changes = g.Changes(plan.Edits)
	}
	pass.Report(f)
	return nil
}

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

// Ports reads a param that is ports and ranges of them ("8000/8100").
func Ports(pass *practice.Pass, param string) (ranges []exposure.PortRange, err error) {
	for _, text := range pass.Param(param) {
		some, err := exposure.ParsePorts(text)
		if err != nil {
			return nil, fmt.Errorf("param %s of %s: %w", param, pass.Practice.ID, err)
		}
		if some == nil { // -1/-1
			some = []exposure.PortRange{{From: 1, To: 65535}}
		}
		ranges = append(ranges, some...)
	}
	return ranges, nil
}

// Blocks reads a param that is addresses and blocks of them.
func Blocks(pass *practice.Pass, param string) (blocks []netip.Prefix, err error) {
	for _, text := range pass.Param(param) {
		block, err := exposure.ParseSource(text)
		if err != nil {
			return nil, fmt.Errorf("param %s of %s: %w", param, pass.Practice.ID, err)
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}
