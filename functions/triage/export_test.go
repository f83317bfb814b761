package triage

// Known is known, for its table.
var Known = known

// MaxBody is what an asynchronous invocation can carry.
const MaxBody = maxBody

// LastAttempt is the last that is made of an invocation.
const LastAttempt = lastAttempt
