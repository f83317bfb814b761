package ramconsoleloginipmask

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-console-login-ip-mask.
var Practice = identity.SignIns(&practice.Practice{
	ID:       "ram-console-login-ip-mask",
	Doc:      doc,
	Severity: practice.Medium,
	Guide:    []string{"RAMユーザーグループ"},
	Cites:    []string{"MLPS 8.1.4.2"},
	Params: []practice.Param{
		{Name: "offices", Kind: practice.AddressBlocks, Doc: "the blocks of addresses that RAM users sign in from; without them people are only told"},
		{Name: practice.Trusted, Kind: practice.AddressBlocks, Doc: "addresses and blocks that stay in the mask besides: the way in for emergencies"},
	},
	Disruptive: "whoever signs in from elsewhere cannot any more",
	Check:      check,
})

const mask = "LoginNetworkMasks"

func check(ctx context.Context, pass *practice.Pass) error {
	now, elsewhere, err := practice.Both(ctx, pass,
		func(ctx context.Context) (resource.SetAtOnce, error) { return resource.Preference(ctx, pass) },
		func(ctx context.Context) (bool, error) { return resource.SignsInElsewhere(ctx, pass) })
	if err != nil {
		return fmt.Errorf("reading from where RAM users may sign in: %w", err)
	}
	text, err := now.Text(mask)
	if err != nil {
		return err
	}
	offices := pass.Blocks("offices")
	inside, said := set(append(slices.Clone(offices), pass.Blocks(practice.Trusted)...)), []netip.Prefix{}
	for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' }) {
		block, err := exposure.ParseSource(one)
		if err != nil {
			return fmt.Errorf("reading from where RAM users may sign in: %w", err)
		}
		said = append(said, block)
	}
	said = set(said).Prefixes() // two halves of the internet are all of it
	from := "anywhere"
	if len(said) > 0 && !slices.ContainsFunc(said, huge) {
		outside := slices.DeleteFunc(said, func(b netip.Prefix) bool { return len(offices) == 0 || inside.ContainsPrefix(b) })
		if len(outside) == 0 {
			return nil
		}
		from = practice.Few(texts(outside), 5, ", ")
	}
	f := practice.Finding{Key: "mask", Title: "RAM users may sign in to the console from " + from, Facts: map[string]string{"networks": text}}
	to := texts(inside.Prefixes())
	actor, wants := pass.Event.Actor.SourceIP, (*identity.Wants)(nil)
	acting, err := netip.ParseAddr(actor)
	switch {
	case len(offices) == 0:
		f.Advice = "Name the networks that people sign in from under offices, for this practice, in ecsguard.yaml. No mask is set without: a wrong one shuts everybody out."
	case len(to) > 40 || len(strings.Join(to, ";")) > 512:
		f.Advice = fmt.Sprintf("The cloud takes 40 networks and 512 characters, and offices with the addresses for emergencies are %d and %d: name larger blocks.", len(to), len(strings.Join(to, ";")))
	case actor != "" && (err != nil || !inside.Contains(acting)):
		f.Advice = "Whoever has just set this came from " + actor + ", which is not among offices: a mask of these would shut him out. " +
			"If that is one of yours, add it to offices; if not, somebody else has his password."
	default:
		wants = &identity.Wants{Fields: map[string]string{mask: strings.Join(to, ";")}, Why: "have RAM users sign in from the networks of offices only"}
	}
	if elsewhere {
		f.Advice = strings.TrimSpace(f.Advice + " Users who sign in by your identity provider are held to the mask too.")
	}
	identity.Object(pass, f, []string{mask}, wants)
	return nil
}

// set is what blocks hold together.
func set(blocks []netip.Prefix) *netipx.IPSet {
	var b netipx.IPSetBuilder
	for _, block := range blocks {
		b.AddPrefix(block)
	}
	all, err := b.IPSet()
	if err != nil {
		panic(err) // blocks that were read are blocks
	}
	return all
}

// huge tells whether a block is so large that it is no company's.
func huge(b netip.Prefix) bool { return b.Bits() < 8 || b.Addr().Is6() && b.Bits() < 16 }

func texts(blocks []netip.Prefix) (all []string) {
	for _, b := range blocks {
		all = append(all, b.String())
	}
	return all
}
