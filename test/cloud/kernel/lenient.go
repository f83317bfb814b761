package kernel

import (
	"encoding/json"
	"strings"
)

// ReadLenient reads JSON as some services do: clients, Terraform's provider among them,
// write its strings in single quotes.
func ReadLenient(text string, into any) error {
	err := json.Unmarshal([]byte(text), into)
	if err == nil || !strings.Contains(text, "'") || strings.Contains(text, `"`) {
		return err
	}
	return json.Unmarshal([]byte(strings.ReplaceAll(text, "'", `"`)), into)
}
