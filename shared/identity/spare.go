package identity

import (
	"slices"

	"github.com/ecsguard/ecsguard/shared/policy"
)

// Spare are the policies of a holder that give nothing of a baseline, and what the others give.
// One is spare only if that is certain: without it there is less, nothing of the baseline is
// gone, and nothing is gained, as by a Deny that goes with it.
func Spare(all []Policy, base *policy.Document) (spare []Policy, left policy.Access) {
	kept := slices.Clone(all)
	for _, p := range all {
		rest := slices.DeleteFunc(slices.Clone(kept), func(k Policy) bool { return k.Document == p.Document })
		if unneeded(policy.Of(Documents(kept)...), policy.Of(Documents(rest)...), base) {
			spare, kept = append(spare, p), rest
		}
	}
	return spare, policy.Of(Documents(kept)...)
}

func unneeded(all, less policy.Access, base *policy.Document) bool {
	inside := all
	inside.Session = base
	return all.Beyond(less, policy.Scope{}).None == policy.No && inside.Beyond(less, policy.Scope{}).None == policy.Yes && less.Beyond(all, policy.Scope{}).None == policy.Yes
}
