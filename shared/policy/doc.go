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
// A statement covers a request if its action and its resource match and all of its
// conditions hold. A Deny that covers it denies; else an Allow is needed, of each level:
// the principal's own policies and those of its groups, the session policy, and the
// control policies of each folder from the root to the member. So the levels
// intersect, and a Deny on any of them wins.
//
// In patterns * is any text and ? one character, across colons as well. Actions have no
// case. Resources have, but for those of RAM itself, whose names have none and which are
// written with and without a region. Keys of conditions have no case; the names of tags in
// them have.
//
// One value of a condition has to fit, or with Not in the operator none may. RAM's
// operators for text, numbers, dates, booleans and addresses are known. IfExists,
// ForAnyValue and variables are those of other clouds, and are not.
//
// # What is not known
//
// An element, an operator or a value that cannot be read may or may not hold, and so it is
// neither allowed nor good: answers are Unknown, and verdicts [Depends], exactly where
// it decides. So it is with a key that a request does not have and whose condition
// negates: RAM does not document whether that holds. What does not depend on any of it is
// still Yes or No. Documents that RAM could not take, or that two readers would
// read in two ways (a member twice), are refused with an error.
//
// # How it is exact
//
// Nothing is sampled. The patterns of all documents in a question divide all actions into
// parts that none of them tells apart, and so do those for resources; all patterns
// are read side by side to find these parts. The conditions divide the values of each
// key likewise: texts by patterns, numbers and dates between the values, addresses at the
// edges of the blocks. Each combination stands for all requests in it, and is decided
// once. An action is any text service:Name, a resource any acs:service:region:account:name.
// Each action is thought possible with each resource.
//
// The internet is what package exposure takes it for: as many public addresses as a /8 of
// IPv4 or a /16 of IPv6. So a limit to 0.0.0.0/0, or to its two halves, is none.
//
// # How long it takes
//
// What is asked of a policy of usual size takes less than a millisecond, of one as long as
// RAM allows some milliseconds, and the table of escalations ten times that. It grows with
// the number of states in which the patterns can be together. Lists of names, and of
// names that end in a star, have one for each of their characters; patterns that begin with a star
// multiply. Beyond fixed bounds (20,000 states, 2,000,000 parts, 16,384 combinations of
// values for a part) the answer is Unknown, and [ErrTooWide] says why. A few hundred
// milliseconds are spent at most until then.
//
// The claims are tested against a second reader that shares no code with this one and asks
// request by request, on random policies (make soak).
package policy
