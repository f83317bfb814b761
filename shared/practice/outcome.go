package practice

import "slices"

// Severity is how bad a departure is.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Severities is the closed set, worst first.
var Severities = []Severity{Critical, High, Medium, Low}

// Rank is the place of a severity, 0 the worst. What nobody knows ranks before all: better
// read once too often.
func (s Severity) Rank() int { return slices.Index(Severities, s) }

// RankLast is Rank with what nobody knows after all: where it is only shown.
func (s Severity) RankLast() int {
	if !s.Known() {
		return len(Severities)
	}
	return s.Rank()
}

// Known tells whether it is one of the set.
func (s Severity) Known() bool { return s.Rank() >= 0 }

// Wakes tells whether somebody is woken, where something of this severity is wrong.
func (s Severity) Wakes() bool { return s == Critical }

// Outcome is how a look at one finding ended: one closed set in logs, audit,
// alerts and tests.
type Outcome string

// The outcomes.
const (
	Ignored  Outcome = "ignored"  // nothing to do or say: not this practice's, dealt with already, said already, or said by another
	Good     Outcome = "good"     // nothing is wrong
	Exempt   Outcome = "exempt"   // wrong, and somebody has said until when that is accepted
	Observed Outcome = "observed" // wrong, and only said
	Awaiting Outcome = "awaiting" // wrong, and a person has to decide or act
	Fixed    Outcome = "fixed"    // was wrong, was changed, was looked at again and is right
	Partly   Outcome = "partly"   // some changes were made, and something is still wrong
	Failed   Outcome = "failed"   // no change could be made
	Undone   Outcome = "undone"   // a change was taken back
	Deferred Outcome = "deferred" // wrong, and left to another look that is changing this resource, or to a later time
)

// outcome is everything that others go by.
type outcome struct {
	name    Outcome
	words   string // how a message says it
	wrong   bool   // something is wrong, and nobody has accepted it
	told    bool   // people see it
	waits   bool   // a person may act on it
	again   bool   // it is looked at again soon
	changed bool   // something was changed, and can be taken back
}

// outcomes are all of them, what most needs a person first. One that gave way leaves that
// to another.
var outcomes = []outcome{
	{name: Failed, words: "Could not be fixed", wrong: true, told: true, again: true},
	{name: Partly, words: "Partly fixed", wrong: true, told: true, again: true, changed: true},
	{name: Awaiting, words: "Needs your decision", wrong: true, told: true, waits: true},
	{name: Observed, words: "Would be fixed", wrong: true, told: true, waits: true},
	{name: Undone, words: "Undone", wrong: true, told: true},
	{name: Fixed, words: "Fixed", told: true, changed: true},
	{name: Exempt, words: "Left as it is", told: true},
	{name: Good, words: "Nothing is wrong"},
	{name: Ignored, words: "Nothing to do"},
	{name: Deferred, words: "Left for later", wrong: true, again: true},
}

// Outcomes is the closed set, what most needs a person first.
var Outcomes = func() (all []Outcome) {
	for _, o := range outcomes {
		all = append(all, o.name)
	}
	return all
}()

// row is what is known of an outcome. One that nobody knows is taken for wrong, and told.
func (o Outcome) row() outcome {
	if i := o.Rank(); i >= 0 {
		return outcomes[i]
	}
	return outcome{name: o, words: string(o), wrong: true, told: true}
}

// Rank is its place among those that need a person, 0 the first; what nobody knows comes
// before all.
func (o Outcome) Rank() int { return slices.Index(Outcomes, o) }

// Words is how a message says it, as the beginning of a sentence.
func (o Outcome) Words() string { return o.row().words }

// Wrong tells whether something is wrong, and nobody has accepted it.
func (o Outcome) Wrong() bool { return o.row().wrong }

// Told tells whether people see it.
func (o Outcome) Told() bool { return o.row().told }

// Waits tells whether it is left to a person.
func (o Outcome) Waits() bool { return o.row().waits }

// Again tells whether it is looked at again soon.
func (o Outcome) Again() bool { return o.row().again }

// Changed tells whether something was changed, and can be taken back.
func (o Outcome) Changed() bool { return o.row().changed }
