package functions_test

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// The tag that exempts from one practice must not be taken for another's, misspelt.
func TestNoPracticeIsCalledNearlyLikeAnother(t *testing.T) {
	letters := strings.NewReplacer("-", "")
	for _, p := range functions.All {
		for _, q := range functions.All {
			if p != q && settings.Alike(letters.Replace(p.ID), letters.Replace(q.ID)) {
				t.Errorf("%s and %s are told apart by too few letters", p.ID, q.ID)
			}
		}
	}
}

// Blocks of addresses are declared as such: then the settings say on which line one is wrong.
func TestBlocksAreDeclared(t *testing.T) {
	for _, p := range functions.All {
		for _, param := range p.Params {
			if speaks := strings.Contains(param.Doc, "blocks"); speaks != (param.Kind == practice.AddressBlocks) {
				t.Errorf("%s of %s is about blocks: %v, and its kind says otherwise", param.Name, p.ID, speaks)
			}
		}
	}
}
