// Package sgfivetuple: rules name both ends where precision is needed.
//
// # What is wrong
//
// A group that needs precision (tagged precision=5tuple, unless the settings say otherwise) has
// an accept rule that does not say which of the group's own addresses it is for (the
// destination of what comes in, the source of what goes out), or that is for more ports than
// max-ports: the rule is for every member, or for services that nobody thought of. If the
// settings want it (source-ports), a rule has to say the source port as well. ICMP and GRE have
// no ports; a port list counts as the ports on it.
//
// # What is done
//
// Each such rule is told of, with the command that makes a precise one. Only a person knows
// which address and which port are meant, so that nothing is changed.
//
// # What may break
//
// Nothing: this practice changes nothing.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, DescribePortRangeListEntries, AuthorizeSecurityGroup
// (2014-05-26). ECS user guide, security group quintuple rules: a quintuple is the source
// address and port, the destination address and port, and the protocol.
package sgfivetuple
