package ram

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// ramListRoles says of each role what it is, and not who may take it.
func ramListRoles(q *request) (any, error) {
	return markedPage(q, kernel.SortedKeys(q.c.Roles), "Roles", "Role", func(name string) any { return q.c.RoleView(q.c.Roles[name], false) })
}
