// Package events reads what Alibaba Cloud sends to a function and says what
// happened, to what, and by whom, in one form.
//
// An event says where to look. It is never evidence of what is wrong: events
// come twice, late and out of order, and what they tell may be undone by the
// time they are read.
//
// [Decode] takes a whole invocation body. The same happening reaches a function
// in many shapes, and no two sources agree on the types of their fields, so
// every reader here is tolerant of types and strict about meaning: a number
// where a string should be is read, a record without a name is an error.
//
//   - ActionTrail records, in a CloudEvent of EventBridge or alone, as a log
//     store keeps them (actiontrail.go);
//   - the logs of a trail, each of which becomes the event that the bus would have
//     brought (traillog.go);
//   - Cloud Config: item changes, non-compliance, invocations of custom rules
//     and of remediations (cloudconfig.go);
//   - timers of Function Compute (timer.go);
//   - any other CloudEvent, as [KindOther].
//
// [Pattern] is EventBridge's event pattern, so that a rule can be tested here
// before it is deployed. [Trim] makes an event fit an asynchronous invocation.
//
// The package imports nothing else of this project.
package events
