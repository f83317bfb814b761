// Package policy says exactly what RAM policies of Alibaba Cloud allow, who may assume a
// role, and how little has to be changed so that they allow less.
//
//   - [Parse] and [ParseTrust] read a document, and say where it is wrong.
//   - [Access] is what decides about one principal. [Access.Judge] asks about one
//     request. [Access.Reaches], [Access.Administrator], [Access.Escalations],
//     [Access.Limited], [Access.Beyond], [Access.Adds] and [Access.Grants] ask about all
//     requests at once, and [Contained] about two documents.
//   - [Document.Wildcards] names what is written widely, [Document.MayAssume] whom a trust
//     policy lets in.
//   - [Document.Without] plans the smallest edit, and proves it; [ProposeDeny] writes a
//     Deny to be pasted, and checks it against RAM's grammar.
//
// It is pure reasoning over values: it calls no cloud and reads no clock, and depends on
// the standard library only.
//
// # What a policy means
//
// A statement covers a request if its action and its resource match and all of its conditions
// hold. A Deny that covers it denies; otherwise an Allow is needed on every level: the
// principal's own policies and those of its groups, the session policy, and the control
// policies of each folder from the root to the member. So the levels intersect, and a Deny on
// any of them wins.
//
// In patterns * is any text and ? one character, across colons as well. Actions are
// case-insensitive. Resources are case-sensitive, except those of RAM itself, which are also
// written with and without a region. Condition keys are case-insensitive, except the names of
// tags in them.
//
// One value of a condition has to match or, if the operator contains Not, none may. RAM's
// operators for text, numbers, dates, booleans and addresses are supported. IfExists,
// ForAnyValue and variables belong to other clouds, and are not.
//
// # What is not known
//
// An element, an operator or a value that cannot be read may or may not hold, so it is neither
// allowed nor good: answers are Unknown, and verdicts [Depends], exactly where the result
// depends on it. The same goes for a negated condition on a key that the request does not have:
// RAM does not document whether that holds. Whatever does not depend on any of this is still
// Yes or No. Documents that RAM could not take, or that two readers would read in two ways (a
// member twice), are refused with an error.
//
// # How it is exact
//
// Nothing is sampled. The patterns of all documents in a question divide all actions, and
// likewise all resources, into equivalence classes: sets that no pattern tells apart. All
// patterns are read side by side to find them. The conditions divide the values of each key in
// the same way: texts by patterns, numbers and dates between the values, addresses at the edges
// of the blocks. Each combination of classes stands for all requests in it, and is decided
// once. An action is any text service:Name, a resource any acs:service:region:account:name.
// Each action is assumed to be possible with each resource.
//
// The internet is defined as in package exposure: as many public addresses as a /8 of IPv4 or a
// /16 of IPv6. So a limit to 0.0.0.0/0, or to its two halves, is no limit.
//
// # How long it takes
//
// A question about a policy of usual size takes less than a millisecond, one about a policy as
// long as RAM allows some milliseconds, and the table of escalations ten times that. The time
// grows with the number of states of the joint automaton of all patterns. Lists of names, and
// of names that end in a star, have one state for each character; patterns that begin with a
// star multiply the states. Beyond fixed bounds (20,000 states, 2,000,000 parts, 16,384
// combinations of values for a part) the answer is Unknown, and [ErrTooWide] says why. It takes
// at most a few hundred milliseconds to get there.
//
// These claims are tested against a second implementation that shares no code with this one and
// decides request by request, on random policies (make soak).
package policy
