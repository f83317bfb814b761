package practice

import (
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
)

// functionPrefix begins the names of all of ecsguard's functions and roles, so that one
// pattern of a RAM policy means them and nobody else's.
const functionPrefix = "ecsguard-"

// FunctionName is what a practice's function is called in Function Compute, and its role.
func FunctionName(id string) string { return functionPrefix + id }

// RoleTrust is the trust of every role of ecsguard: Function Compute alone takes it. A test of ecsguard-tamper
// compares it with what prepare makes.
const RoleTrust = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`

// OfFunction is the ID of the practice whose function has a name. Of triage and notify
// it is what the program is told to be.
func OfFunction(name string) (id string) { return strings.TrimPrefix(name, functionPrefix) }

// Ours tells whether somebody is one of ecsguard's functions, as far as the name of a role
// says. It may be somebody else in that role: what they do is looked at like anybody's.
func Ours(a events.Actor) bool {
	role, _ := a.Role()
	return strings.HasPrefix(role, functionPrefix)
}

// Sweeps begins the names of triage's timers that start sweeps; an interval follows.
const Sweeps = "sweep-"

// SweepTimer is the timer that starts the sweeps of an interval: sweep-24h.
func SweepTimer(every time.Duration) string {
	if every%time.Hour == 0 {
		return fmt.Sprintf("%s%dh", Sweeps, every/time.Hour)
	}
	return fmt.Sprintf("%s%dm", Sweeps, every/time.Minute)
}
