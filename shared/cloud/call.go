package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Call is one API call held as a value.
type Call struct {
	Product string            `json:"product"`          // "ecs", as in RAM actions and host names
	Action  string            `json:"action"`           // "RevokeSecurityGroup"
	Region  string            `json:"region,omitempty"` // where to send it; empty for central products
	Params  map[string]string `json:"params,omitempty"` // wire names, arrays flattened: SecurityGroupRuleId.1
}

// New makes a call. Parameters are name, value pairs; a pair with an empty value
// is left out, as the SDK does.
func New(product, action, region string, params ...string) Call {
	if len(params)%2 != 0 {
		panic(fmt.Sprintf("cloud.New(%s, %s): parameters come in pairs, got %d strings", product, action, len(params)))
	}
	c := Call{Product: product, Action: action, Region: region, Params: map[string]string{}}
	for i := 0; i < len(params); i += 2 {
		if params[i+1] != "" {
			c.Params[params[i]] = params[i+1]
		}
	}
	return c
}

// With returns the call with one more parameter.
func (c Call) With(name, value string) Call {
	c.Params = maps.Clone(c.Params)
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	c.Params[name] = value
	return c
}

// Open tells whether the call waits for something of an answer: the parameter FlowLogId
// is "{FlowLogId}". Under any other name that is what somebody has called something.
func (c Call) Open() bool {
	for name, value := range c.Params {
		if awaits(name, value) {
			return true
		}
	}
	return false
}

// Fill is the call with what an answer says in the place of parameters that wait for it.
func (c Call) Fill(answer map[string]any) Call {
	for name, value := range c.Params {
		if text, ok := answer[name].(string); ok && awaits(name, value) {
			c = c.With(name, text)
		}
	}
	return c
}

func awaits(name, value string) bool { return value == "{"+name+"}" }

// makes tells whether the call makes one more thing each time it is made: it takes no
// token by which the cloud could know that it was meant once, and no error is documented.
func (c Call) makes() bool { return making[c.RAM()] }

var making = map[string]bool{"ecs:CreateLaunchTemplateVersion": true, "ecs:CreateSecurityGroup": true, "vpc:CreateFlowLog": true}

// RAM is the action that a policy must allow: "ecs:RevokeSecurityGroup".
func (c Call) RAM() string {
	if p, ok := products[c.Product]; ok {
		if other, ok := authorisedAs[p.RAM+":"+c.Action]; ok {
			return other
		}
		return p.RAM + ":" + c.Action
	}
	return c.Product + ":" + c.Action
}

// String is the call as a person reads it: the official command line that makes it. Where
// a call comes from a log somebody may have written all of it, so all of it is quoted.
func (c Call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "aliyun %s %s", quote(c.Product), quote(c.Action))
	if c.Region != "" {
		fmt.Fprintf(&b, " --region %s", quote(c.Region))
	}
	names := slices.Sorted(maps.Keys(c.Params))
	if unknownCalls[c.Product+":"+c.Action] || slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, unknownFields) }) {
		b.WriteString(" --force") // it refuses what its metadata does not know
	}
	for _, name := range names {
		between := " "
		if strings.HasPrefix(c.Params[name], "-") {
			between = "=" // or it is taken for a flag, and the parameter is left out
		}
		fmt.Fprintf(&b, " %s%s%s", quote("--"+name), between, quote(c.Params[name]))
	}
	return b.String()
}

// unknownFields begins the parameters whose fields the official command line does not know.
const unknownFields = "Permissions."

// unknownCalls are operations that it does not know, being younger than its metadata.
var unknownCalls = map[string]bool{"ims:SetAccessKeyPolicy": true}

// quote makes a value safe to paste into a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
