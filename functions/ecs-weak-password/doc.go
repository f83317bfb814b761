// Package ecsweakpassword: no host has a password that is easily guessed.
//
// # What is wrong
//
// A baseline check of Security Center has tried the usual passwords on an instance, and one lets in: by SSH or RDP, or into a
// database. Programs that try the same passwords on every address need minutes.
//
// # What is done
//
// People are told of each instance, with what was found and how often. Only its owner can change the password. Nothing is run
// in the instance: Security Center's agent does the looking, as often as its baseline policy says, in editions that have baseline
// checks. Without such an edition (FreeVersionNotPermit) nothing is known, and nothing is said. What a check finds it says
// until it has run again.
//
// # What may break
//
// Nothing: this practice changes nothing.
//
// # References
//
// Security Center API DescribeCheckWarningSummary, DescribeWarningMachines (2018-12-03); ECS API DescribeInstances (2014-05-26).
package ecsweakpassword
