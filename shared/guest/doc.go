// Package guest looks into the systems of instances by Cloud Assistant, and changes them, where an operator lets a practice do so.
//
// A script is a file of this folder, which can be read and run by hand: the comment on its top says how. What is sent is
// the file without its comments and indentation (Script), the same on every instance: nothing of an event, a name or a
// setting is put into it. A check cannot run anything. It reads what earlier runs have printed (Look), and where there is
// no such report, or it is old, the change of a finding is to make one (docs/decisions/0032-looking-into-guests.md).
//
// What a guest prints is data that anybody may have written who has the machine. It is taken only in one exact form, of
// fixed words and small numbers (Form); of anything else nothing is kept, and nothing of it is said.
package guest
