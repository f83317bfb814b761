package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Rewritten are the events that give a RAM policy another text, and name it.
var Rewritten = onPolicy("CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion")

// Given are the events that give somebody a RAM policy, which they name. What is attached on
// the console is recorded of Resource Manager.
var Given = append(onPolicy("AttachPolicy"), []practice.Trigger{
	{Service: "Ram", Name: "AttachPolicyToUser", Type: resource.TypePolicy, Resource: "params.PolicyName"},
	{Service: "Ram", Name: "AttachPolicyToGroup", Type: resource.TypePolicy, Resource: "params.PolicyName"},
	{Service: "Ram", Name: "AttachPolicyToRole", Type: resource.TypePolicy, Resource: "params.PolicyName"},
}...)

func onPolicy(names ...string) (set []practice.Trigger) {
	for _, name := range names {
		for _, service := range []string{"Ram", "ResourceManager"} {
			if service == "Ram" && name == "AttachPolicy" {
				continue // RAM says to whom
			}
			set = append(set, practice.Trigger{Service: service, Name: name, Type: resource.TypePolicy, Resource: "params.PolicyName", New: name == "CreatePolicy"})
		}
	}
	return set
}

// ListPolicies is the List of a Sweep over the account's own policies that somebody has.
func ListPolicies(ctx context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	policies, err := resource.Policies(ctx, pass, resource.CustomPolicy)
	for _, p := range policies {
		if !p.Unattached() {
			all = append(all, pass.Named(resource.TypePolicy, p.PolicyName, ""))
		}
	}
	return all, err
}

// A Policy is a RAM policy that was read.
type Policy struct {
	*policy.Document
	Kind    string // resource.SystemPolicy or CustomPolicy
	Version string
}

// PolicyOf reads a policy of which the name alone is known: the account's own, and the system's;
// none: there is no such policy. Whether both can have one name is not documented.
func PolicyOf(ctx context.Context, r cloud.Reader, name string) (all []Policy, err error) {
	for _, kind := range []string{resource.CustomPolicy, resource.SystemPolicy} {
		one, err := policyOf(ctx, r, kind, name)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

// OfPolicies is the Check of a practice about policies: each that has the name is judged.
func OfPolicies(judge func(context.Context, *practice.Pass, Policy) error) func(context.Context, *practice.Pass) error {
	return func(ctx context.Context, pass *practice.Pass) error {
		found, err := PolicyOf(ctx, pass, pass.Resource.ID)
		if err := practice.Some(found, err); err != nil {
			return fmt.Errorf("reading what %s allows: %w", pass.Resource.ID, err)
		}
		for _, p := range found {
			if err := judge(ctx, pass, p); err != nil {
				return err
			}
		}
		return nil
	}
}

func policyOf(ctx context.Context, r cloud.Reader, kind, name string) ([]Policy, error) {
	found, err := resource.PolicyDocument(ctx, r, kind, name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	d, err := policy.Parse(name, []byte(found[0].PolicyDocument))
	if err != nil {
		return nil, err // it names the policy
	}
	return []Policy{{d, kind, found[0].VersionID}}, nil
}

// PoliciesOf reads what a user, a group or a role has itself; holder is User, Group or Role.
func PoliciesOf(ctx context.Context, r cloud.Reader, holder, name string) (all []Policy, err error) {
	had, err := resource.PoliciesOf(ctx, r, holder, name)
	if err != nil {
		return nil, err
	}
	for _, h := range had {
		one, err := policyOf(ctx, r, h.PolicyType, h.PolicyName)
		if err != nil {
			return nil, err
		}
		all = append(all, one...) // one that is gone gives nothing
	}
	return all, nil
}

// AccessOf is all that a user is allowed: by policies of the user's own and of the user's groups.
func AccessOf(ctx context.Context, r cloud.Reader, user string) (access policy.Access, err error) {
	all, err := PoliciesOf(ctx, r, "User", user)
	if err != nil {
		return access, err
	}
	groups, err := resource.UserGroupsOf(ctx, r, user)
	if err != nil {
		return access, err
	}
	for _, g := range groups {
		more, err := PoliciesOf(ctx, r, "Group", g.GroupName)
		if err != nil && !cloud.NotFound(err) {
			return access, err
		}
		all = append(all, more...)
	}
	return policy.Of(Documents(all)...), nil
}

// AccessReads are the RAM actions that AccessOf takes, and PolicyOf and UsersOf.
var AccessReads = []string{
	"ram:GetPolicy", "ram:ListEntitiesForPolicy", "ram:ListUsersForGroup", "ram:ListPoliciesForUser", "ram:ListGroupsForUser", "ram:ListPoliciesForGroup",
}

// Documents are the texts of policies.
func Documents(all []Policy) (documents []*policy.Document) {
	for _, p := range all {
		documents = append(documents, p.Document)
	}
	return documents
}

// UsersOf are the users who have a policy themselves or by a group: each once.
func UsersOf(ctx context.Context, r cloud.Reader, kind, name string) (users []string, err error) {
	holders, err := resource.HoldersOf(ctx, r, kind, name)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	add := func(names []string) {
		for _, user := range names {
			if !known[user] {
				known[user] = true
				users = append(users, user)
			}
		}
	}
	add(holders.Users)
	for _, group := range holders.Groups {
		members, err := resource.Members(ctx, r, group)
		if err != nil && !cloud.NotFound(err) {
			return nil, err
		}
		add(members)
	}
	return users, nil
}

// An Open is a user who may do something without the limit that it needs, and an example.
type Open struct {
	User    string
	Example policy.Example
}

// OpenUsers names them.
func OpenUsers(all []Open) (names []string) {
	for _, o := range all {
		names = append(names, o.User)
	}
	return names
}

// Unlimited are the users who may do by a policy what is asked about, without a limit that it
// needs. What others of their policies deny counts. A policy that limits it by itself asks
// nobody. Chosen says of which users it is asked; nil: of all.
func Unlimited(ctx context.Context, pass *practice.Pass, p Policy, limit func(policy.Access) policy.Restriction, chosen func(user string) (bool, error)) (open []Open, err error) {
	if limit(policy.Of(p.Document)).Holds != policy.No {
		return nil, nil
	}
	all, err := UsersOf(ctx, pass, p.Kind, p.Name)
	if err != nil {
		return nil, fmt.Errorf("reading who has %s: %w", p.Name, err)
	}
	for _, user := range all {
		if chosen != nil {
			asked, err := chosen(user)
			if err != nil {
				return nil, err
			}
			if !asked {
				continue
			}
		}
		access, err := AccessOf(ctx, pass, user)
		if cloud.NotFound(err) {
			continue // gone since
		}
		if err != nil {
			return nil, fmt.Errorf("reading what %s may do: %w", user, err)
		}
		examples := limit(access).Open
		if i := slices.IndexFunc(examples, func(e policy.Example) bool { return e.Certain && by(e, p.Name) }); i >= 0 {
			open = append(open, Open{user, examples[i]})
		}
	}
	return open, nil
}

// HasKey tells whether a user has an AccessKey that works.
func HasKey(ctx context.Context, r cloud.Reader, user string) (bool, error) {
	principal, err := resource.Principal(ctx, r, user)
	if err != nil {
		return false, err
	}
	keys, err := resource.AccessKeys(ctx, r, principal)
	if cloud.NotFound(err) {
		return false, nil // gone since
	}
	if err != nil {
		return false, fmt.Errorf("reading the keys of %s: %w", user, err)
	}
	for _, k := range keys {
		if active, err := k.Active(); err != nil || active {
			return active, err
		}
	}
	return false, nil
}

// by tells whether a policy is among those that allow something.
func by(e policy.Example, name string) bool {
	return slices.ContainsFunc(e.By, func(place policy.Place) bool { return place.Document == name })
}

// Alone is what one statement of a document allows, counted from 1, less what all of them deny.
func Alone(d *policy.Document, statement int) policy.Access {
	alone := d.Clone()
	alone.Statements = nil
	for i, s := range d.Statements {
		if s.Deny || i+1 == statement {
			alone.Statements = append(alone.Statements, s)
		}
	}
	return policy.Of(alone)
}
