// Package cloudassistantcommandaudit: only those who are named run commands, send files and open sessions through Cloud Assistant.
//
// # What is wrong
//
// Somebody who is not named for it ran a command on instances, put a file on them, opened a session, or stored or changed a
// command. Cloud Assistant runs code as root, past every security group and without any key of the machine, so that whoever
// gets hold of an AccessKey uses it first.
//
// # What is done
//
// People are told of each use: who, from where, on which instances, as which user, how long the script is, its SHA-256, its
// name, and words of it. Only words that are known to be no secret are shown: programs, well-known files, hosts and addresses
// without what follows them; everything else of it is left out, and nothing else of it is kept. Only this practice's own function
// reads such scripts.
//
// Name who may under principals (deploy, role/ops), and scripts that anybody may run, by their SHA-256, under commands: a hash
// cannot be forged, but says nothing once a script takes parameters, is started by a launcher, or in a folder of somebody's choice, so that
// it counts only without. With networks, a principal who is
// named may from there only; what comes from a service has no address. With protected, nobody runs anything as root on instances that
// carry these tags. Until somebody is named, every use is told.
//
// OOS and patch management use the same calls. Name the role that OOS takes (role/OOSServiceRole, say), or let services
// of Alibaba Cloud act by themselves with services: yes. Whoever may start an execution of OOS in that role then runs whatever they like:
// limit oos:StartExecution and ram:PassRole.
//
// Runs of ecsguard itself are known by the id of their role, which Function Compute alone takes, and never by their
// name: a command may be called anything. A run's own tags exempt nothing, since whoever runs it chooses them; exempt in the settings.
//
// With end: yes and enforce, a session of somebody who may not open one is ended while it is open. A command is not stopped by itself,
// since half of it may have run; the message has the call.
//
// # What may break
//
// With end: yes, a person's shell is cut off in the middle of their work. They may open another, and nothing brings the
// first one back. Otherwise nothing: it tells.
//
// # References
//
// ECS API RunCommand, InvokeCommand, CreateCommand, ModifyCommand, ModifyInvocationAttribute, SendFile, StartTerminalSession,
// EndTerminalSession, StopInvocation, DescribeInvocations, DescribeCommands, DescribeSendFileResults, DescribeTerminalSessions
// (2014-05-26). Events may mask CommandContent, and have it in Base64 or not: it is read from the API. The type
// ACS::ECS::SendFile and the type of sessions are ecsguard's own words.
package cloudassistantcommandaudit
