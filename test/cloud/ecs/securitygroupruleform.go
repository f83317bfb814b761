package ecs

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// securityRule is one rule. group and list are the peer's: the source of an
// ingress rule, the destination of an egress rule.
// Ids of rules are younger than the API: older clients name a rule by all that it says. Ports are
// "from/to", and -1/-1 where the protocol has none.
type securityRule struct {
	ID          string `yaml:"id,omitempty"`
	Direction   string `yaml:"direction,omitempty"` // ingress (default) or egress
	Protocol    string `yaml:"protocol"`            // tcp, udp, icmp, icmpv6, gre, all
	Ports       string `yaml:"ports,omitempty"`
	PortList    string `yaml:"port-list,omitempty"` // instead of ports
	SourcePorts string `yaml:"source-ports,omitempty"`
	Source      string `yaml:"source,omitempty"` // a block, of either family
	Dest        string `yaml:"dest,omitempty"`
	PrefixList  string `yaml:"prefix-list,omitempty"`
	Group       string `yaml:"group,omitempty"`
	GroupOwner  string `yaml:"group-owner,omitempty"` // the account that has it, where that is another
	NIC         string `yaml:"nic,omitempty"`         // internet or intranet; default by the network
	Policy      string `yaml:"policy,omitempty"`      // accept (default) or drop
	Priority    int    `yaml:"priority,omitempty"`    // default 1
	Description string `yaml:"description,omitempty"`

	created time.Time
}

// nicOf is the side that rules of a group are on: only the classic network has two.
func nicOf(classic bool) string { return map[bool]string{true: "internet", false: "intranet"}[classic] }

// byFamily is a block as the API has it: in a field for its family, the other one empty.
func byFamily(block string) (v4, v6 string) {
	if kernel.IsIPv6(block) {
		return "", block
	}
	return block, ""
}

// title is a word of a document as the API writes it: Accept, Drop.
func title(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// form is a rule as a call would write it.
// It is what merged starts from and what a document's rule is read by, so that a rule from a
// document passes the same checks as one from a call.
func (r *securityRule) form() ruleForm {
	f := ruleForm{direction: r.Direction}
	source4, source6 := byFamily(r.Source)
	dest4, dest6 := byFamily(r.Dest)
	f.fields = kernel.FieldsOf{
		"PortRange": r.Ports, "SourcePortRange": r.SourcePorts, "PortRangeListId": r.PortList,
		"SourceCidrIp": source4, "Ipv6SourceCidrIp": source6, "DestCidrIp": dest4, "Ipv6DestCidrIp": dest6,
		f.peer("GroupId"): r.Group, f.peer("GroupOwnerAccount"): r.GroupOwner, f.peer("PrefixListId"): r.PrefixList,
		"Description": r.Description, "NicType": r.NIC, "IpProtocol": r.Protocol,
		"Policy": r.Policy, "Priority": fmt.Sprint(r.Priority),
	}
	return f
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
// The order of the checks is that of the real service: a rule with two mistakes is refused for the
// first of them. Ports go before a port list where both come.
func (f ruleForm) read(g *SecurityGroup) (*securityRule, error) {
	v := f.fields
	r := &securityRule{
		Direction: f.direction, Ports: v["PortRange"], SourcePorts: v["SourcePortRange"], PortList: v["PortRangeListId"],
		Source: v["SourceCidrIp"] + v["Ipv6SourceCidrIp"], Dest: v["DestCidrIp"] + v["Ipv6DestCidrIp"], // checkAddresses refuses both
		Group: v[f.peer("GroupId")], GroupOwner: cmp.Or(v[f.peer("GroupOwnerId")], v[f.peer("GroupOwnerAccount")]), PrefixList: v[f.peer("PrefixListId")],
		Description: v["Description"], NIC: v["NicType"], Protocol: strings.ToLower(v["IpProtocol"]),
	}
	if r.Ports != "" {
		r.PortList = ""
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

// Case does not count. icmpv6 is accepted, although the text of the error does not name it.
func (f ruleForm) checkProtocol(r *securityRule, _ *SecurityGroup) error {
	if !slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6", "gre", "all"}, r.Protocol) {
		return kernel.Refuse(400, "InvalidIpProtocol.ValueNotSupported",
			"The parameter %sIpProtocol must be specified with case insensitive TCP, UDP, ICMP, GRE or All.", f.prefix)
	}
	return nil
}

// Protocols without ports need "-1/-1", and leaving it out is an error. Source ports are optional,
// and "-1/-1" stands for all of them with any protocol.
func (f ruleForm) checkPorts(r *securityRule, _ *SecurityGroup) error {
	withPorts := r.Protocol == "tcp" || r.Protocol == "udp"
	if r.Ports == "" && r.PortList == "" {
		return kernel.Refuse(400, "InvalidPortRange.Malformed", "The specified parameter %sPortRange must set.", f.prefix)
	}
	if r.PortList != "" && !withPorts {
		return kernel.Refuse(400, "InvalidParam.ProtocolNotSupportPortRangeList", "The specified protocol does not support the port range list.")
	}
	if r.Ports != "" && !kernel.ValidPorts(r.Ports, withPorts) {
		return f.bad("InvalidIpPortRange.Malformed", "InvalidParam.PortRange", "PortRange")
	}
	if r.SourcePorts != "" && r.SourcePorts != "-1/-1" && !kernel.ValidPorts(r.SourcePorts, withPorts) {
		return kernel.Refuse(400, "InvalidSourcePortRange.Malformed", "The specified parameter SourcePortRange is not valid.")
	}
	return nil
}

// Every address is checked in itself first, then that no side has two families, then that the
// family fits the protocol.
func (f ruleForm) checkAddresses(r *securityRule, _ *SecurityGroup) error {
	v := f.fields
	for _, field := range []string{"SourceCidrIp", "DestCidrIp", "Ipv6SourceCidrIp", "Ipv6DestCidrIp"} {
		cidr := v[field]
		if cidr == "" {
			continue
		}
		p, err := kernel.ParseCIDR(cidr)
		if err != nil || p.Addr().Is6() != strings.HasPrefix(field, "Ipv6") {
			return f.bad("Invalid"+field+".Malformed", "InvalidParam."+field, field)
		}
	}
	v4, v6 := v["SourceCidrIp"]+v["DestCidrIp"] != "", v["Ipv6SourceCidrIp"]+v["Ipv6DestCidrIp"] != ""
	switch {
	case v["SourceCidrIp"] != "" && v["Ipv6SourceCidrIp"] != "":
		return kernel.Refuse(400, "InvalidParam.SourceIp", "The Parameters %[1]sSourceCidrIp and %[1]sIpv6SourceCidrIp in %[1]s cannot be set at the same time.", f.prefix)
	case v["DestCidrIp"] != "" && v["Ipv6DestCidrIp"] != "":
		return kernel.Refuse(400, "InvalidParam.DestIp", "The Parameters %[1]sDestCidrIp and %[1]sIpv6DestCidrIp in %[1]s cannot be set at the same time.", f.prefix)
	case v6 && r.Protocol == "icmp":
		return kernel.Refuse(400, "InvalidParam.Ipv4ProtocolConflictWithIpv6Address", "IPv6 address cannot be specified for IPv4-specific protocol.")
	case v4 && r.Protocol == "icmpv6":
		return kernel.Refuse(400, "InvalidParam.Ipv6ProtocolConflictWithIpv4Address", "IPv4 address cannot be specified for IPv6-specific protocol.")
	}
	return nil
}

// checkPeer drops the peers that an address overrides, as the documentation
// says: the address first, then the group, then the prefix list.
func (f ruleForm) checkPeer(r *securityRule, g *SecurityGroup) error {
	switch {
	case r.address() != "":
		r.Group, r.PrefixList = "", ""
	case r.Group != "":
		r.PrefixList = ""
	case r.PrefixList == "":
		if f.legacy() {
			return kernel.Refuse(400, "MissingParameter", "The input parameter %s or %s cannot be both blank.", f.peer("GroupId"), f.peer("CidrIp"))
		}
		return kernel.Refuse(400, "MissingParameter.Source",
			"One of the parameters SourceCidrIp, Ipv6SourceCidrIp, SourceGroupId or SourcePrefixListId in %s must be specified.", strings.TrimSuffix(f.prefix, "."))
	}
	switch {
	case r.Group != "" && r.Group == g.ID:
		return kernel.Refuse(400, "InvalidParamter.Conflict", "The specified SecurityGroupId should be different from the SourceGroupId.")
	case r.Group != "" && g.Kind == "enterprise":
		return kernel.Refuse(400, "InvalidGroupAuthParameter.OperationDenied", "The security group can not authorize to enterprise level security group.")
	case (r.PrefixList != "" || r.PortList != "") && g.VPC == "":
		return kernel.Refuse(400, "NotSupported.ClassicNetworkPrefixList", "The prefix list is not supported when the network type of security group is classic.")
	}
	return nil
}

// address is the peer's block, in either family.
func (r *securityRule) address() string {
	if r.Direction == "egress" {
		return r.Dest
	}
	return r.Source
}

// A priority is 1 to 100, where a smaller number goes first. The description has up to 512
// characters.
func (f ruleForm) checkRest(r *securityRule, g *SecurityGroup) error {
	v := f.fields
	switch strings.ToLower(v["Policy"]) {
	case "", "accept":
		r.Policy = "accept"
	case "drop":
		r.Policy = "drop"
	default:
		return kernel.Refuse(400, "InvalidPolicy.Malformed", "The specified parameter %sPolicy is not valid.", f.prefix)
	}
	r.Priority = 1
	if p := v["Priority"]; p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 100 {
			return kernel.Refuse(400, "InvalidPriority.ValueNotSupported", "The specified parameter %sPriority is invalid.", f.prefix)
		}
		r.Priority = n
	}
	if len([]rune(r.Description)) > 512 {
		return kernel.Refuse(400, "InvalidSecurityGroupDiscription.Malformed", "The specified security group rule description is not valid.")
	}
	return f.checkNic(r, g)
}

// In a VPC there is intranet only, even for rules about addresses of the internet. Rules by groups
// hold within the network, so in the classic one they need intranet said.
func (f ruleForm) checkNic(r *securityRule, g *SecurityGroup) error {
	switch {
	case r.NIC == "":
		r.NIC = nicOf(g.VPC == "")
	case r.NIC != "internet" && r.NIC != "intranet", r.NIC == "internet" && g.VPC != "":
		return kernel.Refuse(400, "InvalidNicType.ValueNotSupported", "The specified parameter %sNicType is not valid.", f.prefix)
	}
	if r.Group != "" && r.NIC != "intranet" {
		return kernel.Refuse(403, "InvalidSourceGroupId.Mismatch", "NicType is required or NicType expects intrnet.")
	}
	return nil
}

// same says that two rules admit or drop the same traffic in the same way.
// Blocks are compared by what they cover, not by how they are written.
func (r *securityRule) same(o *securityRule) bool {
	return r.matches(o) && r.Priority == o.Priority
}

// matches is same without the priority.
// The description does not count, nor does who owns the peer group.
func (r *securityRule) matches(o *securityRule) bool {
	return r.Direction == o.Direction && r.Protocol == o.Protocol && r.Ports == o.Ports && r.PortList == o.PortList &&
		anyPorts(r.SourcePorts) == anyPorts(o.SourcePorts) && sameCIDR(r.Source, o.Source) && sameCIDR(r.Dest, o.Dest) &&
		r.Group == o.Group && r.PrefixList == o.PrefixList &&
		r.Policy == o.Policy && r.NIC == o.NIC
}

// Three ways to write all source ports come to the same.
func anyPorts(s string) string {
	if s == "-1/-1" || s == "1/65535" {
		return ""
	}
	return s
}

// What cannot be read as a block is the same only as the same text.
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
	protocol := strings.ToUpper(r.Protocol)
	if protocol == "ICMPV6" {
		protocol = "ICMPv6"
	}
	source4, source6 := byFamily(r.Source)
	dest4, dest6 := byFamily(r.Dest)
	view := map[string]any{
		"SecurityGroupRuleId": r.ID, "Direction": r.Direction, "IpProtocol": protocol, "PortRange": r.Ports,
		"SourcePortRange": r.SourcePorts, "Policy": title(r.Policy), "Priority": r.Priority, "NicType": r.NIC,
		"Description": r.Description, "CreateTime": kernel.Stamp(r.created),
		"SourceCidrIp": source4, "Ipv6SourceCidrIp": source6, "DestCidrIp": dest4, "Ipv6DestCidrIp": dest6,
		"SourceGroupId": "", "SourceGroupName": "", "SourceGroupOwnerAccount": "", "SourcePrefixListId": "", "SourcePrefixListName": "",
		"DestGroupId": "", "DestGroupName": "", "DestGroupOwnerAccount": "", "DestPrefixListId": "", "DestPrefixListName": "",
	}
	peer := ruleForm{direction: r.Direction}.peer
	view[peer("GroupId")], view[peer("GroupOwnerAccount")] = r.Group, r.GroupOwner
	if g, ok := kernel.Find(q.Request, q.c.Groups, r.Group); ok {
		view[peer("GroupName")] = g.Name
	}
	view[peer("PrefixListId")] = r.PrefixList
	if l, ok := kernel.Find(q.Request, q.c.PrefixLists, r.PrefixList); ok {
		view[peer("PrefixListName")] = l.Name
	}
	if r.PortList != "" {
		view["PortRangeListId"] = r.PortList
		if l, ok := kernel.Find(q.Request, q.c.PortLists, r.PortList); ok {
			view["PortRangeListName"] = l.Name
		}
	}
	return view
}
