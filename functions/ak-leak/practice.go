package akleak

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ak-leak.
var Practice = &practice.Practice{
	ID:       "ak-leak",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypeAccessKey,
	Guide:    []string{"AccessKeyペアのリークを防ぐ"},
	Cites:    []string{"MLPS 8.1.4.2", "Cloud Config: security-center-leak-ak-check"},
	Triggers: []practice.Trigger{
		// Whoever enables a key again may not know that it is public.
		{Service: "Ims", Name: "UpdateAccessKey", Resource: "params.UserAccessKeyId"},
		{Service: "Ram", Name: "UpdateAccessKey", Resource: "params.UserAccessKeyId"},
	},
	Sweep:      practice.Hourly(list, "yundun-aegis:DescribeAccesskeyLeakList"),
	Reads:      append([]string{"yundun-aegis:DescribeAccesskeyLeakList", "ram:GetUser"}, identity.Reads...),
	Writes:     []string{"ram:UpdateAccessKey"},
	Touches:    true,
	Disruptive: "programs that use a published key stop working",
	Check:      check,
}

// published are the keys that were found and that nobody has dealt with.
func published(ctx context.Context, pass *practice.Pass) ([]resource.PublishedKey, error) {
	keys, err := practice.Kept(ctx, pass, "published keys", func() ([]resource.PublishedKey, error) { return resource.PublishedKeys(ctx, pass, pass.Home) })
	if err != nil {
		return nil, fmt.Errorf("reading which keys have been published: %w", err)
	}
	return keys, nil
}

func check(ctx context.Context, pass *practice.Pass) error {
	keys, err := published(ctx, pass)
	if err != nil {
		return err
	}
	id := pass.Resource.ID
	i := slices.IndexFunc(keys, func(k resource.PublishedKey) bool { return k.AccesskeyID == id })
	if i < 0 {
		return nil
	}
	found := keys[i]
	f := practice.Finding{
		Key:      "published",
		Resource: pass.Named("", id, ""),
		Title:    "An AccessKey has been published, and works",
		Facts:    map[string]string{"found at": found.URL, "kind of place": found.Type},
		Advice:   "Give its programs a new key or a role, take the key out of the history of where it was found, and look in ActionTrail for what it was used for.",
	}
	active, owner, err := identity.KeyByID(ctx, pass, id)
	switch {
	case err != nil:
		return err
	case len(owner) == 0 && ofUser(found):
		return nil // it has been deleted
	case len(owner) == 0:
		f.Title = "An AccessKey of the root account has been published"
		f.Advice = "Nobody but the root account can disable it: sign in as root now, open the AccessKey page, disable the key, and change the root password and its MFA device. " + f.Advice
		pass.Report(f)
		return nil
	}
	for _, k := range active {
		f.Resource.Name = k.User.Name()
		f.Lock = practice.Lock{User: k.User.Name(), Key: id, Leaked: true}
		f.Changes = k.Disable()
		pass.Report(f)
	}
	return nil
}

// ofUser tells whether Security Center says that a RAM user has a key.
func ofUser(k resource.PublishedKey) bool {
	kind := strings.ToLower(k.UserType)
	return strings.Contains(kind, "ram") || strings.Contains(kind, "sub")
}

// list names the published keys, whoever has them.
func list(ctx context.Context, pass *practice.Pass) (all []practice.Resource, err error) {
	keys, err := published(ctx, pass)
	for _, k := range keys {
		all = append(all, pass.Named("", k.AccesskeyID, ""))
	}
	return all, err
}
