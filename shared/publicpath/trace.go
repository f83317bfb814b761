package publicpath

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Trace finds the paths that machines do not tell of themselves, of those that have
// none so far. An error that IsUnread says that one of them may have one all the same; all
// paths that are known are found then too.
func Trace(ctx context.Context, pass *practice.Pass, machines []*Machine) error {
	return trace(ctx, pass, darkOf(machines), addresses, balancers)
}

// Addressed is Trace of what has, or shares, an address in the internet: load balancers in front are left out.
func Addressed(ctx context.Context, pass *practice.Pass, machines []*Machine) error {
	return trace(ctx, pass, darkOf(machines), addresses)
}

// darkOf gives the interfaces of machines for which no path is known.
func darkOf(machines []*Machine) func() []*Interface {
	return func() (dark []*Interface) {
		for _, m := range machines {
			if m.Path() == "" {
				dark = append(dark, m.Interfaces...)
			}
		}
		return dark
	}
}

// A stage finds paths of interfaces, and says what it could not read.
type stage = func(context.Context, *practice.Pass, []*Interface) []error

// trace reads what leads to interfaces from somewhere else: first what has its own address,
// then, of those that are dark still, load balancers.
func trace(ctx context.Context, pass *practice.Pass, dark func() []*Interface, stages ...stage) error {
	var missed []error
	for _, stage := range stages {
		if interfaces := dark(); len(interfaces) > 0 {
			missed = append(missed, stage(ctx, pass, interfaces)...)
		}
	}
	if len(dark()) == 0 {
		return nil // what could not be read makes no difference
	}
	return Unread(missed...)
}

// gather makes reads of ten at a time, each to its end whatever becomes of the others.
func gather(ctx context.Context, pass *practice.Pass, reads []func(context.Context) error) (missed []error) {
	errs := make([]error, len(reads))
	patient := make([]func(context.Context) error, len(reads))
	for i, read := range reads {
		patient[i] = func(ctx context.Context) error { errs[i] = read(ctx); return nil }
	}
	_ = byTen(ctx, pass, patient) // none fails
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// byTen makes reads of ten at a time, since the APIs have limits, and ends at the first that
// fails.
func byTen(ctx context.Context, pass *practice.Pass, reads []func(context.Context) error) error {
	for some := range slices.Chunk(reads, 10) {
		if err := pass.Together(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

// byVPC are interfaces by their VPC, and the VPCs in order. The classic network has neither
// DNAT entries nor virtual addresses.
func byVPC(interfaces []*Interface) (by map[string][]*Interface, vpcs []string) {
	by = map[string][]*Interface{}
	for _, i := range interfaces {
		if i.VPC != "" {
			by[i.VPC] = append(by[i.VPC], i)
		}
	}
	return by, slices.Sorted(maps.Keys(by))
}

// addresses finds, for each VPC once, what leads to interfaces by an address of its own.
func addresses(ctx context.Context, pass *practice.Pass, dark []*Interface) []error {
	by, vpcs := byVPC(dark)
	six, entries, shared := make([]map[string]string, len(vpcs)), make([]map[string]string, len(vpcs)), make([][]resource.HaVip, len(vpcs))
	var reads []func(context.Context) error
	for n, vpc := range vpcs {
		into := func(err error) error {
			if err != nil {
				err = fmt.Errorf("reading what leads from the internet into %s: %w", vpc, err)
			}
			return err
		}
		if slices.ContainsFunc(by[vpc], func(i *Interface) bool { return len(i.IP6s) > 0 }) {
			reads = append(reads, func(ctx context.Context) (err error) { six[n], err = publicIPv6(ctx, pass, vpc); return into(err) })
		}
		reads = append(reads,
			func(ctx context.Context) (err error) { entries[n], err = forwarded(ctx, pass, vpc); return into(err) },
			func(ctx context.Context) (err error) {
				shared[n], err = resource.HaVips(ctx, pass, pass.Resource.Region, "VpcId", vpc)
				return into(err)
			})
	}
	missed := gather(ctx, pass, reads)
	for n, vpc := range vpcs {
		for _, i := range by[vpc] {
			for _, ip := range i.IPs {
				i.Path = cmp.Or(i.Path, entries[n][ip])
			}
			for _, ip := range i.IP6s {
				i.Path = cmp.Or(i.Path, six[n][plain(ip)])
			}
			for _, h := range shared[n] {
				if i.answers(h) {
					i.Path = cmp.Or(i.Path, h.Path(), entries[n][h.IPAddress])
					i.virtual = append(i.virtual, h.IPAddress)
				}
			}
		}
	}
	return missed
}

// answers tells whether the interface may answer for a HaVip.
func (i *Interface) answers(h resource.HaVip) bool {
	return slices.ContainsFunc(h.Holders(), func(id string) bool { return id == i.ID || id == i.holder && id != "" })
}

// balancers finds, of those that are dark still, what load balancers lead to.
func balancers(ctx context.Context, pass *practice.Pass, dark []*Interface) []error {
	by, vpcs := byVPC(dark)
	found := make([]leads, 1+2*len(vpcs)) // the first of all networks
	reads := []func(context.Context) error{func(ctx context.Context) (err error) {
		if found[0], err = classics(ctx, pass, vpcs); err != nil {
			err = fmt.Errorf("reading what load balancers lead to: %w", err)
		}
		return err
	}}
	for n, vpc := range vpcs {
		for p, product := range []string{"alb", "nlb"} {
			reads = append(reads, func(ctx context.Context) (err error) {
				if found[1+2*n+p], err = elastic(ctx, pass, product, vpc); err != nil {
					err = fmt.Errorf("reading what load balancers lead to in %s: %w", vpc, err)
				}
				return err
			})
		}
	}
	missed := gather(ctx, pass, reads)
	for _, i := range dark {
		i.by(found[0], i.ID, i.holder)
	}
	for n, vpc := range vpcs {
		for _, some := range found[1+2*n : 3+2*n] {
			for _, i := range by[vpc] {
				i.by(some, slices.Concat([]string{i.ID, i.holder}, i.IPs, i.virtual)...)
			}
		}
	}
	return missed
}

// by takes the ways of load balancers to an interface, by any of its names.
func (i *Interface) by(some leads, names ...string) {
	for _, name := range names {
		if l, ok := some[name]; ok && name != "" && (i.Path == "" || i.Behind) {
			i.Path, i.Behind, i.Ports = cmp.Or(i.Path, l.path), true, append(i.Ports, l.ports...)
		}
	}
}

// publicIPv6 is the paths to the IPv6 addresses of a VPC that have internet bandwidth.
func publicIPv6(ctx context.Context, pass *practice.Pass, vpc string) (map[string]string, error) {
	all, err := resource.IPv6Addresses(ctx, pass, pass.Resource.Region, "VpcId", vpc, "NetworkType", "Public")
	paths := map[string]string{}
	for _, a := range all {
		paths[plain(a.IPv6Address)] = "the IPv6 address " + a.IPv6Address
	}
	return paths, err
}

// plain is an address in the one spelling that can be compared.
func plain(text string) string {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.String()
	}
	return text
}

// forwarded is the paths to the private addresses of a VPC that DNAT entries lead to.
// Gateways between private networks lead nobody in from the internet.
func forwarded(ctx context.Context, pass *practice.Pass, vpc string) (map[string]string, error) {
	gateways, err := resource.NATGateways(ctx, pass, pass.Resource.Region, "VpcId", vpc, "NetworkType", "internet")
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, g := range gateways {
		entries, err := entriesOf(ctx, pass, g)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			paths[e.InternalIP] = fmt.Sprintf("the DNAT entry %s from %s port %s", e.ForwardEntryID, e.ExternalIP, e.ExternalPort)
		}
	}
	return paths, nil
}

// entriesOf reads the DNAT entries of a gateway, without those that are being deleted.
func entriesOf(ctx context.Context, pass *practice.Pass, g resource.NATGateway) ([]resource.ForwardEntry, error) {
	entries, err := resource.ForwardEntries(ctx, pass, pass.Resource.Region, "NatGatewayId", g.NatGatewayID)
	if err != nil {
		return nil, fmt.Errorf("reading the DNAT entries of %s: %w", g.NatGatewayID, err)
	}
	return slices.DeleteFunc(entries, func(e resource.ForwardEntry) bool { return strings.EqualFold(e.Status, "Deleting") }), nil
}
