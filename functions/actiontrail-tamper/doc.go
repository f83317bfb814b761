// Package actiontrailtamper: trails are not stopped, narrowed or deleted.
//
// # What is wrong
//
// A trail has stopped logging, was narrowed to a part of the events or regions, or was
// deleted. It is what intruders do first, so that the rest goes unseen. The events
// that ecsguard works on do not pass through trails and still come.
//
// # What is done
//
// A stopped trail is started again, and a narrowed one is widened to all events of
// all regions. A deleted trail is reported: what it was cannot be read any more.
// Where a trail delivers to is not judged.
//
// # What may break
//
// Nothing in a workload. Logging costs storage.
//
// UpdateTrail sets regions and events unconditionally: a change that somebody makes to them in
// the round trip between the last look and this call is overwritten.
//
// # References
//
// ActionTrail API StartLogging, UpdateTrail, DescribeTrails, GetTrailStatus
// (2020-07-06). A trail is changed in its home region; that of an organisation by its
// management account only.
package actiontrailtamper
