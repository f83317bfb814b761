package identity

import (
	"encoding/json"
	"slices"
	"strings"
)

// Grants says whether policies, by their documents, together make an administrator.
type Grants interface {
	// Administrator tells whether whoever has the documents may be an administrator, and
	// whether that is certain: whatever he asks for is allowed. What cannot be read may be.
	Administrator(documents []string) (may, certain bool)
}

// Plain decides only the obvious case: an Allow of every action on every resource. A condition,
// a Deny, an Allow of RAM's actions, or one of all actions except some, leaves the answer open.
type Plain struct{}

// Administrator is that of Grants.
func (Plain) Administrator(documents []string) (may, certain bool) {
	denied := false
	for _, text := range documents {
		var document struct {
			Statement []struct {
				Effect                                   string
				Action, NotAction, Resource, NotResource texts
				Condition                                map[string]any
			}
		}
		if json.Unmarshal([]byte(text), &document) != nil {
			may, denied = true, true
			continue
		}
		for _, s := range document.Statement {
			every := slices.ContainsFunc(s.Action, all)
			wide := len(s.NotAction) > 0 || len(s.NotResource) > 0 || every || slices.ContainsFunc(s.Action, func(a string) bool {
				product, _, _ := strings.Cut(strings.ToLower(a), ":")
				return strings.Contains(a, "*") && (product == "ram" || product == "ims" || strings.Contains(product, "*"))
			})
			switch {
			case strings.EqualFold(s.Effect, "Deny"):
				denied = true
			case every && slices.ContainsFunc(s.Resource, all) && len(s.Condition) == 0:
				may, certain = true, true
			case wide:
				may = true
			}
		}
	}
	return may, certain && !denied
}

// all tells whether a pattern is everything.
func all(pattern string) bool {
	return pattern != "" && strings.Trim(pattern, "*:") == "" && strings.Contains(pattern, "*")
}

// texts is one text, or several.
type texts []string

func (t *texts) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}
