// Package watch finds what of ecsguard itself is not as it was deployed, or not at work.
// A security program that has stopped looks like one that has nothing to say, so two of its
// parts look after the rest and after each other: notify reads everything every two
// minutes, and triage looks whether notify is there and reads.
//
// What is found is told past the audit log, straight to the channels: the log may be what
// is broken. What is remembered from one run to the next, namely which faults have been
// told, stands in the watcher's own record of the log (its pulse), and in the process for
// when the log cannot be read.
//
//   - Judgements are functions over values: Rule, Functions, Triggers, Role, Strangers,
//     Silent, Clock, Sweeps. They are given what was read and return faults.
//   - Look reads, each thing for itself: a read that fails is a fault of its own and hides
//     nothing else. What could not be read is never judged.
//   - A Watcher decides what is news, has it told, and writes the pulse.
//   - Canary opens a port in a group that nothing uses and sees whether ecsguard closes it.
package watch
