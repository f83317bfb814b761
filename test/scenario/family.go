package scenario

import (
	"path/filepath"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// Families runs twins that are two practices of a family, both of which act: what they
// object to is put right by one edit, whichever of them makes it. One scenario for each
// practice is enough where not every case is run.
func Families(t *testing.T, all []*practice.Practice) {
	for _, p := range all {
		if p.Retired == "" && len(p.Peers(all)) > 0 {
			t.Run(p.ID, func(t *testing.T) { family(t, p, p.Peers(all)) })
		}
	}
}

func family(t *testing.T, p *practice.Practice, peers []*practice.Practice) {
	files, err := filepath.Glob(filepath.Join(root(), "functions", p.ID, "testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		s, err := load(file)
		if err != nil {
			t.Fatal(err)
		}
		if !alone(p, s) {
			continue
		}
		s.peers = peers
		able := partners(t, p, s)
		if len(able) == 0 {
			continue
		}
		q := able[i%len(able)] // another in each scenario
		t.Run(s.name+" and "+q.ID, func(t *testing.T) { together(t, p, s, q) })
		if !full {
			return
		}
	}
}

// partners are those of the family that would change something else in a scenario, each
// alone.
func partners(t *testing.T, p *practice.Practice, s scenario) (able []*practice.Practice) {
	t.Helper()
	own := solo(t, p, s, p)
	for _, q := range s.peers {
		if end := solo(t, p, s, q); end != "" && end != own {
			able = append(able, q)
		}
	}
	return able
}

// solo is the state after only one of the family has acted; empty: it changes nothing.
func solo(t *testing.T, p *practice.Practice, s scenario, q *practice.Practice) string {
	t.Helper()
	w := begin(t, p, s, practice.Enforce)
	defer w.cloud.Close()
	if q != p {
		w.mode(practice.Observe)
		w.enforce(q)
	}
	if _, err := w.as("solo", q, 0).handle(t.Context(), s.event); err != nil || len(w.changes()) == 0 {
		return "" // it lacks settings, say
	}
	return w.state()
}

// enforce lets another practice act too, unless the scenario has set its mode.
func (w *world) enforce(q *practice.Practice) {
	p := w.practice
	w.practice = q
	w.mode(practice.Enforce)
	w.practice = p
}
