// Package engine is the driver: the only package that knows the order of things.
//
//	event → targets → check → may we, and who else? → intent → read again → change → check again → result
//
// A check reports what is wrong and cannot change anything. The driver writes what it is about
// to do to the ledger, makes sure that the state has not changed and that no other look is
// working on it, does it, checks again, and writes how it ended. It may die between any two of
// these: the next attempt reads its own intent back and completes it.
//
// Safety does not rest on that order. An edit is made of calls that do no harm in any
// order and however often they are made (see the practices' doc.go); the ledger only
// decides which of several looks speaks.
//
// look.go has the order of one look, and says what each part of it is given. The parts, in that
// order:
//
//	asked     main.go        the function: what is made once, and what for each invocation
//	          driver.go      an invocation: its targets (targets.go), several at a time
//	          assignment.go  what one look is about; common.go: what the looks of an invocation share
//	read      check.go       a practice's check, and what it reads (memo.go, witness.go)
//	          memory.go      what the ledger says; the questions to it: view.go, intents.go
//	          family.go      what the others of the family object to
//	decided   objection.go   how far each may go, who acts and who speaks
//	          decide.go      which findings become jobs (job.go), within the limits (limits.go)
//	          planner.go     the edit of a job, and what becomes of it where the state has moved
//	          plan.go        all that a look has decided
//	done      repair.go      the rounds of the jobs
//	          announce.go    the intents; arbiter.go: whose goes on
//	          apply.go       the changes
//	          recheck.go     whether they have put it right
//	said      conclude.go    how the jobs ended
//	          reconcile.go   what earlier attempts left, and what is good by now
//	          tell.go        what is only told; unreadable.go: what could not be looked at
//	          handover.go    what is left for another look
//	          recorder.go    writes it (record.go: what a record holds)
//	beside    evidence.go    who used the port; background.go: nothing is left behind
//
// judge.go runs checks for triage, which does nothing about what they find.
package engine
