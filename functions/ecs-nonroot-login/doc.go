// Package ecsnonrootlogin: Linux instances are entered as an ordinary user.
//
// # What is wrong
//
// An instance was made so that one logs in as root, although its image offers an ordinary user (ecs-user) for it. Whoever gets
// at the key or the password has everything at once, every mistake counts, and nobody can tell who did what. The default version
// of a launch template that does not ask for the ordinary user makes such instances.
//
// # What is done
//
// People are told. How one logs in at first is decided when an instance is made (ImageOptions.LoginAsNonRoot), or when its system disk is
// replaced, so no call changes it. In the system itself sshd can be told not to let root in: ecs-ssh-password-disabled does
// that, where you let it. Images without such a user, Windows, and images that are gone are not judged. Whether somebody has made an
// ordinary user by hand since, the API does not know: exempt such an instance.
//
// # What may break
//
// Nothing: this practice changes nothing.
//
// # References
//
// ECS API DescribeInstances, DescribeImages, DescribeLaunchTemplateVersions (2014-05-26). Version 1 of the SDK cannot set ImageOptions in a
// launch template: use the console, the command line or version 2.
package ecsnonrootlogin
