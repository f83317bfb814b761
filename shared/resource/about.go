package resource

import "time"

// About is what a finding says of a resource, whatever its type.
type About struct {
	Type, ID, Name string
	Region         string // where it is not the one that was asked
	Tags           map[string]string
	Managed        string    // the service that alone may change it; empty: its owner may
	Created        time.Time // zero: that is not known, or not asked for
}

// A Described is something read that says what it is.
type Described interface{ About() About }
