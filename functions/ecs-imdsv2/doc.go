// Package ecsimdsv2: instances answer metadata requests with a token only.
//
// # What is wrong
//
// The instance answers requests to its metadata service without a token. Through a
// server-side request forgery in any program on it, a stranger reads the credentials
// of its RAM role. Or a launch template, in its default version, or a scaling configuration
// makes such instances.
//
// # What is done
//
// HttpTokens is set to required. On an instance it takes effect at once and without a restart; an
// endpoint that is disabled stays disabled. A scaling configuration is changed for the instances to come. A version of
// a launch template cannot be changed: one is added that says the same and requires tokens, and is made the
// default one. The undo goes back to the former default version; the added one stays, and nobody uses it.
//
// People are told, and nothing is changed, where it could break what starts: instances of Windows, which do not
// support it; instances that a service runs (nodes of a Kubernetes cluster, members of a scaling group), and what it makes them from;
// templates and configurations whose image does not say that it takes tokens (ImdsSupport v2, set by ModifyImageAttribute); and
// templates with user data, which a copy would put into the audit log, or with something that a call cannot say.
//
// With new-minutes, only instances that have just been made are switched: nothing relies on theirs yet. CloudMonitor counts
// reads without a token on its page "ECS metadata monitoring" (normal mode, successful). No page says by which name its
// API knows that metric; where the operator has found it and named it (metric), the message says how many there were
// in the last week. No decision depends on it.
//
// # What may break
//
// Programs and old SDKs that read metadata without a token get no answer any more, and cloud-init before
// 23.2.2 does not finish.
//
// The call on an instance has to set the endpoint as well: if somebody switches the endpoint off in the round
// trip between the last look and this call, it is switched on again, with tokens required.
//
// # References
//
// ECS API ModifyInstanceMetadataOptions, DescribeInstances, DescribeLaunchTemplateVersions,
// CreateLaunchTemplateVersion, ModifyLaunchTemplateDefaultVersion, DescribeImages (2014-05-26); Auto Scaling API
// DescribeScalingConfigurations, ModifyScalingConfiguration (2014-08-28); CloudMonitor API DescribeMetricList (2019-01-01); user guide "Instance metadata".
package ecsimdsv2
