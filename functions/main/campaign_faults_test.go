package main

import (
	"time"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// faultSet is what goes wrong in a run for as long as faults last.
type faultSet struct {
	name   string
	faults []cloud.Fault
	bus    cloud.EventFaults
	lasts  time.Duration // 0 is the usual time
	kills  int           // functions that are killed, each at a call that the seed picks

	// A message may come twice where a channel fails: nobody can tell whether one whose
	// answer is lost has arrived, and what one channel has not taken comes to all again.
	chat bool
}

// faultSets are all of them. The first is that in which nothing goes wrong.
var faultSets = []faultSet{
	{name: "none"},
	{name: "kills", kills: 3},
	{name: "throttled", kills: 1, chat: true, faults: []cloud.Fault{{Action: "*", Percent: 40, Code: "Throttling.User", Message: "Request was denied due to user flow control."}}},
	{name: "unavailable", kills: 1, chat: true, faults: []cloud.Fault{{Action: "*", Percent: 40, Status: 503, Code: "ServiceUnavailable"}}},
	{name: "error-and-done", kills: 1, faults: failsAndDoes(500, "InternalError")},
	{name: "timeout", kills: 1, chat: true, faults: []cloud.Fault{{Action: "*", Percent: 15, Delay: 30 * time.Second}}},
	{name: "slow", kills: 1, chat: true, faults: []cloud.Fault{{Action: "*", P50: 2 * time.Second, P99: 9 * time.Second}}},
	{name: "reset", kills: 1, chat: true, faults: []cloud.Fault{{Action: "*", Percent: 30, Reset: true}}},
	{name: "lost-answers", kills: 1, chat: true, faults: []cloud.Fault{{Action: "*", Percent: 30, LoseResponse: true}}},
	{name: "late-events", kills: 1, bus: cloud.EventFaults{Delay: 3 * time.Minute}},
	{name: "doubled-events", kills: 1, bus: cloud.EventFaults{Duplicate: 100, Delay: time.Second, Reorder: true}},
	{name: "doubled-late", kills: 1, bus: cloud.EventFaults{Duplicate: 100, Delay: 2 * time.Minute, Reorder: true}},
	{name: "log-down", kills: 1, faults: []cloud.Fault{cloud.SLSDown()}},
	{name: "log-refuses", kills: 1, faults: []cloud.Fault{{Action: "log:PostLogStoreLogs", Status: 403, Code: "Unauthorized", Message: "no"}}},
	{name: "log-unread", kills: 1, faults: []cloud.Fault{{Action: "log:Get*", Percent: 60, Status: 500, Code: "InternalServerError"}}},
	{name: "log-late", kills: 1, faults: []cloud.Fault{{Action: "log:PostLogStoreLogs", Percent: 50, Unseen: 2}}},
	{name: "log-doubles", kills: 1, faults: []cloud.Fault{{Action: "log:PostLogStoreLogs", Percent: 50, Twice: true, After: 3}}},
	{name: "changes-refused", kills: 1, faults: refusals()},
	{name: "functions-refused", kills: 1, faults: []cloud.Fault{{Action: "fc:InvokeFunction", Percent: 50, Status: 429, Code: "ResourceExhausted"}}},
	{name: "chat-down", kills: 1, chat: true, faults: []cloud.Fault{cloud.ChatDown("dingtalk:Send"), cloud.ChatDown("webhook:Send")}},
	{name: "everything", kills: 3, chat: true, bus: cloud.EventFaults{Duplicate: 50, Delay: 20 * time.Second, Reorder: true}, faults: []cloud.Fault{
		{Action: "*", P50: 500 * time.Millisecond, P99: 4 * time.Second}, {Action: "*", Percent: 15, Status: 503}, {Action: "*", Percent: 10, Reset: true},
		{Action: "*", Percent: 10, LoseResponse: true}, {Action: "*", Percent: 15, Code: "Throttling"},
	}},
}

// products are those whose calls change something that a practice looks at.
var products = []string{"ecs", "vpc", "slb", "alb", "actiontrail", "ram"}

// verbs begin the names of the calls that change something.
var verbs = []string{"Authorize", "Revoke", "Modify", "Create", "Delete", "Set", "Start", "Stop", "Update", "Associate", "Unassociate", "Enable", "Disable", "Release", "Detach", "Attach", "Join", "Leave", "Allocate", "Convert", "Add", "Remove"}

func changing(f cloud.Fault) (faults []cloud.Fault) {
	for _, product := range products {
		for _, verb := range verbs {
			f.Action = product + ":" + verb + "*"
			faults = append(faults, f)
		}
	}
	return faults
}

// failsAndDoes are changes that are answered with an error and made all the same.
func failsAndDoes(status int, code string) []cloud.Fault {
	return changing(cloud.Fault{Percent: 60, Status: status, Code: code, Late: true, After: 1})
}

// refusals are changes that no role may make.
func refusals() []cloud.Fault {
	deny := cloud.Deny("*")
	return changing(deny)
}
