// Package rampolicysourceip: programs with AccessKeys may change things from known addresses only.
//
// # What is wrong
//
// A policy of the account's own lets users who have active AccessKeys change things from any
// address. Whoever finds such a key can use it from anywhere.
//
// It is asked of each such user what all policies together allow: one Deny for all addresses but
// those of the offices, on the user or a group, is enough. Blocks that are as good as the whole
// internet are none. Calls by a VPC endpoint (acs:SourceVpc, acs:VpcSourceIp) and those that a
// service makes for the user (acs:ViaAliyunService) have no address of the user's, and are not
// counted. Roles are not asked: services and instances take them from addresses of the cloud.
// Users who only sign in to the console are not asked either. What begins with Describe, Get,
// List, Query, BatchGet, BatchQuery or Lookup changes nothing.
//
// # What is done
//
// People are told. Once the settings have the addresses (offices), the message has the command
// that makes the Deny, to be looked at, run, and given to a group of these users. Nothing is
// changed: only a person knows from where the programs call.
//
// # What may break
//
// Nothing: this practice changes nothing. A Deny shuts out each program that calls from another
// address, also by the console.
//
// # References
//
// RAM API GetPolicy, ListEntitiesForPolicy, CreatePolicy (2015-05-01); IMS API ListAccessKeys
// (2019-08-15); RAM, basic elements of a policy: the condition keys acs:SourceIp,
// acs:ViaAliyunService.
package rampolicysourceip
