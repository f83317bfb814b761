package artefacts

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// kin are two of a family, a stranger, and one that is retired.
func kin() []*practice.Practice {
	all, kin := fakes(), &practice.Family{Name: "kin"}
	triggers := all[0].Triggers
	for _, id := range []string{"kin-b", "kin-a"} {
		p := *all[0]
		p.ID, p.Family, p.Triggers = id, kin, slices.Clone(triggers)
		all = append(all, &p)
	}
	return append(all, &practice.Practice{ID: "kin-old", Family: kin, Retired: "long ago"})
}

func TestAFamilyLooksAtTheSame(t *testing.T) {
	refused := func(words string, edit func(*practice.Practice)) {
		t.Helper()
		all := kin()
		edit(all[3])
		_, err := Output(all, all, catalogue.Catalogue{})
		if words == "" && err != nil || words != "" && (err == nil || !strings.Contains(err.Error(), words)) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	refused("", func(*practice.Practice) {})
	refused("", func(p *practice.Practice) { p.Triggers = p.Triggers[:1] })
	refused(`practices kin-a and kin-b are of the family "kin" and have different Triggers`, func(p *practice.Practice) { p.Triggers[0].Name = "Other" })
	refused("sweep every 1h30m0s and every 1h0m0s", func(p *practice.Practice) { p.Sweep.Every = time.Hour })
	refused("", func(p *practice.Practice) { p.Reads = append(slices.Clone(p.Reads), "ecs:DescribeRegions") })
	refused("", func(p *practice.Practice) { p.Reads = []string{"ecs:DescribeRegions"} })
	refused("", func(p *practice.Practice) { p.Family, p.Triggers = &practice.Family{Name: "other"}, nil })
}

// What one member's check needs the others' roles allow, and what one member's edit
// needs too: any of them may carry it out.
func TestAFamilyHasEqualPermissions(t *testing.T) {
	all := kin()
	all[3].Reads, all[3].Writes = []string{"ecs:DescribeRegions"}, nil
	made, err := Output(all, all, catalogue.Catalogue{})
	if err != nil {
		t.Fatal(err)
	}
	reads := []string{"ecs:DescribeDisks", "ecs:DescribeInstances", "ecs:DescribeRegions"}
	for _, id := range []string{"kin-a", "kin-b"} {
		if got := granted(t, made, id+".observe", "*"); !slices.Equal(got, reads) {
			t.Errorf("%s may %v while it observes, want %v", id, got, reads)
		}
		if got, want := granted(t, made, id, "*"), append(slices.Clone(reads), "ecs:DetachDisk"); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s may %v, want %v", id, got, want)
		}
	}
	if got := granted(t, made, "fix-it.observe", "*"); slices.Contains(got, "ecs:DescribeRegions") {
		t.Errorf("fix-it is of no family, and may %v", got)
	}
}
