package functions_test

import (
	"slices"
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

// Blocks of addresses are read as such where the settings are, whatever practice they are of.
func TestBlocksAreKnownToTheSettings(t *testing.T) {
	for _, p := range functions.All {
		for _, param := range p.Params {
			if speaks := strings.Contains(param.Doc, "blocks"); speaks != slices.Contains(practice.Blocks, param.Name) {
				t.Errorf("%s of %s is about blocks: %v, and practice.Blocks says otherwise", param.Name, p.ID, speaks)
			}
		}
	}
}
