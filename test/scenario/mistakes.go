package scenario

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// A Mistake is a scenario in which something is wrong, for a test that runs the whole
// program on it.
type Mistake struct {
	Name                    string
	Event, Before, Settings []byte
}

// Mistakes are those of a folder of scenarios. Scenarios that bring faults of their own are
// left out: they say how these end. So are sweeps: triage lists what they look at, and nobody makes the event.
func Mistakes(folder string) (all []Mistake, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s holds no scenario (%v)", folder, err)
	}
	for _, file := range files {
		s, err := load(file)
		if err != nil {
			return nil, err
		}
		if s.telling() && !strings.HasPrefix(s.sample, "sample timer/") && s.busy == 0 && len(s.refused) == 0 {
			all = append(all, Mistake{Name: s.name, Event: s.event, Before: s.before, Settings: s.settings})
		}
	}
	return all, nil
}

// Now is the event as if it happened now.
func (m Mistake) Now() ([]byte, error) {
	var object map[string]any
	if err := json.Unmarshal(m.Event, &object); err != nil {
		return nil, err
	}
	if err := edit(object, "/data/eventTime = now"); err != nil {
		return nil, err
	}
	if err := edit(object, "/time = now"); err != nil {
		return nil, err
	}
	return json.Marshal(object)
}
