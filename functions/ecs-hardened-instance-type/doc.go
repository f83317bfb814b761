// Package ecshardenedinstancetype: instances of high security are of a security-hardened family.
//
// # What is wrong
//
// An instance whose tags say that its work needs high security (security=high; needs says otherwise) is of a
// family that cannot boot trusted from a chip of its own, and whose memory is not encrypted by the processor.
//
// # What is done
//
// People are told. Another family takes a stop and ModifyInstanceSpec, and may be impossible: disks, the number of
// network interfaces and the stock of the zone all have a say. So ecsguard does not do it.
//
// Which families will do is a setting, since new generations come: families takes names and patterns, in which *
// is anything and [0-9] a digit. Where the operator has chosen so (quarantine: stop), an instance that runs is
// stopped; the undo starts it. One that does not run is not told of then, and is looked at when it is started.
//
// # What may break
//
// With quarantine: stop, whatever runs on the instance ends, and may not come up by itself after a start.
//
// # References
//
// ECS API DescribeInstances, StopInstance, StartInstance (2014-05-26); user guide "Security-enhanced instance
// families". A family is written as ecs.g7t.
package ecshardenedinstancetype
