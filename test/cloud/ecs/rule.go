package ecs

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// securityRule is one rule. group and list are the peer's: the source of an
// ingress rule, the destination of an egress rule.
type securityRule struct {
	id, direction            string // direction: ingress or egress
	protocol                 string // TCP, UDP, ICMP, ICMPV6, GRE, ALL
	ports, sourcePorts       string
	portList                 string // instead of ports
	source4, source6         string
	dest4, dest6             string
	group, groupOwner, list  string
	policy, nic, description string // policy: Accept or Drop
	priority                 int
	created                  time.Time
}

// ruleForm is how a rule is written in a call: "Permissions.3." or, in the
// deprecated form, nothing. The two forms have different error codes.
type ruleForm struct {
	fields    kernel.FieldsOf
	prefix    string
	direction string
}

func (f ruleForm) legacy() bool { return f.prefix == "" }

// bad refuses a field in the words of the form.
func (f ruleForm) bad(legacyCode, code, field string) error {
	if f.legacy() {
		return kernel.Refuse(400, legacyCode, "The specified parameter %s is not valid.", field)
	}
	return kernel.Refuse(400, code, "The specified parameter %s%s is not valid.", f.prefix, field)
}

// peer names the fields that hold the other side of the direction.
func (f ruleForm) peer(field string) string {
	if f.direction == "egress" {
		return "Dest" + field
	}
	return "Source" + field
}

// read makes a rule of a form and checks it as the cloud does.
func (f ruleForm) read(g *SecurityGroup) (*securityRule, error) {
	v := f.fields
	r := &securityRule{
		direction: f.direction, ports: v["PortRange"], sourcePorts: v["SourcePortRange"], portList: v["PortRangeListId"],
		source4: v["SourceCidrIp"], source6: v["Ipv6SourceCidrIp"], dest4: v["DestCidrIp"], dest6: v["Ipv6DestCidrIp"],
		group: v[f.peer("GroupId")], groupOwner: cmp.Or(v[f.peer("GroupOwnerId")], v[f.peer("GroupOwnerAccount")]), list: v[f.peer("PrefixListId")],
		description: v["Description"], nic: v["NicType"], protocol: strings.ToUpper(v["IpProtocol"]),
	}
	if r.ports != "" {
		r.portList = ""
	}
	for _, check := range []func(*securityRule, *SecurityGroup) error{
		f.checkProtocol, f.checkPorts, f.checkAddresses, f.checkPeer, f.checkRest,
	} {
		if err := check(r, g); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (f ruleForm) checkProtocol(r *securityRule, _ *SecurityGroup) error {
	if !slices.Contains([]string{"TCP", "UDP", "ICMP", "ICMPV6", "GRE", "ALL"}, r.protocol) {
		return kernel.Refuse(400, "InvalidIpProtocol.ValueNotSupported",
			"The parameter %sIpProtocol must be specified with case insensitive TCP, UDP, ICMP, GRE or All.", f.prefix)
	}
	return nil
}

func (f ruleForm) checkPorts(r *securityRule, _ *SecurityGroup) error {
	withPorts := r.protocol == "TCP" || r.protocol == "UDP"
	if r.ports == "" && r.portList == "" {
		return kernel.Refuse(400, "InvalidPortRange.Malformed", "The specified parameter %sPortRange must set.", f.prefix)
	}
	if r.portList != "" && !withPorts {
		return kernel.Refuse(400, "InvalidParam.ProtocolNotSupportPortRangeList", "The specified protocol does not support the port range list.")
	}
	if r.ports != "" && !kernel.ValidPorts(r.ports, withPorts) {
		return f.bad("InvalidIpPortRange.Malformed", "InvalidParam.PortRange", "PortRange")
	}
	if r.sourcePorts != "" && r.sourcePorts != "-1/-1" && !kernel.ValidPorts(r.sourcePorts, withPorts) {
		return kernel.Refuse(400, "InvalidSourcePortRange.Malformed", "The specified parameter SourcePortRange is not valid.")
	}
	return nil
}

func (f ruleForm) checkAddresses(r *securityRule, _ *SecurityGroup) error {
	for field, cidr := range map[string]string{
		"SourceCidrIp": r.source4, "DestCidrIp": r.dest4, "Ipv6SourceCidrIp": r.source6, "Ipv6DestCidrIp": r.dest6,
	} {
		if cidr == "" {
			continue
		}
		p, err := kernel.ParseCIDR(cidr)
		if err != nil || p.Addr().Is6() != strings.HasPrefix(field, "Ipv6") {
			return f.bad("Invalid"+field+".Malformed", "InvalidParam."+field, field)
		}
	}
	v4, v6 := r.source4+r.dest4 != "", r.source6+r.dest6 != ""
	switch {
	case r.source4 != "" && r.source6 != "":
		return kernel.Refuse(400, "InvalidParam.SourceIp", "The Parameters %[1]sSourceCidrIp and %[1]sIpv6SourceCidrIp in %[1]s cannot be set at the same time.", f.prefix)
	case r.dest4 != "" && r.dest6 != "":
		return kernel.Refuse(400, "InvalidParam.DestIp", "The Parameters %[1]sDestCidrIp and %[1]sIpv6DestCidrIp in %[1]s cannot be set at the same time.", f.prefix)
	case v6 && r.protocol == "ICMP":
		return kernel.Refuse(400, "InvalidParam.Ipv4ProtocolConflictWithIpv6Address", "IPv6 address cannot be specified for IPv4-specific protocol.")
	case v4 && r.protocol == "ICMPV6":
		return kernel.Refuse(400, "InvalidParam.Ipv6ProtocolConflictWithIpv4Address", "IPv4 address cannot be specified for IPv6-specific protocol.")
	}
	return nil
}

// checkPeer drops the peers that an address overrides, as the documentation
// says: the address first, then the group, then the prefix list.
func (f ruleForm) checkPeer(r *securityRule, g *SecurityGroup) error {
	switch {
	case r.address() != "":
		r.group, r.list = "", ""
	case r.group != "":
		r.list = ""
	case r.list == "":
		if f.legacy() {
			return kernel.Refuse(400, "MissingParameter", "The input parameter %s or %s cannot be both blank.", f.peer("GroupId"), f.peer("CidrIp"))
		}
		return kernel.Refuse(400, "MissingParameter.Source",
			"One of the parameters SourceCidrIp, Ipv6SourceCidrIp, SourceGroupId or SourcePrefixListId in %s must be specified.", strings.TrimSuffix(f.prefix, "."))
	}
	switch {
	case r.group != "" && r.group == g.ID:
		return kernel.Refuse(400, "InvalidParamter.Conflict", "The specified SecurityGroupId should be different from the SourceGroupId.")
	case r.group != "" && g.kind == "enterprise":
		return kernel.Refuse(400, "InvalidGroupAuthParameter.OperationDenied", "The security group can not authorize to enterprise level security group.")
	case (r.list != "" || r.portList != "") && g.vpc == "":
		return kernel.Refuse(400, "NotSupported.ClassicNetworkPrefixList", "The prefix list is not supported when the network type of security group is classic.")
	}
	return nil
}

// address is the peer's block, in either family.
func (r *securityRule) address() string {
	if r.direction == "egress" {
		return r.dest4 + r.dest6
	}
	return r.source4 + r.source6
}

func (f ruleForm) checkRest(r *securityRule, g *SecurityGroup) error {
	v := f.fields
	switch strings.ToLower(v["Policy"]) {
	case "", "accept":
		r.policy = "Accept"
	case "drop":
		r.policy = "Drop"
	default:
		return kernel.Refuse(400, "InvalidPolicy.Malformed", "The specified parameter %sPolicy is not valid.", f.prefix)
	}
	r.priority = 1
	if p := v["Priority"]; p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 100 {
			return kernel.Refuse(400, "InvalidPriority.ValueNotSupported", "The specified parameter %sPriority is invalid.", f.prefix)
		}
		r.priority = n
	}
	if len([]rune(r.description)) > 512 {
		return kernel.Refuse(400, "InvalidSecurityGroupDiscription.Malformed", "The specified security group rule description is not valid.")
	}
	return f.checkNic(r, g)
}

func (f ruleForm) checkNic(r *securityRule, g *SecurityGroup) error {
	fallback := "intranet"
	if g.vpc == "" {
		fallback = "internet"
	}
	switch {
	case r.nic == "":
		r.nic = fallback
	case r.nic != "internet" && r.nic != "intranet", r.nic == "internet" && g.vpc != "":
		return kernel.Refuse(400, "InvalidNicType.ValueNotSupported", "The specified parameter %sNicType is not valid.", f.prefix)
	}
	if r.group != "" && r.nic != "intranet" {
		return kernel.Refuse(403, "InvalidSourceGroupId.Mismatch", "NicType is required or NicType expects intrnet.")
	}
	return nil
}

// same says that two rules admit or drop the same traffic in the same way.
// Blocks are compared by what they cover, not by how they are written.
func (r *securityRule) same(o *securityRule) bool {
	return r.matches(o) && r.priority == o.priority
}

// matches is same without the priority.
func (r *securityRule) matches(o *securityRule) bool {
	return r.direction == o.direction && r.protocol == o.protocol && r.ports == o.ports && r.portList == o.portList &&
		anyPorts(r.sourcePorts) == anyPorts(o.sourcePorts) && sameCIDR(r.source4, o.source4) && sameCIDR(r.source6, o.source6) &&
		sameCIDR(r.dest4, o.dest4) && sameCIDR(r.dest6, o.dest6) && r.group == o.group && r.list == o.list &&
		r.policy == o.policy && r.nic == o.nic
}

func anyPorts(s string) string {
	if s == "-1/-1" || s == "1/65535" {
		return ""
	}
	return s
}

func sameCIDR(a, b string) bool {
	if a == b {
		return true
	}
	var blocks [2]netip.Prefix
	for i, s := range []string{a, b} {
		p, err := kernel.ParseCIDR(s)
		if err != nil {
			return false
		}
		blocks[i] = p
	}
	return blocks[0] == blocks[1]
}

// view is a rule as DescribeSecurityGroupAttribute writes it. Priority is a
// number there and a string in the calls.
func (q *request) ruleView(r *securityRule) map[string]any {
	protocol := r.protocol
	if protocol == "ICMPV6" {
		protocol = "ICMPv6"
	}
	view := map[string]any{
		"SecurityGroupRuleId": r.id, "Direction": r.direction, "IpProtocol": protocol, "PortRange": r.ports,
		"SourcePortRange": r.sourcePorts, "Policy": r.policy, "Priority": r.priority, "NicType": r.nic,
		"Description": r.description, "CreateTime": kernel.Stamp(r.created),
		"SourceCidrIp": r.source4, "Ipv6SourceCidrIp": r.source6, "DestCidrIp": r.dest4, "Ipv6DestCidrIp": r.dest6,
		"SourceGroupId": "", "SourceGroupName": "", "SourceGroupOwnerAccount": "", "SourcePrefixListId": "", "SourcePrefixListName": "",
		"DestGroupId": "", "DestGroupName": "", "DestGroupOwnerAccount": "", "DestPrefixListId": "", "DestPrefixListName": "",
	}
	peer := ruleForm{direction: r.direction}.peer
	view[peer("GroupId")], view[peer("GroupOwnerAccount")] = r.group, r.groupOwner
	if g, ok := kernel.Find(q.Request, q.c.Groups, r.group); ok {
		view[peer("GroupName")] = g.Name
	}
	view[peer("PrefixListId")] = r.list
	if l, ok := kernel.Find(q.Request, q.c.prefixLists, r.list); ok {
		view[peer("PrefixListName")] = l.Name
	}
	if r.portList != "" {
		view["PortRangeListId"] = r.portList
		if l, ok := kernel.Find(q.Request, q.c.portLists, r.portList); ok {
			view["PortRangeListName"] = l.Name
		}
	}
	return view
}
