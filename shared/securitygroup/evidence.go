package securitygroup

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/flowlog"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// EvidenceReads are the RAM actions that Evidence may call.
var EvidenceReads = flowlog.Reads

// Evidence tells who used the ports of the finding's Scope, and proposes whom to let
// in instead of everyone.
func Evidence(ctx context.Context, pass *practice.Pass, f *practice.Finding) error {
	if len(f.Scope) == 0 {
		return fmt.Errorf("the finding %q on %s has no Scope: it does not say which ports are open", f.Key, f.Resource)
	}
	var answer *flowlog.Answer
	var others []exposure.Rule
	err := pass.Together(ctx,
		func(ctx context.Context) (err error) {
			answer, err = flowlog.Ask(ctx, pass, flowlog.Question{Group: f.Resource.ID, Region: f.Resource.Region, Open: byProtocol(f.Scope)})
			return err
		},
		func(ctx context.Context) (err error) { others, err = readOthers(ctx, pass, f); return err })
	if err != nil {
		return err
	}
	always := trusted(pass)
	answer.Keep(func(addr netip.Addr, p flowlog.Port) bool {
		return slices.ContainsFunc(always, func(b netip.Prefix) bool { return b.Contains(addr) }) || exposure.Admits(others, addr, p.Protocol, p.Number)
	})
	if f.Facts == nil {
		f.Facts = map[string]string{}
	}
	f.Facts["used by"] = answer.String()
	if rules := f.Facts[fromInside]; rules != "" && answer.Members > 0 { // "nobody" would be taken for nobody at all
		f.Facts["used by"] += "; who comes in from inside (" + rules + ") was not looked for"
	}
	blocks := answer.Allow()
	if len(blocks) == 0 {
		return nil
	}
	f.Facts["allow-list"] = list(blocks)
	f.Advice = strings.TrimSpace(f.Advice + " " + proposal(pass, blocks))
	return nil
}

// readOthers reads the rules of the group that the finding is not about. They are the
// same before and after the edit.
func readOthers(ctx context.Context, pass *practice.Pass, f *practice.Finding) ([]exposure.Rule, error) {
	group, err := ReadIngress(ctx, pass, f.Resource.ID)
	if err != nil {
		return nil, err
	}
	rules, err := group.Exposure()
	return slices.DeleteFunc(rules, func(r exposure.Rule) bool {
		about := func(part string) bool { return strings.HasPrefix(part, r.ID+" ") }
		return r.Partial && !r.Drop || slices.ContainsFunc(slices.Collect(maps.Keys(f.Scope)), about)
	}), err
}

func hasTrusted(pass *practice.Pass) bool {
	return slices.ContainsFunc(pass.Practice.Params, func(p practice.Param) bool { return p.Name == practice.Trusted })
}

func trusted(pass *practice.Pass) (blocks []netip.Prefix) {
	if !hasTrusted(pass) {
		return nil
	}
	for _, text := range pass.Param(practice.Trusted) {
		if block, err := exposure.ParseSource(text); err == nil { // a wrong one has failed the check
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// mostProposed is how many blocks the advice names: a message has limited room, and
// the facts have all of them.
const mostProposed = 6

// proposal is for somebody who knows the addresses: the logs only count.
func proposal(pass *practice.Pass, blocks []netip.Prefix) string {
	into := "a rule of their own"
	if hasTrusted(pass) {
		into = practice.Trusted + " or a rule of their own"
	}
	more := ""
	if left := len(blocks) - mostProposed; left > 0 {
		more = fmt.Sprintf(" and %d more (allow-list in the audit record)", left)
	}
	return fmt.Sprintf("Proposal for %s, if you know them (they were answered much or on several days, and so is who guesses passwords): %s%s",
		into, list(blocks[:min(len(blocks), mostProposed)]), more)
}

// list can be pasted between the brackets of a setting.
func list(blocks []netip.Prefix) string {
	var texts []string
	for _, b := range blocks {
		texts = append(texts, b.String())
	}
	return strings.Join(texts, ", ")
}
