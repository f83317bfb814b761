package cloud

// ramListRoles says of each role what it is, and not who may take it.
func ramListRoles(q *rpcRequest) (any, error) {
	return markedPage(q, sortedKeys(q.c.ram.roles), "Roles", "Role", func(name string) any { return q.c.roleView(q.c.ram.roles[name], false) })
}
