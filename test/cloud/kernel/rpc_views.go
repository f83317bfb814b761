package kernel

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// TagViews are tags as most answers of ECS write them.
// By key, since a map has no order and answers have to compare.
func TagViews(tags map[string]string, keyName, valueName string) []map[string]any {
	views := []map[string]any{}
	for _, k := range SortedKeys(tags) {
		views = append(views, map[string]any{keyName: k, valueName: tags[k]})
	}
	return views
}

// ListOf is a list that is never null in JSON.
func ListOf(values []string) []string { return append([]string{}, values...) }

// Done is the answer of a call that returns nothing.
func Done() (any, error) { return map[string]any{}, nil }

// joined is a list on one line.
func joined(ids []string) string { return strings.Join(ids, ",") }

// Numbered answers a page that the call chooses by its number.
// outer and inner are the two names that lists of this age have: Disks and Disk.
func Numbered[T any](q *Request, all []T, size int, outer, inner string, view func(T) map[string]any) (map[string]any, error) {
	page, answer, err := AnyPage(q, all, size)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, v := range page {
		views = append(views, view(v))
	}
	delete(answer, "NextToken")
	answer[outer] = map[string]any{inner: views}
	return answer, nil
}

// InWords writes the numbers of a page as text, as some answers of VPC do.
func InWords(answer map[string]any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"PageNumber", "PageSize", "TotalCount"} {
		answer[name] = fmt.Sprint(answer[name])
	}
	return answer, nil
}

// ValidName checks the name of a list or a group.
// Empty is valid: whether a name is needed is another question.
func ValidName(name string) bool {
	return name == "" || len(name) >= 2 && len(name) <= 128 &&
		!strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://")
}

func SortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// InList says whether one of a comma-separated list is v; an empty list has
// everything.
func InList(list, v string) bool { return list == "" || slices.Contains(strings.Split(list, ","), v) }

// IsIPv6 tells the family of a block by how it is written.
func IsIPv6(cidr string) bool { return strings.Contains(cidr, ":") }

// ValidPorts checks "from/to". Protocols without ports have "-1/-1" only, and
// those with ports never: all of them is "1/65535".
func ValidPorts(s string, withPorts bool) bool {
	if !withPorts {
		return s == "-1/-1"
	}
	a, b, ok := strings.Cut(s, "/")
	from, err := strconv.Atoi(a)
	to, err2 := strconv.Atoi(b)
	return ok && err == nil && err2 == nil && 1 <= from && from <= to && to <= 65535
}

// It is the oldest one, and the documented default of both balancers.
const UsualTLSPolicy = "tls_cipher_policy_1_0"

// ServerType is what an id names, as these products say it.
func ServerType(id string) string {
	switch {
	case strings.HasPrefix(id, "i-"):
		return "Ecs"
	case strings.HasPrefix(id, "eni-"):
		return "Eni"
	}
	return "Ip"
}
