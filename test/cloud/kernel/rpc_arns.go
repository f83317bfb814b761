package kernel

import "slices"

// Named takes ids from parameters that hold one each.
func Named(names ...string) func(*Request) []string {
	return func(q *Request) []string {
		var ids []string
		for _, name := range names {
			if q.Has(name) {
				ids = append(ids, q.Str(name))
			}
		}
		return ids
	}
}

// NamedIn takes ids from a parameter that holds a JSON array of them.
func NamedIn(name string) func(*Request) []string {
	return func(q *Request) []string {
		ids, _ := q.JSONList(name, 1000) // the handler refuses a bad one
		return ids
	}
}

// Both joins two lists of ARNs: a call that needs permission for each.
func Both(a, b func(*Request) []string) func(*Request) []string {
	return func(q *Request) []string { return slices.Concat(a(q), b(q)) }
}

// It takes ids from Name.1, Name.2 and on.
var Repeated = func(name string) func(*Request) []string {
	return func(q *Request) []string { return q.List(name) }
}
