package securitygroup

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Scope is what breaches are about: by rule and protocol, "sgr-1 TCP", the ports that
// are open and should not be. A protocol without ports has the number 0.
func Scope(breaches []exposure.Breach) practice.Scope {
	scope := practice.Scope{}
	for _, b := range breaches {
		for _, o := range b.Open {
			part := b.Rule.ID + " " + o.Protocol
			scope[part] = merge(append(scope[part], spans(o)...))
		}
	}
	return scope
}

func spans(o exposure.Opening) []practice.Span {
	switch {
	case o.Protocol != "TCP" && o.Protocol != "UDP":
		return []practice.Span{{}}
	case o.Ports == nil:
		return []practice.Span{{From: 1, To: 65535}}
	}
	var all []practice.Span
	for _, p := range o.Ports {
		all = append(all, practice.Span{From: int(p.From), To: int(p.To)})
	}
	return all
}

// byProtocol is a scope whose parts are the protocols of all its rules.
func byProtocol(scope practice.Scope) practice.Scope {
	all := practice.Scope{}
	for part, some := range scope {
		_, protocol, _ := strings.Cut(part, " ")
		all[protocol] = merge(append(all[protocol], some...))
	}
	return all
}

// merge sorts spans and joins those that touch.
func merge(spans []practice.Span) (merged []practice.Span) {
	slices.SortFunc(spans, func(a, b practice.Span) int { return cmp.Compare(a.From, b.From) })
	for _, s := range spans {
		if n := len(merged); n > 0 && s.From <= merged[n-1].To+1 {
			merged[n-1].To = max(merged[n-1].To, s.To)
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}
