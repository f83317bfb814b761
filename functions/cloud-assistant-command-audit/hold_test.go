package cloudassistantcommandaudit

import (
	"strings"
	"testing"
)

// What an answer lacks is told beside what is known.
func TestUnread(t *testing.T) {
	var w what
	if err := w.hold(nil, true); err != nil || !strings.Contains(w.says(), "does not say what was run") {
		t.Error(w, err)
	}
	broken := "canary=hidden"
	if err := w.hold(&broken, true); err != nil || !strings.Contains(w.says(), "no Base64") || strings.Contains(w.says(), "hidden") {
		t.Error(w, err)
	}
}
