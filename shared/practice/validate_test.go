package practice_test

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Something asks for each practice: the guide, or a standard of its own.
func TestWhoAsksForAPractice(t *testing.T) {
	for _, x := range []struct {
		guide    []string
		standard string
		good     bool
	}{
		{guide: []string{"見出し"}, good: true},
		{standard: "CIS Alibaba Cloud Foundation Benchmark 1.16", good: true},
		{},
		{guide: []string{"見出し"}, standard: "CIS Alibaba Cloud Foundation Benchmark 1.16"},
	} {
		err := (&practice.Practice{ID: "test", Guide: x.guide, Standard: x.standard}).Validate()
		if told := strings.Contains(err.Error(), "Standard"); told == x.good {
			t.Errorf("%v and %q: %v", x.guide, x.standard, err)
		}
	}
}

// A title that is still to be written is none: it stands in the README and in s.yaml.
func TestATitleIsWritten(t *testing.T) {
	for doc, written := range map[string]bool{"// Package test: disks are encrypted.\n": true, "// Package test: TODO what the practice asks for.\n": false, "": false} {
		err := (&practice.Practice{ID: "test", Doc: doc}).Validate()
		if told := strings.Contains(err.Error(), "doc.go begins with"); told == written {
			t.Errorf("%q: %v", doc, err)
		}
	}
}
