package practice

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
)

var (
	idForm     = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	actionForm = regexp.MustCompile(`^[a-z-]+:[A-Z][A-Za-z0-9]+$`)
	typeForm   = regexp.MustCompile(`^ACS::[A-Za-z0-9]*::[A-Za-z0-9]+$`)
)

// Headings are the sections that every doc.go has.
var Headings = []string{"What is wrong", "What is done", "What may break", "References"}

// Validate says everything that keeps the practice from being used, in words that
// tell its author what to do.
func (p *Practice) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("practice %s: "+format, append([]any{p.ID}, args...)...))
	}
	if !idForm.MatchString(p.ID) || len(p.ID) > 40 {
		fault("the ID is kebab-case with at most 40 characters")
	}
	if p.Title() == "" || strings.Contains(p.Title(), "TODO") {
		fault("doc.go begins with: // Package %s: what the practice asks for.", PackageName(p.ID))
	}
	for _, heading := range Headings {
		if text := p.Section(heading); text == "" || strings.Contains(text, "TODO") {
			fault("doc.go needs a section %q with something under it", "# "+heading)
		}
	}
	if !p.Severity.Known() {
		fault("Severity %q is none of critical, high, medium, low", p.Severity)
	}
	if !typeForm.MatchString(p.Resource) {
		fault("Resource %q is not a type such as ACS::ECS::Disk", p.Resource)
	}
	for _, also := range p.Also {
		if !typeForm.MatchString(also) || also == p.Resource {
			fault("Also has %q, which is not another type such as ACS::ECS::Disk", also)
		}
	}
	if (len(p.Guide) == 0) == (p.Standard == "") {
		fault("Guide names the headings of the best-practice guide that ask for it; one that the guide does not ask for has a Standard instead")
	}
	if p.Alone && p.Family != nil {
		fault("it is Alone, so nobody else may judge what it judges: it can have no Family")
	}
	if p.Check == nil {
		fault("Check is missing")
	}
	faults = append(faults, p.validateTriggers()...)
	faults = append(faults, p.validateActions()...)
	for _, param := range p.Params {
		if param.Name == "" || param.Doc == "" {
			fault("param %q needs a name and a doc", param.Name)
		}
		if err := param.wrong(param.Default); err != nil {
			fault("the default of param %s: %w", param.Name, err)
		}
	}
	return errors.Join(faults...)
}

func (p *Practice) validateTriggers() (faults []error) {
	if len(p.Triggers) == 0 && p.Sweep.List == nil {
		return []error{fmt.Errorf("practice %s: without Triggers and without a Sweep it never looks at anything", p.ID)}
	}
	for _, t := range p.Triggers {
		if t.Service == "" || t.Name == "" {
			faults = append(faults, fmt.Errorf("practice %s: a trigger needs a Service and a Name, got %+v", p.ID, t))
		}
		if (t.Service == Every) != (t.Name == Every) || t.Service == Every && t.By == "" {
			faults = append(faults, fmt.Errorf("practice %s: a trigger for every act has Every as its Service and its Name, and says By whom, got %+v", p.ID, t))
		}
		if err := events.ValidPath(t.Resource); err != nil {
			faults = append(faults, fmt.Errorf("practice %s: trigger %s:%s: %w", p.ID, t.Service, t.Name, err))
		}
	}
	for _, t := range p.Triggers {
		if t.Witness == "" {
			continue
		}
		if err := events.ValidPath(t.Witness); err != nil {
			faults = append(faults, fmt.Errorf("practice %s: the witness of trigger %s:%s: %w", p.ID, t.Service, t.Name, err))
		}
	}
	if (p.Sweep.List == nil) != (p.Sweep.Every == 0) {
		faults = append(faults, fmt.Errorf("practice %s: a Sweep has both Every and List, or neither", p.ID))
	}
	if p.Sweep.List == nil && len(p.Sweep.Reads) > 0 {
		faults = append(faults, fmt.Errorf("practice %s: its Sweep has Reads and no List that could use them", p.ID))
	}
	return faults
}

func (p *Practice) validateActions() (faults []error) {
	if len(p.Reads) == 0 {
		faults = append(faults, fmt.Errorf("practice %s: Reads is empty; state is read before it is judged", p.ID))
	}
	for _, action := range p.Writes {
		if name, ours := strings.CutPrefix(action, "ram:Delete"); ours && name != "PolicyVersion" {
			faults = append(faults, fmt.Errorf("practice %s: %s: what people or programs use is disabled, and never deleted", p.ID, action))
		}
	}
	for _, action := range slices.Concat(p.Reads, p.Sweep.Reads, p.Writes) {
		if !actionForm.MatchString(action) {
			faults = append(faults, fmt.Errorf("practice %s: %q is not a RAM action such as ecs:DescribeDisks", p.ID, action))
		}
	}
	return faults
}

// PackageName is the package clause for a practice: its ID without hyphens.
func PackageName(id string) string { return strings.ReplaceAll(id, "-", "") }
