package practice

// A PreventionKind is what the text of a Prevention is.
type PreventionKind string

// The kinds.
const (
	ControlPolicy PreventionKind = "control policy" // of Resource Directory, for all accounts of a folder
	RAMPolicy     PreventionKind = "RAM policy"     // a deny, for users, groups or roles of this account
	TrustPolicy   PreventionKind = "trust policy"   // of a role
	Terraform     PreventionKind = "Terraform"
	CommandLine   PreventionKind = "command line" // the official one
	LeftOver      PreventionKind = "left over"    // of a Plan that has stopped: what takes it away
)

// A Prevention stops something at its source.
type Prevention struct {
	Kind PreventionKind `json:"kind"`
	Does string         `json:"does"`          // what it stops, and where it goes, as a sentence without its full stop
	Text string         `json:"text"`          // to paste
	Now  bool           `json:"now,omitempty"` // it puts this right, and is told at once and not only where it comes again
}
