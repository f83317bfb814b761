package ramusergroupmembership

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

const group = "params.GroupName"

// Practice is ram-user-group-membership.
var Practice = &practice.Practice{
	ID:       "ram-user-group-membership",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeUser,
	Guide:    []string{"RAMユーザーグループ"},
	Cites:    []string{"MLPS 8.1.4.2", "Cloud Config: ram-user-group-membership-check, ram-group-has-member-check"},
	Triggers: []practice.Trigger{
		{Service: "Ims", Name: "CreateUser", Resource: identity.User},
		{Service: "Ram", Name: "CreateUser", Resource: identity.User},
		{Service: "Ims", Name: "RemoveUserFromGroup", Resource: identity.User},
		{Service: "Ram", Name: "RemoveUserFromGroup", Resource: identity.User},
		{Service: "Ims", Name: "RemoveUserFromGroup", Resource: group, Type: resource.TypeUserGroup},
		{Service: "Ram", Name: "RemoveUserFromGroup", Resource: group, Type: resource.TypeUserGroup},
		{Service: "Config", Name: "ram-user-group-membership-check", Resource: "resource"},
		{Service: "Config", Name: "ram-group-has-member-check", Resource: "resource", Type: resource.TypeUserGroup},
	},
	Sweep:  practice.Daily(list, "ram:ListUsers", "ram:ListGroups"),
	Reads:  []string{"ram:GetUser", "ram:GetDefaultDomain", "ram:ListGroupsForUser", "ram:ListUsersForGroup", "ram:ListPoliciesForGroup"},
	Writes: []string{"ram:AddUserToGroup"},
	Params: []practice.Param{
		{Name: "group", Kind: practice.OneWord, Doc: "the group that users without one are added to, as long as it has no policies; without it people are only told"},
	},
	Touches: true,
	Check:   check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	if pass.Fresh() { // the next call may be the one that puts the user into a group
		return fmt.Errorf("whether %s is to be in a group shows in a minute: %w", pass.Resource.ID, practice.ErrNotYet)
	}
	if pass.Resource.Type == resource.TypeUserGroup {
		return empty(ctx, pass)
	}
	user, err := practice.One(resource.UserOf(ctx, pass, pass.Resource.ID))
	if err != nil {
		return fmt.Errorf("reading who %s is: %w", pass.Resource.ID, err)
	}
	name := user.Name()
	groups, err := resource.UserGroupsOf(ctx, pass, name)
	made := cloud.Time(user.CreateDate)
	if err != nil || len(groups) > 0 || !made.IsZero() && pass.Now.Sub(made) < practice.SettleTime {
		return practice.Gone(err)
	}
	f := practice.Finding{
		Key: "alone", Resource: pass.Named(resource.TypeUser, name, user.DisplayName), Title: "A RAM user is in no group",
		Advice: "Put it into the group of its job: aliyun ram AddUserToGroup --UserName " + name + " --GroupName GROUP",
	}
	to := pass.Word("group")
	if to == "" {
		pass.Report(f)
		return nil
	}
	policies, err := resource.PoliciesOf(ctx, pass, "Group", to)
	switch {
	case cloud.NotFound(err):
		f.Advice = "The group " + to + " of the settings is not there. " + f.Advice
	case err != nil:
		return fmt.Errorf("reading what the group %s may do: %w", to, err)
	case len(policies) > 0:
		f.Advice = "The group " + to + " of the settings has policies, so that nobody is added to it. " + f.Advice
	default:
		f.Advice, f.Lock = "", practice.Lock{User: name}
		f.Changes = practice.Reversible("add "+name+" to the group "+to+", which gives no rights",
			cloud.New("ram", "AddUserToGroup", "", "UserName", name, "GroupName", to),
			cloud.New("ram", "RemoveUserFromGroup", "", "UserName", name, "GroupName", to))
	}
	pass.Report(f)
	return nil
}

// empty reports a group in which nobody is.
func empty(ctx context.Context, pass *practice.Pass) error {
	name := pass.Resource.ID
	members, err := resource.Members(ctx, pass, name)
	if err != nil || len(members) > 0 {
		return practice.Gone(err)
	}
	pass.Report(practice.Finding{
		Key: "empty", Title: "A RAM user group has nobody in it",
		Advice: "Delete it, or put into it who should be there: aliyun ram AddUserToGroup --GroupName " + name + " --UserName USER",
	})
	return nil
}

// list names all users and all groups.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := identity.ListUsers(ctx, pass)
	if err != nil {
		return nil, err
	}
	groups, err := resource.UserGroups(ctx, pass)
	for _, g := range groups {
		all = append(all, pass.Named(resource.TypeUserGroup, g.GroupName, ""))
	}
	return all, err
}
