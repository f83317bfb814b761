// Package cloudassistantonline: every instance can be reached by Cloud Assistant.
//
// # What is wrong
//
// An instance runs, and Cloud Assistant's agent on it is not there or has not reported for minutes (ten; minutes says
// otherwise). It cannot be patched, looked into or cut off without opening a port to it, and what ecsguard itself
// changes within guests does not reach it.
//
// # What is done
//
// People are told, with the commands that install the agent, and what to look at where it is there and silent. Nothing
// is installed by itself: InstallCloudAssistant takes effect when the instance restarts, and no call says that it waits
// for that, so that a change could never be seen to have worked.
//
// An instance that has just started is looked at again every minute until its agent has had the time. One that does
// not run is not judged. Appliances and images of the marketplace that have no agent carry a tag (appliance; appliances says
// otherwise).
//
// # What may break
//
// Nothing: it only tells.
//
// # References
//
// ECS API DescribeCloudAssistantStatus, InstallCloudAssistant, DescribeInstances (2014-05-26). The status is a text, true or
// false. Not verified: that an instance on which the agent never was is among the answers; one that is missing there is
// told as unreadable.
package cloudassistantonline
