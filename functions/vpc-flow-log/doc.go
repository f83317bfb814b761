// Package vpcflowlog: every VPC keeps a flow log.
//
// # What is wrong
//
// The network has no flow log that records all of its traffic, or has one that is stopped or
// does not reach the log service. After a break-in nobody can then say who talked to whom, and
// what was stolen. Flow logs on all of the VPC's vSwitches are as good as one on the VPC; one
// that records only denied traffic or only internet traffic is not.
//
// # What is done
//
// A flow log that was stopped is started again; the undo stops it. If every vSwitch has a flow
// log and some are stopped, those are started. If there is none, one is created only if the
// settings name a project of the log service, since a new log costs money and people decide
// where it goes; otherwise the VPC is only reported. The undo deletes the new log. A log that
// runs but is not delivered, and a service that was never activated, are reported.
//
// # What may break
//
// Nothing: traffic is not touched. The log service charges for ingestion and storage
// of what is started or made.
//
// CreateFlowLog is not idempotent: if somebody else creates a flow log in the round trip
// between the last look and this call, the network has two, and storage is paid for twice until
// one of them is deleted.
//
// # References
//
// VPC API DescribeFlowLogs, ActiveFlowLog, CreateFlowLog, GetFlowLogServiceStatus (2016-04-28).
// CreateFlowLog takes no client token: if its answer is lost, the networks are read before the
// call is repeated. The event of a deletion names only the flow log, which is gone, so all
// networks of the region are looked at. The default VPC that the console creates has no event;
// the sweep finds it.
package vpcflowlog
