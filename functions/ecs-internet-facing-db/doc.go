// Package ecsinternetfacingdb: no database runs on an instance that faces the internet.
//
// # What is wrong
//
// The internet reaches the instance, by a static public address, an elastic IP on it or on a
// virtual IP that it answers for, an IPv6 address with internet bandwidth, a DNAT entry, or a
// load balancer that is in the internet or has an EIP; and a database or a cache runs on it or
// seems to. One mistake in a rule, or one hole in what faces the internet, and the data is
// open. Any of these indicates a database:
//
//   - A rule for database ports only, whatever its source: even the rule that lets in the
//     application's group is right, but on the wrong machine.
//   - A rule for these and other ports whose source has internet addresses. A rule like that
//     for internal sources is no evidence: that everything is open there does not say what
//     runs.
//   - A process that listens on such a port, as Security Center has found, at every
//     address or one of the instance's own, where what comes for a public one arrives.
//
// The rules of all groups of an interface are judged together, as the cloud does: what a Drop
// rule of the same or a better priority stops, also one of another group, is not let in.
// Sources in the setting trusted do not count. If there is no permission to read whether the
// internet reaches an instance with such a rule, that is reported.
//
// # What is done
//
// It is reported, with the way in and the rules. Only the owner knows whether the database or
// the public address has to move.
//
// # What may break
//
// Nothing is changed. Moving a database needs its clients to follow; closing its port
// cuts off those that use it.
//
// # References
//
// ECS API DescribeInstances, DescribeNetworkInterfaces, DescribeSecurityGroupAttribute
// (2014-05-26); VPC API DescribeForwardTableEntries (2016-04-28); Security Center API
// DescribePropertyPortDetail (2018-12-03), whose asset fingerprints need a paid edition:
// without one (FreeVersionNotPermit) only the rules are judged, and the setting
// fingerprints=off asks no more. What listens is looked at where the rules tell of no
// database, and not after a change of rules, which changes no process. Members of a group
// that is a source count unless a Drop rule stops private addresses before it.
package ecsinternetfacingdb
