// Package ramgrouppolicybaseline: each group has the policies of its job and no others.
//
// # What is wrong
//
// A user group may do more than its job asks for: somebody has attached one more policy, or has
// widened one. All members may do it, and nobody decided that for each.
//
// # What is done
//
// What the group's policies allow together is compared with its baseline, exactly: patterns,
// conditions and denials count. A policy that gives nothing of the baseline is detached, if no denial
// goes with it. Of what else is beyond the baseline people are told, with an example of each kind. It is left to a
// person where the rules of shared/identity say so.
//
// # What may break
//
// Members lose what they may do beyond the baseline, unless they may by something else.
//
// # References
//
// RAM API ListPoliciesForGroup, GetPolicy, DetachPolicyFromGroup (2015-05-01). Groups that have no
// baseline in the settings are not judged. What is attached for a resource group only is not in
// these lists. The guide writes the five actions of developers as one word.
package ramgrouppolicybaseline
