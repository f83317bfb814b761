package nlb

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Network Load Balancer: as much of it as says what it leads to.
type state struct {
	Balancers kernel.Table[*balancer]    `yaml:"load-balancers,omitempty"`
	Groups    kernel.Table[*serverGroup] `yaml:"server-groups,omitempty"`
}

func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{
		kernel.RowsOf(&c.kept.Balancers, kernel.Kind{Key: "load-balancers", Prefix: "nlb", Tagged: "loadbalancer", Type: balancerKind}),
		kernel.RowsOf(&c.kept.Groups, kernel.Kind{Key: "server-groups", Prefix: "sgp", Tagged: "servergroup", Type: groupKind}),
	}
}

// It stands in a VPC, and is reached from the internet where one of its two address types says so.
type balancer struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	AddressType     string `yaml:"address-type,omitempty"` // Internet (default) or Intranet
	Address6        string `yaml:"ipv6-address-type,omitempty"`
	VPC             string `yaml:"vpc,omitempty"` // default vpc-1
}

func (b *balancer) Defaults(*Service) {
	b.AddressType, b.VPC = cmp.Or(b.AddressType, "Internet"), cmp.Or(b.VPC, "vpc-1")
}

func (b *balancer) Check(*Service) error {
	if b.AddressType != "Internet" && b.AddressType != "Intranet" {
		return fmt.Errorf("address-type is %q, not Internet or Intranet", b.AddressType)
	}
	return nil
}

// serverGroup is what a balancer may lead to.
type serverGroup struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	VPC             string   `yaml:"vpc,omitempty"`            // default vpc-1
	Type            string   `yaml:"type,omitempty"`           // default Instance
	Balancers       []string `yaml:"load-balancers,omitempty"` // that lead to it: no listener is kept here that would say so
	Servers         []server `yaml:"servers,omitempty"`
}

type server struct {
	ID   string `yaml:"id"` // of an instance or an interface; an address
	IP   string `yaml:"ip,omitempty"`
	Type string `yaml:"type,omitempty"` // default by the id
	Port int    `yaml:"port,omitempty"`
}

func (g *serverGroup) Defaults(*Service) {
	g.VPC, g.Type = cmp.Or(g.VPC, "vpc-1"), cmp.Or(g.Type, "Instance")
}

func (g *serverGroup) Check(*Service) error { return nil }

const (
	balancerKind = "ACS::NLB::LoadBalancer"
	groupKind    = "ACS::NLB::ServerGroup"
	groupServers = "Servers:Array!(ServerId ServerType=Ecs|Eni|Eci|Ip|Fc ServerIp Port:Integer=0..65535 Weight:Integer Description) "
)

// Version 2022-04-30, in the manner of Application Load Balancer's API. What makes and deletes
// balancers, groups and listeners is refused by name.
var actions = []action{
	{
		Name: "ListLoadBalancers", On: onNLB("loadbalancer", ""), Do: listBalancers,
		Params: `RegionId Address AddressIpVersion AddressType DNSName Ipv6AddressType LoadBalancerBusinessStatus LoadBalancerIds:Array LoadBalancerNames:Array
			LoadBalancerStatus LoadBalancerType MaxResults:Integer=1..100 NextToken ResourceGroupId VpcIds:Array ZoneId ` + kernel.AppTag,
	},
	{
		Name: "UpdateLoadBalancerAddressTypeConfig", Write: true, On: onNLB("loadbalancer", "LoadBalancerId"), Do: updateAddressType,
		Params: "RegionId LoadBalancerId! AddressType!=Internet|Intranet ZoneMappings:Array(ZoneId VSwitchId AllocationId EipType) " + kernel.AppOnce,
	},
	{
		Name: "ListServerGroups", On: onNLB("servergroup", ""), Do: listGroups,
		Params: "RegionId MaxResults:Integer=1..100 NextToken ResourceGroupId ServerGroupIds:Array ServerGroupNames:Array ServerGroupType VpcId " + kernel.AppTag,
	},
	{
		Name: "ListServerGroupServers", On: onNLB("servergroup", "ServerGroupId"), Do: listServers,
		Params: "RegionId MaxResults:Integer=1..100 NextToken ServerGroupId ServerIds:Array ServerIps:Array",
	},
	{
		Name: "AddServersToServerGroup", Write: true, On: onNLB("servergroup", "ServerGroupId"), Do: addServers,
		Params: "RegionId ServerGroupId! " + groupServers + kernel.AppOnce,
	},
}

// ByHost, as the endpoint says the region; RegionId is taken as well.
func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Nlb", Ram: "nlb", Version: "2022-04-30", Endpoint: kernel.Regional("nlb"), ByHost: true, Missing: kernel.MissingInECS}, append(actions, tagActions...))
	kernel.Keep(c.Cloud, c, "nlb", func(c *Service) *state { return &c.kept }, (*Service).tables)
}

func onNLB(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string { return []string{q.ARN("nlb", kind+"/"+q.OrElse(param, "*"))} }
}

// Tags are TagKey and TagValue here, and Key and Value in the list of groups.
func listBalancers(q *request) (any, error) {
	views := []any{}
	for _, b := range kernel.Within(q.Request, q.c.kept.Balancers, func(b *balancer) bool {
		return b.HasTags(q.Request) && q.ChosenBy("LoadBalancerIds", b.ID) && q.ChosenBy("LoadBalancerNames", b.Name) && q.ChosenBy("VpcIds", b.VPC) &&
			q.Matches("AddressType", b.AddressType) && q.Matches("Ipv6AddressType", b.Address6)
	}) {
		views = append(views, map[string]any{
			"LoadBalancerId": b.ID, "LoadBalancerName": b.Name, "LoadBalancerStatus": "Active", "LoadBalancerBusinessStatus": "Normal", "LoadBalancerType": "network",
			"AddressType": b.AddressType, "Ipv6AddressType": b.Address6, "VpcId": b.VPC, "RegionId": b.Region, "ResourceGroupId": "", "CreateTime": kernel.Stamp(b.Created),
			"AddressIpVersion": map[bool]string{true: "ipv4", false: "DualStack"}[b.Address6 == ""], "DNSName": b.ID + "." + b.Region + ".nlb.aliyuncs.com",
			"Tags": kernel.TagViews(b.Tags, "TagKey", "TagValue"),
		})
	}
	return kernel.NamedPage(q.Request, "LoadBalancers", views)
}

// updateAddressType changes at once: there is no state on the way, as Application Load Balancer has.
func updateAddressType(q *request) (any, error) {
	b, err := kernel.FindNamed(q.Request, q.c.kept.Balancers, "LoadBalancerId", balancerKind)
	if err != nil {
		return nil, err
	}
	b.AddressType = q.Str("AddressType")
	return kernel.Done()
}

func listGroups(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.kept.Groups, func(g *serverGroup) bool {
		return g.HasTags(q.Request) && q.ChosenBy("ServerGroupIds", g.ID) && q.ChosenBy("ServerGroupNames", g.Name) && q.Matches("VpcId", g.VPC) && q.Matches("ServerGroupType", g.Type)
	}) {
		view := map[string]any{
			"ServerGroupId": g.ID, "ServerGroupName": g.Name, "ServerGroupType": g.Type, "ServerGroupStatus": "Available", "VpcId": g.VPC,
			"ServerCount": len(g.Servers), "ResourceGroupId": "", "Tags": kernel.TagViews(g.Tags, "Key", "Value"), "RelatedLoadBalancerIds": kernel.ListOf(g.Balancers),
		}
		views = append(views, view)
	}
	return kernel.NamedPage(q.Request, "ServerGroups", views)
}

// listServers takes no group as all groups of the region.
func listServers(q *request) (any, error) {
	views := []any{}
	for _, g := range kernel.Within(q.Request, q.c.kept.Groups, func(g *serverGroup) bool { return q.Matches("ServerGroupId", g.ID) }) {
		for _, s := range g.Servers {
			if q.ChosenBy("ServerIds", s.ID) {
				views = append(views, map[string]any{
					"ServerGroupId": g.ID, "ServerId": s.ID, "ServerIp": s.IP, "ServerType": cmp.Or(s.Type, kernel.ServerType(s.ID)), "Port": s.Port, "Status": "Available", "Weight": 100,
				})
			}
		}
	}
	return kernel.NamedPage(q.Request, "Servers", views)
}

// addServers adds what it is told, and looks up no instance: this product asks nothing of others.
func addServers(q *request) (any, error) {
	g, err := kernel.FindNamed(q.Request, q.c.kept.Groups, "ServerGroupId", groupKind)
	if err != nil {
		return nil, err
	}
	for _, f := range q.Items("Servers") {
		port := 0
		if _, err := fmt.Sscan(f["Port"], &port); err != nil && f["Port"] != "" {
			return nil, kernel.Refuse(400, "InvalidParam.Servers", "The param of Servers is invalid: Port %q.", f["Port"])
		}
		g.Servers = append(g.Servers, server{ID: f["ServerId"], IP: f["ServerIp"], Type: f["ServerType"], Port: port})
	}
	return map[string]any{"ServerGroupId": g.ID, "JobId": strings.ToLower(q.c.Random.Uuid())}, nil
}
