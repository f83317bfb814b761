package events

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Kind tells the sources of events apart.
type Kind string

const (
	KindActionTrail        Kind = "actiontrail"
	KindConfigItem         Kind = "config-item"
	KindConfigNonCompliant Kind = "config-noncompliant"
	KindConfigRule         Kind = "config-rule" // Cloud Config invoked a custom rule's function
	KindConfigRemediation  Kind = "config-remediation"
	KindTimer              Kind = "timer"
	KindLook               Kind = "look" // ecsguard itself asks for a look at one resource
	KindOther              Kind = "other"
)

// An Event is one happening, whatever shape it came in.
type Event struct {
	Kind Kind

	// ID is data.eventId for ActionTrail, else the CloudEvent's id, else what
	// the message has of its own, else a hash of the content. A remediation
	// invocation has nothing of its own: two for one resource have one ID.
	ID string

	Source string // of the CloudEvent: "acs.ecs"; empty when there was none
	Type   string // of the CloudEvent: "ecs:ActionTrail:ApiCall"

	// Service is lower case: "ecs", "ims". It comes from the record, because
	// one service's records arrive under several sources. All of Cloud Config
	// is "config".
	Service string
	Name    string // eventName; for Cloud Config the resource type
	Rule    string // Cloud Config: the managed rule's identifier, else the rule's name

	Time time.Time // when it happened, UTC; zero when the message does not say
	// Published is when the event bus got it, UTC: what its source took is over by then. Zero
	// when the message does not say.
	Published time.Time
	Account   string // whose resources it is about
	Region    string
	Global    bool // ActionTrail: of a service without regions, whatever Region says
	Actor     Actor

	ErrorCode, ErrorMessage string // both empty when the call succeeded

	// Params are the parameters of the request under the names they have on
	// the wire ("Permissions.1.SourceCidrIp"); of a custom rule, its settings.
	Params    map[string]string
	Resources []Resource

	ResultToken string // custom rule only: what PutEvaluations asks for
	Trigger     string // timer only: the name of the trigger
	Payload     string // timer only

	// Of a look that ecsguard's own functions ask for: see Look.
	Asked  []Asked
	For    []string
	Passed []string
	Sweep  bool
	Left   int

	Data     json.RawMessage // the event's own object
	Envelope json.RawMessage // the mended CloudEvent, ready to be sent on; nil when there was none
}

// A Resource is named by an event, its type always in the long form
// ("ACS::ECS::Instance").
type Resource struct{ Type, ID string }

// An Actor is who did it, as far as the event tells.
type Actor struct {
	Type        string // root-account, ram-user, assumed-role or system
	Account     string
	PrincipalID string
	Name        string
	AccessKeyID string // empty for most console calls; "TMP." and "STS." keys are temporary
	SourceIP    string // may be a host name ("ecs.aliyuncs.com") or "Internal"
	UserAgent   string
	MFA         bool
}

// Role returns the role an assumed-role actor plays and the session's name.
// A role's name has no colon, a session's may have.
func (a Actor) Role() (role, session string) {
	if a.Type != "assumed-role" {
		return "", ""
	}
	role, session, _ = strings.Cut(a.Name, ":")
	return role, session
}

// Succeeded tells whether the call did what it asked for. A failed sign-in may
// have a message and no code.
func (e *Event) Succeeded() bool {
	return e.ErrorCode == "" && e.ErrorMessage == ""
}

// Acts tells whether it is something that its actor did: what changes something, a sign-in, or
// the use of a permanent AccessKey, which shows in what only reads as well.
func (e *Event) Acts() bool {
	return e.Kind == KindActionTrail && (e.Actor.Permanent() || !strings.EqualFold(toObject(e.Data).text("eventRW"), "Read"))
}

// Permanent tells whether the actor used an AccessKey that somebody keeps, and not one of a
// session.
func (a Actor) Permanent() bool { return strings.HasPrefix(a.AccessKeyID, "LTAI") }

// Refused tells whether the call was refused, so that nothing has changed. One that ended
// in a failure of the cloud's own may have been made all the same.
func (e *Event) Refused() bool {
	return !e.Succeeded() && !slices.ContainsFunc(ownFailures, func(part string) bool { return strings.Contains(e.ErrorCode, part) })
}

// ownFailures are in the codes with which the cloud says that it failed itself.
var ownFailures = []string{"InternalError", "InternalServerError", "ServerError", "SystemError", "UnknownError", "ServiceUnavailable", "Timeout", "TimeOut"}

// Key is the identity of the happening: equal for every delivery of it. An
// ActionTrail record comes under the source of its service and may come under
// "acs.actiontrail" too, each with a CloudEvents id of its own, so only the
// record's id counts. It is never empty.
func (e *Event) Key() string {
	switch {
	case e.Kind == KindActionTrail:
		return string(KindActionTrail) + "/" + e.ID
	case e.Source != "":
		return e.Source + "/" + e.ID
	}
	return string(e.Kind) + "/" + e.ID
}
