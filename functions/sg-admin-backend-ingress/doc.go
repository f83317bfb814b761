// Package sgadminbackendingress: administration pages let in single addresses only.
//
// # What is wrong
//
// An ingress rule lets the whole internet in on a port where administration pages and
// APIs are served: consoles of message queues, registries, dashboards, application
// servers. They come with default passwords and old holes. Which ports these are is a
// matter of the site, and of its tags. What has a public name is waf-domain-protected's.
//
// In the classic network only rules for the internet's interface count.
//
// # What is done
//
// Those ports are closed and nothing else: rules are revoked, narrowed or split, as is
// proved to shut nobody else out and let nobody in. Groups that a cloud service
// manages are only reported.
//
// Replacement rules are added before any rule is removed, and a rule is removed only if it is
// still exactly as it was read. In a group that is full, the rule is narrowed in place instead:
// a change that somebody makes to that rule in the same moment is overwritten.
//
// # What may break
//
// 8080 and 8443 also serve public sites in some places: take such ports out of the
// list, or choose the groups by only-tags. Users from addresses that no rule names are
// cut off.
//
// # References
//
// ECS API DescribeSecurityGroupAttribute, ModifySecurityGroupRule, RevokeSecurityGroup
// (2014-05-26).
package sgadminbackendingress
