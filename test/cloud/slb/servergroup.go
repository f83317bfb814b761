package slb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// classicGroup is a group of servers (a vServer group) of one balancer.
type classicGroup struct {
	kernel.Resource
	servers []classicServer
}

type classicServer struct {
	id, kind, description string
	port, weight          int
}

const classicGroupKind = "ACS::SLB::VServerGroup"

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
		Name: "SetVServerGroupAttribute", Write: true, On: onClassic, Do: setClassicGroup,
		Params: "RegionId! VServerGroupId! VServerGroupName BackendServers",
	},
	{Name: "AddVServerGroupBackendServers", Write: true, On: onClassic, Do: addToClassicGroup, Params: "RegionId! VServerGroupId! BackendServers!"},
	{Name: "RemoveVServerGroupBackendServers", Write: true, On: onClassic, Do: removeFromClassicGroup, Params: "RegionId! VServerGroupId! BackendServers!"},
	{Name: "DeleteVServerGroup", Write: true, On: onClassic, Do: deleteClassicGroup, Params: "RegionId! VServerGroupId!"},
}

// classicGroup finds the group of a call, and its balancer.
func (q *request) classicGroup() (*classicBalancer, *classicGroup, error) {
	for _, b := range q.c.classics {
		for _, g := range b.groups {
			if g.ID == q.Str("VServerGroupId") && b.Region == q.Region {
				q.Touch(classicGroupKind, g.ID)
				return b, g, nil
			}
		}
	}
	return nil, nil, kernel.Refuse(404, "The specified VServerGroupId does not exist", "The specified VServerGroupId does not exist.") // the code is a sentence
}

// classicServers reads the servers of a call, whose numbers some clients write as text.
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
		s := classicServer{id: text("ServerId"), kind: strings.ToLower(text("Type")), description: text("Description"), weight: 100}
		if w := text("Weight"); w != "" {
			n, err := strconv.Atoi(w)
			if err != nil || n < 0 || n > 100 {
				return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: Weight %q.", w)
			}
			s.weight = n
		}
		n, err := strconv.Atoi(text("Port"))
		if err != nil || n < 1 || n > 65535 {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: Port %q.", text("Port"))
		}
		s.port = n
		if !kernel.Has(q.c.ecs.Instances, s.id) && !kernel.Has(q.c.ecs.NICs, s.id) {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: no server %q.", s.id)
		}
		if s.kind == "" {
			s.kind = backendType(s.id)
		}
		servers = append(servers, s)
	}
	return servers, nil
}

func (g *classicGroup) serverViews() map[string]any {
	views := []any{}
	for _, s := range g.servers {
		views = append(views, map[string]any{"ServerId": s.id, "Port": s.port, "Weight": s.weight, "Type": s.kind, "Description": s.description})
	}
	return map[string]any{"BackendServer": views}
}

// answer is what the calls that change a group say of it.
func (g *classicGroup) answer() (any, error) {
	return map[string]any{"VServerGroupId": g.ID, "VServerGroupName": g.Name, "BackendServers": g.serverViews()}, nil
}

func createClassicGroup(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	servers, err := q.classicServers()
	if err != nil {
		return nil, err
	}
	g := &classicGroup{Resource: q.NewResource("rsp", q.OrElse("VServerGroupName", "-")), servers: servers}
	b.groups = append(b.groups, g)
	q.Touch(classicGroupKind, g.ID)
	return g.answer()
}

func describeClassicGroups(q *request) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range b.groups {
		if !g.HasTags(q.Request) || !strings.Contains(g.Name, q.Str("Description")) {
			continue
		}
		listeners := []any{}
		for _, l := range b.listeners {
			if q.Is("IncludeListener") && l.settings["VServerGroupId"] == g.ID {
				listeners = append(listeners, map[string]any{"Port": l.port, "Protocol": l.protocol})
			}
		}
		views = append(views, map[string]any{
			"VServerGroupId": g.ID, "VServerGroupName": g.Name, "CreateTime": kernel.Stamp(g.Created), "ServerCount": len(g.servers), "ServiceManagedMode": "Unmanaged",
			"AssociatedObjects": map[string]any{"Listeners": map[string]any{"Listener": listeners}, "Rules": map[string]any{"Rule": []any{}}},
			"Tags":              map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")},
		})
	}
	return map[string]any{"VServerGroups": map[string]any{"VServerGroup": views}}, nil
}

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

func sameServer(a classicServer) func(classicServer) bool {
	return func(b classicServer) bool { return a.id == b.id && a.port == b.port }
}

// setClassicGroup changes the name, and the weights and descriptions of servers that
// are in the group.
func setClassicGroup(q *request) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		g.Name = q.OrElse("VServerGroupName", g.Name)
		for _, s := range named {
			if i := slices.IndexFunc(g.servers, sameServer(s)); i >= 0 {
				g.servers[i].weight, g.servers[i].description = s.weight, s.description
			}
		}
	})
}

func addToClassicGroup(q *request) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		for _, s := range named {
			if !slices.ContainsFunc(g.servers, sameServer(s)) {
				g.servers = append(g.servers, s)
			}
		}
	})
}

func removeFromClassicGroup(q *request) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		for _, s := range named {
			g.servers = slices.DeleteFunc(g.servers, sameServer(s))
		}
	})
}

func deleteClassicGroup(q *request) (any, error) {
	b, g, err := q.classicGroup()
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(b.listeners, func(l *classicListener) bool { return l.settings["VServerGroupId"] == g.ID }):
		return nil, kernel.Refuse(400, "RspoolVipExist", "The rspool is used by a listener.")
	}
	b.groups = slices.DeleteFunc(b.groups, func(o *classicGroup) bool { return o == g })
	return kernel.Done()
}

// serversOf are the servers behind a listener: those of its group, if it has one, with
// the port at which each is spoken to.
func (b *classicBalancer) serversOf(l *classicListener) []classicServer {
	for _, g := range b.groups {
		if g.ID == l.settings["VServerGroupId"] {
			return g.servers
		}
	}
	var servers []classicServer
	for _, id := range b.servers {
		servers = append(servers, classicServer{id: id, kind: backendType(id), port: l.number("BackendServerPort"), weight: 100})
	}
	return servers
}
