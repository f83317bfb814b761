package sgreferencegroup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// limits are what a source may be.
type limits struct {
	widest4, widest6 int
	allowed, own     []netip.Prefix // own: the blocks of the VPC
}

func limitsOf(pass *practice.Pass) limits {
	return limits{widest4: pass.Int("widest-ipv4"), widest6: pass.Int("widest-ipv6"), allowed: pass.Blocks("allowed")}
}

// wide returns the sources of an accept rule that are whole blocks of the VPC, and of
// which the Drop rules leave one.
func (l limits) wide(r exposure.Rule, rules []exposure.Rule) (blocks []netip.Prefix) {
	for _, source := range r.Sources {
		if r.Drop || !l.whole(source) || !within(source, l.own) && !within(source, exposure.Private) || within(source, l.allowed) {
			continue
		}
		r.Sources = []netip.Prefix{source}
		for _, protocol := range []string{"TCP", "UDP"} {
			past := slices.ContainsFunc(securitygroup.Past(r, rules, protocol), func(p securitygroup.Part) bool {
				return slices.ContainsFunc(p.Sources.Prefixes(), l.whole)
			})
			if past && !slices.Contains(blocks, source) {
				blocks = append(blocks, source)
			}
		}
	}
	return blocks
}

// whole tells whether a block has more addresses than it may, and some of the VPC.
func (l limits) whole(block netip.Prefix) bool {
	widest := l.widest6
	if block.Addr().Is4() {
		widest = l.widest4
	}
	return block.Bits() < widest && slices.ContainsFunc(l.own, block.Overlaps)
}

func within(block netip.Prefix, blocks []netip.Prefix) bool {
	return slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Bits() <= block.Bits() && b.Contains(block.Addr()) })
}

// blocksOf reads all blocks of a VPC, of both families.
func blocksOf(ctx context.Context, pass *practice.Pass, vpc string) (blocks []netip.Prefix, err error) {
	found, err := resource.VPCs(ctx, pass, pass.Resource.Region, vpc)
	for _, v := range found {
		of, wrong := v.Prefixes()
		err, blocks = cmp.Or(err, wrong), append(blocks, of...)
	}
	if err == nil && len(blocks) == 0 {
		err = errors.New("the answer does not say")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of %s: %w", vpc, err)
	}
	return blocks, nil
}
