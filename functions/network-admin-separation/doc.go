// Package networkadminseparation: only network administrators change networks.
//
// # What is wrong
//
// Somebody who is not a network administrator has changed a security group, a network ACL, a
// route or a flow log. The guide asks for network administrators of their own, so that who
// runs a program cannot open it to the world by the way, and a stolen key of a program
// cannot either.
//
// # What is done
//
// It is told, once a day for each person or role, however much they change: the message names
// the first change that was seen, and ActionTrail has the others. Network administrators are
// the members of the RAM user groups under groups, and the roles under roles: those of CI and
// Terraform, and of people who sign in by SSO, who all are roles. Until one of these is named,
// nobody knows who they are, and nothing is judged. Alibaba Cloud's own services
// and ecsguard are not judged. Nothing is put back: the change may be right, and what is
// dangerous about it is looked after by the practices about security groups, ACLs and flow logs.
//
// # What may break
//
// Nothing: it only tells.
//
// # References
//
// RAM API ListGroupsForUser (2015-05-01). Events name a role as RoleName:SessionName.
package networkadminseparation
