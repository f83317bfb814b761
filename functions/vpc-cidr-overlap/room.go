package vpccidroverlap

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// room reports a vSwitch that is small or nearly full.
func room(ctx context.Context, pass *practice.Pass) error {
	v, err := practice.One(resource.VSwitches(ctx, pass, pass.Resource.Region, pass.Resource.ID))
	if err != nil {
		return fmt.Errorf("reading vSwitch %s: %w", pass.Resource.ID, err)
	}
	if v.Status == "Pending" {
		return fmt.Errorf("vSwitch %s is being made: %w", v.VSwitchID, practice.ErrNotYet)
	}
	wrong := small(pass, v)
	if len(wrong) == 0 {
		return nil
	}
	network, err := practice.One(resource.VPCs(ctx, pass, pass.Resource.Region, v.VpcID))
	if err != nil || network.Tags.Has(pass.Param("sandbox-tags")) {
		return err
	}
	for _, w := range wrong {
		f := pass.Finding(v, w.key, w.title)
		f.Advice = "A vSwitch cannot grow: make a larger one beside it (AssociateVpcCidrBlock gives the VPC a further block), and let new machines go there."
		if w.unknown {
			f.Advice = "Look at the vSwitch yourself. Everything that is known of it was looked at."
		}
		pass.Report(f)
	}
	return nil
}

// wrong is what is wrong with the size of a vSwitch.
type wrong struct {
	key, title string
	unknown    bool // which is nothing wrong, and hides nothing that is
}

// small says what is wrong with the size of a vSwitch, and what of that is not known.
func small(pass *practice.Pass, v resource.VSwitch) (all []wrong) {
	block, err := netip.ParsePrefix(v.CidrBlock)
	most := pass.Int("smallest")
	switch {
	case err != nil:
		all = append(all, wrong{"unread block", fmt.Sprintf("How large the vSwitch is cannot be told: the answer says the block %q", v.CidrBlock), true})
	case block.Bits() > most:
		all = append(all, wrong{"small", fmt.Sprintf("The vSwitch has the block %s, which is smaller than a /%d", block, most), false})
	}
	switch n := v.AvailableIPAddressCount; {
	case n == nil:
		all = append(all, wrong{"unread count", "How many addresses are left in the vSwitch cannot be told: the answer does not say", true})
	case *n < pass.Int("free-addresses"):
		all = append(all, wrong{"full", fmt.Sprintf("The vSwitch has %d addresses left of %s", *n, v.CidrBlock), false})
	}
	return all
}
