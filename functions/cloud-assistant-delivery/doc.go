// Package cloudassistantdelivery: what Cloud Assistant runs, and its sessions, are recorded in Simple Log Service or OSS.
//
// # What is wrong
//
// In a region with instances, the records of commands and their output, or of what was typed in sessions, are delivered
// nowhere. The cloud keeps them for some weeks, and not all of them: what somebody did on a machine cannot be found out later.
//
// # What is done
//
// People are told. Where the operator has named a project (project, logstore), the records go there: an owner who delivers to OSS
// keeps that, and one who delivers to another project of Simple Log Service is told of, or where it enforces, set right, since whoever wants
// to hide something sends the records elsewhere. The undo sets what was there before.
//
// Each region has settings of its own, and one without instances needs none.
//
// # What may break
//
// Nothing in a workload. Records of commands may hold secrets, which from then on also stand in the logstore: let few
// people read it. Delivery and storage cost money.
//
// The project has to be in the region, and the account has to have the role AliyunServiceRoleForECSArchiving, which the console makes when
// somebody opens its page for the first time. Whether either is there, no look of this practice says.
//
// # References
//
// ECS API DescribeCloudAssistantSettings, ModifyCloudAssistantSettings, DescribeInstances (2014-05-26); the service-linked role of
// Cloud Assistant. The settings go as JSON in a parameter, as the API's metadata and the newer SDK have it; the older SDK flattens them
// (SlsDeliveryConfig.Enabled). Answers call the sorts Invocation and SessionManager. Not verified: that the name of a project
// or a logstore has to begin in a certain way.
package cloudassistantdelivery
