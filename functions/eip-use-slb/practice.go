package eipuseslb

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is eip-use-slb.
var Practice = &practice.Practice{
	ID:       "eip-use-slb",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeInstance,
	Guide:    []string{"インターネットに公開される攻撃の対象を減らすために、パブリックIPアドレスを適切に割り当てる"},
	Cites:    []string{"MLPS 8.1.2.1", "Cloud Config: eip-attached, eip-idle-check"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeInstance, "Vpc", "AssociateEipAddress"), []practice.Trigger{ // or what else it is on
			{Service: "Vpc", Name: "AssociateEipAddressBatch", Resource: "params.BindedInstanceId"},
		},
		practice.Tagged(resource.TypeInstance, "Ecs"), practice.Configured(resource.TypeInstance)),
	Sweep: practice.Weekly(list, "ecs:DescribeInstances", "vpc:DescribeEipAddresses"),
	Reads: slices.Concat([]string{"ecs:DescribeInstances", "vpc:DescribeEipAddresses"}, publicpath.BalancedReads, securitygroup.AdmitReads),
	Params: []practice.Param{
		{Name: "app-tag", Kind: practice.OneWord, Default: []string{"app"}, Doc: "the key of the tag that says to which application an instance belongs"},
		{Name: "idle-days", Kind: practice.Number, Default: []string{"7"}, Least: 1, Doc: "how many days after it was allocated an EIP that is bound to nothing is reported"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	switch id := pass.Resource.ID; {
	case strings.HasPrefix(id, "eip-"):
		return idle(ctx, pass)
	case !pass.Kin():
		return nil // a load balancer or a NAT gateway is where an EIP belongs
	default:
		return look(ctx, pass, id)
	}
}

// look reports an instance that has an EIP where a load balancer or a NAT gateway belongs.
func look(ctx context.Context, pass *practice.Pass, id string) error {
	i, err := practice.One(resource.Instances(ctx, pass, pass.Resource.Region, "InstanceIds", cloud.IDs(id)))
	switch {
	case err != nil:
		return fmt.Errorf("reading instance %s: %w", id, err)
	case i.Status == "Pending":
		return fmt.Errorf("reading instance %s: its addresses are still being made: %w", id, practice.ErrNotYet)
	case i.EIPAddress == nil:
		return fmt.Errorf("reading instance %s: the answer does not say which EIP it has", id)
	}
	if eip, _, _ := i.EIP(); eip == "" {
		if pass.Fresh() && pass.Event.Succeeded() && strings.HasPrefix(pass.Event.Name, "AssociateEipAddress") {
			pass.Unseen("the EIP of " + id + ", which has just been put on")
		}
		return nil
	}
	unknown := practice.Unread{}
	open, err := securitygroup.AdmitInternet(ctx, pass, i.Groups())
	switch err = unknown.Note("lets the internet in", err); {
	case err != nil:
		return fmt.Errorf("reading what instance %s is open to: %w", id, err)
	case !open && unknown["lets the internet in"] == "":
		f := pass.Finding(i, "outbound", "The instance has the EIP "+i.EIPAddress.IPAddress+", and its security groups let nobody of the internet in: it only goes out")
		f.Advice = "Give its vSwitch an SNAT entry of a NAT gateway (CreateSnatEntry), then take the EIP off: " + cloud.New("vpc", "UnassociateEipAddress", pass.Resource.Region,
			"AllocationId", i.EIPAddress.AllocationID, "InstanceId", id, "InstanceType", "EcsInstance").String()
		pass.Report(f)
	}
	key := pass.Word("app-tag")
	alike, err := sharing(ctx, pass, i, key)
	if err = unknown.Note("is behind a load balancer", err); err != nil {
		return err
	}
	if len(alike) > 0 {
		f := pass.Finding(i, "balancer", fmt.Sprintf("The instance and %s have %s=%s and an EIP each, and no load balancer leads to them", practice.Few(alike, 3, ", "), key, i.Tags.Map()[key]))
		f.Advice = "Put a load balancer with an EIP in front of them, and take their own EIPs off."
		pass.Report(f)
	}
	for _, what := range slices.Sorted(maps.Keys(unknown)) {
		pass.Report(pass.Unread(i, "unread "+what, "Whether the instance, which has an EIP, "+what+" cannot be told", practice.Unread{"why": unknown[what]}))
	}
	return nil
}

// idle reports an EIP that is on nothing.
func idle(ctx context.Context, pass *practice.Pass) error {
	e, err := practice.One(resource.EIPs(ctx, pass, pass.Resource.Region, "AllocationId", pass.Resource.ID))
	if err != nil {
		return fmt.Errorf("reading EIP %s: %w", pass.Resource.ID, err)
	}
	if !unused(pass, e) {
		return nil
	}
	f := pass.Finding(e, "idle", fmt.Sprintf("The EIP %s is bound to nothing, and costs money", e.IPAddress))
	f.Advice = "If nobody keeps it for its address, release it, which loses it: " + cloud.New("vpc", "ReleaseEipAddress", pass.Resource.Region, "AllocationId", e.AllocationID).String()
	pass.Report(f)
	return nil
}

// unused tells whether an EIP is on nothing, and old enough to say so. Where its age is not known nobody does.
func unused(pass *practice.Pass, e resource.EIP) bool {
	return e.Status == "Available" && pass.Older(e.Allocated(), pass.Days("idle-days"))
}

// list names the instances with an EIP, and the EIPs that are on nothing.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	found, err := practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool {
		eip, _, _ := i.EIP()
		return i.EIPAddress == nil || eip != ""
	})
	unlisted := err
	eips, err := resource.EIPs(ctx, pass, pass.Resource.Region, "Status", "Available")
	more, err := practice.Listed(pass, eips, err, func(e resource.EIP) bool { return unused(pass, e) })
	return append(found, more...), errors.Join(unlisted, err)
}
