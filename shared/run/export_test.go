package run

// Reserve is how much of an invocation is kept for its last records.
const Reserve = reserve

// NewMemo is what a check of a family reads with.
var NewMemo = newMemo
