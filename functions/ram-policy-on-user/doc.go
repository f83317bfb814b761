// Package rampolicyonuser: rights come from groups and roles and not from policies on a user.
//
// # What is wrong
//
// A RAM user has policies of its own. When people change jobs nobody takes them back, and nobody
// who reads what a group may do sees them.
//
// # What is done
//
// People are told which policies, with the commands that give them to a group. A policy that the
// user has by a group as well is detached from the user, which changes nothing that he may do. It is
// left to a person where the rules of shared/identity say so.
//
// # What may break
//
// Nothing at once. Whoever takes the user out of that group later takes the rights too.
//
// # References
//
// RAM API ListPoliciesForUser, ListGroupsForUser, ListPoliciesForGroup, DetachPolicyFromUser
// (2015-05-01). What is attached for a resource group only is not in these lists, and is not judged.
// Exempt machines that need one narrow policy.
package rampolicyonuser
