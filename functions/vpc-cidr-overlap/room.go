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
	wrong, err := small(pass, v)
	if err != nil || len(wrong) == 0 {
		return err
	}
	network, err := practice.One(resource.VPCs(ctx, pass, pass.Resource.Region, v.VpcID))
	if err != nil || network.Tags.Has(pass.Param("sandbox-tags")) {
		return err
	}
	for _, w := range wrong {
		f := pass.Finding(v, w.key, w.title)
		f.Advice = "A vSwitch cannot grow: make a larger one beside it (AssociateVpcCidrBlock gives the VPC a further block), and let new machines go there."
		pass.Report(f)
	}
	return nil
}

// wrong is what is wrong with the size of a vSwitch.
type wrong struct{ key, title string }

// small says what is wrong with the size of a vSwitch.
func small(pass *practice.Pass, v resource.VSwitch) (all []wrong, err error) {
	block, err := netip.ParsePrefix(v.CidrBlock)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading vSwitch %s: the answer says the block %q", v.VSwitchID, v.CidrBlock)
	case v.AvailableIPAddressCount == nil:
		return nil, fmt.Errorf("reading vSwitch %s: the answer does not say how many addresses are left", v.VSwitchID)
	}
	if most := pass.Int("smallest"); block.Bits() > most {
		all = append(all, wrong{"small", fmt.Sprintf("The vSwitch has the block %s, which is smaller than a /%d", block, most)})
	}
	if n := *v.AvailableIPAddressCount; n < pass.Int("free-addresses") {
		all = append(all, wrong{"full", fmt.Sprintf("The vSwitch has %d addresses left of %s", n, block)})
	}
	return all, nil
}
