package identity

import (
	"encoding/json"

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
