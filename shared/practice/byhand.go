package practice

import "github.com/ecsguard/ecsguard/shared/cloud"

// ByHand is a call that a person may make, for Paste: unlike Advice, it is shown as the official command line takes it,
// whatever characters it has. Does says what it does, as a sentence without its full stop.
func ByHand(does string, call cloud.Call) []Prevention {
	return []Prevention{{Kind: CommandLine, Does: does, Text: call.String()}}
}
