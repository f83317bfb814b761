package resourcerequiredtags

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// rules are what the settings demand.
type rules struct {
	types, required []string
	fill            map[string]string   // what to put on, by key
	allowed         map[string][]string // values, by key
	creator         string              // the key for who made it; empty: none
}

func rulesOf(pass *practice.Pass) (r rules, err error) {
	r = rules{types: pass.Param("types"), required: pass.Param("required-tags"), allowed: map[string][]string{}, creator: pass.Word("creator-tag")}
	if r.fill, err = pass.FillIn(); err != nil {
		return r, err
	}
	for _, tag := range pass.Param("allowed-values") {
		key, value, ok := strings.Cut(tag, "=")
		if !ok || value == "" || !slices.Contains(r.required, key) {
			return r, fmt.Errorf("param allowed-values of %s: %q is not key=value with a key of required-tags", pass.Practice.ID, tag)
		}
		r.allowed[key] = append(r.allowed[key], value)
	}
	for key, value := range r.fill {
		if !r.allows(key, value) {
			return r, fmt.Errorf("param allowed-values of %s: it does not allow %s=%s, which fill-in puts on", pass.Practice.ID, key, value)
		}
	}
	if r.creator != "" && (!slices.Contains(r.required, r.creator) || r.fill[r.creator] != "" || r.allowed[r.creator] != nil) {
		return r, fmt.Errorf("param creator-tag of %s: %q is not one of required-tags for which the settings name no values", pass.Practice.ID, r.creator)
	}
	return r, nil
}

func (r rules) allows(key, value string) bool {
	return r.allowed[key] == nil || slices.Contains(r.allowed[key], value)
}

// managed tells whether a service makes and tags it.
func managed(d resource.Described) bool {
	a := d.About()
	return a.Managed != "" || resource.Owner(a.Tags) != ""
}

// wrong tells whether a tag of a resource is missing, or not as it must be.
func (r rules) wrong(d resource.Described) bool {
	tags := d.About().Tags
	return !managed(d) && slices.ContainsFunc(r.required, func(key string) bool {
		value, has := tags[key]
		return !has || !r.allows(key, value)
	})
}

// judge reports what a resource lacks.
func (r rules) judge(pass *practice.Pass, d resource.Described) {
	a := d.About()
	if !r.wrong(d) || !slices.Contains(r.types, a.Type) {
		return
	}
	words := resource.KindOf(a.Type).Words
	for _, key := range r.required {
		value, has := a.Tags[key]
		if !has || r.allows(key, value) {
			continue
		}
		f := pass.Finding(d, "value "+key, fmt.Sprintf("The %s has the tag %s=%s, which is none of the values allowed", words, key, value))
		f.Advice = fmt.Sprintf("It may be %s: %s", strings.Join(r.allowed[key], ", "), practice.PutTag(f.Resource, key, r.allowed[key][0])[0].Call)
		pass.Report(f)
	}
	values, keys := r.fill, r.required
	if by := creator(pass, a.Created); r.creator != "" && by != "" {
		values = maps.Clone(values)
		values[r.creator] = by
	}
	// Whoever made it may be about to put the others on, one call after the other: this event may be one of
	// these, or our own. ECS says in which minute something was made.
	if pass.Fresh() && (pass.Made() || pass.Now.Sub(a.Created) < practice.SettleTime+time.Minute) {
		pass.Unseen("the tags of " + a.ID)
		if keys = []string{r.creator}; values[r.creator] == "" {
			return
		}
	}
	pass.RequireTags(d, words, values, keys...)
}

// creator is who made something, as the event says that made the pass's resource and the state
// bears out: it was made when the event happened, by either clock. Empty: that is not known.
func creator(pass *practice.Pass, made time.Time) string {
	e := pass.Event
	if !pass.Made() || e.Time.IsZero() || made.Sub(e.Time).Abs() > 5*time.Minute {
		return ""
	}
	if e.Actor.Type == "root-account" {
		return "root"
	}
	if !taggable(e.Actor.Name) || e.Actor.Name == "root" { // a user who is called so is not the account
		return ""
	}
	return e.Actor.Name
}

// taggable tells whether the cloud takes a text as the value of a tag. The name of a session is whatever its caller says.
func taggable(value string) bool {
	lower := strings.ToLower(value)
	return utf8.RuneCountInString(value) <= 128 && !strings.HasPrefix(lower, "acs:") && !strings.HasPrefix(lower, "aliyun") &&
		!strings.Contains(lower, "http://") && !strings.Contains(lower, "https://")
}
