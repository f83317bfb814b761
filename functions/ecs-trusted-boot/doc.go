// Package ecstrustedboot: instances that need it boot trusted.
//
// # What is wrong
//
// An instance whose tags say that its work needs high security (security=high; needs says otherwise) does not boot
// trusted: nothing measures its firmware, boot loader and kernel against a virtual chip (vTPM), and a rootkit that
// starts before the system stays unseen. Or a launch template makes such instances.
//
// # What is done
//
// People are told. Trust can only be chosen when an instance is made, in RunInstances or in a launch template
// (SecurityOptions.TrustedSystemMode=vTPM), on the families c7, g7, r7 and their hardened sisters c7t, g7t, r7t, or
// the ones that the settings name (families).
//
// No field of an answer says what was chosen. The cloud marks trusted instances with the tag acs:ecs:supportVtpm, which nobody
// else can put on, and that is what is judged. It may come after the instance: one whose launch asked for a vTPM is
// waited for. Whether the measurements are as they should be, Security Center shows and ECS does not.
//
// Where the operator has chosen so (quarantine: stop), an instance that has just been launched is stopped before it
// has work; the undo starts it. Older ones are only told of.
//
// # What may break
//
// With quarantine: stop, whatever has just been started on the new instance ends.
//
// # References
//
// ECS API RunInstances, DescribeInstances, DescribeLaunchTemplateVersions, StopInstance (2014-05-26); user guide
// "Use trusted instances", "Overview of trusted computing capabilities".
package ecstrustedboot
