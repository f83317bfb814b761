// Package watch finds parts of ecsguard itself that are not as they were deployed, or not
// working. A security program that has stopped looks like one that has nothing to say, so two
// of its parts monitor the rest and each other: every two minutes notify checks everything, and
// triage checks that notify exists and is doing so.
//
// Faults are reported straight to the channels, without the audit log, since the log may be
// what is broken. Which faults have been reported is remembered from run to run in the
// watcher's own record in the log (its pulse), and in the process in case the log cannot be
// read.
//
//   - Judgements are functions over values: Rule, Functions, Triggers, Role, Strangers,
//     Silent, Clock, Sweeps. They are given what was read and return faults.
//   - Look does the reading, each thing separately: a read that fails is a fault of its own and
//     hides nothing else. What could not be read is never judged.
//   - A Watcher decides what is news, reports it, and writes the pulse.
//   - Canary opens a port in a group that nothing uses and sees whether ecsguard closes it.
package watch
