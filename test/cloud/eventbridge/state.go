package eventbridge

import (
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// busState is what a document says of the bus: rules that send nothing anywhere. Those of
// triggers are made by what is deployed, and are none of a document's business.
type busState struct {
	Rules []ruleState `yaml:"rules"`
}

type ruleState struct {
	Name     string `yaml:"name"`
	Pattern  string `yaml:"pattern"`
	Disabled bool   `yaml:"disabled"`
}

// Rules of triggers stay. Rules of a document take the place of those of an earlier one.
func (c *Service) load(f *busState, _ map[string]any) (func(), error) {
	var written []*eventRule
	for i, r := range f.Rules {
		pattern, err := events.ParsePattern([]byte(r.Pattern))
		switch {
		case err != nil:
			return nil, kernel.At(err, "$.eventbridge.rules[%d].pattern", i)
		case !ruleName.MatchString(r.Name):
			return nil, kernel.At(kernel.Refuse(400, "EventRuleNameInvalid", "rule name %q", r.Name), "$.eventbridge.rules[%d].name", i)
		}
		written = append(written, &eventRule{name: r.Name, Text: r.Pattern, pattern: pattern, disabled: r.Disabled, created: c.Clock(), written: true})
	}
	return func() {
		c.rules = append(slices.DeleteFunc(c.rules, func(r *eventRule) bool { return r.written }), written...)
	}, nil
}

func (c *Service) dump() (all yaml.MapSlice) {
	var rules []yaml.MapSlice
	for _, r := range c.rules {
		if !r.written {
			continue
		}
		one := yaml.MapSlice{{Key: "name", Value: r.name}, {Key: "pattern", Value: r.Text}}
		if r.disabled {
			one = append(one, yaml.MapItem{Key: "disabled", Value: true})
		}
		rules = append(rules, one)
	}
	if len(rules) > 0 {
		all = yaml.MapSlice{{Key: "rules", Value: rules}}
	}
	return all
}
