// Package resourcerequiredtags: resources carry the tags that everyone relies on.
//
// # What is wrong
//
// An instance, disk, security group, VPC, vSwitch, EIP, NAT gateway or load balancer lacks a
// tag that every resource must carry, or has one with a value that is not allowed. Bills,
// permissions and automation go by tags, so nobody counts it, and nobody knows whom to ask.
// Without required-tags in the settings nothing is wrong: which tags these are is everyone's own.
//
// # What is done
//
// A missing tag is put on where the settings say with which value (fill-in). Where they name
// the key for who made a resource (creator-tag), that is the user, root, or the role and its
// session, as the event of its making says. It is put on only by the look that this event
// leads to, and only if the resource was made when the event happened. Everything else is
// told with the command: a key that differs by case or spaces, a value that is not allowed, and
// a resource with 20 tags, which takes no more.
//
// The other tags often come in a second call. A new resource gets 90 seconds for them.
// Resources that a cloud service manages, and the nodes of clusters and scaling groups, are
// left out. Automatic snapshots, images, and other types that are not in the param types are
// not judged.
//
// # What may break
//
// Nothing in a workload. Who selects resources by tag (bills, permissions, automation) sees
// the tags that were put on.
//
// TagResources sets tags unconditionally: a value that somebody gives such a tag in the round
// trip between the last look and this call is overwritten.
//
// # References
//
// TagResources and UntagResources of the ECS API (2014-05-26), VPC API (2016-04-28), SLB API
// (2014-05-15), ALB API (2020-06-16) and NLB API (2022-04-30): 20 tags a resource; keys that
// begin with acs: or aliyun are the cloud's. ActionTrail, userIdentity.
package resourcerequiredtags
