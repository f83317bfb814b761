package aknetworkpolicy

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ak-network-policy.
var Practice = &practice.Practice{
	ID:       "ak-network-policy",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeUser,
	Guide:    []string{"AccessKeyペアの使用方法に関するセキュリティの提案"},
	Cites:    []string{"MLPS 8.1.4.2"},
	Triggers: append(identity.On("CreateAccessKey", "UpdateAccessKey"),
		practice.Trigger{Service: "Ims", Name: "SetAccessKeyPolicy", Resource: identity.User, Maybe: true}),
	Sweep: practice.Daily(identity.ListUsers, "ram:ListUsers"),
	Reads: append([]string{"ram:GetUser", "ram:GetAccessKeyPolicy", "ram:GetAccessKeyPolicyForAccount",
		"actiontrail:GetAccessKeyLastUsedProducts", "actiontrail:GetAccessKeyLastUsedIps"}, identity.Reads...),
	Writes: []string{"ram:SetAccessKeyPolicy"},
	Params: []practice.Param{
		{Name: "allowed", Kind: practice.AddressBlocks, Doc: "addresses and blocks from which keys may be used; none: nothing is set"},
		{Name: "seen-days", Kind: practice.Number, Default: []string{"90"}, Least: 1, Most: 400, Doc: "for how many days back a key's use counts as its present one"},
	},
	Touches:    true,
	Disruptive: "programs that use a key from other addresses lose it",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	keys, err := identity.ActiveKeys(ctx, pass)
	if err != nil {
		return err
	}
	for _, k := range keys {
		own, err := resource.KeyNetworks(ctx, pass, k.Principal, k.ID)
		if cloud.NotFound(err) {
			continue // it has been deleted since
		}
		holds := own
		if err == nil && !own.Said() {
			holds, err = resource.AccountNetworks(ctx, pass)
		}
		if err != nil {
			return fmt.Errorf("reading from where %s works: %w", k.ID, err)
		}
		if limited(holds) {
			continue
		}
		if err := object(ctx, pass, k, own); err != nil {
			return err
		}
	}
	return nil
}

// limited tells whether a policy keeps keys from being used from everywhere.
func limited(p resource.NetworkPolicy) bool {
	return p.Status == "Active" && !slices.ContainsFunc(p.Statements, func(s resource.NetworkList) bool {
		return s.Type == resource.PublicList && slices.ContainsFunc(s.IPList, func(text string) bool {
			block, err := exposure.ParseSource(text)
			return err != nil || block.Bits() < 8 || block.Addr().Is6() && block.Bits() < 16
		})
	})
}

func object(ctx context.Context, pass *practice.Pass, k identity.Key, own resource.NetworkPolicy) error {
	f := k.Finding(pass, "networks", "An AccessKey works from everywhere")
	f.Lock.Fewer = true
	blocks := pass.Blocks("allowed")
	if len(blocks) == 0 {
		f.Advice = "Name the addresses from which keys are used in the param allowed of ak-network-policy, or give the key a network policy in the RAM console."
		pass.Report(f)
		return nil
	}
	places, err := elsewhere(ctx, pass, k, blocks)
	switch {
	case cloud.NotFound(err):
		return nil // it has been deleted since
	case err != nil:
		return fmt.Errorf("reading from where %s is used: %w", k.ID, err)
	case len(places) > 0:
		f.Facts["used from elsewhere"] = strings.Join(places, "; ")
		f.Advice = "The addresses that are set would shut out where it is used: " + practice.Few(places, 5, "; ") + ". Add these, or move its programs."
	default:
		f.Changes = narrow(k, own, blocks)
	}
	pass.Report(f)
	return nil
}

// narrow lets the key work from some addresses, and from the VPCs that its own policy names.
func narrow(k identity.Key, own resource.NetworkPolicy, blocks []netip.Prefix) []practice.Change {
	var from []string
	for _, block := range blocks {
		from = append(from, block.String())
	}
	want := resource.NetworkPolicy{Version: 1, Status: "Active", Statements: []resource.NetworkList{{Type: resource.PublicList, IPList: from}}}
	for _, s := range own.Statements {
		if s.Type == resource.VPCList {
			want.Statements = append(want.Statements, s)
		}
	}
	if !own.Said() {
		own = resource.NoNetworkPolicy
	}
	set := cloud.New("ims", "SetAccessKeyPolicy", "", "UserPrincipalName", k.Principal, "UserAccessKeyId", k.ID)
	return practice.Reversible("let "+k.ID+" work only from "+practice.Few(from, 5, ", "),
		set.With("AccessKeyPolicy", want.Document()), set.With("AccessKeyPolicy", own.Document()))
}

// elsewhere are the places in which the key is used and would not work any more, and whatever of its
// use is not known.
func elsewhere(ctx context.Context, pass *practice.Pass, k identity.Key, blocks []netip.Prefix) (places []string, err error) {
	since, said, err := k.Use(ctx, pass)
	if err != nil {
		return nil, err
	}
	back := pass.Now.Add(-pass.Days("seen-days"))
	services, err := resource.KeyServices(ctx, pass, pass.Home, k.ID)
	if err != nil {
		return nil, err
	}
	known := k.Made
	for _, s := range services {
		if s.At().Before(back) {
			continue
		}
		uses, err := resource.KeyAddresses(ctx, pass, pass.Home, k.ID, s.ServiceName)
		if err != nil {
			return nil, err
		}
		for _, u := range uses {
			if u.At().After(known) {
				known = u.At()
			}
			addr, err := netip.ParseAddr(u.IP)
			inside := err == nil && !addr.Unmap().IsPrivate() && slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(addr.Unmap()) })
			if place := u.IP + " for " + s.ServiceName; !inside && !u.At().Before(back) {
				places = append(places, place)
			}
		}
	}
	if since.After(back) && since.After(known.Add(resource.UseLag)) {
		places = append(places, "somewhere that ActionTrail does not know ("+said+")")
	}
	return places, nil
}
