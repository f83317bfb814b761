package practice

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
)

// Trusted is the name of the Param for addresses and blocks that a practice never shuts
// out. The operator's way in for emergencies is among them, so it is spelt in one way.
const Trusted = "trusted"

// Administrators is the name of the Param for who may be an administrator. Those of the
// settings are among them.
const Administrators = "administrators"

// Needed is the name of the Param for users and AccessKeys that must not go. Whom the settings
// protect, and the break-glass users, are among them.
const Needed = "needed"

// A ParamKind is what values of a Param are.
type ParamKind int

// The kinds.
const (
	AnyWords      ParamKind = iota
	AddressBlocks           // addresses and blocks of them, of which none is everyone: nothing would be closed
	PortRanges              // ports and ranges of them: 8000/8100
	Number                  // one whole number, from Least to Most
	OneWord                 // one word; none will do where the default is none
	Choice                  // one of Choices
	SomeOf                  // any of Choices
	GroupIDs                // ids of security groups
	AccountIDs              // ids of accounts of Alibaba Cloud
	Wildcards               // patterns as of file names: ecs.[cgr]7t, ecs.*
	Patterns                // regular expressions (RE2), each of the whole of a text
)

// A Param is a knob of a practice. Values are lists of words; one word is a list of one.
type Param struct {
	Name    string
	Kind    ParamKind
	Default []string
	Doc     string

	Least, Most int      // of a Number; Most 0: no limit
	Choices     []string // of a Choice, and of SomeOf
}

// wrong says why values cannot be meant.
func (p Param) wrong(values []string) error {
	one := func() string { return strings.Join(values, " ") }
	switch p.Kind {
	case AddressBlocks:
		_, err := blocksOf(values)
		return err
	case PortRanges:
		_, err := portsOf(values)
		return err
	case Number:
		n, err := strconv.Atoi(one())
		switch {
		case err != nil:
			return fmt.Errorf("want one number, got %q", values)
		case n < p.Least || p.Most > 0 && n > p.Most:
			return fmt.Errorf("it cannot be %d", n)
		}
	case OneWord:
		if len(values) > 1 || one() == "" && len(values)+len(p.Default) > 0 {
			return fmt.Errorf("want one word, got %q", values)
		}
	case Choice:
		if len(values) != 1 || !slices.Contains(p.Choices, one()) {
			return fmt.Errorf("want one of %s, got %q", strings.Join(p.Choices, ", "), values)
		}
	case SomeOf:
		for _, word := range values {
			if !slices.Contains(p.Choices, word) {
				return fmt.Errorf("want some of %s, got %q", strings.Join(p.Choices, ", "), word)
			}
		}
	case Patterns:
		_, err := patternsOf(values)
		return err
	case AccountIDs:
		for _, id := range values {
			if !accountID.MatchString(id) {
				return fmt.Errorf("%q is no id of an account, which is a number such as 1234567890123456", id)
			}
		}
	case Wildcards:
		for _, pattern := range values {
			if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
				return fmt.Errorf("%q is no pattern", pattern)
			}
		}
	case GroupIDs:
		for _, id := range values {
			if !strings.HasPrefix(id, "sg-") {
				return fmt.Errorf("%q is no id of a security group", id)
			}
		}
	}
	return nil
}

// accountID: those of persons have 16 digits, and a few of Alibaba Cloud's own are shorter.
var accountID = regexp.MustCompile(`^[0-9]{5,20}$`)

func portsOf(values []string) (ranges []exposure.PortRange, err error) {
	for _, text := range values {
		some, err := exposure.ParsePorts(text)
		if err != nil {
			return nil, err
		}
		if some == nil { // -1/-1
			some = []exposure.PortRange{{From: 1, To: 65535}}
		}
		ranges = append(ranges, some...)
	}
	return ranges, nil
}

func patternsOf(values []string) (patterns []*regexp.Regexp, err error) {
	for _, text := range values {
		pattern, err := regexp.Compile(`^(?:` + text + `)$`)
		if err != nil || text == "" {
			return nil, fmt.Errorf("%q is no regular expression", text)
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}

func blocksOf(values []string) (blocks []netip.Prefix, err error) {
	for _, text := range values {
		block, err := exposure.ParseSource(text)
		if err != nil {
			return nil, err
		}
		if block = exposure.Unmapped(block); block.Bits() == 0 {
			return nil, fmt.Errorf("%s is everyone: nothing would be closed", block)
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// Judge is Check, after the params have been checked by their kinds.
func (p *Practice) Judge(ctx context.Context, pass *Pass) error {
	if err := pass.wrongParams(); err != nil {
		return err
	}
	return p.Check(ctx, pass)
}

// List is the Sweep's, likewise.
func (p *Practice) List(ctx context.Context, pass *Pass) ([]Resource, error) {
	if err := pass.wrongParams(); err != nil {
		return nil, err
	}
	listing := *pass // what it may read is not what a check may
	listing.listing = true
	return p.Sweep.List(ctx, &listing)
}

func (p *Pass) wrongParams() error {
	var faults []error
	for _, param := range p.Practice.Params {
		if err := param.wrong(p.Param(param.Name)); err != nil {
			faults = append(faults, fmt.Errorf("param %s of %s: %w", param.Name, p.Practice.ID, err))
		}
	}
	return errors.Join(faults...)
}

// Param is the value of a knob.
func (p *Pass) Param(name string) []string {
	if v, ok := p.params[name]; ok {
		return v
	}
	return p.param(name).Default
}

// param is the declaration of a knob.
func (p *Pass) param(name string) Param {
	i := slices.IndexFunc(p.Practice.Params, func(param Param) bool { return param.Name == name })
	if i < 0 { // a mistake in the practice, which its own scenarios meet first
		panic(fmt.Sprintf("practice %s has no param %q", p.Practice.ID, name))
	}
	return p.Practice.Params[i]
}

// must is a value that Judge has checked: what is wrong all the same is a param that is not
// of the kind it is asked as.
func must[T any](p *Pass, name string, kind ParamKind, read func([]string) (T, error)) T {
	value, err := read(p.Param(name))
	if err != nil || p.param(name).Kind != kind {
		panic(fmt.Sprintf("param %s of %s was not checked as what it is read as: %v", name, p.Practice.ID, err))
	}
	return value
}

// Ports is a param of the kind PortRanges.
func (p *Pass) Ports(name string) []exposure.PortRange { return must(p, name, PortRanges, portsOf) }

// Blocks is a param of the kind AddressBlocks.
func (p *Pass) Blocks(name string) []netip.Prefix { return must(p, name, AddressBlocks, blocksOf) }

// Matches tells whether a text is as one of a param of the kind Patterns says.
func (p *Pass) Matches(name, text string) bool {
	return slices.ContainsFunc(must(p, name, Patterns, patternsOf), func(r *regexp.Regexp) bool { return r.MatchString(text) })
}

// Int is a param of the kind Number.
func (p *Pass) Int(name string) int {
	return must(p, name, Number, func(v []string) (int, error) { return strconv.Atoi(strings.Join(v, " ")) })
}

// Word is a param of the kind OneWord or Choice; empty: none.
func (p *Pass) Word(name string) string { return strings.Join(p.Param(name), " ") }
