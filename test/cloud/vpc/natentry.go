package vpc

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// forwardEntry publishes a port of an instance on a public address (DNAT).
// Protocol is tcp, udp or any; ports are one number, from/to, or any. With any and any the whole
// address belongs to one machine.
type forwardEntry struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	Protocol        string `yaml:"protocol"`
	ExternalIP      string `yaml:"external-ip"`
	ExternalPort    string `yaml:"external-port"`
	InternalIP      string `yaml:"internal-ip"`
	InternalPort    string `yaml:"internal-port"`

	changed time.Time
}

// snatEntry lets a subnet or a block out by public addresses.
// IP may be several addresses with commas.
type snatEntry struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	CIDR            string `yaml:"cidr,omitempty"` // default that of the vSwitch
	VSwitch         string `yaml:"vswitch,omitempty"`
	IP              string `yaml:"ip"`

	changed time.Time
}

const forwardKind, snatKind = "ACS::NAT::ForwardEntry", "ACS::NAT::SnatEntry"

var (
	onForwardTable = InVPC("forwardtable", "ForwardTableId")
	onSnatTable    = InVPC("snattable", "SnatTableId")
)

// Calls that change entries name the table and not the gateway. CreateSnatEntry is granted for all
// tables or none, unlike the others.
var natEntryActions = []action{
	{
		// ExternalIp has to be an EIP of the gateway, written as an address and not as an id.
		Name: "CreateForwardEntry", Write: true, Do: createForwardEntry, On: onForwardTable,
		Params: `RegionId! ForwardTableId! ExternalIp! ExternalPort! InternalIp! InternalPort! IpProtocol! ForwardEntryName PortBreak:Boolean
			ClientToken DryRun:Boolean`,
	},
	{
		Name: "ModifyForwardEntry", Write: true, Do: modifyForwardEntry, On: onForwardTable,
		Params: `RegionId! ForwardTableId! ForwardEntryId! ExternalIp ExternalPort InternalIp InternalPort IpProtocol ForwardEntryName
			PortBreak:Boolean ClientToken DryRun:Boolean`,
	},
	{
		Name: "DeleteForwardEntry", Write: true, Do: deleteForwardEntry, On: onForwardTable,
		Params: "RegionId! ForwardTableId! ForwardEntryId! ClientToken",
	},
	{
		// ForwardTableId or NatGatewayId is needed, though the metadata requires neither.
		Name: "DescribeForwardTableEntries", Do: describeForwardEntries, On: onForwardTable,
		Params: "RegionId! ForwardTableId NatGatewayId ForwardEntryId ForwardEntryName ExternalIp ExternalPort InternalIp InternalPort IpProtocol" + byNumber,
	},
	{
		// SourceVSwitchId or SourceCIDR. The addresses are written with commas.
		Name: "CreateSnatEntry", Write: true, Do: createSnatEntry, On: InVPC("snattable", ""),
		Params: "RegionId! SnatTableId! SnatIp SourceCIDR SourceVSwitchId NetworkInterfaceId SnatEntryName EipAffinity:Integer ClientToken DryRun:Boolean",
	},
	{
		Name: "ModifySnatEntry", Write: true, Do: modifySnatEntry, On: onSnatTable,
		Params: "RegionId! SnatTableId! SnatEntryId! SnatIp SnatEntryName EipAffinity:Integer NetworkInterfaceId ClientToken DryRun:Boolean",
	},
	{
		Name: "DeleteSnatEntry", Write: true, Do: deleteSnatEntry, On: onSnatTable,
		Params: "RegionId! SnatTableId! SnatEntryId! ClientToken",
	},
	{
		Name: "DescribeSnatTableEntries", Do: describeSnatEntries, On: onSnatTable,
		Params: `RegionId! SnatTableId NatGatewayId SnatEntryId SnatEntryName SnatIp SourceCIDR SourceVSwitchId NetworkInterfaceIds:Array` + byNumber,
	},
}

// byTable finds the gateway that a table belongs to.
// No gateway and no error means that there is no such table; each table words that itself.
func (q *request) byTable(param string, table func(*natGateway) string) (*natGateway, error) {
	for _, g := range kernel.Within(q.Request, q.c.NATs, func(*natGateway) bool { return true }) {
		if table(g) == q.Str(param) {
			q.Touch(natKind, g.ID)
			return g, q.usable(g)
		}
	}
	return nil, nil
}

// forwardTable finds the gateway by its table: changes name that, and never the gateway.
func (q *request) forwardTable() (*natGateway, error) {
	g, err := q.byTable("ForwardTableId", func(g *natGateway) string { return g.ForwardTable })
	if g == nil {
		return nil, kernel.Refuse(404, "InvalidForwardTableId.NotFound", "Specified forward table does not exist.")
	}
	return g, err
}

// An entry that is still Pending cannot be changed.
func (q *request) forwardEntry() (*natGateway, *forwardEntry, error) {
	g, err := q.forwardTable()
	if err != nil {
		return nil, nil, err
	}
	e, ok := kernel.Find(q.Request, g.DNAT, q.Str("ForwardEntryId"))
	switch {
	case !ok:
		return nil, nil, kernel.Refuse(404, "InvalidForwardEntryId.NotFound", "Specified forward entry ID does not exist.")
	case !q.c.Settled(e.changed):
		return nil, nil, kernel.Refuse(400, "IncorretForwardEntryStatus", "Some Forward entry status blocked this operation.") // sic
	}
	q.Touch(forwardKind, e.ID)
	return g, e, nil
}

// checkForward checks an entry of a gateway. others are the gateway's entries
// but for this one.
// The checks go from what the values are to what they mean for others: addresses, protocol, ports
// (both sides the same width), the internal address within the VPC's blocks, the external one on
// the gateway, and last what else uses it. An entry for all ports shares its address with nothing,
// SNAT included.
func (g *natGateway) checkForward(c *Service, e *forwardEntry, others []*forwardEntry) error {
	v, err := kernel.ByItsID(c.VPCs, "VPC", g.VPC)
	if err != nil {
		return err
	}
	external, err := netip.ParseAddr(e.ExternalIP)
	if err != nil || !external.Is4() {
		return kernel.Refuse(400, "InvalidExternalIp.Malformed", "The specified ExternalIp is not a valid IP address.")
	}
	internal, err := netip.ParseAddr(e.InternalIP)
	if err != nil || !internal.Is4() {
		return kernel.Refuse(400, "InvalidInternalIp.Malformed", "The specified InternalIp is not a valid IP address.")
	}
	if !slices.Contains([]string{"tcp", "udp", "any"}, strings.ToLower(e.Protocol)) {
		return kernel.Refuse(400, "InvalidProtocal.ValueNotSupported", "The specified IpProtocol does not support.") // sic
	}
	from, to, ok := natPorts(e.ExternalPort)
	if !ok || from == 0 && !strings.EqualFold(e.InternalPort, "any") {
		return kernel.Refuse(400, "InvalidExternalPort.Malformed", "The specified ExternalPort is not a valid port.")
	}
	inFrom, inTo, ok := natPorts(e.InternalPort)
	if !ok || inTo-inFrom != to-from || (inFrom == 0) != (from == 0) {
		return kernel.Refuse(400, "InvalidInternalPort.Malformed", "The specified InternalPort is not a valid port.")
	}
	if !slices.ContainsFunc(append([]string{v.CIDR}, append(v.Secondary, v.User...)...), func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		return err == nil && p.Contains(internal)
	}) {
		return kernel.Refuse(400, "Forbidden.DestnationIpOutOfVpcCIDR", "The specified Internal Ip is Out of VPC CIDR.") // sic
	}
	if !g.owns(c, e.ExternalIP) {
		return kernel.Refuse(400, "InvalidIp.NotInNatgw", "The specified Ip not belong to natgateway.")
	}
	if from == 0 && slices.ContainsFunc(g.SNAT, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.ExternalIP) }) {
		return kernel.Refuse(400, "Forbidden.ExternalIp.UsedInSnatTable", "The specified ExternalIp is already used in SnatTable.")
	}
	for _, o := range others {
		a, b, _ := natPorts(o.ExternalPort)
		sameProtocol := strings.EqualFold(o.Protocol, e.Protocol) || strings.EqualFold(o.Protocol, "any") || strings.EqualFold(e.Protocol, "any")
		if o.ExternalIP == e.ExternalIP && sameProtocol && (a == 0 || from == 0 || a <= to && from <= b) {
			return kernel.Refuse(400, "Forbidden.ExternalIpPort.Duplicated", "The specified ExternalIp and ExternalPort are already used by %s.", o.ID)
		}
	}
	return nil
}

// natEntry is an entry of either table, with the gateway that has it.
type natEntry[E kernel.Based] struct {
	entry E
	g     *natGateway
	table string
}

// needsTable refuses a call that asks for the entries of the whole region: the metadata
// requires neither parameter, the API one of the two.
func (q *request) needsTable(kind string) error {
	if q.Has(kind+"TableId") || q.Has("NatGatewayId") {
		return nil
	}
	return kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter %sTableId or NatGatewayId.", kind)
}

// entriesOf are the entries of a kind of table, Forward or Snat, that a call chooses.
func entriesOf[E kernel.Based](q *request, kind string, in func(*natGateway) (table string, entries []E), keep func(E) bool) (chosen []natEntry[E]) {
	for _, g := range kernel.Within(q.Request, q.c.NATs, func(g *natGateway) bool { return q.Matches("NatGatewayId", g.ID) }) {
		table, entries := in(g)
		for _, e := range entries {
			if q.Matches(kind+"TableId", table) && q.Matches(kind+"EntryId", e.Base().ID) && q.Matches(kind+"EntryName", e.Base().Name) && keep(e) {
				chosen = append(chosen, natEntry[E]{e, g, table})
			}
		}
	}
	return chosen
}

// view is what the answers about both kinds have, and more.
func (r natEntry[E]) view(q *request, kind string, changed time.Time, more map[string]any) map[string]any {
	b := r.entry.Base()
	more[kind+"EntryId"], more[kind+"EntryName"], more[kind+"TableId"] = b.ID, b.Name, r.table
	more["NatGatewayId"], more["Status"] = r.g.ID, q.c.Status(changed, "Pending", "Available")
	return more
}

// natPorts reads "80", "80/90" and "Any", which is 0.
func natPorts(s string) (from, to int, ok bool) {
	if strings.EqualFold(s, "any") {
		return 0, 0, true
	}
	a, b, isRange := strings.Cut(s, "/")
	if !isRange {
		b = a
	}
	from, err := strconv.Atoi(a)
	to, err2 := strconv.Atoi(b)
	return from, to, err == nil && err2 == nil && 1 <= from && from <= to && to <= 65535
}

// createForwardEntry: the entry is Pending until it is carried out, and works only then.
func createForwardEntry(q *request) (any, error) {
	g, err := q.forwardTable()
	if err != nil {
		return nil, err
	}
	e := &forwardEntry{
		Resource: q.NewResource("fwd", q.Str("ForwardEntryName")), ExternalIP: q.Str("ExternalIp"), ExternalPort: q.Str("ExternalPort"),
		InternalIP: q.Str("InternalIp"), InternalPort: q.Str("InternalPort"), Protocol: q.Str("IpProtocol"), changed: q.c.Clock(),
	}
	if err := g.checkForward(q.c, e, g.DNAT); err != nil {
		return nil, err
	}
	g.DNAT = append(g.DNAT, e)
	q.Touch(forwardKind, e.ID)
	return map[string]any{"ForwardEntryId": e.ID}, nil
}

// modifyForwardEntry checks the whole entry as it would be, against all others of the gateway:
// what a call leaves out may no longer fit to what it says.
func modifyForwardEntry(q *request) (any, error) {
	g, e, err := q.forwardEntry()
	if err != nil {
		return nil, err
	}
	changed := *e
	changed.Name, changed.Protocol, changed.changed = q.OrElse("ForwardEntryName", e.Name), q.OrElse("IpProtocol", e.Protocol), q.c.Clock()
	changed.ExternalIP, changed.ExternalPort = q.OrElse("ExternalIp", e.ExternalIP), q.OrElse("ExternalPort", e.ExternalPort)
	changed.InternalIP, changed.InternalPort = q.OrElse("InternalIp", e.InternalIP), q.OrElse("InternalPort", e.InternalPort)
	if err := g.checkForward(q.c, &changed, kernel.Without(slices.Clone(g.DNAT), e.ID)); err != nil {
		return nil, err
	}
	*e = changed
	return kernel.Done()
}

func deleteForwardEntry(q *request) (any, error) {
	g, e, err := q.forwardEntry()
	if err != nil {
		return nil, err
	}
	g.DNAT = kernel.Without(g.DNAT, e.ID)
	return kernel.Done()
}

func describeForwardEntries(q *request) (any, error) {
	if err := q.needsTable("Forward"); err != nil {
		return nil, err
	}
	rows := entriesOf(q, "Forward", func(g *natGateway) (string, []*forwardEntry) { return g.ForwardTable, g.DNAT }, func(e *forwardEntry) bool {
		return q.Matches("ExternalIp", e.ExternalIP) && q.Matches("ExternalPort", e.ExternalPort) && q.Matches("InternalIp", e.InternalIP) &&
			q.Matches("InternalPort", e.InternalPort) && (!q.Has("IpProtocol") || strings.EqualFold(q.Str("IpProtocol"), e.Protocol))
	})
	return kernel.Numbered(q.Request, rows, 10, "ForwardTableEntries", "ForwardTableEntry", func(r natEntry[*forwardEntry]) map[string]any {
		return r.view(q, "Forward", r.entry.changed, map[string]any{
			"ExternalIp": r.entry.ExternalIP, "ExternalPort": r.entry.ExternalPort, "InternalIp": r.entry.InternalIP, "InternalPort": r.entry.InternalPort,
			"IpProtocol": strings.ToLower(r.entry.Protocol),
		})
	})
}

func (q *request) snatTable() (*natGateway, error) {
	g, err := q.byTable("SnatTableId", func(g *natGateway) string { return g.SnatTable })
	if g == nil {
		return nil, kernel.Refuse(404, "InvalidSnatTableId.NotFound", "Specified SNAT table does not exist.")
	}
	return g, err
}

func (q *request) snatEntry() (*natGateway, *snatEntry, error) {
	g, err := q.snatTable()
	if err != nil {
		return nil, nil, err
	}
	e, ok := kernel.Find(q.Request, g.SNAT, q.Str("SnatEntryId"))
	switch {
	case !ok:
		return nil, nil, kernel.Refuse(404, "InvalidSnatEntryId.NotFound", "Specified SNAT entry ID does not exist.")
	case !q.c.Settled(e.changed):
		return nil, nil, kernel.Refuse(400, "IncorretSnatEntryStatus", "Some SNAT entry status blocked this operation.") // sic
	}
	q.Touch(snatKind, e.ID)
	return g, e, nil
}

// checkSnat: an address that the gateway does not have has a code of its own, in capitals, which
// is none of the family of the others.
func (g *natGateway) checkSnat(c *Service, e *snatEntry) error {
	for _, ip := range e.addresses() {
		if _, err := netip.ParseAddr(ip); err != nil {
			return kernel.Refuse(400, "InvalidSnatIp.Malformed", "The specified SnatIp is not a valid IP address.")
		}
		if !g.owns(c, ip) {
			return kernel.Refuse(400, "EIP_NOT_IN_GATEWAY", "The specified EIP is not in the NAT gateway.")
		}
	}
	return nil
}

// createSnatEntry takes a vSwitch or a block, and exactly one of the two. Of a vSwitch its block
// is kept, as the API answers it.
func createSnatEntry(q *request) (any, error) {
	g, err := q.snatTable()
	if err != nil {
		return nil, err
	}
	e := &snatEntry{Resource: q.NewResource("snat", q.Str("SnatEntryName")), CIDR: q.Str("SourceCIDR"), IP: q.OrElse("SnatIp", ""), changed: q.c.Clock()}
	if g.Network == "intranet" && e.IP == "" {
		e.IP = g.IP
	}
	switch {
	case q.Has("SourceVSwitchId") == q.Has("SourceCIDR"):
		return nil, kernel.Refuse(400, "MissingParameter", "Exactly one of the parameters SourceVSwitchId and SourceCIDR must be specified.")
	case q.Has("SourceVSwitchId"):
		v := q.c.SwitchOf(q.Region, q.Str("SourceVSwitchId"))
		if v == nil || v.VPC != g.VPC {
			return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist in the VPC.")
		}
		e.VSwitch, e.CIDR = v.ID, v.CIDR
	default:
		if _, err := netip.ParsePrefix(e.CIDR); err != nil {
			return nil, kernel.Refuse(400, "InvalidSourceCIDR.Malformed", "The specified SourceCIDR is not a valid CIDR block.")
		}
	}
	if err := g.checkSnat(q.c, e); err != nil {
		return nil, err
	}
	g.SNAT = append(g.SNAT, e)
	q.Touch(snatKind, e.ID)
	return map[string]any{"SnatEntryId": e.ID}, nil
}

// The source cannot be changed: there is no parameter for it.
func modifySnatEntry(q *request) (any, error) {
	g, e, err := q.snatEntry()
	if err != nil {
		return nil, err
	}
	changed := *e
	changed.Name, changed.IP, changed.changed = q.OrElse("SnatEntryName", e.Name), q.OrElse("SnatIp", e.IP), q.c.Clock()
	if err := g.checkSnat(q.c, &changed); err != nil {
		return nil, err
	}
	*e = changed
	return kernel.Done()
}

func deleteSnatEntry(q *request) (any, error) {
	g, e, err := q.snatEntry()
	if err != nil {
		return nil, err
	}
	g.SNAT = kernel.Without(g.SNAT, e.ID)
	return kernel.Done()
}

func describeSnatEntries(q *request) (any, error) {
	if err := q.needsTable("Snat"); err != nil {
		return nil, err
	}
	rows := entriesOf(q, "Snat", func(g *natGateway) (string, []*snatEntry) { return g.SnatTable, g.SNAT }, func(e *snatEntry) bool {
		return q.Matches("SnatIp", e.IP) && q.Matches("SourceCIDR", e.CIDR) && q.Matches("SourceVSwitchId", e.VSwitch)
	})
	return kernel.Numbered(q.Request, rows, 10, "SnatTableEntries", "SnatTableEntry", func(r natEntry[*snatEntry]) map[string]any {
		return r.view(q, "Snat", r.entry.changed, map[string]any{
			"SnatIp": r.entry.IP, "SourceCIDR": r.entry.CIDR, "SourceVSwitchId": r.entry.VSwitch, "NetworkInterfaceId": "", "EipAffinity": "0",
		})
	})
}
