package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/channel/webhook"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// The campaign makes every practice's own mistakes happen to the whole of ecsguard, under
// each set of faults, while the log's index is behind and functions are killed. Every run
// has a clock of its own, which runs only while somebody works.
//
// ECSGUARD_CAMPAIGN=all runs every mistake under one in three of the sets of faults, or one in
// ECSGUARD_CAMPAIGN_SHARE; so many seeds, one after the other, have them all.
// ECSGUARD_CAMPAIGN=practice/scenario/faults runs all that these patterns pick. ECSGUARD_SEED
// is another draw of faults and deaths, and ECSGUARD_CAMPAIGN_TABLE is a file for the summary.
// Without the first a sample is run that the seed picks.

// TestCampaign: whatever is wrong and is not put right was told, no change is made twice
// and nothing said twice, and what was announced has an end.
func TestCampaign(t *testing.T) {
	filter := os.Getenv("ECSGUARD_CAMPAIGN")
	seed, _ := strconv.ParseUint(os.Getenv("ECSGUARD_SEED"), 10, 64) // none is 0
	share, err := strconv.ParseUint(os.Getenv("ECSGUARD_CAMPAIGN_SHARE"), 10, 64)
	if err != nil || share == 0 {
		share = map[bool]uint64{true: 3, false: 1}[filter == "all"]
	}
	table := &table{rows: map[string]*row{}}
	for _, p := range functions.All {
		if p.Retired != "" {
			continue
		}
		mistakes, err := scenario.Mistakes(filepath.Join(root, "functions", p.ID, "testdata"))
		if err != nil {
			t.Fatal(err)
		}
		sample := rand.New(rand.NewPCG(seed, hashed(p.ID)))
		if filter == "" { // one mistake of some practices, under one set of faults
			if sample.IntN(8) > 0 || len(mistakes) == 0 { // none where only sweeps find something
				continue
			}
			mistakes = []scenario.Mistake{mistakes[sample.IntN(len(mistakes))]}
		}
		for _, m := range mistakes {
			var sets []faultSet
			for i, set := range faultSets {
				switch {
				case filter != "":
					if (uint64(i)+hashed(p.ID+"/"+m.Name)+seed)%share == 0 {
						sets = append(sets, set)
					}
				case i == 0: // nothing that goes wrong is no sample
				case len(sets) == 0:
					sets = append(sets, faultSets[1+sample.IntN(len(faultSets)-1)])
				}
			}
			var quiet *ending // the same where nothing goes wrong
			var once sync.Once
			for _, set := range sets {
				name := strings.Join([]string{p.ID, m.Name, set.name}, "/")
				if !picks(t, filter, name) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					once.Do(func() { quiet = play(t, p, m, faultSets[0], 0) })
					if quiet == nil {
						t.Fatal("where nothing goes wrong it has failed")
					}
					got := play(t, p, m, set, seed^hashed(name))
					faults := got.judge(quiet)
					if table.add(p.ID, set.name, got, len(faults))%50 == 0 {
						table.write(t, seed) // one that is interrupted has told something
					}
					if len(faults) > 0 {
						t.Errorf("%s\nagain: make campaign CAMPAIGN=%s SEED=%d\n%s", strings.Join(faults, "\n"), name, seed, got.story())
					}
				})
			}
		}
	}
	t.Cleanup(func() { table.write(t, seed) })
}

// What stays open beside an edit of ecsguard's own is told once, whether or not the look at
// that edit comes while the one that made it is still under way.
func TestWhatStaysOpenBesideAnEditIsToldOnce(t *testing.T) {
	for id, of := range map[string]string{"sg-public-ingress": "11-allowed-by-setting", "sg-plaintext-port": "13-both"} {
		i := slices.IndexFunc(functions.All, func(p *practice.Practice) bool { return p.ID == id })
		mistakes, err := scenario.Mistakes(filepath.Join(root, "functions", id, "testdata"))
		if err != nil {
			t.Fatal(err)
		}
		n := slices.IndexFunc(mistakes, func(m scenario.Mistake) bool { return m.Name == of })
		for seed := range uint64(many(1, 2)) {
			for _, set := range faultSets[:2] { // none, and deaths
				e := play(t, functions.All[i], mistakes[n], set, seed)
				told := 0
				for _, d := range e.told {
					for _, r := range d.Records {
						if r["outcome"] != string(practice.Fixed) {
							told++
						}
					}
				}
				if faults := e.judge(e); told != 1 || len(faults) > 0 {
					t.Errorf("%s/%s, %s, seed %d: what stays open is told %d times: %q\n%s", id, of, set.name, seed, told, faults, e.story())
				}
			}
		}
	}
}

func hashed(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// picks tells whether a filter picks a run. Parts of it that are left out pick all.
func picks(t *testing.T, filter, name string) bool {
	t.Helper()
	if filter == "all" {
		return true
	}
	want, have := strings.Split(filter, "/"), strings.Split(name, "/")
	for i, pattern := range want {
		if pattern == "" {
			continue
		}
		if i >= len(have) {
			t.Fatalf("ECSGUARD_CAMPAIGN=%s: it is practice/scenario/faults", filter)
		}
		if ok, err := path.Match(pattern, have[i]); err != nil || !ok {
			return false
		}
	}
	return true
}

// play runs one mistake under one set of faults.
func play(t *testing.T, p *practice.Practice, m scenario.Mistake, set faultSet, seed uint64) (end *ending) {
	settings := settingsFor(t, p, m)
	synctest.Test(t, func(t *testing.T) {
		w := newCampaign(t, m, settings, set, seed)
		defer w.cloud.Close()
		w.run()
		end = w.end()
	})
	return end
}

// table is what came of all runs.
type table struct {
	mu   sync.Mutex
	runs int
	rows map[string]*row
}

// row is what came of the runs of one practice under one set of faults.
type row struct {
	practice, faults                               string
	runs, fixed, told, awaiting, deferred, failure int
}

func (t *table) add(practice, faults string, e *ending, failures int) (runs int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rows[practice+"/"+faults]
	if r == nil {
		r = &row{practice: practice, faults: faults}
		t.rows[practice+"/"+faults] = r
	}
	r.sum(e.count(failures))
	t.runs++
	return t.runs
}

// write writes the summary to the file that is asked for.
func (t *table) write(tt *testing.T, seed uint64) {
	file := os.Getenv("ECSGUARD_CAMPAIGN_TABLE")
	if file == "" {
		return
	}
	if err := os.WriteFile(file, []byte(t.text(seed)), 0o644); err != nil {
		tt.Error(err)
	}
}

func (r *row) sum(x row) {
	r.runs += x.runs
	r.fixed += x.fixed
	r.told += x.told
	r.awaiting += x.awaiting
	r.deferred += x.deferred
	r.failure += x.failure
}

// text is the summary: all practices under each set, and then each practice by itself.
func (t *table) text(seed uint64) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d\n\n%-28s %-24s %6s %6s %6s %8s %8s %8s\n", seed, "practice", "faults", "runs", "fixed", "told", "awaiting", "deferred", "failures")
	line := func(r row) {
		fmt.Fprintf(&b, "%-28s %-24s %6d %6d %6d %8d %8d %8d\n", r.practice, r.faults, r.runs, r.fixed, r.told, r.awaiting, r.deferred, r.failure)
	}
	total := row{practice: "all", faults: "all"}
	for _, set := range faultSets {
		under := row{practice: "all", faults: set.name}
		for _, r := range t.rows {
			if r.faults == set.name {
				under.sum(*r)
			}
		}
		if under.runs > 0 {
			line(under)
		}
		total.sum(under)
	}
	line(total)
	b.WriteString("\n")
	rows := []row{}
	for _, r := range t.rows {
		rows = append(rows, *r)
	}
	at := func(r row) int {
		return slices.IndexFunc(faultSets, func(s faultSet) bool { return s.name == r.faults })
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.practice, b.practice), cmp.Compare(at(a), at(b))) })
	for _, r := range rows {
		line(r)
	}
	return b.String()
}

// What the campaign rests on is that it would notice.
func TestTheCampaignNotices(t *testing.T) {
	x := wrong{"p", "sg-1", "k", "open"}
	record := func(outcome, nonce string) map[string]string {
		return map[string]string{"practice": "p", "resource": "sg-1", "key": "k", "outcome": outcome, "nonce": nonce}
	}
	saying := func(records ...map[string]string) webhook.Delivery { return webhook.Delivery{Records: records} }
	want := &ending{told: []webhook.Delivery{saying(record("fixed", "1"))}}
	for name, test := range map[string]struct {
		e    ending
		says string // empty: all is as it should be
	}{
		"fixed and told":                {ending{told: want.told}, ""},
		"nothing is told":               {ending{changes: []change{{what: "close sg-1"}}}, "untold: of sg-1"},
		"nothing is done":               {ending{}, "untold: of sg-1"},
		"wrong, and told":               {ending{left: []wrong{x}, told: []webhook.Delivery{saying(record("failed", "1"))}}, ""},
		"wrong, and told to be fixed":   {ending{left: []wrong{x}, told: want.told}, "untold: p objects"},
		"given up":                      {ending{left: []wrong{x}, event: "E", told: []webhook.Delivery{{Title: "f gave up on E"}}}, ""},
		"given up, and named":           {ending{left: []wrong{x}, event: "E", about: []string{"sg-2"}, told: []webhook.Delivery{{Title: "f gave up on E", Text: "sg-2"}}}, ""},
		"given up on nobody knows what": {ending{left: []wrong{x}, event: "E", about: []string{"sg-2"}, told: []webhook.Delivery{{Title: "f gave up on E"}}}, "untold: p objects"},
		"made twice":                    {ending{told: want.told, changes: []change{{what: "a"}, {what: "b"}, {what: "a"}}}, "doubled: a changed"},
		"told twice":                    {ending{told: append(want.told, saying(record("fixed", "2")))}, "doubled: people were told"},
		"told twice where chat fails":   {ending{set: faultSet{chat: true}, told: append(want.told, saying(record("fixed", "2")))}, ""},
		"a message again":               {ending{told: want.told, again: []string{"Fixed"}}, "doubled: a message came again"},
		"no result":                     {ending{told: want.told, records: []ledger.Record{{Kind: ledger.Intent, Nonce: "1"}}}, "no end: intent"},
		"a result":                      {ending{told: want.told, records: []ledger.Record{{Kind: ledger.Intent, Nonce: "1"}, {Kind: ledger.Result, Outcome: practice.Fixed, Closes: []string{"1"}}}}, ""},
	} {
		faults := test.e.judge(want)
		if test.says == "" && len(faults) > 0 || test.says != "" && (len(faults) == 0 || !strings.HasPrefix(faults[0], test.says)) {
			t.Errorf("%s: %q, want %q", name, faults, test.says)
		}
	}
}
