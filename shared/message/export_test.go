package message

// What the tests, which see messages as channels show them, need of the inside.
var Inert = inert

const (
	MaxEvidence = maxEvidence
	MaxTitle    = maxTitle
)
