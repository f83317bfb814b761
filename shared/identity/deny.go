package identity

import (
	"bytes"
	"encoding/json"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Deny is a control policy that keeps everybody from some actions but those in some roles.
func Deny(does string, actions []string, roles ...string) practice.Prevention {
	arns := []string{}
	for _, role := range roles {
		arns = append(arns, "acs:ram:*:*:role/"+role)
	}
	type condition map[string]map[string][]string
	document := struct {
		Version   string
		Statement []any
	}{"1", []any{struct {
		Effect    string
		Action    []string
		Resource  string
		Condition condition `json:",omitempty"`
	}{"Deny", actions, "*", condition{"StringNotLike": {"acs:PrincipalARN": arns}}}}}
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // texts always encode
	}
	return practice.Prevention{Kind: practice.ControlPolicy, Does: does, Text: string(text)}
}

// DenyInGroup is the command that makes a policy of the account's own which denies a scope where
// conditions hold. Whom it is to hold for gets it afterwards. None: RAM would not take it.
func DenyInGroup(name, does string, deny policy.Scope, only ...policy.Condition) []practice.Prevention {
	if _, err := policy.ProposeDeny(policy.Custom, name, deny, only...); err != nil {
		return nil
	}
	all := func(patterns []string) []string {
		if len(patterns) == 0 {
			return []string{"*"}
		}
		return patterns
	}
	d := policy.Document{Statements: []policy.Statement{{Deny: true, Action: all(deny.Actions), Resource: all(deny.Resources), Conditions: only}}}
	call := cloud.New("ram", "CreatePolicy", "", "PolicyName", name, "PolicyDocument", d.JSON())
	return []practice.Prevention{{Kind: practice.RAMPolicy, Does: does, Text: call.String()}}
}

// InOneLine is a document as messages show it.
func InOneLine(document string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(document)); err != nil {
		return document // it is no JSON
	}
	return b.String()
}
