package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
)

// The cloud of the model: one security group whose rules open ports to a source. Like
// the real one it makes no rule twice and revokes by what a rule says; ModifyRule, which
// writes over whatever a rule says by now, is there for the mutant that uses it.
const (
	anyone = "0.0.0.0/0"
	office = "203.0.113.7/32"

	modifyRule = "ecs:ModifySecurityGroupRule"
)

type modelRule struct {
	ID     string `json:"SecurityGroupRuleId"`
	From   int
	To     int
	Source string
}

func (r modelRule) says() string { return fmt.Sprintf("%d/%d from %s", r.From, r.To, r.Source) }

func (r modelRule) covers(port int) bool { return r.From <= port && port <= r.To }

// ports are those that the model looks at: every end of a range, and one beside it.
var ports = []int{1, 20, 21, 22, 23, 24, 80, 443, 3000, 3305, 3306, 3307, 6378, 6379, 6380, 8079, 8080, 8081, 9000, 65535}

// A version is the state after a change.
type version struct {
	rules []modelRule
	at    time.Time
	owner []int // ports that the owner's change was about, if it was the owner's
}

func (v version) open(port int) bool {
	return slices.ContainsFunc(v.rules, func(r modelRule) bool { return r.Source == anyone && r.covers(port) })
}

// openSince is when a port that is open was opened.
func (c *modelCloud) openSince(port int) (at time.Time) {
	for _, v := range slices.Backward(c.versions) {
		if !v.open(port) {
			break
		}
		at = v.at
	}
	return at
}

type modelCloud struct {
	versions []version
	ids      int
	removed  map[string]int // how often a rule that said this was removed, by anybody
}

func newModelCloud(at time.Time, rules ...modelRule) *modelCloud {
	c := &modelCloud{removed: map[string]int{}}
	for i := range rules {
		rules[i].ID = c.id()
	}
	c.versions = []version{{rules: rules, at: at}}
	return c
}

func (c *modelCloud) id() string { c.ids++; return fmt.Sprintf("sgr-%d", c.ids) }

func (c *modelCloud) now() version { return c.versions[c.number()] }

func (c *modelCloud) number() int { return len(c.versions) - 1 }

// set is a new version, if it is one.
func (c *modelCloud) set(rules []modelRule, owner []int) {
	old := c.now().rules
	if slices.Equal(old, rules) && owner == nil {
		return
	}
	for _, r := range old {
		if !slices.ContainsFunc(rules, func(x modelRule) bool { return x.says() == r.says() }) {
			c.removed[r.says()]++
		}
	}
	c.versions = append(c.versions, version{rules, time.Now(), owner})
}

// rulesOf are the rules that a call names.
func rulesOf(call ours.Call) (rules []modelRule) {
	for n := 1; call.Params[fmt.Sprintf("Permissions.%d.PortRange", n)] != ""; n++ {
		from, to, _ := strings.Cut(call.Params[fmt.Sprintf("Permissions.%d.PortRange", n)], "/")
		r := modelRule{Source: call.Params[fmt.Sprintf("Permissions.%d.SourceCidrIp", n)]}
		r.From, _ = strconv.Atoi(from)
		r.To, _ = strconv.Atoi(to)
		rules = append(rules, r)
	}
	return rules
}

func callOf(action string, rules ...modelRule) ours.Call {
	call := ours.New("ecs", action, region, "SecurityGroupId", group)
	for i, r := range rules {
		call = call.With(fmt.Sprintf("Permissions.%d.PortRange", i+1), fmt.Sprintf("%d/%d", r.From, r.To)).
			With(fmt.Sprintf("Permissions.%d.SourceCidrIp", i+1), r.Source)
	}
	return call
}

// carryOut makes a changing call.
func (c *modelCloud) carryOut(call ours.Call, owner []int) {
	rules := slices.Clone(c.now().rules)
	for _, r := range rulesOf(call) {
		same := func(x modelRule) bool { return x.says() == r.says() }
		switch call.RAM() {
		case authorize:
			if !slices.ContainsFunc(rules, same) {
				r.ID = c.id()
				rules = append(rules, r)
			}
		case revoke:
			rules = slices.DeleteFunc(rules, same)
		case modifyRule:
			for i := range rules {
				if rules[i].ID == call.Params["SecurityGroupRuleId"] {
					rules[i].From, rules[i].To, rules[i].Source = r.From, r.To, r.Source
				}
			}
		default:
			panic("the model has no " + call.RAM())
		}
	}
	c.set(rules, owner)
}

// answer is what a read is answered with, as of a version.
func (c *modelCloud) answer(number int) []byte {
	body, err := json.Marshal(map[string]any{"Rules": c.versions[number].rules, "RequestId": strconv.Itoa(number)})
	if err != nil {
		panic(err)
	}
	return body
}

// An ownerStep is something that the owner does at some moment, to what is there then.
type ownerStep struct {
	name string
	do   func(m *model)
}

// wide is the rule of everyone's that opens most.
func wide(v version) (at int) {
	at = -1
	for i, r := range v.rules {
		if r.Source == anyone && (at < 0 || r.To-r.From > v.rules[at].To-v.rules[at].From) {
			at = i
		}
	}
	return at
}

func covered(r modelRule) (some []int) {
	for _, p := range ports {
		if r.covers(p) {
			some = append(some, p)
		}
	}
	return some
}

// opensRule is an owner who opens ports. That is an event where somebody may object.
func opensRule(from, to int) ownerStep {
	r := modelRule{From: from, To: to, Source: anyone}
	return ownerStep{"opens " + r.says(), func(m *model) {
		m.cloud.carryOut(callOf("AuthorizeSecurityGroup", r), covered(r))
		for _, p := range covered(r) {
			m.removedByOwner[p] = false
		}
		m.reopened++
		m.happens(fmt.Sprintf("opening %d of %d", m.reopened, from), false, r)
	}}
}

var ownerSteps = map[string]ownerStep{
	"revokes": {"revokes the widest rule", func(m *model) {
		if at := wide(m.cloud.now()); at >= 0 {
			r := m.cloud.now().rules[at]
			m.cloud.carryOut(callOf("RevokeSecurityGroup", r), covered(r))
			m.ownerClosed(r)
		}
	}},
	"corrects": {"lets only the office through the widest rule", func(m *model) {
		if at := wide(m.cloud.now()); at >= 0 {
			rules := slices.Clone(m.cloud.now().rules)
			old := rules[at]
			rules[at].Source = office
			m.cloud.set(rules, covered(old))
			m.corrected = append(m.corrected, rules[at])
			m.ownerClosed(old)
		}
	}},
	"opens-web":      opensRule(9000, 9000),
	"opens-database": opensRule(3306, 3306),
	"opens-more":     opensRule(3000, 8081),
}

// ownerClosed notes what the owner does not want any more: what is closed now. What a
// part that ecsguard has made holds open is there for the owner to see.
func (m *model) ownerClosed(r modelRule) {
	for _, p := range covered(r) {
		m.removedByOwner[p] = !m.cloud.now().open(p)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
