// Package exposure says exactly who gets in by the ingress rules of Alibaba Cloud
// security groups, which rules open what must stay closed, and how little has to
// be changed to close it.
//
//   - [Admitted] gives everything that rules let in, as a [Set].
//   - [Breaches] names the rules that a [Policy] objects to.
//   - [Close] plans the smallest edit, and proves it before it gives it;
//     [CloseMost] as much of it as can be proved, for several policies at once.
//
// It is pure reasoning over values: it calls no cloud, reads no clock, and
// depends on nothing but go4.org/netipx and the standard library. Use it from
// anything that can list the rules of a group.
//
// # What the rules mean
//
// The matching rule of the best priority decides; 1 is the best, 100 the worst, and a Drop
// comes before an Accept of the same priority. Packets that no rule matches are denied. So each
// Accept rule lets in its sources minus those of every Drop of the same or a better priority.
// That is what the package computes, not by trying addresses but with whole blocks of addresses
// and whole ranges of ports.
//
// IPv4 and IPv6 are separate: 0.0.0.0/0 says nothing about IPv6. The protocol ALL covers every
// protocol and port, whatever its range of ports says. Only TCP and UDP have ports.
//
// A source that is another group is not an address, and never the internet: an Accept or a Drop
// for it applies to its members, whatever their addresses. A sender is taken to be in one
// source group at most. An interface with several groups has the rules of all of them: pass
// them together. [Inner] is a basic group's inner access policy as a rule that takes precedence
// over every other. In the classic network each rule (NicType) is about one of two interfaces,
// so pass those of one interface only.
//
// # What the internet is
//
// A set of sources is the internet when it holds about as many public addresses as a /8 of IPv4
// or a /16 of IPv6 (see [Policy]). So two halves of the address space are detected, and so is a
// prefix list of many blocks or a crowd of narrower rules that add up; the block of an office
// never counts. Public addresses are those that hosts on the internet can have: not private,
// shared (100.64.0.0/10), loopback, link-local, multicast or reserved ones, nor 0.0.0.0/8, and
// for IPv6 only 2000::/3. The blocks for documentation count as public.
//
// # What is put right, and what is kept
//
// [Breaches] names rules and not packets, since a rule is what can be revoked. For each it
// gives the compliant parts, to be added again. [Close] makes a plan from these, or uses Drop
// rules where those keep more. A plan
//
//   - leaves no forbidden port open to the internet,
//   - lets nobody in who was not let in before, except trusted groups,
//   - keeps every way in that the policy allows or trusts, or that another group
//     of the same interface gives (see Policy.Beside), and
//   - touches no rule that is not named.
//
// A named rule loses its forbidden ports for private addresses too. If internal machines need
// those ports, give them a rule of their own.
//
// Close proves this for each plan, by a sweep over the ports, protocols and sources for which
// something changes, which shares no code with the judgement. A plan that cannot be proved is
// not returned: a [Flaw] names the first packet for which it would not hold. CloseMost leaves
// out the rules for which that is so, and proves that nothing else is left open. These claims,
// and that no more rules are named than necessary, are also tested against a second
// implementation that decides packet by packet.
//
// An Accept for only some of the group's addresses (see Rule.Partial) opens what it says, but
// is never counted as keeping access for somebody: the proof treats the packets that it matches
// and those that it does not as separate cases.
//
// # How long it takes
//
// Judging a group that is right takes some microseconds. On a small machine (2 cores), Close
// takes 10 to 60 ms of processor time for 1,000 rules and 0.2 to 3.1 s for 10,000
// (BenchmarkClose), even if every second rule is for a source group of its own: twice as many
// of these take two to three and a half times as long. It takes longer if such groups have Drop
// rules, or if the proof for addresses, or for the group alone, does not carry over: then all
// rules are evaluated for each group. A prefix list counts as many rules as it has blocks:
// 1,000 rules from lists of 20 blocks take 0.3 s, and 4,000 of them 4 s.
//
// Admitted takes up to 0.7 s for 10,000 rules. It lists what the members of each group have,
// so it takes 5 to 6 s where every second rule is for one of 50 source groups, and where
// each of these is for another one 2 s for 2,000 rules and two minutes for 10,000
// (BenchmarkAdmitted).
package exposure
