package alb

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// serverGroup is what listeners of Application Load Balancer forward to. Its settings
// are kept as they are answered, by the names of the API.
// Balancers is for those who lead to it in ways that are not kept here, such as rules.
type serverGroup struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	VPC             string         `yaml:"vpc,omitempty"`      // default vpc-1
	Protocol        string         `yaml:"protocol,omitempty"` // default HTTP
	Type            string         `yaml:"type,omitempty"`     // default Instance
	Health          map[string]any `yaml:"health-check,omitempty"`
	Sticky          map[string]any `yaml:"sticky-session,omitempty"`
	Balancers       []string       `yaml:"load-balancers,omitempty" dump:"after tags"` // that lead to it, besides those whose listeners say so
	Servers         []server       `yaml:"servers,omitempty" dump:"after tags"`

	scheduler, service         string
	crossZone, keepalive, ipv6 bool
	drain, slow, hash          map[string]any
	changed                    time.Time
}

// server is one of a group.
type server struct {
	ID          string `yaml:"id"` // of an instance or an interface; an address
	IP          string `yaml:"ip,omitempty"`
	Type        string `yaml:"type,omitempty"` // default by the id
	Port        int    `yaml:"port,omitempty"`
	Weight      *int   `yaml:"weight,omitempty"` // default 100
	Description string `yaml:"description,omitempty"`

	more map[string]any // what else a call has said of it
}

func (s *server) defaults() {
	s.Type, s.Weight = cmp.Or(s.Type, kernel.ServerType(s.ID)), cmp.Or(s.Weight, new(100))
}

// What health checks and sessions are where nobody has said anything.
var (
	usualHealth = map[string]any{"HealthCheckEnabled": false}
	usualSticky = map[string]any{"StickySessionEnabled": false}
)

func (g *serverGroup) Defaults(*Service) {
	g.VPC, g.Protocol, g.Type = cmp.Or(g.VPC, "vpc-1"), cmp.Or(g.Protocol, "HTTP"), cmp.Or(g.Type, "Instance")
	g.Health, g.Sticky = besides(usualHealth, g.Health), besides(usualSticky, g.Sticky)
	for i := range g.Servers {
		g.Servers[i].defaults()
	}
}

// besides is what is usual, and over it what somebody has said.
func besides(usual, said map[string]any) map[string]any {
	all := maps.Clone(usual)
	maps.Copy(all, said)
	return all
}

func (g *serverGroup) Check(*Service) error {
	if slices.ContainsFunc(g.Servers, func(s server) bool { return s.ID == "" }) {
		return errors.New("a server of a group needs an id")
	}
	return nil
}

func (g *serverGroup) Complete(*kernel.Loader, *Service) error { g.complete(); return nil }

// complete sets what no document says.
func (g *serverGroup) complete() {
	g.scheduler, g.crossZone = "Wrr", true
	g.drain = map[string]any{"ConnectionDrainEnabled": false, "ConnectionDrainTimeout": 300}
	g.slow = map[string]any{"SlowStartEnabled": false, "SlowStartDuration": 30}
}

// Abridged leaves the settings out that are the usual ones.
func (g *serverGroup) Abridged(*Service) *serverGroup {
	short := *g
	short.Health, short.Sticky = maps.Clone(g.Health), maps.Clone(g.Sticky)
	for _, of := range []struct{ have, usual map[string]any }{{short.Health, usualHealth}, {short.Sticky, usualSticky}} {
		maps.DeleteFunc(of.have, func(name string, v any) bool { return of.usual[name] == v })
	}
	return &short
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

// A group is granted by its id; ListServerGroups has no parameter of that name, and so needs
// permission for all.
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
// Settings within a structure are changed one by one: what a call leaves out stays.
func (g *serverGroup) fill(q *request) {
	for name, into := range map[string]*map[string]any{
		"HealthCheckConfig": &g.Health, "StickySessionConfig": &g.Sticky, "ConnectionDrainConfig": &g.drain, "SlowStartConfig": &g.slow, "UchConfig": &g.hash,
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

// createServerGroup: a group of functions is in no VPC, and every other has to name its own,
// though the metadata does not require it. The settings of a health check have defaults only
// where there is one.
func createServerGroup(q *request) (any, error) {
	g := &serverGroup{
		Resource: q.NewResource("sgp", q.Str("ServerGroupName")), Protocol: q.Str("Protocol"), Type: q.Str("ServerGroupType"), ipv6: q.Is("Ipv6Enabled"),
	}
	g.Defaults(q.c)
	g.complete()
	g.VPC = q.Str("VpcId") // which has no default in a call
	switch {
	case g.Type != "Fc" && g.VPC == "":
		return nil, q.Product.Missing("VpcId")
	case g.Type != "Fc" && q.c.vpc.Of(q.Region, g.VPC) == nil:
		return nil, kernel.Refuse(404, "ResourceNotFound.Vpc", "The specified resource %s is not found.", g.VPC)
	case len(g.Name) < 2 || len(g.Name) > 128:
		return nil, kernel.Refuse(400, "IllegalParam.ServerGroupName", "The param of ServerGroupName is illegal.")
	}
	g.fill(q)
	if g.Health["HealthCheckEnabled"] == true {
		for name, usual := range map[string]any{
			"HealthCheckConnectPort": 0, "HealthCheckHttpVersion": "HTTP1.1", "HealthCheckInterval": 2, "HealthCheckMethod": "HEAD", "HealthCheckPath": "/",
			"HealthCheckProtocol": "HTTP", "HealthCheckTimeout": 5, "HealthyThreshold": 3, "UnhealthyThreshold": 3, "HealthCheckHost": "$SERVER_IP",
			"HealthCheckCodes": []any{"http_2xx", "http_3xx"}, "HealthCheckHttpCodes": []any{"http_2xx", "http_3xx"},
		} {
			if g.Health[name] == nil {
				g.Health[name] = usual
			}
		}
	}
	q.c.kept.Groups = append(q.c.kept.Groups, g)
	q.Touch(serverGroupKind, g.ID)
	return q.done("servergroup", g.ID, map[string]any{"ServerGroupId": g.ID})
}

// ownServerGroup finds a group to be changed: one that is being configured cannot be.
func (q *request) ownServerGroup() (*serverGroup, error) {
	g, err := kernel.FindNamed(q.Request, q.c.kept.Groups, "ServerGroupId", serverGroupKind)
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
	return q.done("servergroup", g.ID, map[string]any{})
}

// listenersOf are the listeners that forward to a group. mu is held.
func (g *serverGroup) listenersOf(c *Service) (listeners, balancers []string) {
	for _, l := range c.listeners() {
		if strings.Contains(fmt.Sprint(l.Actions), g.ID) {
			listeners = append(listeners, l.ID)
			if !slices.Contains(balancers, l.balancer) {
				balancers = append(balancers, l.balancer)
			}
		}
	}
	for _, id := range g.Balancers {
		if !slices.Contains(balancers, id) {
			balancers = append(balancers, id)
		}
	}
	return listeners, balancers
}

// deleteServerGroup refuses while a listener forwards to it.
func deleteServerGroup(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	if used, _ := g.listenersOf(q.c); len(used) > 0 {
		return nil, kernel.Refuse(400, "ResourceInUse.ServerGroup", "The specified resource %s is in use.", g.ID)
	}
	q.c.kept.Groups = kernel.Without(q.c.kept.Groups, g.ID)
	return q.done("servergroup", g.ID, map[string]any{})
}

// listServerGroups says who leads to a group only where the call asks for it
// (ShowRelationEnabled): a reader that forgets it takes every group for unused.
func listServerGroups(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.kept.Groups, func(g *serverGroup) bool {
		return q.ChosenBy("ServerGroupIds", g.ID) && q.ChosenBy("ServerGroupNames", g.Name) && q.Matches("ServerGroupType", g.Type) &&
			q.Matches("VpcId", g.VPC) && g.HasTags(q.Request)
	}) {
		listeners, balancers := g.listenersOf(q.c)
		view := map[string]any{
			"ServerGroupId": g.ID, "ServerGroupName": g.Name, "ServerGroupType": g.Type, "Protocol": g.Protocol, "VpcId": g.VPC, "Scheduler": g.scheduler,
			"ServerGroupStatus": q.c.Status(g.changed, "Configuring", "Available"), "ServerCount": len(g.Servers), "ServiceName": g.service, "ResourceGroupId": "",
			"CreateTime": kernel.Stamp(g.Created), "CrossZoneEnabled": g.crossZone, "UpstreamKeepaliveEnabled": g.keepalive, "Ipv6Enabled": g.ipv6,
			"ServiceManagedEnabled": false, "ServiceManagedMode": "Unmanaged", "ConfigManagedEnabled": false,
			"HealthCheckConfig": g.Health, "StickySessionConfig": g.Sticky, "ConnectionDrainConfig": g.drain, "SlowStartConfig": g.slow,
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

// groupServers are the servers that a call names.
// What it has no field for is kept beside, and answered again.
func (q *request) groupServers() (servers []server) {
	for _, item := range q.nestedList("Servers") {
		more := item.(map[string]any)
		s := server{ID: FirstOf(more["ServerId"], ""), IP: FirstOf(more["ServerIp"], ""), Type: FirstOf(more["ServerType"], ""), Description: FirstOf(more["Description"], "")}
		if n, err := strconv.Atoi(fmt.Sprint(more["Port"])); err == nil {
			s.Port = n
		}
		if n, ok := more["Weight"].(int); ok {
			s.Weight = &n
		}
		for _, name := range []string{"ServerId", "ServerIp", "ServerType", "Description", "Port", "Weight"} {
			delete(more, name)
		}
		s.more = more
		s.defaults()
		servers = append(servers, s)
	}
	return servers
}

func (s *server) view(group string) map[string]any {
	view := map[string]any{"ServerGroupId": group, "ServerId": s.ID, "ServerType": s.Type, "Port": s.Port, "Weight": *s.Weight, "Status": "Available"}
	for name, v := range map[string]string{"ServerIp": s.IP, "Description": s.Description} {
		if v != "" {
			view[name] = v
		}
	}
	maps.Copy(view, s.more)
	return view
}

// is says whether two servers of a group are the same: by id, port and, where a call names
// it, address. One instance may be in a group at several ports.
func (s server) is(other server) bool {
	return s.ID == other.ID && s.Port == other.Port && (s.IP == "" || s.IP == other.IP)
}

// addGroupServers adds all or none. A group of type Instance takes instances and interfaces of
// the region, the others whatever they are told; the address of an instance is filled in.
func addGroupServers(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	added := q.groupServers()
	for i := range added {
		s := &added[i]
		id := s.ID
		_, isInstance := kernel.Find(q.Request, q.c.ecs.Instances, id)
		_, isInterface := kernel.Find(q.Request, q.c.ecs.NICs, id)
		switch {
		case id == "":
			return nil, q.Product.Missing("Servers.1.ServerId")
		case g.Type == "Instance" && !isInstance && !isInterface:
			return nil, kernel.Refuse(404, "ResourceNotFound.BackendServer", "The specified resource %s is not found.", id)
		case slices.ContainsFunc(g.Servers, s.is):
			return nil, kernel.Refuse(400, "ResourceAlreadyExist.BackendServer", "The specified resource %s is already exist.", id) // sic
		}
		if i, ok := kernel.Find(q.Request, q.c.ecs.Instances, id); ok && s.IP == "" {
			s.IP = i.PrivateIP
		}
	}
	g.Servers = append(g.Servers, added...)
	g.changed = q.c.Clock()
	return q.done("servergroup", g.ID, map[string]any{})
}

// removeGroupServers: what is not there is not missed.
func removeGroupServers(q *request) (any, error) {
	g, err := q.ownServerGroup()
	if err != nil {
		return nil, err
	}
	for _, s := range q.groupServers() {
		g.Servers = slices.DeleteFunc(g.Servers, s.is)
	}
	g.changed = q.c.Clock()
	return q.done("servergroup", g.ID, map[string]any{})
}

func listGroupServers(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.kept.Groups, func(g *serverGroup) bool { return q.Matches("ServerGroupId", g.ID) }) {
		for _, s := range g.Servers {
			if q.ChosenBy("ServerIds", s.ID) {
				views = append(views, s.view(g.ID))
			}
		}
	}
	return kernel.NamedPage(q.Request, "Servers", views)
}
