package policy

import "encoding/binary"

// bits is a set of small numbers, as long as it has to be.
type bits []uint64

func (b *bits) add(i int) {
	for len(*b) <= i/64 {
		*b = append(*b, 0)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

func (b bits) and(o bits) bits {
	out := make(bits, min(len(b), len(o)))
	for i := range out {
		out[i] = b[i] & o[i]
	}
	return out
}

// key is the set as a key of a map.
func (b bits) key() string {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	out := make([]byte, 0, 8*len(b))
	for _, w := range b {
		out = binary.LittleEndian.AppendUint64(out, w)
	}
	return string(out)
}

func (b bits) or(o bits) bits {
	if len(b) < len(o) {
		b, o = o, b
	}
	out := append(bits(nil), b...)
	for i := range o {
		out[i] |= o[i]
	}
	return out
}

// list gives the numbers from skip on.
func (b bits) list(skip int) []int {
	var out []int
	for i := skip; i < 64*len(b); i++ {
		if b.has(i) {
			out = append(out, i)
		}
	}
	return out
}

func (b bits) meets(o bits) bool {
	for i := range min(len(b), len(o)) {
		if b[i]&o[i] != 0 {
			return true
		}
	}
	return false
}
