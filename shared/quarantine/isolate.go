package quarantine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// What isolating may read and write, for a practice's Reads and Writes.
var (
	IsolateReads  = []string{"ecs:DescribeNetworkInterfaces", "ecs:DescribeSecurityGroups", "ecs:DescribeSecurityGroupAttribute"}
	IsolateWrites = []string{"ecs:CreateSecurityGroup", "ecs:ModifySecurityGroupPolicy", "ecs:AuthorizeSecurityGroupEgress",
		"ecs:ModifyInstanceAttribute", "ecs:ModifyNetworkInterfaceAttribute"}
)

// Tag marks the group of each VPC that admits nothing and lets nothing out.
const Tag = "ecsguard:quarantine"

// A State is how far an instance is isolated.
type State struct {
	Isolated bool              // all its interfaces are in the group, which admits nothing, and in no other
	Changes  []practice.Change // what comes next; the group is made first, and named by its id after that
	Why      string            // or why it cannot be isolated, as a sentence
}

// ToIsolate says how far an instance is isolated, and what comes next. Each interface is moved from all its groups into
// one that admits nothing; the undo puts it back into those, in their order. The group itself stays after an undo:
// another machine may be in it.
func ToIsolate(ctx context.Context, pass *practice.Pass, i resource.Instance) (State, error) {
	vpc := i.VpcAttributes.VpcID
	if vpc == "" {
		return State{Why: "In the classic network there is no group that keeps it from others."}, nil
	}
	region := pass.Resource.Region
	groups, interfaces, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]resource.SecurityGroup, error) {
			return resource.SecurityGroups(ctx, pass, region, "VpcId", vpc, "Tag.1.Key", Tag, "IsQueryEcsCount", "true")
		},
		func(ctx context.Context) ([]resource.Interface, error) {
			return resource.Interfaces(ctx, pass, region, "InstanceId", i.InstanceID)
		})
	if err != nil {
		return State{}, fmt.Errorf("reading how instance %s could be isolated: %w", i.InstanceID, err)
	}
	for _, n := range interfaces {
		if n.ServiceManaged {
			return State{Why: "Its network interface " + n.NetworkInterfaceID + " is a cloud service's, and would stay in its groups."}, nil
		}
	}
	if len(groups) == 0 {
		return State{Changes: []practice.Change{{
			Why: "make a security group in " + vpc + " that admits nothing, and move " + i.InstanceID + " into it; the group stays after an undo",
			Call: cloud.New("ecs", "CreateSecurityGroup", region, "VpcId", vpc, "SecurityGroupName", "ecsguard-quarantine",
				"Description", "What is in here is kept from everybody. Add no rules.", "Tag.1.Key", Tag, "Tag.1.Value", "yes",
				"ClientToken", "ecsguard-quarantine-"+vpc), // it is meant once, however many instances ask for it at a time
		}}}, nil
	}
	id, closing, why, err := fit(ctx, pass, groups, i.Groups())
	if err != nil || id == "" {
		return State{Why: why}, err
	}
	moves, err := moved(region, i, interfaces, id)
	return State{Isolated: err == nil && len(closing)+len(moves) == 0, Changes: append(closing, moves...)}, err
}

// tried is how many groups with the tag are looked at: one is usual, and anybody who may tag can make more.
const tried = 5

// fit is the first group that is closed or may be, with what closes it; an instance stays in the one that it is in. Without one it
// is said what is wrong with the first.
func fit(ctx context.Context, pass *practice.Pass, groups []resource.SecurityGroup, in []string) (id string, closing []practice.Change, why string, err error) {
	slices.SortFunc(groups, func(a, b resource.SecurityGroup) int {
		if here, there := slices.Contains(in, a.SecurityGroupID), slices.Contains(in, b.SecurityGroupID); here != there {
			return map[bool]int{true: -1, false: 1}[here]
		}
		return strings.Compare(a.SecurityGroupID, b.SecurityGroupID)
	})
	for _, g := range groups[:min(tried, len(groups))] {
		closing, unfit, err := closed(ctx, pass, g)
		if err != nil || unfit == "" {
			return g.SecurityGroupID, closing, "", err
		}
		why = cmp.Or(why, unfit)
	}
	return "", nil, why, nil
}

// moved are the changes that put each interface that is elsewhere into the group alone.
func moved(region string, i resource.Instance, interfaces []resource.Interface, group string) (changes []practice.Change, err error) {
	if i.SecurityGroupIDs == nil || len(i.Groups()) == 0 {
		return nil, fmt.Errorf("reading instance %s: the answer does not say in which security groups it is", i.InstanceID)
	}
	move := func(what string, from []string, call cloud.Call, param string) {
		if slices.Equal(from, []string{group}) {
			return
		}
		into := func(ids []string) cloud.Call {
			put := call
			for n, id := range ids {
				put = put.With(param+"."+strconv.Itoa(n+1), id)
			}
			return put
		}
		why := fmt.Sprintf("move %s from %s into %s, which admits nothing", what, strings.Join(from, ", "), group)
		changes = append(changes, practice.Reversible(why, into([]string{group}), into(from))...)
	}
	move(i.InstanceID, i.Groups(), cloud.New("ecs", "ModifyInstanceAttribute", region, "InstanceId", i.InstanceID), "SecurityGroupIds")
	for _, n := range interfaces {
		if n.Primary() {
			continue // it is in the groups of its instance
		}
		if len(n.Groups()) == 0 {
			return nil, fmt.Errorf("reading network interface %s: the answer does not say in which security groups it is", n.NetworkInterfaceID)
		}
		move(n.NetworkInterfaceID, n.Groups(), cloud.New("ecs", "ModifyNetworkInterfaceAttribute", region, "NetworkInterfaceId", n.NetworkInterfaceID), "SecurityGroupId")
	}
	return changes, nil
}

// rulesPage is a page of a group's rules, of both directions.
type rulesPage struct {
	cloud.Page
	InnerAccessPolicy string
	Permissions       struct {
		Permission []struct{ SecurityGroupRuleID, Direction, Policy, IPProtocol, DestCidrIP, IPv6DestCidrIP string }
	}
}

// closed are the changes after which the group admits nothing and lets nothing out; they are not undone, since other
// machines may be in it. Or it is said why it is not for that: somebody has opened it, or has put the tag on a group of his, whose
// members would be cut off.
func closed(ctx context.Context, pass *practice.Pass, g resource.SecurityGroup) (changes []practice.Change, why string, err error) {
	group, region, inner, opens := g.SecurityGroupID, pass.Resource.Region, "", ""
	dropped := map[string]bool{}
	err = cloud.ReadAll(ctx, pass, cloud.New("ecs", "DescribeSecurityGroupAttribute", region, "SecurityGroupId", group, "Direction", "all", "MaxResults", "1000"), func(p rulesPage) {
		inner = p.InnerAccessPolicy
		for _, r := range p.Permissions.Permission {
			switch {
			case !strings.EqualFold(r.Policy, "drop"):
				opens = r.SecurityGroupRuleID
			case r.Direction == "egress" && strings.EqualFold(r.IPProtocol, "all"):
				dropped[r.DestCidrIP+r.IPv6DestCidrIP] = true
			}
		}
	})
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("reading the rules of security group %s: %w", group, err)
	case inner == "":
		return nil, "", fmt.Errorf("reading security group %s: the answer does not say whether its members reach one another", group)
	case g.ServiceManaged:
		return nil, "The security group " + group + ", which has the tag " + Tag + ", is a cloud service's: take the tag off.", nil
	case opens != "":
		return nil, "The security group " + group + ", which has the tag " + Tag + ", lets something through by its rule " + opens + ": take that out.", nil
	}
	if !strings.EqualFold(inner, "drop") {
		changes = append(changes, practice.Change{Why: "keep the members of " + group + " from one another; this stays after an undo",
			Call: cloud.New("ecs", "ModifySecurityGroupPolicy", region, "SecurityGroupId", group, "InnerAccessPolicy", "Drop")})
	}
	egress := cloud.New("ecs", "AuthorizeSecurityGroupEgress", region, "SecurityGroupId", group)
	n := 0
	for _, all := range []struct{ param, block string }{{"DestCidrIp", "0.0.0.0/0"}, {"Ipv6DestCidrIp", "::/0"}} {
		if dropped[all.block] {
			continue
		}
		n++
		rule := "Permissions." + strconv.Itoa(n) + "."
		egress = egress.With(rule+"Policy", "drop").With(rule+"Priority", "1").With(rule+"IpProtocol", "ALL").With(rule+"PortRange", "-1/-1").With(rule+all.param, all.block)
	}
	if n > 0 {
		changes = append(changes, practice.Change{Why: "let nothing out of " + group + "; this stays after an undo", Call: egress})
	}
	if len(changes) == 0 {
		return nil, "", nil
	}
	switch used, err := members(ctx, pass, g); {
	case err != nil:
		return nil, "", err
	case used:
		return nil, "The security group " + group + ", which has the tag " + Tag + ", has members and lets something through, which they may need: " +
			"see whose they are, and take the tag off, or close it (aliyun ecs ModifySecurityGroupPolicy, aliyun ecs AuthorizeSecurityGroupEgress).", nil
	}
	return changes, "", nil
}

// members tells whether something is in a group.
func members(ctx context.Context, pass *practice.Pass, g resource.SecurityGroup) (bool, error) {
	if g.EcsCount == nil {
		return false, fmt.Errorf("reading security group %s: the answer does not say how many instances are in it", g.SecurityGroupID)
	}
	interfaces, err := resource.Interfaces(ctx, pass, pass.Resource.Region, "SecurityGroupId", g.SecurityGroupID)
	if err != nil {
		return false, fmt.Errorf("reading what is in security group %s: %w", g.SecurityGroupID, err)
	}
	return *g.EcsCount > 0 || len(interfaces) > 0, nil
}
