package run

// Reserve is how much of an invocation is kept for its last records.
const Reserve = reserve

// Abreast is how many resources a sweep looks at at the same time.
const Abreast = abreast

// NewMemo is what a check of a family reads with.
var NewMemo = newMemo
