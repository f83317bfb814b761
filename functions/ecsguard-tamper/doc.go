// Package ecsguardtamper: nobody deletes or weakens what ecsguard stands on.
//
// # What is wrong
//
// Somebody has switched off the rule that brings ecsguard its events, deleted or changed a
// function, its trigger, its role, the role's policy or the audit log. Whoever breaks in does
// that first, so that nothing that follows is seen.
//
// # What is done
//
// It is told at once: events come by two ways, the event bus and the trail's log, so that one
// tells of the other. The rule is switched on again, a role gets back a policy of its own that
// it has lost, as long as nobody has changed that within the day, and a role's trust is put
// back to Function Compute alone. Code, deleted things, triggers, settings and logs are told,
// with the command that deploys them again.
//
// Deploying looks the same as an attack on what is deployed: what changes functions, policies
// or logs is told at low severity if somebody has done it who is named under deployers, and
// never less, since an attacker may have that name. What deletes or weakens is told in full,
// whoever has done it. Until deployers are named, changes are told at high severity.
//
// What this function itself cannot see, because it was deleted, or the audit log, triage or
// notify was, is told by the two watchers (decision 0016) within minutes, past the log. The
// trail is looked after by actiontrail-tamper.
//
// # What may break
//
// Nothing in a workload. Whoever switches ecsguard off on purpose sets mode: off for this
// practice before.
//
// # References
//
// EventBridge API GetRule, EnableRule (2020-04-01); RAM API GetRole, ListPoliciesForRole,
// GetPolicy, AttachPolicyToRole, UpdateRole (2015-05-01); Function Compute API (2023-03-30,
// and 2021-04-06 for two names); Simple Log Service API (2020-12-30); ActionTrail, audit events
// of Function Compute, of EventBridge and of Log Service.
//
// Not verified, since no sample of such an event was found: the service names Fc, Sls and
// Eventbridge; how parameters are written, of which several spellings are tried, while an
// event that has none of them is told as one that does not name its resource; that the calls of
// Function Compute 3.0 that ActionTrail's page does not list (PutConcurrencyConfig,
// PutAsyncInvokeConfig, DeleteAsyncInvokeConfig, DisableFunctionInvocation) are recorded at
// all, and UpdateTargets of EventBridge; the spellings DeleteLogstore and UpdateLogstore. The
// watchers do not go by events, and tell of a function, a trigger or a log that is gone or
// idle all the same.
package ecsguardtamper
