package ecsimageshared

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-image-shared.
var Practice = &practice.Practice{
	ID:       "ecs-image-shared",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeImage,
	Guide:    []string{"安全なイメージを使用する"},
	Cites:    []string{"MLPS 8.1.4.8, 8.1.4.2"},
	Triggers: practice.Triggers(
		practice.Witnessed("params.AddAccount.*", practice.On(resource.TypeImage, "Ecs", "ModifyImageSharePermission")),
		practice.Witnessed("params.AddGroup.*", practice.On(resource.TypeImage, "Ecs", "ModifyImageShareGroupPermission")),
		practice.On(resource.TypeImage, "Ecs", "ModifyImageAttribute"),
		practice.Untagged(resource.TypeImage, "Ecs")),
	Sweep:  practice.Daily(list, "ecs:DescribeImages"),
	Reads:  []string{"ecs:DescribeImages", "ecs:DescribeImageSharePermission"},
	Writes: []string{"ecs:ModifyImageSharePermission"},
	Params: []practice.Param{
		{Name: "accounts", Kind: practice.AccountIDs, Doc: "ids of accounts that images may be shared with"},
		{Name: "approved", Default: []string{"share-approved"}, Doc: "tags, as key or key=value, of images that may be shared with any account"},
	},
	Disruptive: "accounts that start instances from the image no longer can",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if !pass.Kin() {
		return nil // a tag was taken off something else
	}
	i, err := practice.One(resource.OwnImages(ctx, pass, r.Region, "ImageId", r.ID))
	if err != nil {
		return fmt.Errorf("reading image %s: %w", r.ID, err)
	}
	accounts, groups, err := resource.ImageShares(ctx, pass, r.Region, r.ID)
	switch err = practice.Gone(err); {
	case practice.Refused(err): // whether it is published is known all the same
		f := pass.Unread(i, "unread", "With whom an image is shared cannot be read", practice.Unread{"error": practice.Why(err)})
		f.Advice += " To look: aliyun ecs DescribeImageSharePermission --region " + r.Region + " --ImageId " + r.ID
		pass.Report(f)
	case err != nil:
		return fmt.Errorf("reading with whom image %s is shared: %w", r.ID, err)
	}
	if *i.IsPublic || slices.Contains(groups, "all") {
		f := pass.Finding(i, "public", "An image of the account is published: everybody may start instances of it and read what is on it")
		f.Changes = practice.Reversible("publish image "+r.ID+" no longer", share(r, "IsPublic", "false"), share(r, "IsPublic", "true"))
		pass.Report(f)
	} else if pass.Fresh() && pass.Event.Succeeded() && pass.Event.Params["IsPublic"] == "true" {
		pass.Unseen("that image " + r.ID + " is published")
	}
	slices.Sort(accounts) // a list that changes while it is read may name one twice, and the cloud refuses that
	accounts = slices.Compact(accounts)
	unknown := slices.DeleteFunc(accounts, func(id string) bool { return slices.Contains(pass.Param("accounts"), id) })
	if len(unknown) > 0 && !i.Tags.Has(pass.Param("approved")) {
		f := pass.Finding(i, "accounts", "An image of the account is shared with accounts that nobody has named: "+practice.Few(unknown, 5, ", "))
		f.Facts = map[string]string{"accounts": strings.Join(unknown, " ")}
		for some := range slices.Chunk(unknown, 10) { // of more, the cloud passes the rest over
			f.Changes = append(f.Changes, practice.Reversible("unshare image "+r.ID+" with "+strings.Join(some, ", "),
				share(r, numbered("RemoveAccount", some)...), share(r, numbered("AddAccount", some)...))...)
		}
		pass.Report(f)
	}
	if groups = slices.DeleteFunc(groups, func(g string) bool { return g == "all" }); len(groups) > 0 {
		f := pass.Finding(i, "groups", "An image of the account is shared with the groups "+strings.Join(groups, ", "))
		f.Advice = "See who is in them, and take the image from them: aliyun ecs ModifyImageShareGroupPermission --region " + r.Region + " --ImageId " + r.ID + " --RemoveGroup.1 GROUP"
		pass.Report(f)
	}
	return nil
}

func share(r practice.Resource, params ...string) cloud.Call {
	return cloud.New("ecs", "ModifyImageSharePermission", r.Region, append([]string{"ImageId", r.ID}, params...)...)
}

// numbered writes values as parameters of a call.
func numbered(name string, values []string) (params []string) {
	for n, v := range values {
		params = append(params, name+"."+strconv.Itoa(n+1), v)
	}
	return params
}

// list names the account's images: whom one is shared with, a call for each says.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.OwnImages(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, nil)
}
