package exposure

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// A size is a number of addresses. IPv6 has more of them than 64 bits hold.
type size struct{ hi, lo uint64 }

func (a size) plus(b size) size {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return size{hi, lo}
}

func (a size) minus(b size) size {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return size{hi, lo}
}

func (a size) compare(b size) int {
	if c := cmp.Compare(a.hi, b.hi); c != 0 {
		return c
	}
	return cmp.Compare(a.lo, b.lo)
}

func (a size) less(b size) bool { return a.compare(b) < 0 }

func (a size) zero() bool { return a == size{} }

func (a size) float() float64 { return float64(a.hi)*(1<<64) + float64(a.lo) }

// power is 2 to the n, for n below 128.
func power(n int) size {
	if n < 64 {
		return size{lo: 1 << n}
	}
	return size{hi: 1 << (n - 64)}
}

// count is the number of addresses from first to last, both included, of one
// family.
func count(first, last netip.Addr) size {
	return number(last).minus(number(first)).plus(size{lo: 1})
}

func number(a netip.Addr) size {
	b := a.As16()
	return size{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}
