package cloud

// ramListRoles says of each role what it is, and not who may take it.
func ramListRoles(q *rpcRequest) (any, error) {
	names := sortedKeys(q.c.ram.roles)
	from := 0
	if q.has("Marker") {
		var err error
		if from, err = readToken(q.str("Marker"), "ListRoles"); err != nil {
			return nil, err
		}
	}
	to := min(from+q.num("MaxItems", 100), len(names))
	answer := map[string]any{"IsTruncated": to < len(names)}
	if to < len(names) {
		answer["Marker"] = makeToken(to, "ListRoles")
	}
	views := []any{}
	for _, name := range names[min(from, to):to] {
		views = append(views, q.roleView(q.c.ram.roles[name], false))
	}
	answer["Roles"] = map[string]any{"Role": views}
	return answer, nil
}
