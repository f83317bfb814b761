package slb

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// classicGroup is a group of servers (a vServer group) of one balancer.
// It takes the place of the balancer's default servers for listeners that name it. Groups for
// forwarding rules and primary/secondary groups are left out.
type classicGroup struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region"`
	Servers         []classicServer `yaml:"servers,omitempty" dump:"after tags"`
}

func (g *classicGroup) load(l *kernel.Loader, region string) (err error) {
	if g.Resource, err = l.Resource(g.ID, g.Name, region, "rsp", g.Tags); err != nil {
		return err
	}
	for i := range g.Servers {
		s := &g.Servers[i]
		if s.Port < 1 || s.Port > 65535 || s.ID == "" {
			return errors.New("a server of a group needs an id and a port")
		}
		if s.kind = backendType(s.ID); s.Weight == nil {
			s.Weight = new(100)
		}
	}
	return nil
}

func (g *classicGroup) abridged() *classicGroup {
	short := *g
	short.Servers = slices.Clone(g.Servers)
	for i, s := range short.Servers {
		if *s.Weight == 100 {
			short.Servers[i].Weight = nil
		}
	}
	return &short
}

// kind is ecs or eni; the same server may be in a group with several ports.
type classicServer struct {
	ID     string `yaml:"id"`
	Port   int    `yaml:"port"`
	Weight *int   `yaml:"weight,omitempty"` // default 100, as 0 means no traffic; nil in a document only

	kind, description string
}

const classicGroupKind = "ACS::SLB::VServerGroup"

// But for making and listing, they name the group and not the balancer, so RAM judges them for all balancers: a policy on one
// balancer does not let change its groups. ModifyVServerGroupBackendServers is left out.
var classicGroupActions = []action{
	{
		Name: "CreateVServerGroup", Write: true, On: onClassic, Do: createClassicGroup,
		Params: "RegionId! LoadBalancerId! VServerGroupName BackendServers " + classicTag,
	},
	{
		Name: "DescribeVServerGroups", On: onClassic, Do: describeClassicGroups,
		Params: "RegionId! LoadBalancerId! Description IncludeListener:Boolean IncludeRule:Boolean " + classicTag,
	},
	{Name: "DescribeVServerGroupAttribute", On: onClassic, Do: describeClassicGroup, Params: "RegionId! VServerGroupId!"},
	{
		// Servers that are not in the group are passed over.
		Name: "SetVServerGroupAttribute", Write: true, On: onClassic, Do: setClassicGroup,
		Params: "RegionId! VServerGroupId! VServerGroupName BackendServers",
	},
	{Name: "AddVServerGroupBackendServers", Write: true, On: onClassic, Do: addToClassicGroup, Params: "RegionId! VServerGroupId! BackendServers!"},
	// By id and port; one that is not in it is not missed.
	{Name: "RemoveVServerGroupBackendServers", Write: true, On: onClassic, Do: removeFromClassicGroup, Params: "RegionId! VServerGroupId! BackendServers!"},
	{Name: "DeleteVServerGroup", Write: true, On: onClassic, Do: deleteClassicGroup, Params: "RegionId! VServerGroupId!"},
}

// classicGroup finds the group of a call, and its balancer.
func (q *request) classicGroup() (*classicBalancer, *classicGroup, error) {
	for _, b := range q.c.Balancers {
		for _, g := range b.Groups {
			if g.ID == q.Str("VServerGroupId") && b.Region == q.Region {
				q.Touch(classicGroupKind, g.ID)
				return b, g, nil
			}
		}
	}
	return nil, nil, kernel.Refuse(404, "The specified VServerGroupId does not exist", "The specified VServerGroupId does not exist.") // the code is a sentence
}

// classicServers reads the servers of a call, whose numbers some clients write as text.
// Weight is 0 to 100, and 0 drains a server. A server that does not exist is refused, with
// InvalidParameter for whatever is wrong.
func (q *request) classicServers() ([]classicServer, error) {
	if !q.Has("BackendServers") {
		return nil, nil
	}
	var items []map[string]any
	if err := kernel.ReadLenient(q.Str("BackendServers"), &items); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid.")
	}
	var servers []classicServer
	for _, item := range items {
		text := func(name string) string {
			if v, ok := item[name]; ok && v != nil {
				return fmt.Sprint(v)
			}
			return ""
		}
		s := classicServer{ID: text("ServerId"), kind: strings.ToLower(text("Type")), description: text("Description"), Weight: new(100)}
		if w := text("Weight"); w != "" {
			n, err := strconv.Atoi(w)
			if err != nil || n < 0 || n > 100 {
				return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: Weight %q.", w)
			}
			s.Weight = &n
		}
		n, err := strconv.Atoi(text("Port"))
		if err != nil || n < 1 || n > 65535 {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: Port %q.", text("Port"))
		}
		s.Port = n
		if !kernel.Has(q.c.ecs.Instances, s.ID) && !kernel.Has(q.c.ecs.NICs, s.ID) {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: no server %q.", s.ID)
		}
		if s.kind == "" {
			s.kind = backendType(s.ID)
		}
		servers = append(servers, s)
	}
	return servers, nil
}

func (g *classicGroup) serverViews() map[string]any {
	views := []any{}
	for _, s := range g.Servers {
		views = append(views, map[string]any{"ServerId": s.ID, "Port": s.Port, "Weight": *s.Weight, "Type": s.kind, "Description": s.description})
	}
	return map[string]any{"BackendServer": views}
}

// answer is what the calls that change a group say of it.
func (g *classicGroup) answer() (any, error) {
	return map[string]any{"VServerGroupId": g.ID, "VServerGroupName": g.Name, "BackendServers": g.serverViews()}, nil
}

// Without a name it is called "-".
func createClassicGroup(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	servers, err := q.classicServers()
	if err != nil {
		return nil, err
	}
	g := &classicGroup{Resource: q.NewResource("rsp", q.OrElse("VServerGroupName", "-")), Servers: servers}
	b.Groups = append(b.Groups, g)
	q.Touch(classicGroupKind, g.ID)
	return g.answer()
}

// The filter called Description compares with a part of the name. Listeners are listed only when
// asked for.
func describeClassicGroups(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range b.Groups {
		if !g.HasTags(q.Request) || !strings.Contains(g.Name, q.Str("Description")) {
			continue
		}
		listeners := []any{}
		for _, l := range b.Listeners {
			if q.Is("IncludeListener") && l.Settings["VServerGroupId"] == g.ID {
				listeners = append(listeners, map[string]any{"Port": l.Port, "Protocol": l.Protocol})
			}
		}
		views = append(views, map[string]any{
			"VServerGroupId": g.ID, "VServerGroupName": g.Name, "CreateTime": kernel.Stamp(g.Created), "ServerCount": len(g.Servers), "ServiceManagedMode": "Unmanaged",
			"AssociatedObjects": map[string]any{"Listeners": map[string]any{"Listener": listeners}, "Rules": map[string]any{"Rule": []any{}}},
			"Tags":              map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")},
		})
	}
	return map[string]any{"VServerGroups": map[string]any{"VServerGroup": views}}, nil
}

// It names the balancer, which the list does not.
func describeClassicGroup(q *request) (any, error) {
	b, g, err := q.classicGroup()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"VServerGroupId": g.ID, "VServerGroupName": g.Name, "LoadBalancerId": b.ID, "CreateTime": kernel.Stamp(g.Created), "ServiceManagedMode": "Unmanaged",
		"BackendServers": g.serverViews(), "Tags": map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")},
	}, nil
}

// changeClassicGroup changes the group of a call by the servers that it names.
func changeClassicGroup(q *request, do func(g *classicGroup, named []classicServer)) (any, error) {
	_, g, err := q.classicGroup()
	if err != nil {
		return nil, err
	}
	named, err := q.classicServers()
	if err != nil {
		return nil, err
	}
	do(g, named)
	return g.answer()
}

// A server is the same with the same port: weight and description do not count.
func sameServer(a classicServer) func(classicServer) bool {
	return func(b classicServer) bool { return a.ID == b.ID && a.Port == b.Port }
}

// setClassicGroup changes the name, and the weights and descriptions of servers that
// are in the group.
func setClassicGroup(q *request) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		g.Name = q.OrElse("VServerGroupName", g.Name)
		for _, s := range named {
			if i := slices.IndexFunc(g.Servers, sameServer(s)); i >= 0 {
				g.Servers[i].Weight, g.Servers[i].description = s.Weight, s.description
			}
		}
	})
}

// A server that is in the group already stays as it is.
func addToClassicGroup(q *request) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		for _, s := range named {
			if !slices.ContainsFunc(g.Servers, sameServer(s)) {
				g.Servers = append(g.Servers, s)
			}
		}
	})
}

func removeFromClassicGroup(q *request) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		for _, s := range named {
			g.Servers = slices.DeleteFunc(g.Servers, sameServer(s))
		}
	})
}

// The code's name is the back end's own for such a group.
func deleteClassicGroup(q *request) (any, error) {
	b, g, err := q.classicGroup()
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(b.Listeners, func(l *classicListener) bool { return l.Settings["VServerGroupId"] == g.ID }):
		return nil, kernel.Refuse(400, "RspoolVipExist", "The rspool is used by a listener.")
	}
	b.Groups = slices.DeleteFunc(b.Groups, func(o *classicGroup) bool { return o == g })
	return kernel.Done()
}

// serversOf are the servers behind a listener: those of its group, if it has one, with
// the port at which each is spoken to.
func (b *classicBalancer) serversOf(l *classicListener) []classicServer {
	for _, g := range b.Groups {
		if g.ID == l.Settings["VServerGroupId"] {
			return g.Servers
		}
	}
	var servers []classicServer
	for _, id := range b.Servers {
		servers = append(servers, classicServer{ID: id, kind: backendType(id), Port: l.number("BackendServerPort"), Weight: new(100)})
	}
	return servers
}
