package ecs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// The fields of a rule in the calls of each direction. The lists of the
// metadata leave out what is inside Permissions.
const (
	ingressFields = `Policy Priority IpProtocol SourceCidrIp Ipv6SourceCidrIp SourceGroupId SourcePrefixListId PortRange
		DestCidrIp Ipv6DestCidrIp SourcePortRange SourceGroupOwnerAccount SourceGroupOwnerId:Long NicType Description`
	egressFields = `Policy Priority IpProtocol DestCidrIp Ipv6DestCidrIp DestGroupId DestPrefixListId PortRange
		SourceCidrIp Ipv6SourceCidrIp SourcePortRange DestGroupOwnerAccount DestGroupOwnerId:Long NicType Description`
	ruleCall = "RegionId! SecurityGroupId! ClientToken "
)

// Permission to write rules can be granted for one group only to revoke:
// authorizing and modifying are listed for all resources.
var securityRuleActions = []action{
	{
		// Older clients send no MaxResults and expect all rules: 500 of them fit.
		Name: "DescribeSecurityGroupAttribute", On: onGroup, Do: describeSecurityGroupAttribute,
		Params: `RegionId! SecurityGroupId! Direction=ingress|egress|all NicType Attribute
			MaxResults:Integer=10..1000 NextToken`,
	},
	{
		// It opens; the answer says neither what was added nor with which id.
		Name: "AuthorizeSecurityGroup", Write: true, Do: authorizeRules("ingress"),
		Params: ruleCall + ingressFields + " Permissions:Array(" + ingressFields + " PortRangeListId)",
	},
	{
		Name: "AuthorizeSecurityGroupEgress", Write: true, Do: authorizeRules("egress"),
		Params: ruleCall + egressFields + " Permissions:Array(" + egressFields + " PortRangeListId)",
	},
	{
		// By ids, by Permissions, or by the old fields: one form a call.
		Name: "RevokeSecurityGroup", Write: true, On: onGroup, Do: revokeRules("ingress"),
		Params: ruleCall + ingressFields + " SecurityGroupRuleId:RepeatList Permissions:Array(" + ingressFields + " PortRangeListId)",
	},
	{
		Name: "RevokeSecurityGroupEgress", Write: true, On: onGroup, Do: revokeRules("egress"),
		Params: ruleCall + egressFields + " SecurityGroupRuleId:RepeatList Permissions:Array(" + egressFields + " PortRangeListId)",
	},
	{
		// One rule a call. Parameters are the old fields, without Permissions.
		Name: "ModifySecurityGroupRule", Write: true, Do: modifyRule("ingress"),
		Params: ruleCall + ingressFields + " PortRangeListId SecurityGroupRuleId",
	},
	{
		Name: "ModifySecurityGroupEgressRule", Write: true, Do: modifyRule("egress"),
		Params: ruleCall + egressFields + " PortRangeListId SecurityGroupRuleId",
	},
}

// describeSecurityGroupAttribute is the one read of rules. It answers up to 500 and a token
// for more, where lists elsewhere begin with 10.
func describeSecurityGroupAttribute(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	nic := q.OrElse("NicType", nicOf(g.VPC == ""))
	if g.VPC != "" && nic != "internet" {
		nic = "intranet" // a group of a VPC has no other, and clients send "<nil>" for what nobody has set
	}
	if nic != "internet" && nic != "intranet" {
		return nil, kernel.Refuse(400, "InvalidNicType.ValueNotSupported", "The specified NicType does not exist.")
	}
	direction := q.OrElse("Direction", "all")
	var rules []*securityRule
	for _, r := range g.Rules {
		if r.NIC == nic && (direction == "all" || r.Direction == direction) {
			rules = append(rules, r)
		}
	}
	page, next, err := kernel.TokenPage(q.Request, rules, 500)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, r := range page {
		views = append(views, q.ruleView(r))
	}
	return map[string]any{
		"SecurityGroupId": g.ID, "SecurityGroupName": g.Name, "Description": g.Description, "VpcId": g.VPC,
		"RegionId": g.Region, "InnerAccessPolicy": title(g.InnerAccess), "NextToken": next,
		"Permissions": map[string]any{"Permission": views},
	}, nil
}

// ruleForms reads the rules of a call, in whichever of the two forms it uses.
// The older form has one rule, in parameters without a prefix; the newer has up to 100 under
// Permissions.n. Both in one call are refused, since the real service would have to guess.
func (q *request) ruleForms(direction string) ([]ruleForm, error) {
	var forms []ruleForm
	for i, item := range q.Items("Permissions") {
		forms = append(forms, ruleForm{item, fmt.Sprintf("Permissions.%d.", i+1), direction})
	}
	legacy := kernel.FieldsOf{}
	for k, v := range q.Params {
		if !strings.Contains(k, ".") && !slices.Contains([]string{"RegionId", "SecurityGroupId", "ClientToken", "SecurityGroupRuleId"}, k) && !kernel.OwnerParams[k] {
			legacy[k] = v
		}
	}
	switch {
	case len(forms) > 0 && len(legacy) > 0:
		return nil, kernel.Refuse(400, "InvalidParam.Permissions", "The specified parameter Permissions cannot coexist with other parameters.")
	case len(forms) > 100:
		return nil, kernel.Refuse(400, "InvalidParam.Permissions", "The specified parameter Permissions is not valid: at most 100.")
	case len(legacy) > 0:
		forms = []ruleForm{{legacy, "", direction}}
	}
	return forms, nil
}

// authorizeRules adds rules, all or none. A rule that is there already is
// passed over: the call succeeds and adds nothing for it.
// Two equal rules within one call are refused, while one that is there already is passed over:
// that is why a client may repeat a call after a lost answer. The quota counts after that. A rule
// gets its id (sgr-) here.
func authorizeRules(direction string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		g, err := q.ownGroup()
		if err != nil {
			return nil, err
		}
		forms, err := q.ruleForms(direction)
		if err != nil {
			return nil, err
		}
		if len(forms) == 0 {
			return nil, kernel.MissingInECS("IpProtocol")
		}
		var added []*securityRule
		for _, f := range forms {
			r, err := q.readRule(f, g)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(added, r.same) {
				return nil, kernel.Refuse(400, "InvalidParam.DuplicatePermissions", "There are duplicate permissions in the specified parameter Permissions.")
			}
			added = append(added, r)
		}
		added = slices.DeleteFunc(added, func(r *securityRule) bool { return slices.ContainsFunc(g.Rules, r.same) })
		if len(g.Rules)+len(added) > cmp.Or(q.c.Quota, q.c.RuleQuota) {
			return nil, kernel.Refuse(403, "AuthorizationLimitExceed", "The limit of authorization records in the security group reaches.")
		}
		for _, r := range added {
			r.ID, r.created = q.c.ResourceID("sgr", g.Region), q.c.Clock()
		}
		g.Rules = append(g.Rules, added...)
		return kernel.Done()
	}
}

// readRule reads a rule and checks that what it refers to exists.
// A group of another account, given with its owner, cannot be looked up and is taken as it is. A
// prefix list is for one family, and a protocol of the other does not fit to it.
func (q *request) readRule(f ruleForm, g *SecurityGroup) (*securityRule, error) {
	r, err := f.read(g)
	if err != nil {
		return nil, err
	}
	if r.Group != "" && r.GroupOwner == "" {
		peer, ok := kernel.Find(q.Request, q.c.Groups, r.Group)
		switch {
		case !ok:
			return nil, kernel.Refuse(404, "InvalidSourceGroupId.NotFound", "The SourceGroupId provided does not exist in our records.")
		case peer.VPC != g.VPC:
			return nil, kernel.Refuse(400, "InvalidSourceGroupId.Mismatch", "Specified security group and source group are not in the same VPC.")
		case peer.Kind == "enterprise":
			return nil, kernel.Refuse(400, "InvalidGroupAuthParameter.OperationDenied", "The security group can not authorize to enterprise level security group.")
		}
	}
	if r.PrefixList != "" {
		l, ok := kernel.Find(q.Request, q.c.PrefixLists, r.PrefixList)
		switch {
		case !ok:
			return nil, kernel.Refuse(404, "InvalidPrefixListId.NotFound", "The specified prefix list was not found.")
		case l.Family == "IPv6" && r.Protocol == "icmp", l.Family == "IPv4" && r.Protocol == "icmpv6":
			return nil, kernel.Refuse(400, "InvalidParam.ProtocolAndAddressFamilyMismatch", "The specified Protocol and address family do not match.")
		}
	}
	if r.PortList != "" {
		if _, ok := kernel.Find(q.Request, q.c.PortLists, r.PortList); !ok {
			return nil, kernel.Refuse(400, "InvalidPortRangeListId.NotFound", "The specified port range list was not found.")
		}
	}
	return r, nil
}

// revokeRules removes rules. By id a wrong one fails the whole call; by
// attributes a rule that does not exist is no error, which has fooled others.
// Without a priority in the call the first rule is taken that is the same but for the priority.
// The call has no effect on rules of the other direction, even by id.
func revokeRules(direction string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		g, err := q.ownGroup()
		if err != nil {
			return nil, err
		}
		forms, err := q.ruleForms(direction)
		if err != nil {
			return nil, err
		}
		ids := q.List("SecurityGroupRuleId")
		switch {
		case len(ids) > 0 && len(forms) > 0:
			return nil, kernel.Refuse(400, "InvalidParam.Permissions", "The specified parameter Permissions cannot coexist with other parameters.")
		case len(ids) > 0:
			return q.revokeByID(g, direction, ids)
		case len(forms) == 0:
			return nil, kernel.MissingInECS("IpProtocol")
		}
		// Rules are collected first: a form that is wrong further on leaves all of them.
		var doomed []*securityRule
		for _, f := range forms {
			wanted, err := f.read(g)
			if err != nil {
				return nil, err
			}
			same := wanted.matches
			if f.fields["Priority"] != "" {
				same = wanted.same
			}
			if i := slices.IndexFunc(g.Rules, same); i >= 0 {
				doomed = append(doomed, g.Rules[i])
			}
		}
		g.Rules = slices.DeleteFunc(g.Rules, func(r *securityRule) bool { return slices.Contains(doomed, r) })
		return kernel.Done()
	}
}

// All ids are checked before any rule goes.
func (q *request) revokeByID(g *SecurityGroup, direction string, ids []string) (any, error) {
	if len(ids) > 100 {
		return nil, kernel.Refuse(400, "InvalidParam.SecurityGroupRuleId", "The specified parameter SecurityGroupRuleId is not valid: at most 100.")
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return nil, kernel.Refuse(400, "InvalidParam.SecurityGroupRuleIdRepeated", "The specified parameter SecurityGroupRuleId is repeated.")
		}
		if r := g.rule(id); r == nil || r.Direction != direction {
			return nil, kernel.Refuse(400, "InvalidParam.SecurityGroupRuleId", "The specified parameter SecurityGroupRuleId is not valid.")
		}
	}
	g.Rules = slices.DeleteFunc(g.Rules, func(r *securityRule) bool { return slices.Contains(ids, r.ID) })
	return kernel.Done()
}

func (g *SecurityGroup) rule(id string) *securityRule {
	if i := slices.IndexFunc(g.Rules, func(r *securityRule) bool { return r.ID == id }); i >= 0 {
		return g.Rules[i]
	}
	return nil
}

// modifyRule changes what a call names of a rule. Without a rule id the call
// finds the rule by its attributes and can change its description only.
// By id everything but the kind of peer, the kind of ports and NicType can be changed, and what
// the call leaves out stays. A rule that would become equal to another one is refused. Id and time
// stay, so the rule remains where it was in the order.
func modifyRule(direction string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		g, err := q.ownGroup()
		if err != nil {
			return nil, err
		}
		forms, err := q.ruleForms(direction)
		if err != nil {
			return nil, err
		}
		if len(forms) == 0 {
			return nil, kernel.MissingInECS("IpProtocol")
		}
		if !q.Has("SecurityGroupRuleId") {
			return q.describeRule(g, forms[0])
		}
		old := g.rule(q.Str("SecurityGroupRuleId"))
		if old == nil || old.Direction != direction {
			return nil, kernel.Refuse(404, "InvalidSecurityGroupRuleId.NotFound", "The specified SecurityGroupRuleId is not exists.")
		}
		if q.Has("NicType") {
			return nil, kernel.Refuse(400, "InvalidOperation.ModifyNicType", "NicType is not allowed to modify.")
		}
		changed, err := q.readRule(ruleForm{merged(old, forms[0]), "", direction}, g)
		if err != nil {
			return nil, err
		}
		switch {
		case old.peerKind() != changed.peerKind():
			return nil, kernel.Refuse(400, "InvalidOperation.ModifySgRuleEntityType", "The source or destination type of the rules cannot be modified.")
		case (old.PortList == "") != (changed.PortList == ""):
			return nil, kernel.Refuse(400, "InvalidOperation.ModifyPortRangeType",
				"The PortRange type is not allowed to be modified. You cannot modify a rule from using the port list to not using it, and vice versa.")
		case slices.ContainsFunc(g.Rules, func(r *securityRule) bool { return r != old && r.same(changed) }):
			return nil, kernel.Refuse(400, "InvalidOperation.RuleDuplicate", "The rule being modified will be duplicated with an existing rule.")
		}
		changed.ID, changed.created = old.ID, old.created
		*old = *changed
		return kernel.Done()
	}
}

// It sets the description, whatever its name suggests: to give a description is all that the older
// form can do. The priority does not count for finding the rule.
func (q *request) describeRule(g *SecurityGroup, f ruleForm) (any, error) {
	wanted, err := f.read(g)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(g.Rules, wanted.matches)
	if i < 0 {
		return nil, kernel.Refuse(404, "SecurityGroupRule.NotFound", "The target security group rule not exist.")
	}
	g.Rules[i].Description = wanted.Description
	return kernel.Done()
}

// peerKind is what sort of peer a rule has: it cannot be changed.
func (r *securityRule) peerKind() string {
	switch address := r.address(); {
	case kernel.IsIPv6(address):
		return "IPv6"
	case address != "":
		return "IPv4"
	case r.Group != "":
		return "group"
	}
	return "prefix list"
}

// merged is a rule written as a form, with the fields of a call put over it.
func merged(r *securityRule, over ruleForm) kernel.FieldsOf {
	f := r.form()
	v := f.fields
	// A new peer replaces the old one, so that a change of its kind is seen
	// and not hidden behind the order in which peers count.
	for _, peer := range []string{f.peer("CidrIp"), "Ipv6" + f.peer("CidrIp"), f.peer("GroupId"), f.peer("PrefixListId")} {
		if over.fields[peer] != "" {
			for _, p := range []string{f.peer("CidrIp"), "Ipv6" + f.peer("CidrIp"), f.peer("GroupId"), f.peer("PrefixListId")} {
				v[p] = ""
			}
		}
	}
	for k, value := range over.fields {
		v[k] = value
	}
	return v
}
