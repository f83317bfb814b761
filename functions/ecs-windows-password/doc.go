// Package ecswindowspassword: Windows passwords are changed every 90 days, and none is that of an image.
//
// # What is wrong
//
// Of a Windows instance that is older than 90 days (days), no change of the password is on record within them: whoever has ever
// been told it, or has guessed it, still gets in. Or it was made with the password of its image, which all instances of the image have.
//
// # What is done
//
// People are told, once a day at most for an instance, with what a password has to be. Nothing is changed: a new password
// shuts people out and takes a restart, and one that was set by a call would stand in the record of the call. What the API
// demands of a password (8 to 30 characters of three sorts) it demands when one is set.
//
// An event masks the password, and says that there was one. A call that was refused has changed nothing. How good a password is, no event
// shows; ecs-weak-password looks at what Security Center has found out. The password of the VNC terminal is another
// one, which opens no session of Windows.
//
// Instances of a domain, whose controller has its own rules, carry a tag (domain-joined; domain says otherwise).
//
// # What may break
//
// Nothing: it only tells.
//
// A password that was changed within the guest, or by a command of Cloud Assistant, shows in no event, and is told as unchanged:
// exempt such an instance, or tag it as one of a domain.
//
// # References
//
// ECS API DescribeInstances, ModifyInstanceAttribute, ReplaceSystemDisk, RunInstances (2014-05-26); ActionTrail API LookupEvents
// (2020-07-06), which has the last 90 days, whether or not there is a trail, and takes two calls a second.
package ecswindowspassword
