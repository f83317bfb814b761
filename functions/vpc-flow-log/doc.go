// Package vpcflowlog: every VPC keeps a flow log.
//
// # What is wrong
//
// The network has no flow log that records all of its traffic, or has one that is
// stopped or does not reach the log service. After a break-in nobody can then say
// who talked to whom, and what was carried off. Flow logs of all the VPC's vSwitches
// are as good as one of the VPC; one of denied traffic or of internet traffic only is not.
//
// # What is done
//
// A flow log that was stopped is started again; the undo stops it. Where there is none
// it is told, with the command that makes one when project and logstore are set: a new
// log costs storage, and where it goes is for people to decide. Where a log of every
// vSwitch is there and some are stopped, these are started.
//
// # What may break
//
// Nothing: traffic is not touched. What the log service charges for ingestion and
// storage is charged again, as before the log was stopped.
//
// # References
//
// VPC API DescribeFlowLogs, ActiveFlowLog, CreateFlowLog, GetFlowLogServiceStatus
// (2016-04-28). The event of a deletion names the flow log only, which is gone: all
// networks of the region are looked at then. The default VPC that the console makes
// has no event; the sweep finds it.
package vpcflowlog
