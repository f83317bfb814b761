package cloud

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// classicGroup is a group of servers (a vServer group) of one balancer.
type classicGroup struct {
	ecsResource
	servers []classicServer
}

type classicServer struct {
	id, kind, description string
	port, weight          int
}

const classicGroupKind = "ACS::SLB::VServerGroup"

var classicGroupActions = []rpcAction{
	{
		name: "CreateVServerGroup", write: true, on: onClassic, do: createClassicGroup,
		params: "RegionId! LoadBalancerId! VServerGroupName BackendServers " + classicTag,
	},
	{
		name: "DescribeVServerGroups", on: onClassic, do: describeClassicGroups,
		params: "RegionId! LoadBalancerId! Description IncludeListener:Boolean IncludeRule:Boolean " + classicTag,
	},
	{name: "DescribeVServerGroupAttribute", on: onClassic, do: describeClassicGroup, params: "RegionId! VServerGroupId!"},
	{
		name: "SetVServerGroupAttribute", write: true, on: onClassic, do: setClassicGroup,
		params: "RegionId! VServerGroupId! VServerGroupName BackendServers",
	},
	{name: "AddVServerGroupBackendServers", write: true, on: onClassic, do: addToClassicGroup, params: "RegionId! VServerGroupId! BackendServers!"},
	{name: "RemoveVServerGroupBackendServers", write: true, on: onClassic, do: removeFromClassicGroup, params: "RegionId! VServerGroupId! BackendServers!"},
	{name: "DeleteVServerGroup", write: true, on: onClassic, do: deleteClassicGroup, params: "RegionId! VServerGroupId!"},
}

// classicGroup finds the group of a call, and its balancer.
func (q *rpcRequest) classicGroup() (*classicBalancer, *classicGroup, error) {
	for _, b := range q.c.slb.classics {
		for _, g := range b.groups {
			if g.id == q.str("VServerGroupId") && b.region == q.region {
				q.touch(classicGroupKind, g.id)
				return b, g, nil
			}
		}
	}
	return nil, nil, refuse(404, "The specified VServerGroupId does not exist", "The specified VServerGroupId does not exist.") // the code is a sentence
}

// classicServers reads the servers of a call, whose numbers some clients write as text.
func (q *rpcRequest) classicServers() ([]classicServer, error) {
	if !q.has("BackendServers") {
		return nil, nil
	}
	var items []map[string]any
	if err := readLenient(q.str("BackendServers"), &items); err != nil {
		return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid.")
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
				return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: Weight %q.", w)
			}
			s.weight = n
		}
		n, err := strconv.Atoi(text("Port"))
		if err != nil || n < 1 || n > 65535 {
			return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: Port %q.", text("Port"))
		}
		s.port = n
		if !has(q.c.ecs.instances, s.id) && !has(q.c.ecs.nics, s.id) {
			return nil, refuse(400, "InvalidParameter", "The specified parameter BackendServers is not valid: no server %q.", s.id)
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
	return map[string]any{"VServerGroupId": g.id, "VServerGroupName": g.name, "BackendServers": g.serverViews()}, nil
}

func createClassicGroup(q *rpcRequest) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	servers, err := q.classicServers()
	if err != nil {
		return nil, err
	}
	g := &classicGroup{ecsResource: q.newResource("rsp", q.orElse("VServerGroupName", "-")), servers: servers}
	b.groups = append(b.groups, g)
	q.touch(classicGroupKind, g.id)
	return g.answer()
}

func describeClassicGroups(q *rpcRequest) (any, error) {
	b, err := q.classic()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range b.groups {
		if !g.hasTags(q) || !strings.Contains(g.name, q.str("Description")) {
			continue
		}
		listeners := []any{}
		for _, l := range b.listeners {
			if q.is("IncludeListener") && l.settings["VServerGroupId"] == g.id {
				listeners = append(listeners, map[string]any{"Port": l.port, "Protocol": l.protocol})
			}
		}
		views = append(views, map[string]any{
			"VServerGroupId": g.id, "VServerGroupName": g.name, "CreateTime": stamp(g.created), "ServerCount": len(g.servers), "ServiceManagedMode": "Unmanaged",
			"AssociatedObjects": map[string]any{"Listeners": map[string]any{"Listener": listeners}, "Rules": map[string]any{"Rule": []any{}}},
			"Tags":              map[string]any{"Tag": tagViews(g.tags, "TagKey", "TagValue")},
		})
	}
	return map[string]any{"VServerGroups": map[string]any{"VServerGroup": views}}, nil
}

func describeClassicGroup(q *rpcRequest) (any, error) {
	b, g, err := q.classicGroup()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"VServerGroupId": g.id, "VServerGroupName": g.name, "LoadBalancerId": b.id, "CreateTime": stamp(g.created), "ServiceManagedMode": "Unmanaged",
		"BackendServers": g.serverViews(), "Tags": map[string]any{"Tag": tagViews(g.tags, "TagKey", "TagValue")},
	}, nil
}

// changeClassicGroup changes the group of a call by the servers that it names.
func changeClassicGroup(q *rpcRequest, do func(g *classicGroup, named []classicServer)) (any, error) {
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
func setClassicGroup(q *rpcRequest) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		g.name = q.orElse("VServerGroupName", g.name)
		for _, s := range named {
			if i := slices.IndexFunc(g.servers, sameServer(s)); i >= 0 {
				g.servers[i].weight, g.servers[i].description = s.weight, s.description
			}
		}
	})
}

func addToClassicGroup(q *rpcRequest) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		for _, s := range named {
			if !slices.ContainsFunc(g.servers, sameServer(s)) {
				g.servers = append(g.servers, s)
			}
		}
	})
}

func removeFromClassicGroup(q *rpcRequest) (any, error) {
	return changeClassicGroup(q, func(g *classicGroup, named []classicServer) {
		for _, s := range named {
			g.servers = slices.DeleteFunc(g.servers, sameServer(s))
		}
	})
}

func deleteClassicGroup(q *rpcRequest) (any, error) {
	b, g, err := q.classicGroup()
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(b.listeners, func(l *classicListener) bool { return l.settings["VServerGroupId"] == g.id }):
		return nil, refuse(400, "RspoolVipExist", "The rspool is used by a listener.")
	}
	b.groups = slices.DeleteFunc(b.groups, func(o *classicGroup) bool { return o == g })
	return done()
}

// serversOf are the servers behind a listener: those of its group, if it has one, with
// the port at which each is spoken to.
func (b *classicBalancer) serversOf(l *classicListener) []classicServer {
	for _, g := range b.groups {
		if g.id == l.settings["VServerGroupId"] {
			return g.servers
		}
	}
	var servers []classicServer
	for _, id := range b.servers {
		servers = append(servers, classicServer{id: id, kind: backendType(id), port: l.number("BackendServerPort"), weight: 100})
	}
	return servers
}
