package alb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// serverGroup is what listeners of Application Load Balancer forward to. Its settings
// are kept as they are answered.
type serverGroup struct {
	kernel.Resource
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

var serverGroupActions = []action{
	{
		Name: "CreateServerGroup", Write: true, On: onALB("servergroup", ""), Do: createServerGroup,
		Params: "ServerGroupName! ServerGroupType=Instance|Ip|Fc Protocol=HTTP|HTTPS|gRPC VpcId Ipv6Enabled:Boolean ResourceGroupId " +
			fmt.Sprintf(groupSettings, "!") + kernel.AppOnce + kernel.AppTag,
	},
	{
		Name: "UpdateServerGroupAttribute", Write: true, On: onServerGroup, Do: updateServerGroup,
		Params: "ServerGroupId! ServerGroupName " + fmt.Sprintf(groupSettings, "") + kernel.AppOnce,
	},
	{Name: "DeleteServerGroup", Write: true, On: onServerGroup, Do: deleteServerGroup, Params: "ServerGroupId! " + kernel.AppOnce},
	{
		Name: "ListServerGroups", On: onServerGroup, Do: listServerGroups,
		Params: `MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType=Instance|Ip|Fc VpcId ShowRelationEnabled:Boolean ` + kernel.AppTag,
	},
	{Name: "AddServersToServerGroup", Write: true, On: onServerGroup, Do: addGroupServers, Params: "ServerGroupId! " + groupServers + kernel.AppOnce},
	{Name: "RemoveServersFromServerGroup", Write: true, On: onServerGroup, Do: removeGroupServers, Params: "ServerGroupId! " + groupServers + kernel.AppOnce},
	{
		Name: "ListServerGroupServers", On: onServerGroup, Do: listGroupServers,
		Params: "ServerGroupId ServerIds:Array MaxResults:Integer=1..1000 NextToken " + kernel.AppTag,
	},
}

// structOf are the fields of a structure of a call, in their types.
func (q *request) structOf(name string) map[string]any {
	fields := kernel.FieldsOf{}
	for k, v := range q.Params {
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
func (g *serverGroup) fill(q *request) {
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
	g.Name, g.scheduler, g.service = q.OrElse("ServerGroupName", g.Name), q.OrElse("Scheduler", g.scheduler), q.OrElse("ServiceName", g.service)
	for name, into := range map[string]*bool{"CrossZoneEnabled": &g.crossZone, "UpstreamKeepaliveEnabled": &g.keepalive} {
		if q.Has(name) {
			*into = q.Is(name)
		}
	}
	g.changed = q.c.Clock()
}

// newServerGroup has what a call need not say.
func newServerGroup(r kernel.Resource) *serverGroup {
	return &serverGroup{
		Resource: r, protocol: "HTTP", kind: "Instance", vpc: "vpc-1", scheduler: "Wrr", crossZone: true,
		health: map[string]any{"HealthCheckEnabled": false}, sticky: map[string]any{"StickySessionEnabled": false},
		drain: map[string]any{"ConnectionDrainEnabled": false, "ConnectionDrainTimeout": 300}, slow: map[string]any{"SlowStartEnabled": false, "SlowStartDuration": 30},
	}
}

func createServerGroup(q *request) (any, error) {
	g := newServerGroup(q.NewResource("sgp", q.Str("ServerGroupName")))
	g.protocol, g.kind, g.vpc, g.ipv6 = q.OrElse("Protocol", g.protocol), q.OrElse("ServerGroupType", g.kind), q.Str("VpcId"), q.Is("Ipv6Enabled")
	switch {
	case g.kind != "Fc" && g.vpc == "":
		return nil, q.Product.Missing("VpcId")
	case g.kind != "Fc" && q.c.vpc.Of(q.Region, g.vpc) == nil:
		return nil, kernel.Refuse(404, "ResourceNotFound.Vpc", "The specified resource %s is not found.", g.vpc)
	case len(g.Name) < 2 || len(g.Name) > 128:
		return nil, kernel.Refuse(400, "IllegalParam.ServerGroupName", "The param of ServerGroupName is illegal.")
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
	q.c.groups = append(q.c.groups, g)
	q.Touch(serverGroupKind, g.ID)
	return q.albDone("servergroup", g.ID, map[string]any{"ServerGroupId": g.ID})
}

// ownServerGroup finds a group to be changed: one that is being configured cannot be.
func (q *request) ownServerGroup() (*serverGroup, error) {
	g, err := kernel.FindNamed(q.Request, q.c.groups, "ServerGroupId", serverGroupKind)
	if err == nil && !q.c.Settled(g.changed) {
		return nil, kernel.Refuse(400, "IncorrectStatus.ServerGroup", "The status of ServerGroup [%s] is incorrect.", g.ID)
	}
	return g, err
}

func updateServerGroup(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	g.fill(q)
	return q.albDone("servergroup", g.ID, map[string]any{})
}

// listenersOf are the listeners that forward to a group. mu is held.
func (g *serverGroup) listenersOf(c *Service) (listeners, balancers []string) {
	for _, l := range c.listeners {
		if strings.Contains(fmt.Sprint(l.actions), g.ID) {
			listeners = append(listeners, l.ID)
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

func deleteServerGroup(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	if used, _ := g.listenersOf(q.c); len(used) > 0 {
		return nil, kernel.Refuse(400, "ResourceInUse.ServerGroup", "The specified resource %s is in use.", g.ID)
	}
	q.c.groups = kernel.Without(q.c.groups, g.ID)
	return q.albDone("servergroup", g.ID, map[string]any{})
}

func listServerGroups(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.groups, func(g *serverGroup) bool {
		return q.ChosenBy("ServerGroupIds", g.ID) && q.ChosenBy("ServerGroupNames", g.Name) && q.Matches("ServerGroupType", g.kind) &&
			q.Matches("VpcId", g.vpc) && g.HasTags(q.Request)
	}) {
		listeners, balancers := g.listenersOf(q.c)
		view := map[string]any{
			"ServerGroupId": g.ID, "ServerGroupName": g.Name, "ServerGroupType": g.kind, "Protocol": g.protocol, "VpcId": g.vpc, "Scheduler": g.scheduler,
			"ServerGroupStatus": q.c.Status(g.changed, "Configuring", "Available"), "ServerCount": len(g.servers), "ServiceName": g.service, "ResourceGroupId": "",
			"CreateTime": kernel.Stamp(g.Created), "CrossZoneEnabled": g.crossZone, "UpstreamKeepaliveEnabled": g.keepalive, "Ipv6Enabled": g.ipv6,
			"ServiceManagedEnabled": false, "ServiceManagedMode": "Unmanaged", "ConfigManagedEnabled": false,
			"HealthCheckConfig": g.health, "StickySessionConfig": g.sticky, "ConnectionDrainConfig": g.drain, "SlowStartConfig": g.slow,
			"RelatedListenerIds": append([]string{}, listeners...), "RelatedLoadBalancerIds": append([]string{}, balancers...), "RelatedRuleIds": []string{},
			"Tags": kernel.TagViews(g.Tags, "Key", "Value"),
		}
		if !q.Is("ShowRelationEnabled") {
			view["RelatedListenerIds"], view["RelatedLoadBalancerIds"] = []string{}, []string{}
		}
		if g.hash != nil {
			view["UchConfig"] = g.hash
		}
		views = append(views, view)
	}
	return kernel.NamedPage(q.Request, "ServerGroups", views)
}

func (q *request) groupServers() []map[string]any {
	var servers []map[string]any
	for _, item := range q.nestedList("Servers") {
		servers = append(servers, item.(map[string]any))
	}
	return servers
}

// one says whether two servers of a group are the same: by id, address and port.
func oneServer(a map[string]any) func(map[string]any) bool {
	return func(b map[string]any) bool {
		return a["ServerId"] == b["ServerId"] && fmt.Sprint(a["Port"]) == fmt.Sprint(b["Port"]) && (FirstOf(a["ServerIp"], "") == "" || a["ServerIp"] == b["ServerIp"])
	}
}

func addGroupServers(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	added := q.groupServers()
	for _, s := range added {
		id := FirstOf(s["ServerId"], "")
		_, isInstance := kernel.Find(q.Request, q.c.ecs.Instances, id)
		_, isInterface := kernel.Find(q.Request, q.c.ecs.NICs, id)
		switch {
		case id == "":
			return nil, q.Product.Missing("Servers.1.ServerId")
		case g.kind == "Instance" && !isInstance && !isInterface:
			return nil, kernel.Refuse(404, "ResourceNotFound.BackendServer", "The specified resource %s is not found.", id)
		case slices.ContainsFunc(g.servers, oneServer(s)):
			return nil, kernel.Refuse(400, "ResourceAlreadyExist.BackendServer", "The specified resource %s is already exist.", id) // sic
		}
		if s["Weight"] == nil {
			s["Weight"] = 100
		}
		s["Status"] = "Available"
		if n, err := strconv.Atoi(fmt.Sprint(s["Port"])); err == nil {
			s["Port"] = n
		}
		if i, ok := kernel.Find(q.Request, q.c.ecs.Instances, id); ok && s["ServerIp"] == nil {
			s["ServerIp"] = i.PrivateIP
		}
	}
	g.servers = append(g.servers, added...)
	g.changed = q.c.Clock()
	return q.albDone("servergroup", g.ID, map[string]any{})
}

func removeGroupServers(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	for _, s := range q.groupServers() {
		g.servers = slices.DeleteFunc(g.servers, oneServer(s))
	}
	g.changed = q.c.Clock()
	return q.albDone("servergroup", g.ID, map[string]any{})
}

func listGroupServers(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.groups, func(g *serverGroup) bool { return q.Matches("ServerGroupId", g.ID) }) {
		for _, s := range g.servers {
			if q.ChosenBy("ServerIds", FirstOf(s["ServerId"], "")) {
				view := map[string]any{"ServerGroupId": g.ID}
				for k, v := range s {
					view[k] = v
				}
				views = append(views, view)
			}
		}
	}
	return kernel.NamedPage(q.Request, "Servers", views)
}
