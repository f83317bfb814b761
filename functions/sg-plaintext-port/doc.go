// Package sgplaintextport: ports of protocols without encryption are not opened.
//
// # What is wrong
//
// An ingress rule lets in, from outside of private networks, a protocol that sends
// passwords and data in the clear: FTP, Telnet, SMTP, POP3, IMAP, LDAP, the r-commands,
// rsync, VNC, TFTP, SNMP, syslog. HTTP is another practice's.
//
// # What is done
//
// What is open to the whole internet is closed, and nothing else, as is proved first.
// Rules for narrower blocks outside, a partner's say, are only reported: both sides
// have to move. Private blocks (RFC 1918, 100.64.0.0/10, fc00::/7) are inside, and so
// are the blocks of the param inside and other security groups. Groups that a cloud
// service manages are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// Old clients that speak such a protocol over the internet, mail servers among them:
// other mail servers come in on 25. Exempt those groups.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26).
package sgplaintextport
