package identitydeleted

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is identity-deleted.
var Practice = &practice.Practice{
	ID:       "identity-deleted",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeUser,
	Standard: "MITRE ATT&CK T1531, Account Access Removal",
	Cites:    []string{"MLPS 8.1.4.9"},
	Triggers: append(identity.On("DeleteUser"),
		practice.Trigger{Service: "Ims", Name: "DeleteAccessKey", Resource: "params.UserAccessKeyId", Type: resource.TypeAccessKey},
		practice.Trigger{Service: "Ram", Name: "DeleteAccessKey", Resource: "params.UserAccessKeyId", Type: resource.TypeAccessKey}),
	Reads: []string{"ram:GetAccessKeyInfoInRecycleBin", "ram:ListUsersInRecycleBin", "ram:ListAccessKeysInRecycleBin", "ram:GetUser",
		"ram:GetDefaultDomain", "actiontrail:GetAccessKeyLastUsedInfo", "yundun-aegis:DescribeAccesskeyLeakList"},
	Writes: []string{"ram:RestoreAccessKeyFromRecycleBin", "ram:RestoreUserFromRecycleBin"},
	Params: []practice.Param{
		{Name: "in-use-days", Kind: practice.Number, Default: []string{"30"}, Least: 1, Most: 400, Doc: "what was used within so many days was in use"},
		{Name: practice.Needed, Doc: "users and AccessKeys that must not go; whom the settings protect, and the break-glass users, are among them"},
	},
	Touches:    true,
	Disruptive: "who has deleted something on purpose finds it there again",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	if pass.Resource.Type == resource.TypeAccessKey {
		return ofKey(ctx, pass)
	}
	return ofUser(ctx, pass)
}

func ofKey(ctx context.Context, pass *practice.Pass) error {
	found, err := resource.KeyInBin(ctx, pass, pass.Resource.ID)
	if err != nil || len(found) == 0 {
		return err // it is there again, or gone for good
	}
	key := found[0]
	owner := resource.UserName(key.UserPrincipalName)
	why, err := needed(ctx, pass, []string{owner, key.AccessKeyID}, key)
	if err != nil || why == "" {
		return err
	}
	f := practice.Finding{
		Key:      "deleted",
		Resource: pass.Named(resource.TypeAccessKey, key.AccessKeyID, owner),
		Title:    "An AccessKey that is needed was deleted",
		Facts:    map[string]string{"user": key.UserPrincipalName, "needed": why, "gone for good on": key.DeleteDate},
		Advice:   why + ". It can be restored until " + key.DeleteDate + ". If it was disabled before it was deleted, it has to be enabled too.",
	}
	published, err := resource.PublishedKeys(ctx, pass, pass.Home)
	switch {
	case practice.Refused(err): // an account without Security Center learns of none
		f.Facts["not known whether it was published"] = err.Error()
		f.Advice += " Before you restore it, make sure that it has not been published."
		pass.Report(f)
		return nil
	case err != nil:
		return fmt.Errorf("reading whether %s has been published: %w", key.AccessKeyID, err)
	case slices.ContainsFunc(published, func(p resource.PublishedKey) bool { return p.AccesskeyID == key.AccessKeyID }):
		f.Advice = why + ". It has been published, so that it is not taken back: give the programs that use it a new key or a role."
		pass.Report(f)
		return nil
	}
	if *key.UserRecycled {
		f.Changes = append(f.Changes, restoreUser(key.UserID, key.UserPrincipalName))
	}
	f.Changes = append(f.Changes, practice.Change{
		Why:  "take the AccessKey " + key.AccessKeyID + " of " + key.UserPrincipalName + " out of the recycle bin",
		Call: cloud.New("ims", "RestoreAccessKeyFromRecycleBin", "", "UserId", key.UserID, "UserAccessKeyId", key.AccessKeyID),
		Undo: new(identity.Disable(key.UserPrincipalName, key.AccessKeyID).Call), // nothing is deleted
	})
	pass.Report(f)
	return nil
}

func ofUser(ctx context.Context, pass *practice.Pass) error {
	name := pass.Resource.ID
	found, err := resource.UsersInBin(ctx, pass, name)
	if err != nil || len(found) == 0 {
		return err
	}
	user := slices.MaxFunc(found, func(a, b resource.BinnedUser) int {
		return cloud.Time(a.RecycleDate).Compare(cloud.Time(b.RecycleDate))
	})
	keys, err := resource.KeysInBin(ctx, pass, user.UserID)
	if err != nil {
		return err
	}
	why, err := needed(ctx, pass, []string{name}, keys...)
	if err != nil || why == "" {
		return err
	}
	again, err := resource.UserOf(ctx, pass, name)
	if err != nil {
		return err
	}
	f := practice.Finding{
		Key:      "deleted",
		Resource: pass.Named(resource.TypeUser, name, ""),
		Title:    "A RAM user who is needed was deleted",
		Facts:    map[string]string{"needed": why, "gone for good on": user.DeleteDate},
		Advice:   why + ". It can be restored until " + user.DeleteDate + ", and comes back without policies, groups, password and keys.",
	}
	if len(again) > 0 {
		f.Advice += " Another user has its name by now: rename that one first."
	} else {
		f.Changes = []practice.Change{restoreUser(user.UserID, user.UserPrincipalName)}
	}
	pass.Report(f)
	return nil
}

func restoreUser(number, principal string) practice.Change {
	return practice.Change{
		Why:  "take the user " + principal + " out of the recycle bin; the only way back would be to delete it again",
		Call: cloud.New("ims", "RestoreUserFromRecycleBin", "", "UserId", number),
	}
}

// needed is why somebody is missed: who names one of these, or which of the keys was in use.
func needed(ctx context.Context, pass *practice.Pass, names []string, keys ...resource.BinnedKey) (string, error) {
	for _, name := range pass.Param(practice.Needed) {
		if kind, id, err := resource.IdentityOf(name); err == nil && kind != resource.TypeRole && slices.Contains(names, id) {
			return "The settings name " + id, nil
		}
	}
	for _, k := range keys {
		use, err := resource.AuditedUse(ctx, pass, pass.Home, k.AccessKeyID)
		if err != nil {
			return "", fmt.Errorf("reading when %s was used: %w", k.AccessKeyID, err)
		}
		if at := use.At(); pass.Younger(at, pass.Days("in-use-days")) {
			return "The AccessKey " + k.AccessKeyID + " was used on " + at.Format(time.DateOnly) + " for " + use.ServiceName, nil
		}
	}
	return "", nil
}
