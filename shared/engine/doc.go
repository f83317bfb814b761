// Package run is the driver: the only package that knows the order of things.
//
//	event → targets → check → may we, and who else? → intent → read again → change → check again → result
//
// A check reports what is wrong and cannot change anything. The driver writes what it
// is about to do to the ledger, makes sure that nothing has moved and that no other
// look is at it, does it, checks again, and writes how it ended. It may die between
// any two of these: the next attempt reads its own intent back and completes it.
//
// Safety does not rest on that order. An edit is made of calls that do no harm in any
// order and however often they are made (see the practices' doc.go); the ledger only
// decides which of several looks speaks.
//
// Where to look:
//
//	main.go       the function: what is made once, and what for each invocation
//	driver.go     an invocation: its targets, several at a time; sweep.go: all there is
//	look.go       one look at one resource, step by step
//	check.go      a practice's check, and what it reads (memo.go)
//	family.go     what the others of the family object to; objection.go: who acts, who speaks
//	past.go       what the ledger says of a resource; history.go: questions to it
//	decide.go     which findings become jobs; limits.go: how much is done
//	job.go        one edit and its plan
//	repair.go     the rounds of it: announce.go writes the intents, arbiter.go says whose
//	              goes on, apply.go makes the changes, recheck.go looks again, conclude.go
//	              writes the results
//	reconcile.go  what earlier attempts left, and what is good by now
//	tell.go       what is only told; evidence.go: who used the port
//	record.go     a record, and what identifies a finding
package engine
