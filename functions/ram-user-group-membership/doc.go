// Package ramusergroupmembership: every RAM user is in a group and no group is empty.
//
// # What is wrong
//
// A RAM user is in no group, so that what it may do is decided for it alone; or a group has
// nobody in it, and waits with its policies for whoever is put into it by mistake.
//
// # What is done
//
// People are told, a minute after a user was made or taken out of a group, since the next call
// often puts it into another. Where the operator names a group for such users (group), they are
// added to it, but only as long as that group has no policies: adding somebody must not give rights.
// Empty groups are only told of.
//
// # What may break
//
// Nothing: the group gives no rights. Whoever gives it policies later gives them to all in it.
//
// # References
//
// RAM API ListGroupsForUser, ListUsersForGroup, AddUserToGroup (2015-05-01). A group that has
// members cannot be deleted, so that its deletion leaves nobody without one. Exempt the users of
// services and machines.
package ramusergroupmembership
