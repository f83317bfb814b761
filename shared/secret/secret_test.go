package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNothingShowsASecret(t *testing.T) {
	const found = "wJalrXUtnFEMIK7MDENGbPxRfiCYEX"
	s := Of(found)
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("found", "secret", s)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("found", "secret", s)
	text, err := json.Marshal(map[string]any{"secret": s, "at": &s})
	if err != nil {
		t.Fatal(err)
	}
	all := logged.String() + string(text) + fmt.Sprint(s, &s, []Text{s}) + fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s) + fmt.Errorf("found %v", s).Error() + Shown(found)
	if strings.Contains(all, found[:len(found)-most]) || strings.Contains(all, found[len(found)-most-1:]) {
		t.Error(all)
	}
	if s.String() != "…CYEX" || s.Reveal() != found {
		t.Error(s)
	}
	for _, short := range []string{"", "hunter2", "123456789012345"} {
		if got := Shown(short); strings.Trim(got, "…") != "" {
			t.Errorf("%q is shown as %q", short, got)
		}
	}
}
