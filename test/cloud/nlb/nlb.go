package nlb

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Network Load Balancer: as much of it as says what it leads to.
type state struct {
	balancers []*netBalancer
	groups    []*netGroup
}

type netBalancer struct {
	kernel.Resource
	addressType, address6, vpc string
}

// netGroup is a server group of Network Load Balancer.
type netGroup struct {
	kernel.Resource
	vpc, kind string
	balancers []string // that lead to it
	servers   []netServerFile
}

const (
	netBalancerKind = "ACS::NLB::LoadBalancer"
	netGroupServers = "Servers:Array!(ServerId ServerType=Ecs|Eni|Eci|Ip|Fc ServerIp Port:Integer=0..65535 Weight:Integer Description) "
)

var nlbActions = []action{
	{
		Name: "ListLoadBalancers", On: onNLB("loadbalancer", ""), Do: listNetBalancers,
		Params: `RegionId Address AddressIpVersion AddressType DNSName Ipv6AddressType LoadBalancerBusinessStatus LoadBalancerIds:Array LoadBalancerNames:Array
			LoadBalancerStatus LoadBalancerType MaxResults:Integer=1..100 NextToken ResourceGroupId VpcIds:Array ZoneId ` + kernel.AppTag,
	},
	{
		Name: "UpdateLoadBalancerAddressTypeConfig", Write: true, On: onNLB("loadbalancer", "LoadBalancerId"), Do: updateNetAddressType,
		Params: "RegionId LoadBalancerId! AddressType!=Internet|Intranet ZoneMappings:Array(ZoneId VSwitchId AllocationId EipType) " + kernel.AppOnce,
	},
	{
		Name: "ListServerGroups", On: onNLB("servergroup", ""), Do: listNetGroups,
		Params: "RegionId MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType VpcId " + kernel.AppTag,
	},
	{
		Name: "ListServerGroupServers", On: onNLB("servergroup", "ServerGroupId"), Do: listNetServers,
		Params: "RegionId MaxResults:Integer=1..100 NextToken ServerGroupId ServerIds:Array ServerIps:Array",
	},
	{
		Name: "AddServersToServerGroup", Write: true, On: onNLB("servergroup", "ServerGroupId"), Do: addNetServers,
		Params: "RegionId ServerGroupId! " + netGroupServers + kernel.AppOnce,
	},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Nlb", Ram: "nlb", Version: "2022-04-30", Endpoint: kernel.Regional("nlb"), ByHost: true, Missing: kernel.MissingInECS}, nlbActions)
	c.AddSection(kernel.SectionOf("nlb", func(f *nlbFile, _ map[string]any) (func(), error) {
		s, err := c.loadNLB(f)
		return func() { c.state = *s }, err
	}, func() (*nlbFile, error) { return c.dumpNLB(), nil }))
}

func onNLB(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string { return []string{q.ARN("nlb", kind+"/"+q.OrElse(param, "*"))} }
}

func listNetBalancers(q *request) (any, error) {
	views := []any{}
	for _, b := range kernel.Within(q.Request, q.c.balancers, func(b *netBalancer) bool {
		return b.HasTags(q.Request) && q.ChosenBy("LoadBalancerIds", b.ID) && q.ChosenBy("LoadBalancerNames", b.Name) && q.ChosenBy("VpcIds", b.vpc) &&
			q.Matches("AddressType", b.addressType) && q.Matches("Ipv6AddressType", b.address6)
	}) {
		views = append(views, map[string]any{
			"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "LoadBalancerStatus": "Active", "LoadBalancerBusinessStatus": "Normal", "LoadBalancerType": "network",
			"AddressType": b.addressType, "Ipv6AddressType": b.address6, "VpcId": b.vpc, "RegionId": b.Region, "ResourceGroupId": "", "CreateTime": kernel.Stamp(b.Created),
			"AddressIpVersion": map[bool]string{true: "ipv4", false: "DualStack"}[b.address6 == ""], "DNSName": b.ID + "." + b.Region + ".nlb.aliyuncs.com",
			"Tags": kernel.TagViews(b.Tags, "TagKey", "TagValue"),
		})
	}
	return kernel.NamedPage(q.Request, "LoadBalancers", views)
}

func updateNetAddressType(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.balancers, "LoadBalancerId", netBalancerKind)
	if err != nil {
		return nil, err
	}
	b.addressType = q.Str("AddressType")
	return map[string]any{}, nil
}

func listNetGroups(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.groups, func(g *netGroup) bool {
		return g.HasTags(q.Request) && q.ChosenBy("ServerGroupIds", g.ID) && q.ChosenBy("ServerGroupNames", g.Name) && q.Matches("VpcId", g.vpc) && q.Matches("ServerGroupType", g.kind)
	}) {
		view := map[string]any{
			"ServerGroupId": g.ID, "ServerGroupName": g.Name, "ServerGroupType": g.kind, "ServerGroupStatus": "Available", "VpcId": g.vpc,
			"ServerCount": len(g.servers), "ResourceGroupId": "", "Tags": kernel.TagViews(g.Tags, "Key", "Value"), "RelatedLoadBalancerIds": kernel.ListOf(g.balancers),
		}
		views = append(views, view)
	}
	return kernel.NamedPage(q.Request, "ServerGroups", views)
}

func listNetServers(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.groups, func(g *netGroup) bool { return q.Matches("ServerGroupId", g.ID) }) {
		for _, s := range g.servers {
			if q.ChosenBy("ServerIds", s.ID) {
				views = append(views, map[string]any{
					"ServerGroupId": g.ID, "ServerId": s.ID, "ServerIp": s.IP, "ServerType": cmp.Or(s.Type, kernel.ServerType(s.ID)), "Port": s.Port, "Status": "Available", "Weight": 100,
				})
			}
		}
	}
	return kernel.NamedPage(q.Request, "Servers", views)
}

func addNetServers(q *request) (any, error) {
	g, err := kernel.FindNamed(q.Request, q.c.groups, "ServerGroupId", "ACS::NLB::ServerGroup")
	if err != nil {
		return nil, err
	}
	for _, f := range q.Items("Servers") {
		port := 0
		if _, err := fmt.Sscan(f["Port"], &port); err != nil && f["Port"] != "" {
			return nil, kernel.Refuse(400, "InvalidParam.Servers", "The param of Servers is invalid: Port %q.", f["Port"])
		}
		g.servers = append(g.servers, netServerFile{ID: f["ServerId"], IP: f["ServerIp"], Type: f["ServerType"], Port: port})
	}
	return map[string]any{"ServerGroupId": g.ID, "JobId": strings.ToLower(q.c.Random.Uuid())}, nil
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
		r, err := l.Resource(f.ID, f.Name, f.Region, "sgp", f.Tags)
		if err != nil {
			return nil, kernel.At(err, "$.nlb.server-groups[%d]", i)
		}
		groups = append(groups, &netGroup{
			Resource: r, vpc: cmp.Or(f.VPC, "vpc-1"), kind: cmp.Or(f.Type, "Instance"), balancers: slices.Clone(f.Balancers), servers: slices.Clone(f.Servers),
		})
	}
	return groups, nil
}

func (c *Service) dumpNetGroups(groups []*netGroup) (files []netGroupFile) {
	for _, g := range kernel.ByID(groups) {
		files = append(files, netGroupFile{
			ID: g.ID, Name: g.Name, Region: kernel.Unless(g.Region, c.Region), VPC: kernel.Unless(g.vpc, "vpc-1"), Type: kernel.Unless(g.kind, "Instance"), Balancers: slices.Clone(g.balancers),
			Servers: slices.Clone(g.servers), Tags: maps.Clone(g.Tags),
		})
	}
	return files
}

// nlbLoader builds one state.
type nlbLoader struct{ kernel.Loader }

func (c *Service) loadNLB(f *nlbFile) (*state, error) {
	l, s := &nlbLoader{c.NewLoader()}, &state{}
	for i, v := range f.Balancers {
		r, err := l.Resource(v.ID, v.Name, v.Region, "nlb", v.Tags)
		b := &netBalancer{Resource: r, addressType: cmp.Or(v.AddressType, "Internet"), address6: v.Address6, vpc: cmp.Or(v.VPC, "vpc-1")}
		if err == nil && b.addressType != "Internet" && b.addressType != "Intranet" {
			err = fmt.Errorf("address-type is %q, not Internet or Intranet", v.AddressType)
		}
		if err != nil {
			return nil, kernel.At(err, "$.nlb.load-balancers[%d]", i)
		}
		s.balancers = append(s.balancers, b)
	}
	var err error
	s.groups, err = l.netGroups(f.Groups)
	return s, err
}

// dumpNLB is the inverse of loadNLB.
func (c *Service) dumpNLB() *nlbFile {
	f := &nlbFile{Groups: c.dumpNetGroups(c.groups)}
	for _, b := range kernel.ByID(c.balancers) {
		f.Balancers = append(f.Balancers, netBalancerFile{
			ID: b.ID, Name: b.Name, Region: kernel.Unless(b.Region, c.Region), AddressType: kernel.Unless(b.addressType, "Internet"), Address6: b.address6, VPC: kernel.Unless(b.vpc, "vpc-1"), Tags: maps.Clone(b.Tags),
		})
	}
	if len(f.Balancers)+len(f.Groups) == 0 {
		return nil
	}
	return f
}
