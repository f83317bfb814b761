// Package ecsimagesecurityenhancement: instances of public images begin with Security Center's agent.
//
// # What is wrong
//
// An instance of a public image was launched without the free security enhancement (SecurityEnhancementStrategy is not Active), and Security
// Center's agent is not on it: nobody would see a brute-force attack on it, malware or a weakness that is known. Or a launch template makes such
// instances.
//
// # What is done
//
// People are told. With install: yes, the agent is installed; the undo takes it off again. It takes minutes to come: as long as
// Security Center does not see it, that is said as partly fixed. One that somebody has suspended is only told of. Whether a launch has asked for it
// cannot be read of an instance afterwards, so what is judged is the agent: a new instance whose launch has asked for it is given
// until the daily sweep. Launch templates are only told of: no version can be changed. Instances of a cluster or a
// scaling group are only told of, too.
//
// Not judged are instances of images that are not Alibaba Cloud's public ones, whose launch has to do without (Deactive) and which
// may have the agent in them, and those that do not run, of which nobody can tell.
//
// # What may break
//
// Nothing. The agent uses a little of the machine, and Security Center's free edition costs nothing.
//
// # References
//
// ECS API DescribeLaunchTemplateVersions (2014-05-26), Security Center API DescribeCloudCenterInstances, OperateAgentClientInstall,
// AddUninstallClientsByUuids (2018-12-03).
package ecsimagesecurityenhancement
