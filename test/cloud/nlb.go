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
	groups    []*serverGroup
}

type netBalancer struct {
	ecsResource
	addressType, address6, vpc string
}

// serverGroup is one of Application or of Network Load Balancer.
type serverGroup struct {
	ecsResource
	vpc, kind string
	balancers []string // that lead to it
	servers   []groupServerFile
}

const (
	netBalancerKind = "ACS::NLB::LoadBalancer"
	groupServers    = "Servers:Array!(ServerId ServerType=Ecs|Eni|Eci|Ip|Fc ServerIp Port:Integer=0..65535 Weight:Integer Description) "
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
		name: "ListServerGroups", on: onNLB("servergroup", ""), do: listGroups(func(c *Cloud) []*serverGroup { return c.nlb.groups }),
		params: "RegionId MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType VpcId " + appTag,
	},
	{
		name: "ListServerGroupServers", on: onNLB("servergroup", "ServerGroupId"), do: listGroupServers(func(c *Cloud) []*serverGroup { return c.nlb.groups }),
		params: "RegionId MaxResults:Integer=1..100 NextToken ServerGroupId ServerIds:Array ServerIps:Array",
	},
	{
		name: "AddServersToServerGroup", write: true, on: onNLB("servergroup", "ServerGroupId"), do: addGroupServers(func(c *Cloud) []*serverGroup { return c.nlb.groups }),
		params: "RegionId ServerGroupId! " + groupServers + appOnce,
	},
}

var albGroupActions = []rpcAction{
	{
		name: "ListServerGroups", on: onALB("servergroup", ""), do: listGroups(func(c *Cloud) []*serverGroup { return c.alb.groups }),
		params: `MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType ShowRelationEnabled:Boolean
			VpcId ` + appTag,
	},
	{
		name: "ListServerGroupServers", on: onALB("servergroup", "ServerGroupId"), do: listGroupServers(func(c *Cloud) []*serverGroup { return c.alb.groups }),
		params: "MaxResults:Integer=1..100 NextToken ServerGroupId ServerIds:Array " + appTag,
	},
	{
		name: "AddServersToServerGroup", write: true, on: onALB("servergroup", "ServerGroupId"), do: addGroupServers(func(c *Cloud) []*serverGroup { return c.alb.groups }),
		params: "ServerGroupId! " + groupServers + appOnce,
	},
}

func (c *Cloud) startNLB() {
	c.serveRPC(&rpcProduct{code: "Nlb", ram: "nlb", version: "2022-04-30", byHost: true, missing: missingInECS}, nlbActions, "nlb.*.aliyuncs.com")
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
	return albPage(q, "LoadBalancers", views)
}

func updateNetAddressType(q *rpcRequest) (any, error) {
	b, err := albFind(q, q.c.nlb.balancers, "LoadBalancerId", netBalancerKind)
	if err != nil {
		return nil, err
	}
	b.addressType = q.str("AddressType")
	return map[string]any{}, nil
}

func listGroups(of func(*Cloud) []*serverGroup) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		views := []any{}
		for _, g := range within(q, of(q.c), func(g *serverGroup) bool {
			return g.hasTags(q) && q.chosenBy("ServerGroupIds", g.id) && q.chosenBy("ServerGroupNames", g.name) && q.matches("VpcId", g.vpc) && q.matches("ServerGroupType", g.kind)
		}) {
			view := map[string]any{
				"ServerGroupId": g.id, "ServerGroupName": g.name, "ServerGroupType": g.kind, "ServerGroupStatus": "Available", "VpcId": g.vpc,
				"ServerCount": len(g.servers), "ResourceGroupId": "", "Tags": tagViews(g.tags, "Key", "Value"), "RelatedLoadBalancerIds": listOf(g.balancers),
			}
			if q.product.code == "Alb" && !q.is("ShowRelationEnabled") {
				view["RelatedLoadBalancerIds"] = []string{}
			}
			views = append(views, view)
		}
		return albPage(q, "ServerGroups", views)
	}
}

func listGroupServers(of func(*Cloud) []*serverGroup) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		views := []any{}
		for _, g := range within(q, of(q.c), func(g *serverGroup) bool { return q.matches("ServerGroupId", g.id) }) {
			for _, s := range g.servers {
				if q.chosenBy("ServerIds", s.ID) {
					views = append(views, map[string]any{
						"ServerGroupId": g.id, "ServerId": s.ID, "ServerIp": s.IP, "ServerType": cmp.Or(s.Type, serverType(s.ID)), "Port": s.Port, "Status": "Available", "Weight": 100,
					})
				}
			}
		}
		return albPage(q, "Servers", views)
	}
}

// serverType is what an id names, as these products say it.
func serverType(id string) string {
	switch {
	case strings.HasPrefix(id, "i-"):
		return "Ecs"
	case strings.HasPrefix(id, "eni-"):
		return "Eni"
	}
	return "Ip"
}

func addGroupServers(of func(*Cloud) []*serverGroup) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		g, err := albFind(q, of(q.c), "ServerGroupId", "ACS::"+q.product.code+"::ServerGroup")
		if err != nil {
			return nil, err
		}
		for _, f := range q.items("Servers") {
			port := 0
			if _, err := fmt.Sscan(f["Port"], &port); err != nil && f["Port"] != "" {
				return nil, refuse(400, "InvalidParam.Servers", "The param of Servers is invalid: Port %q.", f["Port"])
			}
			g.servers = append(g.servers, groupServerFile{ID: f["ServerId"], IP: f["ServerIp"], Type: f["ServerType"], Port: port})
		}
		return q.albDone("servergroup", g.id, map[string]any{})
	}
}

// nlbFile is Network Load Balancer.
type nlbFile struct {
	Balancers []netBalancerFile `yaml:"load-balancers,omitempty"`
	Groups    []serverGroupFile `yaml:"server-groups,omitempty"`
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

type serverGroupFile struct {
	ID        string            `yaml:"id"`
	Name      string            `yaml:"name,omitempty"`
	Region    string            `yaml:"region,omitempty"`
	VPC       string            `yaml:"vpc,omitempty"`            // default vpc-1
	Type      string            `yaml:"type,omitempty"`           // default Instance
	Balancers []string          `yaml:"load-balancers,omitempty"` // that lead to it
	Servers   []groupServerFile `yaml:"servers,omitempty"`
	Tags      map[string]string `yaml:"tags,omitempty"`
}

type groupServerFile struct {
	ID   string `yaml:"id"` // of an instance or an interface; an address
	IP   string `yaml:"ip,omitempty"`
	Type string `yaml:"type,omitempty"` // default by the id
	Port int    `yaml:"port,omitempty"`
}

func (l *ecsLoader) serverGroups(product string, files []serverGroupFile) (groups []*serverGroup, err error) {
	for i, f := range files {
		r, err := l.resource(f.ID, f.Name, f.Region, "sgp", f.Tags)
		if err != nil {
			return nil, at(err, "$.%s.server-groups[%d]", product, i)
		}
		groups = append(groups, &serverGroup{
			ecsResource: r, vpc: cmp.Or(f.VPC, "vpc-1"), kind: cmp.Or(f.Type, "Instance"), balancers: slices.Clone(f.Balancers), servers: slices.Clone(f.Servers),
		})
	}
	return groups, nil
}

func (c *Cloud) dumpServerGroups(groups []*serverGroup) (files []serverGroupFile) {
	for _, g := range byID(groups) {
		files = append(files, serverGroupFile{
			ID: g.id, Name: g.name, Region: unless(g.region, c.Region), VPC: unless(g.vpc, "vpc-1"), Type: unless(g.kind, "Instance"), Balancers: slices.Clone(g.balancers),
			Servers: slices.Clone(g.servers), Tags: maps.Clone(g.tags),
		})
	}
	return files
}

func (c *Cloud) loadNLB(f *nlbFile) (*nlbState, error) {
	l, s := &ecsLoader{c: c, seen: map[string]bool{}}, &nlbState{}
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
	s.groups, err = l.serverGroups("nlb", f.Groups)
	return s, err
}

// dumpNLB is the inverse of loadNLB.
func (c *Cloud) dumpNLB() *nlbFile {
	f := &nlbFile{Groups: c.dumpServerGroups(c.nlb.groups)}
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
