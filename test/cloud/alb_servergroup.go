package cloud

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// serverGroup is what listeners of Application Load Balancer forward to. Its settings
// are kept as they are answered.
type serverGroup struct {
	ecsResource
	protocol, kind, vpc, scheduler, service string
	crossZone, keepalive, ipv6              bool
	health, sticky, drain, slow, hash       map[string]any
	servers                                 []map[string]any
	balancers                               []string // that lead to it, besides those whose listeners say so
	changed                                 time.Time
}

const (
	serverGroupKind = "ACS::ALB::ServerGroup"
	groupSettings   = `HealthCheckConfig:Struct%s(HealthCheckEnabled:Boolean HealthCheckConnectPort:Integer=0..65535 HealthCheckHost HealthCheckHttpVersion=HTTP1.0|HTTP1.1
			HealthCheckInterval:Integer=1..50 HealthCheckMethod=GET|HEAD|POST HealthCheckPath HealthCheckProtocol=HTTP|HTTPS|TCP|gRPC
			HealthCheckTimeout:Integer=1..300 HealthyThreshold:Integer=2..10 UnhealthyThreshold:Integer=2..10 HealthCheckTcpFastCloseEnabled:Boolean
			HealthCheckCodes:Array HealthCheckHttpCodes:Array)
		StickySessionConfig:Struct(StickySessionEnabled:Boolean Cookie CookieTimeout:Integer=1..86400 StickySessionType=Insert|Server)
		ConnectionDrainConfig:Struct(ConnectionDrainEnabled:Boolean ConnectionDrainTimeout:Integer=0..900)
		SlowStartConfig:Struct(SlowStartEnabled:Boolean SlowStartDuration:Integer=30..900) UchConfig:Struct(Type Value)
		Scheduler=Wrr|Wlc|Sch|Uch ServiceName CrossZoneEnabled:Boolean UpstreamKeepaliveEnabled:Boolean `
	groupServers = "Servers:Array!(ServerId ServerType=Ecs|Eni|Eci|Ip|Fc ServerIp Port:Integer=0..65535 Weight:Integer=0..100 Description RemoteIpEnabled:Boolean) "
)

var onServerGroup = onALB("servergroup", "ServerGroupId")

var serverGroupActions = []rpcAction{
	{
		name: "CreateServerGroup", write: true, on: onALB("servergroup", ""), do: createServerGroup,
		params: "ServerGroupName! ServerGroupType=Instance|Ip|Fc Protocol=HTTP|HTTPS|gRPC VpcId Ipv6Enabled:Boolean ResourceGroupId " +
			fmt.Sprintf(groupSettings, "!") + appOnce + appTag,
	},
	{
		name: "UpdateServerGroupAttribute", write: true, on: onServerGroup, do: updateServerGroup,
		params: "ServerGroupId! ServerGroupName " + fmt.Sprintf(groupSettings, "") + appOnce,
	},
	{name: "DeleteServerGroup", write: true, on: onServerGroup, do: deleteServerGroup, params: "ServerGroupId! " + appOnce},
	{
		name: "ListServerGroups", on: onServerGroup, do: listServerGroups,
		params: `MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType=Instance|Ip|Fc VpcId ShowRelationEnabled:Boolean ` + appTag,
	},
	{name: "AddServersToServerGroup", write: true, on: onServerGroup, do: addGroupServers, params: "ServerGroupId! " + groupServers + appOnce},
	{name: "RemoveServersFromServerGroup", write: true, on: onServerGroup, do: removeGroupServers, params: "ServerGroupId! " + groupServers + appOnce},
	{
		name: "ListServerGroupServers", on: onServerGroup, do: listGroupServers,
		params: "ServerGroupId ServerIds:Array MaxResults:Integer=1..1000 NextToken " + appTag,
	},
}

// structOf are the fields of a structure of a call, in their types.
func (q *rpcRequest) structOf(name string) map[string]any {
	fields := fieldsOf{}
	for k, v := range q.params {
		if field, ok := strings.CutPrefix(k, name+"."); ok {
			fields[field] = v
		}
	}
	object := nested(fields)
	for k, v := range object {
		if list, ok := v.(map[string]any); ok && strings.HasSuffix(k, "Codes") {
			codes := []any{}
			for i := 1; list[strconv.Itoa(i)] != nil; i++ {
				codes = append(codes, list[strconv.Itoa(i)])
			}
			object[k] = codes
		}
	}
	return object
}

// fill takes what a call says and leaves the rest.
func (g *serverGroup) fill(q *rpcRequest) {
	for name, into := range map[string]*map[string]any{
		"HealthCheckConfig": &g.health, "StickySessionConfig": &g.sticky, "ConnectionDrainConfig": &g.drain, "SlowStartConfig": &g.slow, "UchConfig": &g.hash,
	} {
		for k, v := range q.structOf(name) {
			if *into == nil {
				*into = map[string]any{}
			}
			(*into)[k] = v
		}
	}
	g.name, g.scheduler, g.service = q.orElse("ServerGroupName", g.name), q.orElse("Scheduler", g.scheduler), q.orElse("ServiceName", g.service)
	for name, into := range map[string]*bool{"CrossZoneEnabled": &g.crossZone, "UpstreamKeepaliveEnabled": &g.keepalive} {
		if q.has(name) {
			*into = q.is(name)
		}
	}
	g.changed = q.c.clock()
}

// newServerGroup has what a call need not say.
func newServerGroup(r ecsResource) *serverGroup {
	return &serverGroup{
		ecsResource: r, protocol: "HTTP", kind: "Instance", vpc: "vpc-1", scheduler: "Wrr", crossZone: true,
		health: map[string]any{"HealthCheckEnabled": false}, sticky: map[string]any{"StickySessionEnabled": false},
		drain: map[string]any{"ConnectionDrainEnabled": false, "ConnectionDrainTimeout": 300}, slow: map[string]any{"SlowStartEnabled": false, "SlowStartDuration": 30},
	}
}

func createServerGroup(q *rpcRequest) (any, error) {
	g := newServerGroup(q.newResource("sgp", q.str("ServerGroupName")))
	g.protocol, g.kind, g.vpc, g.ipv6 = q.orElse("Protocol", g.protocol), q.orElse("ServerGroupType", g.kind), q.str("VpcId"), q.is("Ipv6Enabled")
	switch {
	case g.kind != "Fc" && g.vpc == "":
		return nil, q.product.missing("VpcId")
	case g.kind != "Fc" && q.c.vpc.of(q.region, g.vpc) == nil:
		return nil, refuse(404, "ResourceNotFound.Vpc", "The specified resource %s is not found.", g.vpc)
	case len(g.name) < 2 || len(g.name) > 128:
		return nil, refuse(400, "IllegalParam.ServerGroupName", "The param of ServerGroupName is illegal.")
	}
	g.fill(q)
	if g.health["HealthCheckEnabled"] == true {
		for name, usual := range map[string]any{
			"HealthCheckConnectPort": 0, "HealthCheckHttpVersion": "HTTP1.1", "HealthCheckInterval": 2, "HealthCheckMethod": "HEAD", "HealthCheckPath": "/",
			"HealthCheckProtocol": "HTTP", "HealthCheckTimeout": 5, "HealthyThreshold": 3, "UnhealthyThreshold": 3, "HealthCheckHost": "$SERVER_IP",
			"HealthCheckCodes": []any{"http_2xx", "http_3xx"}, "HealthCheckHttpCodes": []any{"http_2xx", "http_3xx"},
		} {
			if g.health[name] == nil {
				g.health[name] = usual
			}
		}
	}
	q.c.alb.groups = append(q.c.alb.groups, g)
	q.touch(serverGroupKind, g.id)
	return q.albDone("servergroup", g.id, map[string]any{"ServerGroupId": g.id})
}

// ownServerGroup finds a group to be changed: one that is being configured cannot be.
func (q *rpcRequest) ownServerGroup() (*serverGroup, error) {
	g, err := findNamed(q, q.c.alb.groups, "ServerGroupId", serverGroupKind)
	if err == nil && !q.c.settled(g.changed) {
		return nil, refuse(400, "IncorrectStatus.ServerGroup", "The status of ServerGroup [%s] is incorrect.", g.id)
	}
	return g, err
}

func updateServerGroup(q *rpcRequest) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	g.fill(q)
	return q.albDone("servergroup", g.id, map[string]any{})
}

// listenersOf are the listeners that forward to a group. mu is held.
func (g *serverGroup) listenersOf(c *Cloud) (listeners, balancers []string) {
	for _, l := range c.alb.listeners {
		if strings.Contains(fmt.Sprint(l.actions), g.id) {
			listeners = append(listeners, l.id)
			if !slices.Contains(balancers, l.balancer) {
				balancers = append(balancers, l.balancer)
			}
		}
	}
	for _, id := range g.balancers {
		if !slices.Contains(balancers, id) {
			balancers = append(balancers, id)
		}
	}
	return listeners, balancers
}

func deleteServerGroup(q *rpcRequest) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	if used, _ := g.listenersOf(q.c); len(used) > 0 {
		return nil, refuse(400, "ResourceInUse.ServerGroup", "The specified resource %s is in use.", g.id)
	}
	q.c.alb.groups = without(q.c.alb.groups, g.id)
	return q.albDone("servergroup", g.id, map[string]any{})
}

func listServerGroups(q *rpcRequest) (any, error) {
	views := []any{}
	for _, g := range within(q, q.c.alb.groups, func(g *serverGroup) bool {
		return q.chosenBy("ServerGroupIds", g.id) && q.chosenBy("ServerGroupNames", g.name) && q.matches("ServerGroupType", g.kind) &&
			q.matches("VpcId", g.vpc) && g.hasTags(q)
	}) {
		listeners, balancers := g.listenersOf(q.c)
		view := map[string]any{
			"ServerGroupId": g.id, "ServerGroupName": g.name, "ServerGroupType": g.kind, "Protocol": g.protocol, "VpcId": g.vpc, "Scheduler": g.scheduler,
			"ServerGroupStatus": q.c.status(g.changed, "Configuring", "Available"), "ServerCount": len(g.servers), "ServiceName": g.service, "ResourceGroupId": "",
			"CreateTime": stamp(g.created), "CrossZoneEnabled": g.crossZone, "UpstreamKeepaliveEnabled": g.keepalive, "Ipv6Enabled": g.ipv6,
			"ServiceManagedEnabled": false, "ServiceManagedMode": "Unmanaged", "ConfigManagedEnabled": false,
			"HealthCheckConfig": g.health, "StickySessionConfig": g.sticky, "ConnectionDrainConfig": g.drain, "SlowStartConfig": g.slow,
			"RelatedListenerIds": append([]string{}, listeners...), "RelatedLoadBalancerIds": append([]string{}, balancers...), "RelatedRuleIds": []string{},
			"Tags": tagViews(g.tags, "Key", "Value"),
		}
		if !q.is("ShowRelationEnabled") {
			view["RelatedListenerIds"], view["RelatedLoadBalancerIds"] = []string{}, []string{}
		}
		if g.hash != nil {
			view["UchConfig"] = g.hash
		}
		views = append(views, view)
	}
	return namedPage(q, "ServerGroups", views)
}

func (q *rpcRequest) groupServers() []map[string]any {
	var servers []map[string]any
	for _, item := range q.nestedList("Servers") {
		servers = append(servers, item.(map[string]any))
	}
	return servers
}

// one says whether two servers of a group are the same: by id, address and port.
func oneServer(a map[string]any) func(map[string]any) bool {
	return func(b map[string]any) bool {
		return a["ServerId"] == b["ServerId"] && fmt.Sprint(a["Port"]) == fmt.Sprint(b["Port"]) && (firstOf(a["ServerIp"], "") == "" || a["ServerIp"] == b["ServerIp"])
	}
}

func addGroupServers(q *rpcRequest) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	added := q.groupServers()
	for _, s := range added {
		id := firstOf(s["ServerId"], "")
		_, isInstance := find(q, q.c.ecs.instances, id)
		_, isInterface := find(q, q.c.ecs.nics, id)
		switch {
		case id == "":
			return nil, q.product.missing("Servers.1.ServerId")
		case g.kind == "Instance" && !isInstance && !isInterface:
			return nil, refuse(404, "ResourceNotFound.BackendServer", "The specified resource %s is not found.", id)
		case slices.ContainsFunc(g.servers, oneServer(s)):
			return nil, refuse(400, "ResourceAlreadyExist.BackendServer", "The specified resource %s is already exist.", id) // sic
		}
		if s["Weight"] == nil {
			s["Weight"] = 100
		}
		s["Status"] = "Available"
		if n, err := strconv.Atoi(fmt.Sprint(s["Port"])); err == nil {
			s["Port"] = n
		}
		if i, ok := find(q, q.c.ecs.instances, id); ok && s["ServerIp"] == nil {
			s["ServerIp"] = i.privateIP
		}
	}
	g.servers = append(g.servers, added...)
	g.changed = q.c.clock()
	return q.albDone("servergroup", g.id, map[string]any{})
}

func removeGroupServers(q *rpcRequest) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	for _, s := range q.groupServers() {
		g.servers = slices.DeleteFunc(g.servers, oneServer(s))
	}
	g.changed = q.c.clock()
	return q.albDone("servergroup", g.id, map[string]any{})
}

func listGroupServers(q *rpcRequest) (any, error) {
	views := []any{}
	for _, g := range within(q, q.c.alb.groups, func(g *serverGroup) bool { return q.matches("ServerGroupId", g.id) }) {
		for _, s := range g.servers {
			if q.chosenBy("ServerIds", firstOf(s["ServerId"], "")) {
				view := map[string]any{"ServerGroupId": g.id}
				for k, v := range s {
					view[k] = v
				}
				views = append(views, view)
			}
		}
	}
	return namedPage(q, "Servers", views)
}
