package run

// Reserve is how much of an invocation is kept for its last records.
const Reserve = reserve
