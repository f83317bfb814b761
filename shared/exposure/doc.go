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
// The matching rule of the best priority decides; 1 is the best, 100 the
// worst, and a Drop goes before an Accept of the same priority. What no rule
// matches is denied. So a group lets in, for each accept rule, its sources
// less those of every Drop of the same or a better priority, and this is how
// the package computes it: not by trying addresses, but with whole blocks of
// addresses and whole ranges of ports.
//
// IPv4 and IPv6 are apart: 0.0.0.0/0 says nothing about IPv6. The protocol ALL
// covers every protocol and port, whatever its range of ports says. Only TCP
// and UDP have ports.
//
// A source that is another group is no address, and never the internet: a rule
// for it, or a Drop, is about its members whatever addresses they have. A sender
// is taken to be in one source group at most. An interface with several groups
// has the rules of all of them: give them together. [Inner] is a basic group's
// inner access policy as a rule, which no other rule goes before. Rules of the
// classic network (NicType) are each about one of two interfaces, so give those of
// one only.
//
// # What the internet is
//
// A set of sources is the internet when it holds about as many public
// addresses as a /8 of IPv4 or a /16 of IPv6 (see [Policy]). So two halves of
// the address space are found out, and so is a prefix list of many blocks or
// a crowd of narrower rules that add up; the block of an office never is.
// Public is what hosts on the internet can have for an address: not private,
// shared (100.64.0.0/10), loopback, link-local, multicast or reserved ones,
// nor 0.0.0.0/8, and of IPv6 only 2000::/3. The blocks for documentation count
// as public.
//
// # What is put right, and what is kept
//
// [Breaches] names rules and not packets, since a rule is what can be revoked.
// For each it gives the compliant parts to add again. [Close] makes a plan of
// them, or of Drop rules where these keep more. A plan
//
//   - leaves no forbidden port open to the internet,
//   - lets nobody in who was not let in before, but for trusted groups,
//   - keeps every way in that the policy allows or trusts, or that another group
//     of the same interface gives (see Policy.Beside), and
//   - touches no rule that is not named.
//
// A named rule loses its forbidden ports for private addresses, too. If
// machines inside are to reach them, a rule should say so.
//
// Close proves this for each plan, by a sweep over the ports, protocols and
// sources for which something changes, which shares no code with the judgement. What
// cannot be proved is not given: a [Flaw] names the first packet for which it would not
// hold. CloseMost leaves the rules out for which that is so, and proves that nothing
// else is left open. The claims, and that no more rules are named than have to be, are
// also tested against a second reading of the rules that asks packet by packet.
//
// An Accept that is narrowed to some of the group's addresses (see Rule.Partial) opens
// what it says, and stands in for nobody: the proof asks for packets that it matches, and
// apart from them for those that it does not.
//
// # How long it takes
//
// Judging a group that is right takes some microseconds. On a small machine (2 cores),
// Close takes 10 to 60 ms of processor time for 1,000 rules and 0.2 to 3.1 s for 10,000
// (BenchmarkClose), also where every second rule is for a source group of its own: twice
// as many of these take two to three and a half times as long. It takes longer where such groups
// have Drop rules, or where what is right for strangers or for the group alone cannot
// be shown: then all rules are asked for each of them. A list counts by its blocks: 1,000
// rules from lists of 20 blocks take 0.3 s, and 4,000 of them 4 s.
//
// Admitted takes up to 0.7 s for 10,000 rules. It lists what the members of each group have,
// so it takes 5 to 6 s where every second rule is for one of 50 source groups, and where
// each of these is for another one 2 s for 2,000 rules and two minutes for 10,000
// (BenchmarkAdmitted).
package exposure
