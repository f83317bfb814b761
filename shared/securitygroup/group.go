// Package securitygroup reads a security group in the form that shared/exposure needs: all
// pages of its rules, with prefix lists and port lists resolved. It also turns rules back into
// the parameters of the calls that create them.
package securitygroup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// The types of resource that Read can begin with.
const (
	Type           = resource.TypeSecurityGroup
	TypePrefixList = resource.TypePrefixList
	TypePortList   = resource.TypePortList
	TypeInstance   = resource.TypeInstance
	TypeInterface  = resource.TypeInterface
)

// Reads are the RAM actions that Read may call.
var Reads = []string{
	"ecs:DescribeSecurityGroupAttribute", "ecs:DescribeSecurityGroups",
	"ecs:DescribePrefixListAttributes", "ecs:DescribePrefixListAssociations",
	"ecs:DescribePortRangeListEntries", "ecs:DescribePortRangeListAssociations",
	"ecs:DescribeNetworkInterfaces",
}

// A Group is a security group and its ingress rules. All who look at the same state
// have the same one: nobody may change it.
type Group struct {
	ID, Name, Region string
	VPC              string // empty: the classic network
	Kind             string // "normal", which is called basic, or "enterprise"
	Managed          string // the service that manages it; empty: its owner does
	Tags             map[string]string
	Rules            []Rule

	once     sync.Once
	exposure *exposure.Prepared // what Exposure gives
	unknown  error

	certainOnce sync.Once
	certain     *exposure.Prepared // what is known where a list cannot be read
	uncertain   error
}

// A Rule is a rule as the API gives it. The SDK's own type lacks port lists.
type Rule struct {
	SecurityGroupRuleID     string `json:"SecurityGroupRuleId"`
	Direction               string
	Policy                  string // "Accept" or "Drop"
	Priority                word
	IpProtocol              string
	PortRange               string // empty where a port list stands
	PortRangeListID         string `json:"PortRangeListId"`
	SourceCidrIp            string
	Ipv6SourceCidrIp        string
	SourcePrefixListID      string `json:"SourcePrefixListId"`
	SourceGroupID           string `json:"SourceGroupId"`
	SourceGroupOwnerAccount string
	SourcePortRange         string
	DestCidrIp              string
	Ipv6DestCidrIp          string
	NicType                 string
	Description             string
	CreateTime              string

	Ports   []exposure.PortRange `json:"-"`
	Sources []netip.Prefix       `json:"-"`
	Unread  error                `json:"-"` // why the prefix list of an Accept cannot be had, so that Sources are not known
}

// Made is when the rule was made; zero where that cannot be read.
func (r *Rule) Made() time.Time {
	made, err := time.Parse(time.RFC3339, r.CreateTime)
	if err != nil {
		return time.Time{}
	}
	return made
}

// word is a value that the API gives as a string in one place and a number in another.
type word string

func (w *word) UnmarshalJSON(text []byte) error {
	if _, err := strconv.Atoi(string(text)); err == nil { // as nearly all are
		*w = word(text)
		return nil
	}
	var s string
	if json.Unmarshal(text, &s) == nil {
		*w = word(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	*w = word(n)
	return nil
}

// Read reads the groups that the pass is about: its own, or those whose rules name
// the list that it is about.
func Read(ctx context.Context, pass *practice.Pass) ([]*Group, error) {
	ids, err := concerned(ctx, pass)
	if err != nil {
		return nil, err
	}
	return ReadSeveral(ctx, pass, ids)
}

// Spread names the groups that name a list.
func Spread(ctx context.Context, pass *practice.Pass) (groups []practice.Resource, err error) {
	if pass.Resource.Type != TypePrefixList && pass.Resource.Type != TypePortList {
		return nil, nil
	}
	ids, err := concerned(ctx, pass)
	for _, id := range ids {
		groups = append(groups, pass.Named(Type, id, ""))
	}
	return groups, err
}

// ReadSeveral reads groups by their ids.
func ReadSeveral(ctx context.Context, pass *practice.Pass, ids []string) (groups []*Group, err error) {
	for _, id := range ids {
		g, err := read(ctx, pass, id)
		if errors.Is(err, practice.ErrGone) && id != pass.Resource.ID {
			continue // deleted since the list's associations were read: the others are still to be judged
		}
		if err != nil {
			return nil, err
		}
		g.noteUnshown(pass)
		groups = append(groups, g)
	}
	return groups, nil
}

// read reads a group and its rules at once, and once for all who look at the same state.
func read(ctx context.Context, pass *practice.Pass, id string) (*Group, error) {
	return practice.Kept(ctx, pass, "security group "+id+" of "+pass.Resource.Region, func() (*Group, error) {
		g := &Group{ID: id, Region: pass.Resource.Region}
		err := pass.Together(ctx,
			func(ctx context.Context) error { return g.readRules(ctx, pass) },
			func(ctx context.Context) error { return g.readGroup(ctx, pass) })
		if err != nil {
			return nil, err
		}
		return g, g.resolve(ctx, pass)
	})
}

type rulesPage struct {
	cloud.Page
	Permissions struct{ Permission []Rule }
}

func (g *Group) readRules(ctx context.Context, pass *practice.Pass) (err error) {
	g.Rules, err = rules(ctx, pass, g.ID, "ingress")
	return err
}

// Egress reads all rules for what leaves a group. Of a destination that is a group or
// a list they tell nothing.
func Egress(ctx context.Context, pass *practice.Pass, id string) ([]Rule, error) {
	found, err := rules(ctx, pass, id, "egress")
	if err == nil {
		noteUnshownEgress(pass, id, found)
	}
	return found, err
}

func rules(ctx context.Context, pass *practice.Pass, id, direction string, more ...string) (all []Rule, err error) {
	call := cloud.New("ecs", "DescribeSecurityGroupAttribute", pass.Resource.Region,
		append([]string{"SecurityGroupId", id, "Direction", direction, "MaxResults", "1000"}, more...)...)
	listed := true
	err = cloud.ReadAll(ctx, pass, call, func(p rulesPage) {
		listed = listed && p.Permissions.Permission != nil
		all = append(all, p.Permissions.Permission...)
	})
	if err == nil && !listed { // which is not an empty one
		err = fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the %s rules of security group %s: %w", direction, id, practice.Gone(err))
	}
	seen := map[string]bool{} // a list that changes while it is read may name one twice
	all = slices.DeleteFunc(all, func(r Rule) bool {
		twice := r.SecurityGroupRuleID != "" && seen[r.SecurityGroupRuleID]
		seen[r.SecurityGroupRuleID] = true
		return twice
	})
	for i := range all {
		if p := all[i].Policy; !strings.EqualFold(p, "accept") && !strings.EqualFold(p, "drop") {
			return nil, fmt.Errorf("security group %s: rule %s: the answer says the policy %q", id, all[i].SecurityGroupRuleID, p)
		}
		all[i] = all[i].single()
	}
	return all, nil
}

// single is the rule without what the cloud does not look at where it has more than
// one source or kind of ports: an address counts before a group, and that before a
// list. Sent along when the rule is made again, the wrong one would count.
func (r Rule) single() Rule {
	if r.SourceCidrIp != "" || r.Ipv6SourceCidrIp != "" {
		r.SourceGroupID, r.SourceGroupOwnerAccount = "", ""
	}
	if r.SourceCidrIp != "" || r.Ipv6SourceCidrIp != "" || r.SourceGroupID != "" {
		r.SourcePrefixListID = ""
	}
	if r.PortRangeListID != "" {
		r.PortRange = "" // with both, making it again takes the range
	}
	return r
}

func (g *Group) readGroup(ctx context.Context, pass *practice.Pass) error {
	info, err := Describe(ctx, pass, g.ID)
	g.Name, g.Tags, g.Managed, g.VPC, g.Kind = info.Name, info.Tags, info.Managed, info.VPC, info.Kind
	return err
}

// resolve fills in each rule's ports and sources, reading each list once.
func (g *Group) resolve(ctx context.Context, pass *practice.Pass) error {
	lists := lists{pass: pass, region: g.Region, prefixes: map[string][]netip.Prefix{}, ports: map[string][]exposure.PortRange{}}
	for i := range g.Rules {
		r := &g.Rules[i]
		var err error
		if r.Ports, err = lists.portsOf(ctx, r); err != nil {
			return fmt.Errorf("security group %s: rule %s: %w", g.ID, r.SecurityGroupRuleID, err)
		}
		if r.Sources, err = lists.sourcesOf(ctx, r); err != nil {
			err = fmt.Errorf("security group %s: rule %s: %w", g.ID, r.SecurityGroupRuleID, err)
			if !strings.EqualFold(r.Policy, "accept") || !cloud.Forbidden(err) && !cloud.NotFound(err) {
				return err // what a Drop rule leaves open is not known either
			}
			r.Unread = err
		}
	}
	return nil
}

// Find returns the rule with an id.
func (g *Group) Find(id string) *Rule {
	for i := range g.Rules {
		if g.Rules[i].SecurityGroupRuleID == id {
			return &g.Rules[i]
		}
	}
	return nil
}

// About says which group it is.
func (g *Group) About() resource.About {
	return resource.About{Type: Type, ID: g.ID, Name: g.Name, Region: g.Region, Tags: g.Tags, Managed: g.Managed}
}

// Daily is a sweep over every security group.
func Daily() practice.Sweep { return practice.Daily(List, "ecs:DescribeSecurityGroups") }

// Weekly is a sweep over every security group, for what is untidy rather than dangerous.
func Weekly() practice.Sweep { return practice.Weekly(List, "ecs:DescribeSecurityGroups") }

// List names every security group of the pass's region.
func List(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.SecurityGroupPages, nil)
}
