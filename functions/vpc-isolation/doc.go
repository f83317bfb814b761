// Package vpcisolation: instances are in VPCs that are apart by how sensitive they are.
//
// # What is wrong
//
// The instance is in the classic network, which it shares with other customers and
// which no route table and no network ACL guards. Or its tag level differs from the tag
// level of its VPC: it is more or less sensitive than its neighbours, and whoever has
// broken into one of them is next to the other. The setting level-tag names another
// tag. An instance or a VPC without the tag is not judged: nobody has said its level.
//
// # What is done
//
// A person is told. Neither the network type nor the VPC of a running instance can be changed,
// and only people know which of the two tags is wrong.
//
// # What may break
//
// Nothing: nothing is changed.
//
// # References
//
// ECS API DescribeInstances (InstanceNetworkType), ModifyInstanceVpcAttribute
// (2014-05-26); VPC API DescribeVpcs (2016-04-28). The classic network ended on
// 2025-02-28. When a VPC gets another level, all instances in it are looked at; tags that
// are set by the API of tags have no event of ECS or VPC, and the sweep finds these. The
// tags of a VPC that another account shares are not seen. Not looked at: databases.
package vpcisolation
