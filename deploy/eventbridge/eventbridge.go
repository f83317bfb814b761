// Package eventbridge holds the pattern of triage's rule, as deploy/generate wrote it
// from the practices, so that a binary which compares it needs no folder.
package eventbridge

import _ "embed"

// Pattern is the event pattern of the rule.
//
//go:embed triage.json
var Pattern string
