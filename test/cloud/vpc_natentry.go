package cloud

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// forwardEntry publishes a port of an instance on a public address (DNAT).
type forwardEntry struct {
	ecsResource
	externalIP, externalPort, internalIP, internalPort, protocol string
	changed                                                      time.Time
}

// snatEntry lets a subnet or a block out by public addresses.
type snatEntry struct {
	ecsResource
	cidr, vswitch, ip string
	changed           time.Time
}

const forwardKind, snatKind = "ACS::NAT::ForwardEntry", "ACS::NAT::SnatEntry"

var (
	onForwardTable = inVPC("forwardtable", "ForwardTableId")
	onSnatTable    = inVPC("snattable", "SnatTableId")
)

var natEntryActions = []rpcAction{
	{
		name: "CreateForwardEntry", write: true, do: createForwardEntry, on: onForwardTable,
		params: `RegionId! ForwardTableId! ExternalIp! ExternalPort! InternalIp! InternalPort! IpProtocol! ForwardEntryName PortBreak:Boolean
			ClientToken DryRun:Boolean`,
	},
	{
		name: "ModifyForwardEntry", write: true, do: modifyForwardEntry, on: onForwardTable,
		params: `RegionId! ForwardTableId! ForwardEntryId! ExternalIp ExternalPort InternalIp InternalPort IpProtocol ForwardEntryName
			PortBreak:Boolean ClientToken DryRun:Boolean`,
	},
	{
		name: "DeleteForwardEntry", write: true, do: deleteForwardEntry, on: onForwardTable,
		params: "RegionId! ForwardTableId! ForwardEntryId! ClientToken",
	},
	{
		name: "DescribeForwardTableEntries", do: describeForwardEntries, on: onForwardTable,
		params: "RegionId! ForwardTableId NatGatewayId ForwardEntryId ForwardEntryName ExternalIp ExternalPort InternalIp InternalPort IpProtocol" + byNumber,
	},
	{
		name: "CreateSnatEntry", write: true, do: createSnatEntry, on: inVPC("snattable", ""),
		params: "RegionId! SnatTableId! SnatIp SourceCIDR SourceVSwitchId NetworkInterfaceId SnatEntryName EipAffinity:Integer ClientToken DryRun:Boolean",
	},
	{
		name: "ModifySnatEntry", write: true, do: modifySnatEntry, on: onSnatTable,
		params: "RegionId! SnatTableId! SnatEntryId! SnatIp SnatEntryName EipAffinity:Integer NetworkInterfaceId ClientToken DryRun:Boolean",
	},
	{
		name: "DeleteSnatEntry", write: true, do: deleteSnatEntry, on: onSnatTable,
		params: "RegionId! SnatTableId! SnatEntryId! ClientToken",
	},
	{
		name: "DescribeSnatTableEntries", do: describeSnatEntries, on: onSnatTable,
		params: `RegionId! SnatTableId NatGatewayId SnatEntryId SnatEntryName SnatIp SourceCIDR SourceVSwitchId NetworkInterfaceIds:Array` + byNumber,
	},
}

// byTable finds the gateway that a table belongs to.
func (q *rpcRequest) byTable(param string, table func(*natGateway) string) (*natGateway, error) {
	for _, g := range within(q, q.c.vpc.nats, func(*natGateway) bool { return true }) {
		if table(g) == q.str(param) {
			q.touch(natKind, g.id)
			return g, q.usable(g)
		}
	}
	return nil, nil
}

func (q *rpcRequest) forwardTable() (*natGateway, error) {
	g, err := q.byTable("ForwardTableId", func(g *natGateway) string { return g.forwardTable })
	if g == nil {
		return nil, refuse(404, "InvalidForwardTableId.NotFound", "Specified forward table does not exist.")
	}
	return g, err
}

func (q *rpcRequest) forwardEntry() (*natGateway, *forwardEntry, error) {
	g, err := q.forwardTable()
	if err != nil {
		return nil, nil, err
	}
	e, ok := find(q, g.dnat, q.str("ForwardEntryId"))
	switch {
	case !ok:
		return nil, nil, refuse(404, "InvalidForwardEntryId.NotFound", "Specified forward entry ID does not exist.")
	case !q.c.settled(e.changed):
		return nil, nil, refuse(400, "IncorretForwardEntryStatus", "Some Forward entry status blocked this operation.") // sic
	}
	q.touch(forwardKind, e.id)
	return g, e, nil
}

// checkForward checks an entry of a gateway. others are the gateway's entries
// but for this one.
func (g *natGateway) checkForward(c *Cloud, e *forwardEntry, others []*forwardEntry) error {
	v, err := byItsID(c.vpc.vpcs, "VPC", g.vpc)
	if err != nil {
		return err
	}
	external, err := netip.ParseAddr(e.externalIP)
	if err != nil || !external.Is4() {
		return refuse(400, "InvalidExternalIp.Malformed", "The specified ExternalIp is not a valid IP address.")
	}
	internal, err := netip.ParseAddr(e.internalIP)
	if err != nil || !internal.Is4() {
		return refuse(400, "InvalidInternalIp.Malformed", "The specified InternalIp is not a valid IP address.")
	}
	if !slices.Contains([]string{"tcp", "udp", "any"}, strings.ToLower(e.protocol)) {
		return refuse(400, "InvalidProtocal.ValueNotSupported", "The specified IpProtocol does not support.") // sic
	}
	from, to, ok := natPorts(e.externalPort)
	if !ok || from == 0 && !strings.EqualFold(e.internalPort, "any") {
		return refuse(400, "InvalidExternalPort.Malformed", "The specified ExternalPort is not a valid port.")
	}
	inFrom, inTo, ok := natPorts(e.internalPort)
	if !ok || inTo-inFrom != to-from || (inFrom == 0) != (from == 0) {
		return refuse(400, "InvalidInternalPort.Malformed", "The specified InternalPort is not a valid port.")
	}
	if !slices.ContainsFunc(append([]string{v.cidr}, append(v.secondary, v.own...)...), func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		return err == nil && p.Contains(internal)
	}) {
		return refuse(400, "Forbidden.DestnationIpOutOfVpcCIDR", "The specified Internal Ip is Out of VPC CIDR.") // sic
	}
	if !g.owns(c, e.externalIP) {
		return refuse(400, "InvalidIp.NotInNatgw", "The specified Ip not belong to natgateway.")
	}
	if from == 0 && slices.ContainsFunc(g.snat, func(s *snatEntry) bool { return slices.Contains(s.addresses(), e.externalIP) }) {
		return refuse(400, "Forbidden.ExternalIp.UsedInSnatTable", "The specified ExternalIp is already used in SnatTable.")
	}
	for _, o := range others {
		a, b, _ := natPorts(o.externalPort)
		sameProtocol := strings.EqualFold(o.protocol, e.protocol) || strings.EqualFold(o.protocol, "any") || strings.EqualFold(e.protocol, "any")
		if o.externalIP == e.externalIP && sameProtocol && (a == 0 || from == 0 || a <= to && from <= b) {
			return refuse(400, "Forbidden.ExternalIpPort.Duplicated", "The specified ExternalIp and ExternalPort are already used by %s.", o.id)
		}
	}
	return nil
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

func createForwardEntry(q *rpcRequest) (any, error) {
	g, err := q.forwardTable()
	if err != nil {
		return nil, err
	}
	e := &forwardEntry{
		ecsResource: q.newResource("fwd", q.str("ForwardEntryName")), externalIP: q.str("ExternalIp"), externalPort: q.str("ExternalPort"),
		internalIP: q.str("InternalIp"), internalPort: q.str("InternalPort"), protocol: q.str("IpProtocol"), changed: q.c.clock(),
	}
	if err := g.checkForward(q.c, e, g.dnat); err != nil {
		return nil, err
	}
	g.dnat = append(g.dnat, e)
	q.touch(forwardKind, e.id)
	return map[string]any{"ForwardEntryId": e.id}, nil
}

func modifyForwardEntry(q *rpcRequest) (any, error) {
	g, e, err := q.forwardEntry()
	if err != nil {
		return nil, err
	}
	changed := *e
	changed.name, changed.protocol, changed.changed = q.orElse("ForwardEntryName", e.name), q.orElse("IpProtocol", e.protocol), q.c.clock()
	changed.externalIP, changed.externalPort = q.orElse("ExternalIp", e.externalIP), q.orElse("ExternalPort", e.externalPort)
	changed.internalIP, changed.internalPort = q.orElse("InternalIp", e.internalIP), q.orElse("InternalPort", e.internalPort)
	if err := g.checkForward(q.c, &changed, without(slices.Clone(g.dnat), e.id)); err != nil {
		return nil, err
	}
	*e = changed
	return done()
}

func deleteForwardEntry(q *rpcRequest) (any, error) {
	g, e, err := q.forwardEntry()
	if err != nil {
		return nil, err
	}
	g.dnat = without(g.dnat, e.id)
	return done()
}

func describeForwardEntries(q *rpcRequest) (any, error) {
	if !q.has("ForwardTableId") && !q.has("NatGatewayId") {
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter ForwardTableId or NatGatewayId.")
	}
	type row struct {
		*forwardEntry
		g *natGateway
	}
	var rows []row
	for _, g := range within(q, q.c.vpc.nats, func(g *natGateway) bool {
		return q.matches("ForwardTableId", g.forwardTable) && q.matches("NatGatewayId", g.id)
	}) {
		for _, e := range g.dnat {
			if q.matches("ForwardEntryId", e.id) && q.matches("ForwardEntryName", e.name) && q.matches("ExternalIp", e.externalIP) &&
				q.matches("ExternalPort", e.externalPort) && q.matches("InternalIp", e.internalIP) && q.matches("InternalPort", e.internalPort) &&
				(!q.has("IpProtocol") || strings.EqualFold(q.str("IpProtocol"), e.protocol)) {
				rows = append(rows, row{e, g})
			}
		}
	}
	return numbered(q, rows, 10, "ForwardTableEntries", "ForwardTableEntry", func(r row) map[string]any {
		return map[string]any{
			"ForwardEntryId": r.id, "ForwardEntryName": r.name, "ForwardTableId": r.g.forwardTable, "NatGatewayId": r.g.id,
			"ExternalIp": r.externalIP, "ExternalPort": r.externalPort, "InternalIp": r.internalIP, "InternalPort": r.internalPort,
			"IpProtocol": strings.ToLower(r.protocol), "Status": q.c.status(r.changed, "Pending", "Available"),
		}
	})
}

func (q *rpcRequest) snatTable() (*natGateway, error) {
	g, err := q.byTable("SnatTableId", func(g *natGateway) string { return g.snatTable })
	if g == nil {
		return nil, refuse(404, "InvalidSnatTableId.NotFound", "Specified SNAT table does not exist.")
	}
	return g, err
}

func (q *rpcRequest) snatEntry() (*natGateway, *snatEntry, error) {
	g, err := q.snatTable()
	if err != nil {
		return nil, nil, err
	}
	e, ok := find(q, g.snat, q.str("SnatEntryId"))
	switch {
	case !ok:
		return nil, nil, refuse(404, "InvalidSnatEntryId.NotFound", "Specified SNAT entry ID does not exist.")
	case !q.c.settled(e.changed):
		return nil, nil, refuse(400, "IncorretSnatEntryStatus", "Some SNAT entry status blocked this operation.") // sic
	}
	q.touch(snatKind, e.id)
	return g, e, nil
}

func (g *natGateway) checkSnat(c *Cloud, e *snatEntry) error {
	for _, ip := range e.addresses() {
		if _, err := netip.ParseAddr(ip); err != nil {
			return refuse(400, "InvalidSnatIp.Malformed", "The specified SnatIp is not a valid IP address.")
		}
		if !g.owns(c, ip) {
			return refuse(400, "EIP_NOT_IN_GATEWAY", "The specified EIP is not in the NAT gateway.")
		}
	}
	return nil
}

func createSnatEntry(q *rpcRequest) (any, error) {
	g, err := q.snatTable()
	if err != nil {
		return nil, err
	}
	e := &snatEntry{ecsResource: q.newResource("snat", q.str("SnatEntryName")), cidr: q.str("SourceCIDR"), ip: q.orElse("SnatIp", ""), changed: q.c.clock()}
	if g.network == "intranet" && e.ip == "" {
		e.ip = g.ip
	}
	switch {
	case q.has("SourceVSwitchId") == q.has("SourceCIDR"):
		return nil, refuse(400, "MissingParameter", "Exactly one of the parameters SourceVSwitchId and SourceCIDR must be specified.")
	case q.has("SourceVSwitchId"):
		v := q.c.vpc.switchOf(q.region, q.str("SourceVSwitchId"))
		if v == nil || v.vpc != g.vpc {
			return nil, refuse(404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist in the VPC.")
		}
		e.vswitch, e.cidr = v.id, v.cidr
	default:
		if _, err := netip.ParsePrefix(e.cidr); err != nil {
			return nil, refuse(400, "InvalidSourceCIDR.Malformed", "The specified SourceCIDR is not a valid CIDR block.")
		}
	}
	if err := g.checkSnat(q.c, e); err != nil {
		return nil, err
	}
	g.snat = append(g.snat, e)
	q.touch(snatKind, e.id)
	return map[string]any{"SnatEntryId": e.id}, nil
}

func modifySnatEntry(q *rpcRequest) (any, error) {
	g, e, err := q.snatEntry()
	if err != nil {
		return nil, err
	}
	changed := *e
	changed.name, changed.ip, changed.changed = q.orElse("SnatEntryName", e.name), q.orElse("SnatIp", e.ip), q.c.clock()
	if err := g.checkSnat(q.c, &changed); err != nil {
		return nil, err
	}
	*e = changed
	return done()
}

func deleteSnatEntry(q *rpcRequest) (any, error) {
	g, e, err := q.snatEntry()
	if err != nil {
		return nil, err
	}
	g.snat = without(g.snat, e.id)
	return done()
}

func describeSnatEntries(q *rpcRequest) (any, error) {
	if !q.has("SnatTableId") && !q.has("NatGatewayId") {
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter SnatTableId or NatGatewayId.")
	}
	type row struct {
		*snatEntry
		g *natGateway
	}
	var rows []row
	for _, g := range within(q, q.c.vpc.nats, func(g *natGateway) bool {
		return q.matches("SnatTableId", g.snatTable) && q.matches("NatGatewayId", g.id)
	}) {
		for _, e := range g.snat {
			if q.matches("SnatEntryId", e.id) && q.matches("SnatEntryName", e.name) && q.matches("SnatIp", e.ip) &&
				q.matches("SourceCIDR", e.cidr) && q.matches("SourceVSwitchId", e.vswitch) {
				rows = append(rows, row{e, g})
			}
		}
	}
	return numbered(q, rows, 10, "SnatTableEntries", "SnatTableEntry", func(r row) map[string]any {
		return map[string]any{
			"SnatEntryId": r.id, "SnatEntryName": r.name, "SnatTableId": r.g.snatTable, "NatGatewayId": r.g.id, "SnatIp": r.ip,
			"SourceCIDR": r.cidr, "SourceVSwitchId": r.vswitch, "NetworkInterfaceId": "", "EipAffinity": "0",
			"Status": q.c.status(r.changed, "Pending", "Available"),
		}
	})
}
