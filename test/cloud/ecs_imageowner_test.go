package cloud

import (
	"fmt"
	"strings"
	"testing"
)

// Images of others are found as the API finds them, and nobody here can change them.
func TestImagesOfOthers(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  images:
    - {id: m-own}
    - {id: m-shared, owner: others, owner-account: "2000000000000002"}
    - {id: m-community, owner: others, owner-account: "3000000000000003", public: true}
    - {id: m-sold, owner: marketplace, owner-account: "4000000000000004"}
`)
	n := networkOf(t, c)
	for params, want := range map[string]string{
		"": "m-own m-shared", "ImageOwnerAlias=others": "m-shared", "ImageOwnerAlias=others&IsPublic=true": "m-community",
		"ImageOwnerAlias=marketplace": "m-sold", "ImageOwnerAlias=self": "m-own",
	} {
		var pairs, got []string
		for _, p := range strings.FieldsFunc(params, func(r rune) bool { return r == '&' }) {
			name, value, _ := strings.Cut(p, "=")
			pairs = append(pairs, name, value)
		}
		for _, i := range n.list("Images.Image", "ecs:DescribeImages", append(pairs, "PageSize", "100")...) {
			if id := i["ImageId"].(string); strings.HasPrefix(id, "m-") {
				got = append(got, id)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", params, got)
		}
	}
	if i := n.one("Images.Image", "ecs:DescribeImages", "ImageId", "m-shared"); i["ImageOwnerId"] != 2000000000000002.0 {
		t.Errorf("%v", i["ImageOwnerId"])
	}
	n.refused("InvalidImageId.NotFound", "ecs:ModifyImageSharePermission", "ImageId", "m-shared", "IsPublic", "true")
	isReadBack(t, c)
}

// An image is shared with fifty accounts at most, ten by a call.
func TestAnImageIsSharedWithFifty(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {images: [{id: m-1}]}")
	n := networkOf(t, c)
	for call := range 5 {
		params := []string{"ImageId", "m-1"}
		for i := range 11 { // the eleventh is passed over
			params = append(params, fmt.Sprintf("AddAccount.%d", i+1), fmt.Sprintf("20000000000000%02d", call*20+i))
		}
		n.do("ecs:ModifyImageSharePermission", params...)
	}
	n.refused("QuotaExceed.ShareImageUser", "ecs:ModifyImageSharePermission", "ImageId", "m-1", "AddAccount.1", "3000000000000001")
	if rows := n.list("Accounts.Account", "ecs:DescribeImageSharePermission", "ImageId", "m-1", "PageSize", "30", "PageNumber", "2"); len(rows) != 20 {
		t.Error(len(rows))
	}
}

// A policy is added to those that a disk has, and what is cancelled leaves the others.
func TestADiskHasSeveralPolicies(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  snapshot-policies: [{id: sp-1, retention-days: 7}, {id: sp-2, retention-days: 30}]
  disks: [{id: d-1, encrypted: true, snapshot-policy: sp-1}, {id: d-2, category: local_ssd_pro, encrypted: false}]
`)
	n := networkOf(t, c)
	with := func(id string) float64 {
		return n.one("AutoSnapshotPolicies.AutoSnapshotPolicy", "ecs:DescribeAutoSnapshotPolicyEx", "AutoSnapshotPolicyId", id)["DiskNums"].(float64)
	}
	before := dump(t, c)
	n.do("ecs:ApplyAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-2", "diskIds", `["d-1"]`)
	if with("sp-1") != 1 || with("sp-2") != 1 {
		t.Error(with("sp-1"), with("sp-2"))
	}
	isReadBack(t, c)
	n.do("ecs:CancelAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-2", "diskIds", `["d-1"]`)
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	n.do("ecs:ApplyAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-2", "diskIds", `["d-1"]`)
	n.do("ecs:DeleteAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-1")
	if d := n.one("Disks.Disk", "ecs:DescribeDisks", "DiskIds", `["d-1"]`); d["AutoSnapshotPolicyId"] != "sp-2" {
		t.Errorf("%v", d)
	}
	n.do("ecs:CancelAutoSnapshotPolicy", "regionId", "cn-hangzhou", "diskIds", `["d-1"]`)
	if with("sp-2") != 0 {
		t.Error(with("sp-2"))
	}
	n.refused("PartofDiskCategory.OperationNotSupported", "ecs:ApplyAutoSnapshotPolicy", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-2", "diskIds", `["d-1","d-2"]`)
}
