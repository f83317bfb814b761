// Package ecstempsshkey: Linux instances can be logged in to with SSH keys that last a minute.
//
// # What is wrong
//
// On a running Linux instance neither Session Manager works nor the plugin of Cloud Assistant for temporary keys
// (config_ecs_instance_connect). So people log in with keys or passwords that last for years, are copied and get lost.
//
// # What is done
//
// People are told once a week, with the call that installs the plugin, or the agent where that is missing. A temporary
// public key is on the host for a minute, and the audit of who asked for it is the event of that call.
//
// Nothing is installed by itself: the plugin is a convenience, and installing it runs a command on the machine. Windows, and what does not
// run, is not judged. No event says that a plugin has come or gone.
//
// # What may break
//
// Nothing: it only tells. Whoever installs the plugin can remove it again: acs-plugin-manager --remove --plugin=config_ecs_instance_connect.
//
// # References
//
// ECS API ListPluginStatus, DescribeCloudAssistantStatus, RunCommand (2014-05-26). The plugin is one that runs once, so that it has a status
// and does not report. Not verified: that an instance without the plugin is among the answers of ListPluginStatus; one that is missing
// there is told as unreadable.
package ecstempsshkey
