package alb

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Application Load Balancer.
// Jobs are kept for as long as the cloud lives, and no document has them.
type state struct {
	Policies  kernel.Table[*policy]      `yaml:"security-policies,omitempty"`
	Groups    kernel.Table[*serverGroup] `yaml:"server-groups,omitempty"`
	Balancers kernel.Table[*balancer]    `yaml:"load-balancers,omitempty"`

	jobs []job
}

// tables are the resources in the order in which they are loaded: a listener names a policy.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{
		kernel.RowsOf(&c.kept.Policies, kernel.Kind{Key: "security-policies", Prefix: "spy", Type: policyKind}),
		kernel.RowsOf(&c.kept.Groups, kernel.Kind{Key: "server-groups", Prefix: "sgp", Tagged: "servergroup", Type: serverGroupKind}),
		kernel.RowsOf(&c.kept.Balancers, kernel.Kind{Key: "load-balancers", Prefix: "alb", Tagged: "loadbalancer", Type: balancerKind}),
	}
}

// ByHost: the endpoint says the region, and there is no RegionId.
func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Alb", Ram: "alb", Version: "2020-06-16", Endpoint: kernel.Regional("alb"), ByHost: true, Missing: kernel.MissingInECS},
		slices.Concat(balancerActions, listenerActions, policyActions, jobActions, serverGroupActions, regionActions, tagActions),
		"alb-openapi-share.*.aliyuncs.com")
	kernel.Keep(c.Cloud, c, "alb", func(c *Service) *state { return &c.kept }, (*Service).tables)
}

// onALB is what a call needs permission for: the resource that a parameter names, or all of a
// kind where it names none.
func onALB(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string { return []string{q.ARN("alb", kind+"/"+q.OrElse(param, "*"))} }
}

// nestedList is a repeated structure with all that is in it.
// It is never nil, so that answers have a list.
func (q *request) nestedList(name string) []any {
	list := []any{}
	for _, item := range q.Items(name) {
		list = append(list, nested(item))
	}
	return list
}

// nested makes of "ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId" and
// the like what they stand for.
// Numbers and booleans get their types by how they look and what they are called, as the metadata
// of these structures is not in the action's row.
func nested(fields kernel.FieldsOf) map[string]any {
	groups := map[string]kernel.FieldsOf{}
	object := map[string]any{}
	for k, v := range fields {
		head, rest, deeper := strings.Cut(k, ".")
		if !deeper {
			object[head] = v
			if n, err := strconv.Atoi(v); err == nil && head != "Port" && head != "HttpCode" {
				object[head] = n
			}
			if strings.HasSuffix(head, "Enabled") {
				object[head] = strings.EqualFold(v, "true")
			}
			continue
		}
		if groups[head] == nil {
			groups[head] = kernel.FieldsOf{}
		}
		groups[head][rest] = v
	}
	for head, group := range groups {
		inner := nested(group)
		var list []any
		for i := 1; inner[strconv.Itoa(i)] != nil; i++ {
			list = append(list, inner[strconv.Itoa(i)])
		}
		if object[head] = inner; list != nil {
			object[head] = list
		}
	}
	return object
}

// FirstOf is the first that is not empty, of what may be nil.
func FirstOf(v any, fallback string) string {
	s, _ := v.(string)
	return cmp.Or(s, fallback)
}
