package run

// Reserve is how much of an invocation is kept for its last records.
const Reserve = reserve

// AtATime is how many resources are looked at at the same time.
const AtATime = atATime

// NewMemo is what a check of a family reads with.
var NewMemo = newMemo
