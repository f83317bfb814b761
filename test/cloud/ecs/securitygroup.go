package ecs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// SecurityGroup holds rules of both directions in the order of their making.
// Kind decides much: an enterprise group has no rules by groups and no access among members, and
// what is in one cannot be in a normal one. Classic groups, without a VPC, have rules for two
// sides (nic).
type SecurityGroup struct {
	kernel.Resource `yaml:",inline"`
	VPC             string          `yaml:"vpc,omitempty"`             // default vpc-1; a document says classic for none
	Kind            string          `yaml:"type,omitempty"`            // normal (default) or enterprise
	InnerAccess     string          `yaml:"inner-access,omitempty"`    // between members: accept or drop; default by the type
	ServiceManaged  bool            `yaml:"service-managed,omitempty"` // by a cloud service: nobody else may write to it
	Rules           []*securityRule `yaml:"rules,omitempty" dump:"after tags"`
}

var groupRows = kernel.Kind{Key: "security-groups", Prefix: "sg", Tagged: "securitygroup", Type: kernel.GroupKind}

// A rule without a priority has 1, the highest: that is the API's default, too.
func (g *SecurityGroup) Defaults(*Service) {
	g.VPC, g.Kind = cmp.Or(g.VPC, "vpc-1"), cmp.Or(g.Kind, "normal")
	g.InnerAccess = cmp.Or(g.InnerAccess, innerAccessOf(g.Kind))
	for _, r := range g.Rules {
		r.Direction, r.Policy, r.Priority = cmp.Or(r.Direction, "ingress"), cmp.Or(r.Policy, "accept"), cmp.Or(r.Priority, 1)
		r.NIC = cmp.Or(r.NIC, nicOf(g.VPC == "" || g.VPC == "classic"))
	}
}

// innerAccessOf is how members of a new group reach one another: not at all in an enterprise group.
func innerAccessOf(kind string) string {
	if kind == "enterprise" {
		return "drop"
	}
	return "accept"
}

// Complete reads the rules as a call would, with its checks. They may refer to any group of
// the document, and so every group has its defaults by now.
func (g *SecurityGroup) Complete(l *kernel.Loader, c *Service) error {
	g.VPC = kernel.Unless(g.VPC, "classic")
	rules := g.Rules
	g.Rules = nil
	for i, r := range rules {
		if r.Direction != "ingress" && r.Direction != "egress" {
			return kernel.At(fmt.Errorf("direction is %q, not ingress or egress", r.Direction), ".rules[%d]", i)
		}
		read, err := c.ecsRequest(g.Region, nil).readRule(r.form(), g)
		if err == nil {
			read.ID, read.created = cmp.Or(r.ID, c.ResourceID("sgr", g.Region)), c.LongAgo()
			if l.Seen[read.ID] {
				err = fmt.Errorf("id %q is used twice", read.ID)
			}
		}
		if err != nil {
			return kernel.At(err, ".rules[%d]", i)
		}
		l.Seen[read.ID] = true
		g.Rules = append(g.Rules, read)
	}
	return nil
}

// Its VPC is not looked up: VPC's part of a document is loaded later.
func (g *SecurityGroup) Check(*Service) error {
	switch {
	case g.Kind != "normal" && g.Kind != "enterprise":
		return fmt.Errorf("type is %q, not normal or enterprise", g.Kind)
	case g.InnerAccess != "accept" && g.InnerAccess != "drop":
		return fmt.Errorf("inner-access is %q, not accept or drop", g.InnerAccess)
	}
	return nil
}

// Abridged names the network that has no id.
func (g *SecurityGroup) Abridged(*Service) *SecurityGroup {
	short := *g
	short.VPC = cmp.Or(g.VPC, "classic")
	return &short
}

var onGroup = onEach("securitygroup", kernel.Named("SecurityGroupId"))

// Version 2014-05-26. Groups are judged by ARN one by one; creating one needs permission for the
// VPC, too, where the call names one.
var securityGroupActions = []action{
	{
		Name: "CreateSecurityGroup", Write: true, Do: createSecurityGroup,
		Params: `RegionId! SecurityGroupName Description VpcId SecurityGroupType=normal|enterprise ServiceManaged:Boolean
			ResourceGroupId ClientToken Tag:RepeatList(Key Value key value)`,
		On: func(q *kernel.Request) []string {
			arns := []string{q.ARN("ecs", "securitygroup/*")}
			if q.Has("VpcId") {
				arns = append(arns, q.ARN("vpc", "vpc/"+q.Str("VpcId")))
			}
			return arns
		},
	},
	{
		Name: "DeleteSecurityGroup", Write: true, On: onGroup, Do: deleteSecurityGroup,
		Params: "RegionId! SecurityGroupId!",
	},
	{
		// FuzzyQuery is accepted; names match with a star in either case.
		Name: "DescribeSecurityGroups", Do: describeSecurityGroups,
		Params: `RegionId! SecurityGroupId SecurityGroupIds SecurityGroupName SecurityGroupType VpcId NetworkType ServiceManaged:Boolean
			ResourceGroupId Tag:RepeatList(Key Value key value) FuzzyQuery:Boolean IsQueryEcsCount:Boolean DryRun:Boolean
			MaxResults:Integer=1..100 NextToken PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
		On: onEach("securitygroup", func(q *kernel.Request) []string {
			return slices.Concat(kernel.Named("SecurityGroupId")(q), kernel.NamedIn("SecurityGroupIds")(q))
		}),
	},
	{
		Name: "ModifySecurityGroupAttribute", Write: true, On: onGroup, Do: modifySecurityGroupAttribute,
		Params: "RegionId! SecurityGroupId! SecurityGroupName Description",
	},
	{
		// Between members of one group, rules do not count where this says Accept.
		Name: "ModifySecurityGroupPolicy", Write: true, On: onGroup, Do: modifySecurityGroupPolicy,
		Params: "RegionId! SecurityGroupId! InnerAccessPolicy! ClientToken",
	},
	{
		// Up to ten groups; those that nobody refers to are not in the answer.
		Name: "DescribeSecurityGroupReferences", On: onEach("securitygroup", kernel.Repeated("SecurityGroupId")), Do: describeSecurityGroupReferences,
		Params: "RegionId! SecurityGroupId:RepeatList!",
	},
	{
		// An instance or a secondary interface, one at a time. RegionId is optional in this old
		// call.
		Name: "JoinSecurityGroup", Write: true, Do: joinSecurityGroup, On: kernel.Both(onMember, onGroup),
		Params: "RegionId SecurityGroupId! InstanceId NetworkInterfaceId",
	},
	{
		Name: "LeaveSecurityGroup", Write: true, Do: leaveSecurityGroup, On: kernel.Both(onMember, onGroup),
		Params: "RegionId SecurityGroupId! InstanceId NetworkInterfaceId",
	},
}

// group finds the group of a call, for reading.
// Another region's group is not found: ids are the region's.
func (q *request) group() (*SecurityGroup, error) {
	id := q.Str("SecurityGroupId")
	g, ok := kernel.Find(q.Request, q.c.Groups, id)
	if !ok {
		return nil, kernel.Refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
	}
	q.Touch(kernel.GroupKind, id)
	return g, nil
}

// ownGroup finds the group of a call, for writing.
// Groups that a cloud service made (for a cluster or a file system) can be read and not changed,
// by the account itself either.
func (q *request) ownGroup() (*SecurityGroup, error) {
	g, err := q.group()
	if err == nil && g.ServiceManaged {
		return nil, kernel.Refuse(403, "InvalidOperation.ResourceManagedByCloudProduct",
			"You cannot modify security groups managed by cloud services. (SecurityGroupId: %s)", g.ID)
	}
	return g, err
}

// createSecurityGroup: without a VPC the group is one of the classic network, which an
// enterprise group cannot be. It begins without rules.
func createSecurityGroup(q *request) (any, error) {
	if !kernel.ValidName(q.Str("SecurityGroupName")) {
		return nil, kernel.Refuse(400, "InvalidSecurityGroupName.Malformed", "The specified parameter SecurityGroupName is not valid.")
	}
	g := &SecurityGroup{
		Resource: q.NewResource("sg", q.Str("SecurityGroupName")),
		VPC:      q.Str("VpcId"), Kind: q.OrElse("SecurityGroupType", "normal"), ServiceManaged: q.Is("ServiceManaged"),
	}
	g.InnerAccess = innerAccessOf(g.Kind)
	if g.Kind == "enterprise" && g.VPC == "" {
		return nil, kernel.Refuse(400, "MissingParameter.VpcId", "The VpcId is mandatory when SecurityGroupType is enterprise.")
	}
	if g.VPC != "" && q.c.vpc.Of(q.Region, g.VPC) == nil {
		return nil, kernel.Refuse(404, "InvalidVpcId.NotFound", "The specified VPC does not exist.")
	}
	q.c.Groups = append(q.c.Groups, g)
	q.Touch(kernel.GroupKind, g.ID)
	return map[string]any{"SecurityGroupId": g.ID}, nil
}

// deleteSecurityGroup refuses while anything is in the group, or a rule of another group names
// it: both have the same code, and only the message tells them apart. Its own rules that name
// it do not keep it.
func deleteSecurityGroup(q *request) (any, error) {
	g, err := q.ownGroup()
	if err != nil {
		return nil, err
	}
	for _, n := range q.c.NICs {
		if slices.Contains(q.c.groupsOf(n), g.ID) {
			return nil, kernel.Refuse(403, "DependencyViolation", "There is still instance(s) in the specified security group.")
		}
	}
	for _, other := range q.c.Groups {
		if other != g && other.refersTo(g.ID) {
			return nil, kernel.Refuse(403, "DependencyViolation", "The specified security group has been authorized in another one.")
		}
	}
	q.c.Groups = kernel.Without(q.c.Groups, g.ID)
	return kernel.Done()
}

// refersTo says whether a rule of the group names another.
func (g *SecurityGroup) refersTo(id string) bool {
	return slices.ContainsFunc(g.Rules, func(r *securityRule) bool { return r.Group == id })
}

// Both texts are optional, and what is left out stays; empty text counts as left out.
func modifySecurityGroupAttribute(q *request) (any, error) {
	g, err := q.ownGroup()
	if err != nil {
		return nil, err
	}
	if !kernel.ValidName(q.Str("SecurityGroupName")) {
		return nil, kernel.Refuse(400, "InvalidSecurityGroupName.Malformed", "The specified parameter SecurityGroupName is not valid.")
	}
	g.Name = q.OrElse("SecurityGroupName", g.Name)
	g.Description = q.OrElse("Description", g.Description)
	return kernel.Done()
}

// describeSecurityGroups pages by number or by token, whichever the call asks for. It has no
// rules and no InnerAccessPolicy: those are in DescribeSecurityGroupAttribute, a call a group.
func describeSecurityGroups(q *request) (any, error) {
	ids, err := q.JSONList("SecurityGroupIds", 100)
	if err != nil {
		return nil, err
	}
	kept := kernel.Within(q.Request, q.c.Groups, func(g *SecurityGroup) bool {
		return (ids == nil || slices.Contains(ids, g.ID)) &&
			q.Matches("SecurityGroupId", g.ID) && q.Matches("SecurityGroupName", g.Name) &&
			q.Matches("SecurityGroupType", g.Kind) && q.Matches("VpcId", g.VPC) &&
			q.Matches("NetworkType", g.network()) && q.MatchesBool("ServiceManaged", g.ServiceManaged) && g.HasTags(q.Request)
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, g := range page {
		views = append(views, q.groupView(g))
	}
	answer["RegionId"] = q.Region
	answer["SecurityGroups"] = map[string]any{"SecurityGroup": views}
	return answer, nil
}

func (g *SecurityGroup) network() string {
	if g.VPC == "" {
		return "classic"
	}
	return "vpc"
}

// groupView has the number of members only where a call asks for it (IsQueryEcsCount), and then
// only of instances: other interfaces in the group are not counted.
func (q *request) groupView(g *SecurityGroup) map[string]any {
	members := 0
	for _, i := range q.c.Instances {
		if slices.Contains(i.SecurityGroups, g.ID) {
			members++
		}
	}
	view := map[string]any{
		"SecurityGroupId": g.ID, "SecurityGroupName": g.Name, "Description": g.Description,
		"SecurityGroupType": g.Kind, "VpcId": g.VPC, "CreationTime": kernel.Stamp(g.Created),
		"ServiceManaged": g.ServiceManaged, "ResourceGroupId": "", "RuleCount": len(g.Rules),
		"Tags": map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")},
	}
	if g.ServiceManaged {
		view["ServiceID"] = 1
	}
	if q.Is("IsQueryEcsCount") {
		view["EcsCount"], view["AvailableInstanceAmount"] = members, 2000-members
	}
	return view
}

// Configuration has the rules of both directions, unlike any one answer of the API.
// It is written once for all rules, without NextToken: Cloud Config does not page.
func (g *SecurityGroup) Configuration(c *Service) map[string]any {
	q := c.ecsRequest(g.Region, nil)
	permissions := []any{}
	for _, r := range g.Rules {
		permissions = append(permissions, q.ruleView(r))
	}
	return map[string]any{
		"SecurityGroupId": g.ID, "SecurityGroupName": g.Name, "Description": g.Description, "VpcId": g.VPC, "RegionId": g.Region,
		"SecurityGroupType": g.Kind, "InnerAccessPolicy": title(g.InnerAccess), "ServiceManaged": g.ServiceManaged, "CreationTime": kernel.Stamp(g.Created),
		"Permissions": map[string]any{"Permission": permissions}, "Tags": map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")},
	}
}
