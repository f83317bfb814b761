package flowlog

import (
	"net/netip"
	"slices"
)

// A neighbourhood is proposed as one block where so many users come from it that it
// is more likely an office than strangers. IPv6 hosts change their address within
// their /64 by themselves.
const (
	neighbours4, block4 = 8, 24
	neighbours6, block6 = 2, 64
)

// Allow proposes blocks that let the users in, but for those who keep their access:
// single addresses, or a neighbourhood that has many.
func (a *Answer) Allow() (blocks []netip.Prefix) {
	count := map[netip.Prefix]int{}
	users := slices.DeleteFunc(slices.Clone(a.Users()), func(s Source) bool { return s.Access != Loses })
	for _, s := range users {
		count[neighbourhood(s.Addr)]++
	}
	for _, s := range users {
		block := neighbourhood(s.Addr)
		if n := count[block]; s.Addr.Is4() && n < neighbours4 || s.Addr.Is6() && n < neighbours6 {
			block = netip.PrefixFrom(s.Addr, s.Addr.BitLen())
		}
		if !slices.Contains(blocks, block) {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

func neighbourhood(a netip.Addr) netip.Prefix {
	bits := block4
	if a.Is6() {
		bits = block6
	}
	p, _ := a.Prefix(bits) // the bits fit the family
	return p
}
