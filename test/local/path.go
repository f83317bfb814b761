package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// triage is the function that judges events and wakes practices.
const triage = "ecsguard-triage"

var matcher = sync.OnceValue(func() *practice.Matcher { return practice.NewMatcher(functions.All) })

// judged says what triage made of an event: how many practices it judged for, and whom it
// woke.
func judged(i cloud.Invocation) string {
	var answer struct{ Invoked []string }
	happened, err := events.Decode([]byte(i.Payload))
	if err != nil || len(happened) != 1 || json.Unmarshal([]byte(i.Result), &answer) != nil {
		return strings.TrimSpace(i.Result)
	}
	judges := 0
	for _, m := range matcher().Match(&happened[0]) {
		if !m.Practice.Alone {
			judges++
		}
	}
	switch {
	case judges == 0 && len(answer.Invoked) == 0:
		return "it concerns no practice"
	case len(answer.Invoked) == 0:
		return "judged by " + message.Plural(judges, "practice") + ", nothing is wrong, nobody is woken"
	}
	return fmt.Sprintf("judged by %s, of which it woke %s", message.Plural(judges, "practice"), strings.Join(answer.Invoked, ", "))
}

// speaks says for how many others of its family a practice has been woken as well.
func speaks(i cloud.Invocation) string {
	var look struct{ For []string }
	if i.Trigger != "api" || json.Unmarshal([]byte(i.Payload), &look) != nil || len(look.For) == 0 {
		return ""
	}
	return ", for itself and " + message.Plural(len(look.For), "more practice")
}
