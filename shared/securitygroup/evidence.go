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
	if f.Key == unreadKey {
		return nil // nobody knows who that is
	}
	if len(f.Scope) == 0 {
		return fmt.Errorf("the finding %q on %s has no Scope: it does not say which ports are open", f.Key, f.Resource)
	}
	always := trusted(pass)
	about, others, err := readBoth(ctx, pass, f)
	if err != nil {
		return err
	}
	answer, err := flowlog.Ask(ctx, pass, flowlog.Question{
		Group: f.Resource.ID, Region: f.Resource.Region, Open: byProtocol(f.Scope), Private: slices.ContainsFunc(about, admitsPrivate),
		Came: func(addr netip.Addr, p flowlog.Port) bool {
			return len(about) == 0 || exposure.Admits(about, addr, p.Protocol, p.Number) || member(about, addr, p)
		},
	})
	if err != nil {
		return err
	}
	answer.Keep(func(addr netip.Addr, p flowlog.Port) flowlog.Access {
		switch {
		case slices.ContainsFunc(always, func(b netip.Prefix) bool { return b.Contains(addr) }), exposure.Admits(others, addr, p.Protocol, p.Number):
			return flowlog.Keeps
		case member(others, addr, p):
			return flowlog.May
		}
		return flowlog.Loses
	})
	f.UsedBy = answer.String()
	blocks := answer.Allow()
	if len(blocks) == 0 {
		return nil
	}
	if f.Facts == nil {
		f.Facts = map[string]string{}
	}
	f.Facts["allow-list"] = list(blocks)
	f.Advice = strings.TrimSpace(f.Advice + " " + proposal(pass, blocks))
	return nil
}

// readBoth reads the accept rules that the finding is about, and the other rules of the
// group, which are the same before and after the edit. The check has read them: what is
// being changed meanwhile is not seen.
func readBoth(ctx context.Context, pass *practice.Pass, f *practice.Finding) (about, others []exposure.Rule, err error) {
	group, err := ReadIngress(ctx, pass, f.Resource.ID)
	if err != nil {
		return nil, nil, err
	}
	known, err := group.known()
	if err != nil {
		return nil, nil, err
	}
	for _, r := range known.Rules() {
		part := func(name string) bool { return strings.HasPrefix(name, r.ID+" ") }
		switch {
		case slices.ContainsFunc(slices.Collect(maps.Keys(f.Scope)), part):
			about = append(about, r)
		case !r.Partial || r.Drop:
			others = append(others, r)
		}
	}
	return about, others, nil
}

// admitsPrivate tells whether a rule lets in private networks.
func admitsPrivate(r exposure.Rule) bool {
	return r.Group != "" || slices.ContainsFunc(r.Sources, func(p netip.Prefix) bool { return slices.ContainsFunc(exposure.Private, p.Overlaps) })
}

// member tells whether an address may get in as that of a member of a security group,
// which has a private one.
func member(rules []exposure.Rule, addr netip.Addr, p flowlog.Port) bool {
	return addr.IsPrivate() && slices.ContainsFunc(rules, func(r exposure.Rule) bool {
		if r.Group == "" || r.Drop {
			return false
		}
		r.Sources, r.Group = []netip.Prefix{netip.PrefixFrom(addr, addr.BitLen())}, ""
		return exposure.Admits([]exposure.Rule{r}, addr, p.Protocol, p.Number)
	})
}

func hasTrusted(pass *practice.Pass) bool {
	return slices.ContainsFunc(pass.Practice.Params, func(p practice.Param) bool { return p.Name == practice.Trusted })
}

func trusted(pass *practice.Pass) []netip.Prefix {
	if !hasTrusted(pass) {
		return nil
	}
	return pass.Blocks(practice.Trusted)
}

// mostProposed is how many blocks the advice names: a message has limited room, and
// the facts have all of them.
const mostProposed = 6

// proposal is for somebody who knows the addresses: the logs only count.
func proposal(pass *practice.Pass, blocks []netip.Prefix) string {
	where := "a rule of their own"
	if hasTrusted(pass) {
		where = "setting " + practice.Trusted + ", or " + where
	}
	more := ""
	if left := len(blocks) - mostProposed; left > 0 {
		more = fmt.Sprintf(" and %d more (allow-list in the audit record)", left)
	}
	return fmt.Sprintf("Let in instead, if you know them (%s; whoever guesses passwords looks the same): %s%s",
		where, list(blocks[:min(len(blocks), mostProposed)]), more)
}

// list can be pasted between the brackets of a setting.
func list(blocks []netip.Prefix) string {
	var texts []string
	for _, b := range blocks {
		texts = append(texts, b.String())
	}
	return strings.Join(texts, ", ")
}
