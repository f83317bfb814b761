package cloud

import "slices"

// named takes ids from parameters that hold one each.
func named(names ...string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		var ids []string
		for _, name := range names {
			if q.has(name) {
				ids = append(ids, q.str(name))
			}
		}
		return ids
	}
}

// namedIn takes ids from a parameter that holds a JSON array of them.
func namedIn(name string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		ids, _ := q.jsonList(name, 1000) // the handler refuses a bad one
		return ids
	}
}

// both joins two lists of ARNs: a call that needs permission for each.
func both(a, b func(*rpcRequest) []string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string { return slices.Concat(a(q), b(q)) }
}

var repeated = func(name string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string { return q.list(name) }
}
