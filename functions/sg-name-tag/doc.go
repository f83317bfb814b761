// Package sgnametag: security groups have names and tags that say what they are for.
//
// # What is wrong
//
// The group has no name or description of its own, but an empty one, its id, a date,
// or what the cloud wrote there; or it lacks a tag that every group must carry.
// Nobody then dares to change or delete it, and its rules stay open for good.
//
// # What is done
//
// A missing tag is put on where the settings say with which value (fill-in); tags
// that are there keep their values. Names and descriptions are only reported, and so
// is a missing tag without such a value: only a person knows what the group is for.
// Groups that a cloud service manages are left out, since nobody else may name them.
//
// # What may break
//
// Nothing in a workload. Who selects groups by tag (bills, permissions, automation)
// sees the tags that were put on.
//
// TagResources sets tags unconditionally: a value that somebody gives such a tag in the round
// trip between the last look and this call is overwritten.
//
// # References
//
// ECS API DescribeSecurityGroups, TagResources, UntagResources (2014-05-26). A
// description has 2 to 256 characters.
package sgnametag
