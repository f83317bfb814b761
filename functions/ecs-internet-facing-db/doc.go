// Package ecsinternetfacingdb: no database runs on an instance that faces the internet.
//
// # What is wrong
//
// The internet reaches the instance, by a static public address, an elastic IP, an IPv6
// address with internet bandwidth or a DNAT entry, and a database or a cache runs on it
// or may: its security groups let somebody, whoever it is, reach the port of one, or
// Security Center has found a process that listens on such a port at every address. One
// mistake in a rule, or one hole in what faces the internet, and the data is open.
//
// The rules of all groups of an interface are judged together, as the cloud does: what
// a Drop rule of the same or a better priority stops, also one of another group, is not
// let in. Rules for all ports count. Sources in the setting trusted do not.
//
// # What is done
//
// It is reported, with the way in and the rules. What has to move, the database or the
// public address, only the owner knows.
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
// fingerprints=off asks no more. What listens is looked at where the rules let nobody
// in, and not after a change of rules, which changes no process. Members of a group that
// is a source count as somebody, unless a Drop rule stops private addresses before it.
package ecsinternetfacingdb
