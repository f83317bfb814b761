package router

// Known is known, for its table.
var Known = known

// MaxBody is what an asynchronous invocation can carry.
const MaxBody = maxBody
