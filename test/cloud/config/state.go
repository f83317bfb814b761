package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// configFile is Cloud Config: its rules. What they say follows from the rest.
type configFile struct {
	Rules []configRuleFile `yaml:"rules"`
}

type configRuleFile struct {
	ID          string         `yaml:"id"`
	Name        string         `yaml:"name"`
	Description string         `yaml:"description,omitempty"`
	Source      string         `yaml:"source"`             // a managed rule, or the ARN of a function
	Types       []string       `yaml:"types,omitempty"`    // default that of the managed rule
	Triggers    string         `yaml:"triggers,omitempty"` // default ConfigurationItemChangeNotification
	Risk        int            `yaml:"risk,omitempty"`     // 1 to 3; default 1
	Regions     string         `yaml:"regions,omitempty"`
	Excluded    string         `yaml:"excluded-resources,omitempty"`
	Parameters  map[string]any `yaml:"parameters,omitempty"`
	Stopped     bool           `yaml:"stopped,omitempty"`
}

const usualTrigger = "ConfigurationItemChangeNotification"

func (c *Service) loadConfig(f *configFile) ([]*configRule, error) {
	var rules []*configRule
	for i, v := range f.Rules {
		r := &configRule{
			id: v.ID, name: v.Name, description: v.Description, owner: "ALIYUN", source: v.Source, types: slices.Clone(v.Types),
			triggers: cmp.Or(v.Triggers, usualTrigger), risk: cmp.Or(v.Risk, 1), regions: v.Regions, excluded: v.Excluded,
			parameters: map[string]any{}, stopped: v.Stopped, created: c.LongAgo(), updated: c.LongAgo(), results: map[string]*configResult{},
		}
		maps.Copy(r.parameters, v.Parameters)
		if strings.HasPrefix(r.source, "acs:fc:") {
			r.owner = "CUSTOM_FC"
		}
		if len(r.types) == 0 && r.owner == "ALIYUN" {
			r.types = []string{managedRules[r.source].kind}
		}
		err := r.check()
		switch {
		case len(r.types) == 0:
			err = errors.New("a rule of a function needs types")
		case !strings.HasPrefix(r.id, "cr-"):
			err = fmt.Errorf("id %q does not begin with %q", r.id, "cr-")
		case r.name == "":
			err = errors.New("a rule needs a name")
		case r.risk < 1 || r.risk > 3:
			err = fmt.Errorf("risk is %d, not 1, 2 or 3", r.risk)
		case slices.ContainsFunc(rules, func(o *configRule) bool { return o.id == r.id || o.name == r.name }):
			err = fmt.Errorf("the id or the name of the rule %q is used twice", r.name)
		}
		if err != nil {
			return nil, kernel.At(err, "$.config.rules[%d]", i)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// judgeLoaded has the managed rules say what they said before the document was
// written, and tells nobody. mu is held.
func (c *Service) judgeLoaded() {
	for _, r := range c.configRules {
		if r.owner == "ALIYUN" && !r.stopped {
			r.results = map[string]*configResult{}
			c.judgeAll(r, usualTrigger)
		}
	}
}

func (c *Service) dumpConfig() *configFile {
	if len(c.configRules) == 0 {
		return nil
	}
	f := &configFile{}
	for _, r := range c.configRules {
		file := configRuleFile{
			ID: r.id, Name: r.name, Description: r.description, Source: r.source, Triggers: kernel.Unless(r.triggers, usualTrigger), Regions: r.regions,
			Excluded: r.excluded, Parameters: maps.Clone(r.parameters), Stopped: r.stopped,
		}
		if !slices.Equal(r.types, []string{managedRules[r.source].kind}) {
			file.Types = slices.Clone(r.types)
		}
		if r.risk != 1 {
			file.Risk = r.risk
		}
		f.Rules = append(f.Rules, file)
	}
	slices.SortFunc(f.Rules, func(a, b configRuleFile) int { return strings.Compare(a.ID, b.ID) })
	return f
}
