// Package artefacts generates what deploys and describes the practices.
package artefacts

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The functions that are no practices.
const (
	triage = "ecsguard-triage"
	notify = "ecsguard-notify"
)

// Output is everything that follows from the practices, of which s.yaml deploys some. A
// practice that is not finished is generated too: its tests say what it lacks.
func Output(all, deployed []*practice.Practice, table catalogue.Catalogue) (output.Output, error) {
	all = slices.SortedFunc(slices.Values(all), func(a, b *practice.Practice) int { return cmp.Compare(a.ID, b.ID) })
	if err := errors.Join(distinct(all), families(all)); err != nil {
		return output.Output{}, err
	}
	working := slices.DeleteFunc(slices.Clone(all), func(p *practice.Practice) bool { return p.Retired != "" })
	deployment, err := serverless(working, deployed)
	if err != nil {
		return output.Output{}, err
	}
	files := map[string]string{
		"s.yaml":                         deployment,
		"deploy/eventbridge/triage.json": indented(newPattern(working)),
		"docs/channels.md":               channelsDocument(channels),
	}
	maps.Copy(files, documents(all, table))
	may, err := policies(working)
	if err != nil {
		return output.Output{}, err
	}
	for path, p := range may {
		files[path] = indented(p)
	}
	return output.Output{Files: files, Owned: []string{"deploy/ram/*.json", "docs/practices/*.md"}}, nil
}

// Unfinished says what practices and channels lack. They are generated all the same, and what
// they still have to say stands as TODO in what people read and deploy: that is not to be left so.
func Unfinished(all []*practice.Practice) error { return unfinished(all, channels) }

func unfinished(all []*practice.Practice, channels []*channel.Declaration) error {
	var faults []error
	for _, p := range all {
		faults = append(faults, p.Validate())
	}
	for _, d := range channels {
		faults = append(faults, d.Validate())
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("not finished:\n%w", err)
	}
	return nil
}

// distinct keeps two folders from declaring one ID: their functions, roles and
// policies would be one.
func distinct(all []*practice.Practice) error {
	var faults []error
	for i, p := range all {
		if p.ID == "" {
			faults = append(faults, errors.New("a practice has no ID"))
		}
		for _, own := range []string{triage, notify} { // triage's further policies are named after it as well
			if name := practice.FunctionName(p.ID); name == own || strings.HasPrefix(name, own+"-") {
				faults = append(faults, fmt.Errorf("the ID of the practice %s is taken: a function or a policy of %s has that name", p.ID, own))
			}
		}
		if i > 0 && all[i-1].ID == p.ID {
			faults = append(faults, fmt.Errorf("two practices have the ID %s", p.ID))
		}
	}
	return errors.Join(faults...)
}
