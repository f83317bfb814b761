package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nlbState is Network Load Balancer: as much of it as says what it leads to.
type nlbState struct {
	balancers []*netBalancer
	groups    []*netGroup
}

type netBalancer struct {
	ecsResource
	addressType, address6, vpc string
}

// netGroup is a server group of Network Load Balancer.
type netGroup struct {
	ecsResource
	vpc, kind string
	balancers []string // that lead to it
	servers   []netServerFile
}

const (
	netBalancerKind = "ACS::NLB::LoadBalancer"
	netGroupServers = "Servers:Array!(ServerId ServerType=Ecs|Eni|Eci|Ip|Fc ServerIp Port:Integer=0..65535 Weight:Integer Description) "
)

var nlbActions = []rpcAction{
	{
		name: "ListLoadBalancers", on: onNLB("loadbalancer", ""), do: listNetBalancers,
		params: `RegionId Address AddressIpVersion AddressType DNSName Ipv6AddressType LoadBalancerBusinessStatus LoadBalancerIds:Array LoadBalancerNames:Array
			LoadBalancerStatus LoadBalancerType MaxResults:Integer=1..100 NextToken ResourceGroupId VpcIds:Array ZoneId ` + appTag,
	},
	{
		name: "UpdateLoadBalancerAddressTypeConfig", write: true, on: onNLB("loadbalancer", "LoadBalancerId"), do: updateNetAddressType,
		params: "RegionId LoadBalancerId! AddressType!=Internet|Intranet ZoneMappings:Array(ZoneId VSwitchId AllocationId EipType) " + appOnce,
	},
	{
		name: "ListServerGroups", on: onNLB("servergroup", ""), do: listNetGroups,
		params: "RegionId MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType VpcId " + appTag,
	},
	{
		name: "ListServerGroupServers", on: onNLB("servergroup", "ServerGroupId"), do: listNetServers,
		params: "RegionId MaxResults:Integer=1..100 NextToken ServerGroupId ServerIds:Array ServerIps:Array",
	},
	{
		name: "AddServersToServerGroup", write: true, on: onNLB("servergroup", "ServerGroupId"), do: addNetServers,
		params: "RegionId ServerGroupId! " + netGroupServers + appOnce,
	},
}

func (c *Cloud) startNLB() {
	c.serveRPC(&rpcProduct{code: "Nlb", ram: "nlb", version: "2022-04-30", byHost: true, missing: missingInECS}, nlbActions, "nlb.*.aliyuncs.com")
	c.addSection(sectionOf("nlb", func(f *nlbFile, _ map[string]any) (func(), error) {
		s, err := c.loadNLB(f)
		return func() { c.nlb = *s }, err
	}, func() (*nlbFile, error) { return c.dumpNLB(), nil }))
}

func onNLB(kind, param string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string { return []string{q.arn("nlb", kind+"/"+q.orElse(param, "*"))} }
}

func listNetBalancers(q *rpcRequest) (any, error) {
	views := []any{}
	for _, b := range within(q, q.c.nlb.balancers, func(b *netBalancer) bool {
		return b.hasTags(q) && q.chosenBy("LoadBalancerIds", b.id) && q.chosenBy("LoadBalancerNames", b.name) && q.chosenBy("VpcIds", b.vpc) &&
			q.matches("AddressType", b.addressType) && q.matches("Ipv6AddressType", b.address6)
	}) {
		views = append(views, map[string]any{
			"LoadBalancerId": b.id, "LoadBalancerName": b.name, "LoadBalancerStatus": "Active", "LoadBalancerBusinessStatus": "Normal", "LoadBalancerType": "network",
			"AddressType": b.addressType, "Ipv6AddressType": b.address6, "VpcId": b.vpc, "RegionId": b.region, "ResourceGroupId": "", "CreateTime": stamp(b.created),
			"AddressIpVersion": map[bool]string{true: "ipv4", false: "DualStack"}[b.address6 == ""], "DNSName": b.id + "." + b.region + ".nlb.aliyuncs.com",
			"Tags": tagViews(b.tags, "TagKey", "TagValue"),
		})
	}
	return namedPage(q, "LoadBalancers", views)
}

func updateNetAddressType(q *rpcRequest) (any, error) {
	b, err := findNamed(q, q.c.nlb.balancers, "LoadBalancerId", netBalancerKind)
	if err != nil {
		return nil, err
	}
	b.addressType = q.str("AddressType")
	return map[string]any{}, nil
}

func listNetGroups(q *rpcRequest) (any, error) {
	views := []any{}
	for _, g := range within(q, q.c.nlb.groups, func(g *netGroup) bool {
		return g.hasTags(q) && q.chosenBy("ServerGroupIds", g.id) && q.chosenBy("ServerGroupNames", g.name) && q.matches("VpcId", g.vpc) && q.matches("ServerGroupType", g.kind)
	}) {
		view := map[string]any{
			"ServerGroupId": g.id, "ServerGroupName": g.name, "ServerGroupType": g.kind, "ServerGroupStatus": "Available", "VpcId": g.vpc,
			"ServerCount": len(g.servers), "ResourceGroupId": "", "Tags": tagViews(g.tags, "Key", "Value"), "RelatedLoadBalancerIds": listOf(g.balancers),
		}
		views = append(views, view)
	}
	return namedPage(q, "ServerGroups", views)
}

func listNetServers(q *rpcRequest) (any, error) {
	views := []any{}
	for _, g := range within(q, q.c.nlb.groups, func(g *netGroup) bool { return q.matches("ServerGroupId", g.id) }) {
		for _, s := range g.servers {
			if q.chosenBy("ServerIds", s.ID) {
				views = append(views, map[string]any{
					"ServerGroupId": g.id, "ServerId": s.ID, "ServerIp": s.IP, "ServerType": cmp.Or(s.Type, serverType(s.ID)), "Port": s.Port, "Status": "Available", "Weight": 100,
				})
			}
		}
	}
	return namedPage(q, "Servers", views)
}

func addNetServers(q *rpcRequest) (any, error) {
	g, err := findNamed(q, q.c.nlb.groups, "ServerGroupId", "ACS::NLB::ServerGroup")
	if err != nil {
		return nil, err
	}
	for _, f := range q.items("Servers") {
		port := 0
		if _, err := fmt.Sscan(f["Port"], &port); err != nil && f["Port"] != "" {
			return nil, refuse(400, "InvalidParam.Servers", "The param of Servers is invalid: Port %q.", f["Port"])
		}
		g.servers = append(g.servers, netServerFile{ID: f["ServerId"], IP: f["ServerIp"], Type: f["ServerType"], Port: port})
	}
	return map[string]any{"ServerGroupId": g.id, "JobId": strings.ToLower(q.c.random.uuid())}, nil
}

// nlbFile is Network Load Balancer.
type nlbFile struct {
	Balancers []netBalancerFile `yaml:"load-balancers,omitempty"`
	Groups    []netGroupFile    `yaml:"server-groups,omitempty"`
}

type netBalancerFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	AddressType string            `yaml:"address-type,omitempty"` // Internet (default) or Intranet
	Address6    string            `yaml:"ipv6-address-type,omitempty"`
	VPC         string            `yaml:"vpc,omitempty"` // default vpc-1
	Tags        map[string]string `yaml:"tags,omitempty"`
}

type netGroupFile struct {
	ID        string            `yaml:"id"`
	Name      string            `yaml:"name,omitempty"`
	Region    string            `yaml:"region,omitempty"`
	VPC       string            `yaml:"vpc,omitempty"`            // default vpc-1
	Type      string            `yaml:"type,omitempty"`           // default Instance
	Balancers []string          `yaml:"load-balancers,omitempty"` // that lead to it
	Servers   []netServerFile   `yaml:"servers,omitempty"`
	Tags      map[string]string `yaml:"tags,omitempty"`
}

type netServerFile struct {
	ID   string `yaml:"id"` // of an instance or an interface; an address
	IP   string `yaml:"ip,omitempty"`
	Type string `yaml:"type,omitempty"` // default by the id
	Port int    `yaml:"port,omitempty"`
}

func (l *nlbLoader) netGroups(files []netGroupFile) (groups []*netGroup, err error) {
	for i, f := range files {
		r, err := l.resource(f.ID, f.Name, f.Region, "sgp", f.Tags)
		if err != nil {
			return nil, at(err, "$.nlb.server-groups[%d]", i)
		}
		groups = append(groups, &netGroup{
			ecsResource: r, vpc: cmp.Or(f.VPC, "vpc-1"), kind: cmp.Or(f.Type, "Instance"), balancers: slices.Clone(f.Balancers), servers: slices.Clone(f.Servers),
		})
	}
	return groups, nil
}

func (c *Cloud) dumpNetGroups(groups []*netGroup) (files []netGroupFile) {
	for _, g := range byID(groups) {
		files = append(files, netGroupFile{
			ID: g.id, Name: g.name, Region: unless(g.region, c.Region), VPC: unless(g.vpc, "vpc-1"), Type: unless(g.kind, "Instance"), Balancers: slices.Clone(g.balancers),
			Servers: slices.Clone(g.servers), Tags: maps.Clone(g.tags),
		})
	}
	return files
}

// nlbLoader builds one state.
type nlbLoader struct{ loader }

func (c *Cloud) loadNLB(f *nlbFile) (*nlbState, error) {
	l, s := &nlbLoader{c.newLoader()}, &nlbState{}
	for i, v := range f.Balancers {
		r, err := l.resource(v.ID, v.Name, v.Region, "nlb", v.Tags)
		b := &netBalancer{ecsResource: r, addressType: cmp.Or(v.AddressType, "Internet"), address6: v.Address6, vpc: cmp.Or(v.VPC, "vpc-1")}
		if err == nil && b.addressType != "Internet" && b.addressType != "Intranet" {
			err = fmt.Errorf("address-type is %q, not Internet or Intranet", v.AddressType)
		}
		if err != nil {
			return nil, at(err, "$.nlb.load-balancers[%d]", i)
		}
		s.balancers = append(s.balancers, b)
	}
	var err error
	s.groups, err = l.netGroups(f.Groups)
	return s, err
}

// dumpNLB is the inverse of loadNLB.
func (c *Cloud) dumpNLB() *nlbFile {
	f := &nlbFile{Groups: c.dumpNetGroups(c.nlb.groups)}
	for _, b := range byID(c.nlb.balancers) {
		f.Balancers = append(f.Balancers, netBalancerFile{
			ID: b.id, Name: b.name, Region: unless(b.region, c.Region), AddressType: unless(b.addressType, "Internet"), Address6: b.address6, VPC: unless(b.vpc, "vpc-1"), Tags: maps.Clone(b.tags),
		})
	}
	if len(f.Balancers)+len(f.Groups) == 0 {
		return nil
	}
	return f
}
