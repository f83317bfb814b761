package artefacts

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// What stands as TODO in s.yaml and the docs is named, and nothing that is finished.
func TestUnfinishedIsNamed(t *testing.T) {
	if err := Unfinished(functions.All); err != nil {
		t.Error(err)
	}
	p := *functions.All[0]
	p.Severity = ""
	err := unfinished([]*practice.Practice{&p, functions.All[1]}, []*channel.Declaration{{Name: "some", Title: "Some", Doc: "TODO: what it is"}})
	for _, want := range []string{"not finished", "practice " + p.ID + ": Severity", "channel some: Doc says nothing yet"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), functions.All[1].ID) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
}
