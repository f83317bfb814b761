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
// A flow log that was stopped is started again; the undo stops it. Where a log of every
// vSwitch is there and some are stopped, these are started. Where there is none, one is
// made if the settings name a project of the log service, since a new log costs and
// where it goes is for people to decide; otherwise it is told. The undo deletes it. A
// log that runs and is not delivered, and a service that was never opened, are told.
//
// # What may break
//
// Nothing: traffic is not touched. The log service charges for ingestion and storage
// of what is started or made.
//
// CreateFlowLog makes one each time: where somebody makes a flow log of his own in the
// round trip between the last look and this call, the network has two, and storage is
// paid twice until one of them is deleted.
//
// # References
//
// VPC API DescribeFlowLogs, ActiveFlowLog, CreateFlowLog, GetFlowLogServiceStatus
// (2016-04-28). CreateFlowLog takes no token: where its answer is lost, the networks
// are looked at before it is made again. The event of a deletion names the flow log
// only, which is gone: all networks of the region are looked at then. The default VPC
// that the console makes has no event; the sweep finds it.
package vpcflowlog
