// Package practice is ecsguard's vocabulary: a Practice and the types that it is made of.
//
// A practice says when to look, what it may touch, how to tell good from bad and
// how to put bad right. It reads and reports; it cannot change anything. The
// driver in shared/engine shows, refuses, asks about or makes the changes.
package practice

import (
	"context"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A Practice is one thing the best practices ask for.
type Practice struct {
	ID         string // kebab-case; also the folder, the function, the role's suffix, the anchor in the docs
	Doc        string // the text of doc.go
	Severity   Severity
	Resource   string   // type of what it judges, as Cloud Config writes it: ACS::ECS::SecurityGroup
	Also       []string // further types of which it judges each by itself, where it asks the same of several
	Guide      []string // headings of the best-practice guide that it answers, verbatim
	Standard   string   // in the place of Guide: who else asks for it, and where; linked in Cites or References
	Cites      []string // CIS Alibaba Cloud, MLPS, Cloud Config rules, vendor pages
	Triggers   []Trigger
	Sweep      Sweep
	Reads      []string // RAM actions that Check, and what else its function runs, may call
	Writes     []string // RAM actions that a change may call; none means that it only alerts
	Params     []Param
	Disruptive string // what a change can break; non-empty starts in observe mode whatever the default is
	Check      func(context.Context, *Pass) error

	// Use names what an event is one of many of, such as a session; empty: it stands alone.
	// The practice is woken once for all events of one use. nil: each stands alone.
	Use func(*events.Event) string

	// Alone says that only its own function may read what it judges. It is woken by each
	// event that it asks for, and nobody judges before.
	Alone bool

	Retired string // why it is no longer used; its ID is never used again

	// Family are the practices that object to the same parts of the same resources.
	// What those of them that act object to is put right by one edit. All have the same
	// Triggers, sweep equally often, and run with the same permissions.
	Family *Family

	// Touches says that its changes act on machines, keys or users rather than on a
	// rule or a setting: few in an hour, and where somebody keeps taking them back a
	// person decides.
	Touches bool

	// Prevent is what stops a finding at its source, as text to paste. It is told where the
	// same comes again after it was put right. nil: nothing is known that does.
	Prevent func(Finding) []Prevention

	// Evidence adds to a finding what people should know and no decision needs: who
	// used the port that is closed. It runs beside the changes and cannot stop them.
	Evidence func(context.Context, *Pass, *Finding) error
}

// A Family is practices that judge the same parts of the same resources.
type Family struct {
	Name string

	// Join plans one edit for findings on one resource, which are of the members that
	// act, the worst first. The pass is of the first one's practice. A finding carries
	// what Join needs in Wants; its Changes are empty.
	Join func(ctx context.Context, pass *Pass, findings []Finding) (Edit, error)

	// Spread names what a resource that an event is about leads to, where there may be
	// many of these and each is judged apart: the groups that name a prefix list. None: the
	// resource is judged as it is. It may call what is among the Reads of all members.
	Spread func(ctx context.Context, pass *Pass) ([]Resource, error)
}

// An Edit is what puts findings right together, as far as that can be proved.
type Edit struct {
	Changes []Change
	Left    []Left
}

// Left is what of a finding an edit does not put right.
type Left struct {
	Finding int    // its place among the findings
	Whole   bool   // nothing of it is put right
	Asks    bool   // it could be put right, and a person has to decide whether it should
	Why     string // the first packet for which an edit would do what it must not, or whatever stands against it
}

// A Trigger says which event concerns the practice and where the event keeps the
// identity of the resource. It is data, so that triage, the EventBridge rule
// and the docs cannot disagree.
type Trigger struct {
	Service  string // as ActionTrail names it, in any case: "Ecs"; "Config" for Cloud Config; Every, with By: see there
	Name     string // the API; for Config the resource type
	Resource string // a path for events.Event.Find: "params.SecurityGroupId"
	Type     string // of the resource found there; empty: the practice's
	Region   string // a path to its region, where that may be another than the event's: what a copy is made in
	By       string // the type of actor whose acts concern the practice, such as root-account; empty: anybody's
	New      bool   // the event creates the resource: not found means not visible yet
	Failed   bool   // refused calls concern the practice too
	Maybe    bool   // the event concerns the practice only where it names a resource
	Kin      bool   // and of what it names only those whose ids are of the Type: the call is about any type

	// Witness is where the event has values that the state shows once it shows what the
	// event did: what something was set to, or the id of what was made. Until then nothing
	// wrong is not taken for good. Empty: that cannot be told.
	Witness string

	// Else looks there only where no trigger before this one has found a resource,
	// and at one: what a call makes without saying how is all alike.
	Else bool
}

// Every, as the Service and the Name of a Trigger, is whatever somebody of the type By does:
// what changes something, a sign-in, and also what only reads where a permanent AccessKey is used.
// Such events come from all services, so that not all of them may come over the event bus.
const Every = "*"

// A Sweep looks at everything, and so finds what was there before ecsguard. Triage lists:
// the practice's own function is given some of what was listed, like what events are about.
type Sweep struct {
	Every time.Duration
	List  Lister
	Reads []string // RAM actions that List may call: triage's, not the practice's
}

// A Resource is one thing in the cloud.
type Resource struct {
	Type    string // ACS::ECS::SecurityGroup
	ID      string
	Name    string // as its owner calls it; may be empty
	Region  string
	Account string
}

// Placed is the resource as it is known from wherever it is named: its id in the one way in
// which ids of its type are written, and no region where it belongs to the whole account.
func (r Resource) Placed() Resource {
	kind := resource.KindOf(r.Type)
	r.ID, r.Region = kind.ID(r.ID), kind.Region(r.Region)
	return r
}

// String names the resource for errors and logs.
func (r Resource) String() string {
	s := r.Type + " " + r.ID
	if r.Region != "" {
		s += " in " + r.Region
	}
	return s
}

// A Finding is one departure from the practice.
type Finding struct {
	Key        string            // tells findings of one resource apart and stays the same at every look: a rule's id
	Resource   Resource          // zero: the pass's
	Severity   Severity          // where it is not as bad as the practice's
	Title      string            // what is wrong, as a person would say it
	Facts      map[string]string // what was seen, for the audit log; no code goes by it
	Tags       map[string]string // the resource's tags: an exemption may be among them
	TagsOf     Resource          // whose tags these are, where the resource has none of its own
	Doubt      string            // why whoever made the event may not be the one who did it
	UsedBy     string            // who has used what is wrong; Evidence says it
	Missed     string            // why that is not known, where Evidence should have said it; the engine says so
	Managed    string            // the service that manages the resource: it is not ours to change
	Lock       Lock              // what its changes take from a person or a program: see shared/identity
	Changes    []Change          // in order; none: a person has to act
	Plan       *Plan             // what putting it right is in the middle of, where that takes longer than a look
	Costs      string            // what putting it right costs and interrupts, which people are told before it begins
	Advice     string            // what a person should do where there is no change
	Paste      []Prevention      // text that puts it right and that a person has to look at first
	Scope      Scope             // which parts it is about, where practices of a family may object to the same
	News       bool              // this event is told whatever was told before; what is told again without one waits a day
	Momentary  bool              // only the event shows it, a sign-in: it is told once an event, and never looked at again
	OfAUse     bool              // and once for all events of the same use that say the same, within a day
	Same       string            // what is wrong without the ids that are new when it is done again; empty: the title
	Inspection bool              // its change only looks into something and changes nothing: that it was made is in the log, and people are not told
	Wants      any               // what its Family's Join makes changes of; nil: only a person can put it right
}

// A Change is one API call that would put something right. It is a value: the
// driver shows it, refuses it, asks about it or makes it, and records which.
type Change struct {
	Why  string // "revoke the rule that opens port 22 to 0.0.0.0/0"
	Call cloud.Call
	Undo *cloud.Call // nil where there is no way back; then Why says so. A parameter "{Name}" is taken from the answer to Call
}

// Reversible are the changes of a finding that is put right by one call, and undone by one.
func Reversible(why string, call, undo cloud.Call) []Change {
	return []Change{{Why: why, Call: call, Undo: &undo}}
}

// ExemptionTag is the key of the tag that exempts a resource from a practice. Its
// value begins with the last day; the reason may follow.
func ExemptionTag(practiceID string) string { return "ecsguard:exempt:" + practiceID }

// Endless is what the reason of an exemption says that lasts as good as for ever.
const Endless = "which is as good as for ever"

// Mode is how far ecsguard may go. The zero value observes.
type Mode string

// The modes.
const (
	Off     Mode = "off"     // not deployed: it does not look
	Observe Mode = "observe" // say what would be done
	Approve Mode = "approve" // ask a person first
	Enforce Mode = "enforce" // do it
)
