package resource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypePolicy is the type of a RAM policy, whose id is its name. Those of the system and the
// account's own have names apart.
const TypePolicy = "ACS::RAM::Policy"

var _ = add(Kind{Type: TypePolicy, Words: "RAM policy", Global: true, Page: "https://ram.console.aliyun.com/policies"})

// The two kinds of RAM policies, as the API writes them.
const (
	SystemPolicy = "System"
	CustomPolicy = "Custom"
)

// A Policy is a RAM policy without its text.
type Policy struct {
	PolicyName, PolicyType, DefaultVersion, UpdateDate string

	AttachmentCount *int // nil: the answer does not say
}

// Unattached tells whether the answer says that nobody has the policy.
func (p Policy) Unattached() bool { return p.AttachmentCount != nil && *p.AttachmentCount == 0 }

type policyPage struct {
	cloud.Marked
	Policies struct{ Policy []Policy }
}

func (p policyPage) Items() []Policy { return p.Policies.Policy }

// Policies reads all policies of a kind.
func Policies(ctx context.Context, r cloud.Reader, kind string) ([]Policy, error) {
	return cloud.ReadList[policyPage](ctx, r, cloud.New("ram", "ListPolicies", "", "PolicyType", kind, "MaxItems", "1000"))
}

// PoliciesOf reads the policies that a user, a group or a role has itself; holder is User,
// Group or Role.
func PoliciesOf(ctx context.Context, r cloud.Reader, holder, name string) ([]Policy, error) {
	switch holder {
	case "User":
		return cloud.ReadList[policyPage](ctx, r, cloud.New("ram", "ListPoliciesForUser", "", "UserName", name))
	case "Group":
		return cloud.ReadList[policyPage](ctx, r, cloud.New("ram", "ListPoliciesForGroup", "", "GroupName", name))
	case "Role":
		return cloud.ReadList[policyPage](ctx, r, cloud.New("ram", "ListPoliciesForRole", "", "RoleName", name))
	}
	return nil, fmt.Errorf("%q has no policies", holder)
}

// A PolicyText is one version of a policy.
type PolicyText struct {
	VersionID, PolicyDocument string
	IsDefaultVersion          bool // it is the one that counts
}

// PolicyVersions reads all versions of one of the account's own policies that are kept.
func PolicyVersions(ctx context.Context, r cloud.Reader, name string) ([]PolicyText, error) {
	var answer struct {
		PolicyVersions struct{ PolicyVersion []PolicyText }
	}
	err := r.Read(ctx, cloud.New("ram", "ListPolicyVersions", "", "PolicyType", CustomPolicy, "PolicyName", name), &answer)
	if cloud.NotFound(err) {
		return nil, nil
	}
	return answer.PolicyVersions.PolicyVersion, err
}

// PolicyDocument reads the default version of a policy; none: there is no such policy.
func PolicyDocument(ctx context.Context, r cloud.Reader, kind, name string) ([]PolicyText, error) {
	var answer struct{ DefaultPolicyVersion PolicyText }
	err := r.Read(ctx, cloud.New("ram", "GetPolicy", "", "PolicyType", kind, "PolicyName", name), &answer)
	switch {
	case cloud.NotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case answer.DefaultPolicyVersion.PolicyDocument == "":
		return nil, fmt.Errorf("ram:GetPolicy: the answer does not have the text of %s", name)
	}
	return []PolicyText{answer.DefaultPolicyVersion}, nil
}

// Holders are those who have a policy themselves: ids.
type Holders struct{ Users, Groups, Roles []string }

// HoldersOf reads who has a policy; nobody has one that is gone.
func HoldersOf(ctx context.Context, r cloud.Reader, kind, name string) (all Holders, err error) {
	var answer struct {
		Users  *struct{ User []struct{ UserName string } }
		Groups *struct{ Group []struct{ GroupName string } }
		Roles  *struct{ Role []struct{ RoleName string } }
	}
	err = r.Read(ctx, cloud.New("ram", "ListEntitiesForPolicy", "", "PolicyType", kind, "PolicyName", name), &answer)
	switch {
	case cloud.NotFound(err):
		return all, nil
	case err != nil:
		return all, err
	case answer.Users == nil || answer.Groups == nil || answer.Roles == nil:
		return all, errors.New("ram:ListEntitiesForPolicy: the answer does not say who has " + name)
	}
	for _, u := range answer.Users.User {
		all.Users = append(all.Users, UserName(u.UserName))
	}
	for _, g := range answer.Groups.Group {
		all.Groups = append(all.Groups, KindOf(TypeUserGroup).ID(g.GroupName))
	}
	for _, role := range answer.Roles.Role {
		all.Roles = append(all.Roles, KindOf(TypeRole).ID(role.RoleName))
	}
	return all, nil
}

// PolicyChanged reads when a policy was last changed; none: there is no such policy.
func PolicyChanged(ctx context.Context, r cloud.Reader, kind, name string) ([]time.Time, error) {
	var answer struct{ Policy struct{ UpdateDate string } }
	err := r.Read(ctx, cloud.New("ram", "GetPolicy", "", "PolicyType", kind, "PolicyName", name), &answer)
	if cloud.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at := cloud.Time(answer.Policy.UpdateDate)
	if at.IsZero() {
		return nil, fmt.Errorf("ram:GetPolicy: the answer does not say when %s was changed: %q", name, answer.Policy.UpdateDate)
	}
	return []time.Time{at}, nil
}
