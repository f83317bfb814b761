// Package ecskeypairreuse: one key pair does not open hosts that have nothing to do with each other.
//
// # What is wrong
//
// A key pair is on more hosts than the settings allow, or on hosts of several applications, or the same key has
// two names. Who gets hold of its private half, on a laptop or on one of the hosts, gets into all of them at once.
//
// # What is done
//
// People are told, with the hosts and the commands that give some of them a key of their own. Nothing is changed: a new key takes
// a restart, and somebody who has its private half.
//
// The machines of one scaling group or of one cluster count as one host. Applications are told apart by a tag (app; app-tag says
// otherwise), and hosts without it count towards the number alone.
//
// # What may break
//
// Nothing: it only tells.
//
// What ECS does not know is not seen: keys that were put into authorized_keys by hand, passwords, and the accounts inside of the
// operating system, which Security Center lists (DescribePropertyUserDetail).
//
// # References
//
// ECS API DescribeKeyPairs, DescribeInstances, CreateKeyPair, AttachKeyPair (2014-05-26).
package ecskeypairreuse
