package resource

import (
	"fmt"
	"net/netip"
)

// prefixes reads the blocks of a VPC, which has one at least.
func prefixes(vpc string, texts []string) (blocks []netip.Prefix, err error) {
	for _, text := range texts {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("reading VPC %s: the answer says the block %q", vpc, text)
		}
		blocks = append(blocks, block.Masked())
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("reading VPC %s: its blocks are not said", vpc)
	}
	return blocks, nil
}
