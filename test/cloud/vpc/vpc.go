package vpc

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is what VPC keeps, as a document writes it. The default network (vpc-1 with vsw-1)
// is there without being written.
// VPC's part of a document is loaded last (see register), as EIPs and flow logs name hosts of
// other products.
type state struct {
	DefaultNetwork *bool                      `yaml:"default-network,omitempty"`  // false: only what is written here
	FlowLogService bool                       `yaml:"flow-log-service,omitempty"` // opened: without it nothing is logged
	VPCs           kernel.Table[*vpc]         `yaml:"vpcs,omitempty"`
	Switches       kernel.Table[*Vswitch]     `yaml:"vswitches,omitempty"`
	RouteTables    kernel.Table[*routeTable]  `yaml:"route-tables,omitempty"`
	EIPs           kernel.Table[*EIP]         `yaml:"eips,omitempty"`
	NATs           kernel.Table[*natGateway]  `yaml:"nat-gateways,omitempty"`
	ACLs           kernel.Table[*networkACL]  `yaml:"network-acls,omitempty"`
	FlowLogs       kernel.Table[*FlowLog]     `yaml:"flow-logs,omitempty"`
	Gateways6      kernel.Table[*ipv6Gateway] `yaml:"ipv6-gateways,omitempty"`
	HaVips         kernel.Table[*haVip]       `yaml:"ha-vips,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{
		kernel.RowsOf(&c.VPCs, vpcRows), kernel.RowsOf(&c.Switches, vswitchRows), kernel.RowsOf(&c.RouteTables, routeTableRows),
		kernel.RowsOf(&c.Gateways6, gateway6Rows), kernel.RowsOf(&c.HaVips, haVipRows), kernel.RowsOf(&c.EIPs, eipRows),
		kernel.RowsOf(&c.NATs, natRows), kernel.RowsOf(&c.ACLs, aclRows), kernel.RowsOf(&c.FlowLogs, flowLogRows),
	}
}

// loading is what is known only while a document is read.
type loading struct {
	hosts  iter.Seq[Host]  // what the network is to fit
	tables []*routeTable   // those that came with their VPCs
	taken  map[string]bool // public addresses that the document gives away
	next   netip.Addr      // the public address to give away next, if it is free
}

func (l *loading) host(kind, id string) (Host, bool) { return hostNamed(l.hosts, kind, id, "") }

// load builds the state that a document describes.
// hosts are those of the document where it says any, and otherwise those that are there. The
// default network goes behind the written ones while tables are loaded, so that errors count the
// document's entries, and to the front afterwards. It works on another Service, and an error
// leaves this one as it was.
func (c *Service) load(f *state, hosts iter.Seq[Host]) (*Service, error) {
	next := &Service{Cloud: c.Cloud, state: *f, loading: &loading{hosts: hosts, taken: map[string]bool{}, next: netip.MustParseAddr("198.18.0.1")}}
	l := c.NewLoader()
	home, written := c.homeNetwork(), f.DefaultNetwork != nil && !*f.DefaultNetwork
	if !written { // behind the others: their places in the document are kept
		next.VPCs, next.Switches = append(next.VPCs, home.VPCs...), append(next.Switches, home.Switches...)
		next.loading.tables = home.RouteTables
		l.Seen["vpc-1"], l.Seen["vsw-1"] = true, true
	}
	for i, e := range f.EIPs {
		if e.Address != "" && next.loading.taken[e.Address] {
			return nil, kernel.At(fmt.Errorf("the address %s is used twice", e.Address), "$.vpc.eips[%d]", i)
		}
		next.loading.taken[e.Address] = true
	}
	if err := kernel.LoadTables(&l, next, "$.vpc", next.tables()); err != nil {
		return nil, err
	}
	if !written { // it was there before all others
		next.VPCs, next.Switches = slices.Concat(home.VPCs, next.VPCs[:len(f.VPCs)]), slices.Concat(home.Switches, next.Switches[:len(f.Switches)])
	}
	next.RouteTables = slices.Concat(next.loading.tables, next.RouteTables)
	next.DefaultNetwork = nil // a dump says it anew
	for i, e := range next.EIPs {
		if err := e.fit(next); err != nil {
			return nil, kernel.At(err, "$.vpc.eips[%d]", i)
		}
	}
	return next, nil
}

// dump does not write the default network where it is as it was, and says so where it is
// not. Nothing is written of an account whose network nobody has touched. mu is held.
func (c *Service) dump() yaml.MapSlice {
	written := c.state
	if !c.atHome() {
		written.DefaultNetwork = new(bool)
	}
	return kernel.DumpTables(c, c.Region, &written, c.tables())
}

// atHome says that the default network is as every account begins with it.
func (c *Service) atHome() bool {
	return slices.ContainsFunc(c.VPCs, func(v *vpc) bool { return v.home(c) }) && slices.ContainsFunc(c.Switches, func(v *Vswitch) bool { return v.home(c) })
}

// as is an id with another prefix: "vtb-1" for "vpc-1".
func as(prefix, id string) string {
	_, rest, _ := strings.Cut(id, "-")
	return prefix + "-" + rest
}

// A block with bits behind its mask is refused: the API does so, too.
func checkBlock(cidr string) error {
	if p, err := netip.ParsePrefix(cidr); err != nil || p != p.Masked() {
		return fmt.Errorf("%q is not a block", cidr)
	}
	return nil
}

// vpc is a network. Its route table, as its router, comes with it.
// Peerings, DHCP options and IPAM are left out, and so are gateways that are not of this product.
type vpc struct {
	kernel.Resource `yaml:",inline"`
	CIDR            string   `yaml:"cidr,omitempty"` // default 172.16.0.0/12
	CIDR6           string   `yaml:"ipv6-cidr,omitempty"`
	Secondary       []string `yaml:"secondary-cidrs,omitempty"`
	User            []string `yaml:"user-cidrs,omitempty"` // public blocks that are private here: UserCidr
	Router          string   `yaml:"router,omitempty"`     // default the id with vrt
}

var vpcRows = kernel.Kind{Key: "vpcs", Prefix: "vpc", Tagged: "vpc", Type: vpcKind}

func (v *vpc) Defaults(*Service) {
	v.CIDR, v.Router = cmp.Or(v.CIDR, "172.16.0.0/12"), cmp.Or(v.Router, as("vrt", v.ID))
}

func (v *vpc) Check(*Service) error {
	for _, cidr := range slices.Concat([]string{v.CIDR}, v.Secondary, v.User) {
		if err := checkBlock(cidr); err != nil {
			return err
		}
	}
	return nil
}

// Complete makes the VPC's own route table, which a document need not write.
func (v *vpc) Complete(_ *kernel.Loader, c *Service) error {
	table := kernel.Resource{ID: as("vtb", v.ID), Region: v.Region, Tags: map[string]string{}, Created: v.Created}
	c.loading.tables = append(c.loading.tables, &routeTable{Resource: table, VPC: v.ID, System: true})
	return nil
}

// Implied says that the VPC is the default one, with its vSwitch.
func (v *vpc) Implied(c *Service) bool { return v.home(c) && c.atHome() }

// It has to look at each field that a document could have changed.
func (v *vpc) home(c *Service) bool {
	return v.ID == "vpc-1" && v.Name == "default" && v.Description+v.CIDR6 == "" && v.Region == c.Region && v.CIDR == "172.16.0.0/12" &&
		v.Router == "vrt-1" && len(v.Secondary)+len(v.User)+len(v.Tags) == 0
}

const vpcKind = "ACS::VPC::VPC"

// Most actions of VPC page by number.
const byNumber = " PageNumber:Integer=1..1000000 PageSize:Integer=1..50"

// InVPC gives the ARNs of what a call names; "*" where it names nothing.
// param may be empty: a call that makes something is granted for all.
func InVPC(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string { return []string{q.ARN("vpc", kind+"/"+q.OrElse(param, "*"))} }
}

var onVPC = InVPC("vpc", "VpcId")

// DescribeVpcAttribute has another spelling of its error than the calls that change: InvalidVpcID.
var vpcActions = []action{
	{
		Name: "CreateVpc", Write: true, Do: createVpc, On: InVPC("vpc", ""),
		Params: `RegionId! CidrBlock VpcName Description ClientToken ResourceGroupId UserCidr DryRun:Boolean EnableIpv6:Boolean EnableDnsHostname:Boolean
			Ipv6CidrBlock Ipv6Isp Ipv6CidrMask:Integer Ipv6IpamPoolId Ipv4CidrMask:Integer Ipv4IpamPoolId Tag:RepeatList(Key Value)`,
	},
	{
		// It refuses with DependencyViolation and the kind of what is left: clients delete that
		// and try again.
		Name: "DeleteVpc", Write: true, Do: deleteVpc, On: onVPC,
		Params: "RegionId VpcId! ClientToken DryRun:Boolean ForceDelete:Boolean",
	},
	{
		Name: "ModifyVpcAttribute", Write: true, Do: modifyVpc, On: onVPC,
		Params: "RegionId VpcId! VpcName Description CidrBlock EnableDnsHostname:Boolean EnableIPv6:Boolean Ipv6CidrBlock Ipv6Isp",
	},
	{
		Name: "DescribeVpcs", Do: describeVpcs, On: onVPC,
		Params: `RegionId! VpcId VpcName VpcOwnerId:Long IsDefault:Boolean EnableIpv6:Boolean DhcpOptionsSetId ResourceGroupId DryRun:Boolean
			Tag:RepeatList(Key Value)` + byNumber,
	},
	{
		Name: "DescribeVpcAttribute", Do: describeVpcAttribute, On: onVPC,
		Params: "RegionId! VpcId! IsDefault:Boolean DryRun:Boolean",
	},
}

// The section is last, so that hosts which a document says are in built by then.
func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Vpc", Ram: "vpc", Version: "2016-04-28", Endpoint: kernel.Regional("vpc"), Missing: kernel.MissingInECS},
		slices.Concat(vpcActions, vpcBlockActions, vpcRegionActions, vpcRouterActions, natAttributeActions, vswitchActions, routeActions, eipActions, natActions, natEntryActions, aclActions, flowLogActions, ipv6Actions, ipv6RuleActions, haVipActions, vpcTagActions),
		"vpc.aliyuncs.com")
	c.state = c.homeNetwork()
	kernel.Show(c.Cloud, c, "vpc", (*Service).tables)
	c.Bound("Vpc:CreateVpc", func() int { return len(c.VPCs) }, "QuotaExceeded.Vpc", "The maximum number of VPCs is reached.")
	c.Bound("Vpc:CreateVSwitch", func() int { return len(c.Switches) }, "QuotaExceeded.VSwitch", "The maximum number of vSwitches is reached.")
	c.Bound("Vpc:AllocateEipAddress", func() int { return len(c.EIPs) }, "QuotaExceeded.Eip", "The maximum number of elastic IP addresses is reached.")
	c.Bound("Vpc:CreateNatGateway", func() int { return len(c.NATs) }, "QuotaExceeded.NatGateway", "The maximum number of NAT gateways is reached.")
	network := kernel.StateSection("vpc", func(f *state, built map[string]any) (func(), error) {
		hosts, ok := built["hosts"].(iter.Seq[Host])
		if !ok {
			hosts = c.hosts()
		}
		next, err := c.load(f, hosts)
		if err != nil {
			return nil, err
		}
		return func() { c.state = next.state }, nil
	}, c.dump)
	network.Last = true
	c.AddSection(network)
}

// homeNetwork is the default network that an account begins with: its ids are
// short, so that scenarios and people at a keyboard can write them.
func (c *Service) homeNetwork() state {
	home := func(id string) kernel.Resource {
		return kernel.Resource{ID: id, Region: c.Region, Name: "default", Tags: map[string]string{}, Created: c.LongAgo()}
	}
	table := home("vtb-1")
	table.Name = ""
	return state{
		VPCs:        []*vpc{{Resource: home("vpc-1"), CIDR: "172.16.0.0/12", Router: "vrt-1"}},
		Switches:    []*Vswitch{{Resource: home("vsw-1"), CIDR: "172.16.0.0/16", VPC: "vpc-1", Zone: c.Region + "-h"}},
		RouteTables: []*routeTable{{Resource: table, VPC: "vpc-1", System: true}},
	}
}

// Of finds a VPC in the call's region.
func (s *state) Of(region, id string) *vpc {
	v, _ := kernel.FindIn(region, s.VPCs, id)
	return v
}

// ownVPC finds the VPC of a call.
func (q *request) ownVPC() (*vpc, error) {
	v := q.c.Of(q.Region, q.Str("VpcId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVpcId.NotFound", "Specified value of VpcId is not found in our record.")
	}
	q.Touch(vpcKind, v.ID)
	return v, nil
}

func vpcTags(r *kernel.Resource) map[string]any {
	return map[string]any{"Tag": kernel.TagViews(r.Tags, "Key", "Value")}
}

// The system route table and the router are made with it. The block of IPv6 is one for
// documentation (2001:db8::/32), so that no address of a test is anybody's. Whether the block is
// private is not asked.
func createVpc(q *request) (any, error) {
	v := &vpc{
		Resource: q.NewResource("vpc", q.Str("VpcName")), CIDR: q.OrElse("CidrBlock", "172.16.0.0/12"),
		Router: q.c.ResourceID("vrt", q.Region),
	}
	if _, err := netip.ParsePrefix(v.CIDR); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
	}
	if q.Has("UserCidr") {
		v.User = strings.Split(q.Str("UserCidr"), ",")
	}
	if q.Is("EnableIpv6") {
		v.CIDR6 = q.OrElse("Ipv6CidrBlock", fmt.Sprintf("2001:db8:%x::/56", len(q.c.VPCs)<<8))
	}
	table := &routeTable{Resource: q.NewResource("vtb", ""), VPC: v.ID, System: true}
	table.Description, table.Tags = "", map[string]string{}
	q.c.VPCs = append(q.c.VPCs, v)
	q.c.RouteTables = append(q.c.RouteTables, table)
	q.Touch(vpcKind, v.ID)
	return map[string]any{"VpcId": v.ID, "VRouterId": v.Router, "RouteTableId": table.ID, "ResourceGroupId": ""}, nil
}

// deleteVpc refuses as long as anything but the system's own is in it.
// The code names the first kind of thing that is in it, in this order. ForceDelete takes an IPv6
// gateway along and nothing else.
func deleteVpc(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	s := &q.c.state
	for _, user := range []struct {
		kind string
		used bool
	}{
		{"VSwitch", slices.ContainsFunc(s.Switches, func(o *Vswitch) bool { return o.VPC == v.ID })},
		{"NatGateway", slices.ContainsFunc(s.NATs, func(o *natGateway) bool { return o.VPC == v.ID })},
		{"SecurityGroup", q.c.VPCUsers["SecurityGroup"](v.ID)},
		{"NetworkAcl", slices.ContainsFunc(s.ACLs, func(o *networkACL) bool { return o.VPC == v.ID })},
		{"RouteTable", slices.ContainsFunc(s.RouteTables, func(o *routeTable) bool { return o.VPC == v.ID && !o.System })},
		{"Ipv6Gateway", !q.Is("ForceDelete") && slices.ContainsFunc(s.Gateways6, func(o *ipv6Gateway) bool { return o.VPC == v.ID })},
	} {
		if user.used {
			return nil, kernel.Refuse(400, "DependencyViolation."+user.kind, "Specified object has dependent resources %s.", user.kind)
		}
	}
	s.Gateways6 = slices.DeleteFunc(s.Gateways6, func(o *ipv6Gateway) bool { return o.VPC == v.ID })
	s.RouteTables = slices.DeleteFunc(s.RouteTables, func(o *routeTable) bool { return o.VPC == v.ID })
	s.FlowLogs = slices.DeleteFunc(s.FlowLogs, func(l *FlowLog) bool { return l.On == v.ID })
	s.VPCs = kernel.Without(s.VPCs, v.ID)
	return kernel.Done()
}

// IPv6 can be switched on and not off. vSwitches are not compared with a new block.
func modifyVpc(q *request) (any, error) {
	v, err := q.ownVPC()
	if err != nil {
		return nil, err
	}
	if cidr := q.Str("CidrBlock"); cidr != "" {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "Specified CIDR block is not valid.")
		}
		v.CIDR = cidr
	}
	if q.Is("EnableIPv6") && v.CIDR6 == "" {
		v.CIDR6 = q.OrElse("Ipv6CidrBlock", fmt.Sprintf("2001:db8:%x::/56", len(q.c.VPCs)<<8))
	}
	v.Name, v.Description = q.OrElse("VpcName", v.Name), q.OrElse("Description", v.Description)
	return kernel.Done()
}

// VpcId takes up to twenty ids with commas.
func describeVpcs(q *request) (any, error) {
	ids := []string{}
	if q.Has("VpcId") {
		ids = strings.Split(q.Str("VpcId"), ",") // up to 20
	}
	kept := kernel.Within(q.Request, q.c.VPCs, func(v *vpc) bool {
		return (len(ids) == 0 || slices.Contains(ids, v.ID)) && q.Matches("VpcName", v.Name) &&
			q.MatchesBool("IsDefault", v.ID == "vpc-1") && q.MatchesBool("EnableIpv6", v.CIDR6 != "") && v.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "Vpcs", "Vpc", q.vpcView)
}

// It has more than the list, of which most is empty here.
func describeVpcAttribute(q *request) (any, error) {
	v := q.c.Of(q.Region, q.Str("VpcId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVpcID.NotFound", "Specified value of VpcId is not found in our record.")
	}
	view := q.vpcView(v)
	view["ClassicLinkEnabled"], view["SupportIpv4Gateway"], view["Ipv4GatewayId"] = false, true, ""
	cens := []any{}
	for _, of := range q.c.CENsOf {
		cens = append(cens, of(v.ID)...)
	}
	view["AssociatedCens"] = map[string]any{"AssociatedCen": cens}
	view["CloudResources"] = map[string]any{"CloudResourceSetType": []any{}}
	return view, nil
}

// NetworkAclNum is text. Each list within has its own odd inner name.
func (q *request) vpcView(v *vpc) map[string]any {
	s := &q.c.state
	switches, nats, tables, acls := []string{}, []string{}, []string{}, 0
	for _, o := range s.Switches {
		if o.VPC == v.ID {
			switches = append(switches, o.ID)
		}
	}
	for _, o := range s.NATs {
		if o.VPC == v.ID {
			nats = append(nats, o.ID)
		}
	}
	for _, o := range s.RouteTables {
		if o.VPC == v.ID {
			tables = append(tables, o.ID)
		}
	}
	for _, o := range s.ACLs {
		if o.VPC == v.ID {
			acls++
		}
	}
	return map[string]any{
		"VpcId": v.ID, "VpcName": v.Name, "Description": v.Description, "CidrBlock": v.CIDR, "RegionId": v.Region, "OwnerId": kernel.OwnerID(q.c.Account),
		"Status": q.c.Status(v.Created, "Pending", "Available"), "CreationTime": kernel.Stamp(v.Created), "IsDefault": v.ID == "vpc-1",
		"VRouterId": v.Router, "CenStatus": "Detached", "ResourceGroupId": "", "NetworkAclNum": fmt.Sprint(acls),
		"Ipv6CidrBlock": v.CIDR6, "EnabledIpv6": v.CIDR6 != "", "DhcpOptionsSetId": "", "DnsHostnameStatus": "DISABLED",
		"VSwitchIds": map[string]any{"VSwitchId": switches}, "NatGatewayIds": map[string]any{"NatGatewayIds": nats},
		"RouterTableIds":      map[string]any{"RouterTableIds": tables},
		"SecondaryCidrBlocks": map[string]any{"SecondaryCidrBlock": kernel.ListOf(v.Secondary)}, "UserCidrs": map[string]any{"UserCidr": kernel.ListOf(v.User)},
		"Ipv6CidrBlocks": map[string]any{"Ipv6CidrBlock": []any{}}, "Tags": vpcTags(&v.Resource),
	}
}
