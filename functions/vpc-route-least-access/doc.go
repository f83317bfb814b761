// Package vpcrouteleastaccess: route tables lead where they have to and nowhere else.
//
// # What is wrong
//
// TODO: the departure, and what somebody could do with it. Two or three sentences.
//
// # What is done
//
// TODO: the smallest change that puts it right and how it is taken back, or who is
// told what.
//
// # What may break
//
// TODO: who would notice the change. If anybody, say so in Disruptive too.
//
// # References
//
// TODO: the API and its version, and pages that say what is not obvious.
package vpcrouteleastaccess
