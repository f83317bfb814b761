package settings

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
)

func TestNothingSetMeansObserve(t *testing.T) {
	s, err := Parse("ecsguard.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.ModeOf(&practice.Practice{ID: "x"}); got != practice.Observe {
		t.Errorf("mode %q", got)
	}
	if s.Ceiling("x") != 100 || s.SweepBudget() != 10 || s.Lockouts() != 5 {
		t.Errorf("limits %d, %d, %d", s.Ceiling("x"), s.SweepBudget(), s.Lockouts())
	}
}

func TestADisruptivePracticeIsEnforcedOnlyByName(t *testing.T) {
	s, err := Parse("ecsguard.yaml", []byte("mode: enforce\npractices:\n  named: {mode: approve}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]practice.Mode{"other": practice.Observe, "named": practice.Approve} {
		if got := s.ModeOf(&practice.Practice{ID: id, Disruptive: "breaks things"}); got != want {
			t.Errorf("%s: mode %q, want %q", id, got, want)
		}
	}
	if got := s.ModeOf(&practice.Practice{ID: "other"}); got != practice.Enforce {
		t.Errorf("harmless: mode %q", got)
	}
}

// Whoever trusts somebody trusts the way in for emergencies, beside its own and its
// defaults.
func TestBreakGlass(t *testing.T) {
	s, err := Parse("ecsguard.yaml", []byte("break-glass: [203.0.113.7, 2001:db8::/48]\npractices:\n  own: {params: {trusted: 10.0.0.0/8, ports: 22}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	trusting := []practice.Param{{Name: "ports"}, {Name: practice.Trusted, Default: []string{"192.0.2.1"}}}
	for _, x := range []struct {
		p    practice.Practice
		want map[string][]string
	}{
		{practice.Practice{ID: "own", Params: trusting}, map[string][]string{"ports": {"22"}, "trusted": {"10.0.0.0/8", "203.0.113.7", "2001:db8::/48"}}},
		{practice.Practice{ID: "default", Params: trusting}, map[string][]string{"trusted": {"192.0.2.1", "203.0.113.7", "2001:db8::/48"}}},
		{practice.Practice{ID: "trusts-nobody"}, map[string][]string{}},
	} {
		if got := s.Params(&x.p); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: %v", x.p.ID, got)
		}
	}
	if got := (Settings{}).Params(&practice.Practice{Params: trusting}); len(got) > 0 {
		t.Errorf("nothing set: %v", got)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"mode: observe\nmodes: x\n":                                    "line 2: modes: there is no such setting; did you mean mode?",
		"practices:\n  a: {mode: on}\n":                                `line 2: practices.a.mode: "on" is none of off, observe`,
		"mode: observe\nmode: off\n":                                   "line 2: mode: it is set twice; the first is in line 1",
		"mode: off\n":                                                  "line 1: mode: \"off\" is for single practices: with all of them off nothing would be watched",
		"mode: enforc\n":                                               `line 1: mode: "enforc" is none of`,
		"practices:\n  a:\n    mode: fix\n":                            `line 3: practices.a.mode: "fix" is none of`,
		"practices:\n  a:\n    param: {}\n":                            "line 3: practices.a.param: there is no such setting of a practice; did you mean params?",
		"exemptions:\n  - {practice: a, resource: b, until: tomorrow}": "line 2: exemptions[0].until: want a day such as 2026-12-31, got tomorrow",
		"changes-per-sweep: 5\nchanges-per-hour: -1\n":                 "line 2: changes-per-hour: -1 is less than nothing",
		"exemptions:\n  - {practice: a, resource: b, until: 2026-12-31, because: x}": `line 2: exemptions[0]: "by" is missing`,
		"mode: observe\nbreak-glass:\n  - 203.0.113.7\n  - office\n":                 `line 4: break-glass[1]: "office" is neither an address nor a block`,
		"break-glass: [203.0.113.7, ::/0]\n":                                         `line 1: break-glass[1]: "::/0" is everyone`,
		"mode: observe\nheartbeat: {url: 'http://beat.example.com/s3cret'}\n":        "line 2: heartbeat.url: it is no https address",
		"heartbeat:\n  canary: canary\n":                                             `line 2: heartbeat.canary: "canary" is not the id of a security group`,
		"heartbeat: {address: x}\n":                                                  "line 1: heartbeat.address: there is no such setting of the heartbeat",
		"mode: [observe":                                                             "(what is not complete begins in line 1)",
		"changes-per-hour: 010\n":                                                    "line 1: changes-per-hour: 010 may be read as another number: write 10",
		"regions: [cn-hangzhou, 1]\n":                                                `line 1: regions[1]: "1" is not the id of a region`,
		"regions: Hangzhou\n":                                                        `line 1: regions: "Hangzhou" is not the id of a region`,
		"mode: observe\n\tregions: x\n":                                              "line 2: this cannot be read as YAML: found a tab character",
		"practices:\n  a:\n    params: {x: 1, x: 2}\n":                               "line 3: practices.a.params.x: it is set twice; the first is in line 3",
		"practices:\n  a: {mode: observe}\n  a: {mode: enforce}\n":                   "line 3: practices.a: it is set twice; the first is in line 2",
		"practices:\n  2026-12-31: {mode: enforce}\n":                                "line 2: practices: 2026-12-31 is no name here",
		"practices:\n  <<: {mode: enforce}\n":                                        "line 2: practices: << is no name here",
		"practices:\n  ~: {mode: enforce}\n":                                         "line 2: practices: nothing is no name here",
		"mode: !!str enforce\n":                                                      "line 1: mode: !!str says of which type",
		"changes-per-hour: 1e3\n":                                                    "line 1: changes-per-hour: want a whole number such as 10, got 1e3",
		"changes-per-hour: 99999999999999999999\n":                                   "line 1: changes-per-hour: want a whole number",
		"changes-per-hour: \"10\"\n":                                                 `got the word "10"`,
		"break-glass: [0.0.0.0/2, 64.0.0.0/2, 128.0.0.0/2, 192.0.0.0/2]\n":           `line 1: break-glass[0]: "0.0.0.0/2" is everyone`,
		"break-glass: [\"0:0::/0\"]\n":                                               `line 1: break-glass[0]: "0:0::/0" is everyone`,
		"break-glass: [\"::/80\"]\n":                                                 `line 1: break-glass[0]: "::/80" is everyone`,
		"break-glass: [\"::ffff:0.0.0.0/96\"]\n":                                     `is everyone`,
		"break-glass: [9.9.9.9/0]\n":                                                 `line 1: break-glass[0]: "9.9.9.9/0" is everyone`,
		"practices:\n  a: {params: {organisation: [0.0.0.0/0]}}\n":                   `line 2: practices.a.params.organisation[0]: "0.0.0.0/0" is everyone`,
		"practices:\n  a: {params: {kept-open: 0.0.0.0/0}}\n":                        `line 2: practices.a.params.kept-open: "0.0.0.0/0" is everyone`,
		"mode: observe\nchanges-per-sweep: -1\n":                                     "line 2: changes-per-sweep: -1 is less than nothing",
		"changes-per-hour: -1\n":                                                     "line 1: changes-per-hour: -1 is less than nothing",
		"changes-per-hour: many\n":                                                   `line 1: changes-per-hour: want a whole number such as 10, got the word "many"`,
		"changes-per-hour: 1.9\n":                                                    "line 1: changes-per-hour: want a whole number such as 10, got 1.9",
		"break-glass: !x\na: 1\n":                                                    "line 1: break-glass: !x says of which type",
		"mode: observe\n---\nmode: enforce\n":                                        "line 2: a second document",
		"---\n---\nmode: enforce\n":                                                  "line 2: a second document",
		"mode: observe\n...\nmode: enforce\n":                                        "line 3: a second document",
		"mode: observe\x00\n":                                                        "line 1: it has a character that cannot be seen (U+0000)",
		"mode: observe\n# \u202e\n":                                                  "line 2: it has a character that cannot be seen (U+202E)",
		"exemptions:\n  - {because: \"caf\xe9\"}\n":                                  "line 2: it is not in UTF-8",
		"practices:\n  5: {mode: enforce}\n":                                         "line 2: practices: 5 is no name here",
		"practices: [a]\n":                                                           "line 1: practices: want names with values, got a list",
		"practices:\n  a: {mode: [enforce]}\n":                                       "line 2: practices.a.mode: want one word, got a list",
		"practices:\n  a: {params: {x: [[1]]}}\n":                                    "line 2: practices.a.params.x[0]: want one word, got a list",
		"ignore-exemption-tags: yes\n":                                               `line 1: ignore-exemption-tags: want true or false, got the word "yes"`,
		"break-glass: [0.0.0.0/1, 128.0.0.0/1]\n":                                    `line 1: break-glass[0]: "0.0.0.0/1" is everyone`,
		"break-glass: [16.0.0.0/5, 24.0.0.0/5]\n":                                    "line 1: break-glass: together these blocks are everyone",
		"break-glass: [\"2000::/4\", \"3000::/4\"]\n":                                `line 1: break-glass[0]: "2000::/4" is everyone`,
		"practices:\n  a:\n    params: {trusted: [0.0.0.0/0]}\n":                     `line 3: practices.a.params.trusted[0]: "0.0.0.0/0" is everyone`,
		"practices:\n  a:\n    params: {trusted: \"::ffff:0:0/96\"}\n":               `line 3: practices.a.params.trusted: "::ffff:0:0/96" is everyone`,
		"practices:\n  a:\n    params: {trusted: office}\n":                          `line 3: practices.a.params.trusted: "office" is neither`,
		"practices:\n  a: *b\n":                                                      "line 2: nothing before it has the name b",
		"exemptions: {practice: a}\n":                                                "line 1: exemptions: want a list, got names with values",
		"mode: observe\nmode: enforce\n":                                             "line 2: mode: it is set twice", // the later would win in silence
	} {
		_, err := Parse("ecsguard.yaml", []byte(text), withBlocks("a"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "ecsguard.yaml") {
			t.Errorf("%q:\n got %v\nwant it to say %q", text, err, want)
		}
	}
}

func TestAnExemptionHoldsThroughItsLastDay(t *testing.T) {
	day, err := ParseDate("2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for at, over := range map[string]bool{"2026-12-31T23:59:59Z": false, "2027-01-01T00:00:00Z": true, "2026-12-01T00:00:00Z": false} {
		now, _ := time.Parse(time.RFC3339, at)
		if day.Over(now) != over {
			t.Errorf("at %s: over is %v", at, !over)
		}
	}
}

func TestCheckFindsWhatWouldSilentlyDoNothing(t *testing.T) {
	s, err := Parse("ecsguard.yaml", []byte(`
practices:
  sg-pubic-ingress: {mode: enforce}
  known: {params: {alowed: 1}}
exemptions:
  - {practice: knwon, resource: "sg-*", until: 2026-12-31, because: x, by: y}
`))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Check([]*practice.Practice{{ID: "known", Params: []practice.Param{{Name: "allowed"}}}})
	for _, want := range []string{"ecsguard.yaml: line 3: practices.sg-pubic-ingress: there is no such practice", "line 4: practices.known.params.alowed: the practice has no such param; did you mean allowed?",
		`line 6: exemptions[0].practice: there is no practice "knwon"; did you mean known?`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %s", err, want)
		}
	}
}

func TestLoadNeedsAnAuditLog(t *testing.T) {
	none := func(string) string { return "" }
	if _, err := Load(none); err == nil || !strings.Contains(err.Error(), EnvProject) {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "ecsguard.yaml")
	if err := os.WriteFile(file, []byte("mode: approve\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{EnvProject: "p", EnvFile: file}
	s, err := Load(func(name string) string { return env[name] })
	if err != nil || s.Mode != practice.Approve || s.Store != "audit" {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, mode := range []string{"on", "off"} {
		env[EnvMode] = mode
		if _, err := Load(func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), EnvMode) {
			t.Errorf("got %v", err)
		}
	}
	env[EnvFile] = file + ".missing" // asked for, so it must be there
	if _, err := Load(func(name string) string { return env[name] }); err == nil {
		t.Error("a missing file that was asked for is no error")
	}
}

func TestOff(t *testing.T) {
	s, err := Parse("ecsguard.yaml", []byte("mode: enforce\npractices: {b: {mode: off}, a: {mode: off}, c: {mode: observe}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	all := []*practice.Practice{{ID: "a"}, {ID: "b", Disruptive: "breaks things"}, {ID: "c"}, {ID: "d"}, {ID: "old", Retired: "replaced"}}
	if got := s.Deployed(all); !slices.Equal(got, all[2:4]) {
		t.Errorf("%d are deployed", len(got))
	}
	if got := s.Off(); !slices.Equal(got, []string{"a", "b"}) || s.ModeOf(all[1]) != practice.Off {
		t.Errorf("off are %v, and the mode of b is %s", got, s.ModeOf(all[1]))
	}
}

// What a file may have all the same: the mark that editors begin it with, numbers as
// words, one word for a list, names for what is said twice, and no value.
func TestWhatIsTaken(t *testing.T) {
	s, err := Parse("ecsguard.yaml", []byte("\ufeff---\r\nmode: enforce # all\r\n"+`
break-glass: &office [10.0.0.0/8, "fc00::/7", 198.51.100.0/24]
changes-per-hour: 50
exemptions:
practices:
  a:
    mode: "off"
    params: {ports: [80, 0443, 1.5, true], trusted: *office, one: 22}
  b:
...
`))
	want := map[string]List{"ports": {"80", "0443", "1.5", "true"}, "trusted": {"10.0.0.0/8", "fc00::/7", "198.51.100.0/24"}, "one": {"22"}}
	if err != nil || s.Mode != practice.Enforce || s.PerHour != 50 || s.Practices["a"].Mode != practice.Off || !reflect.DeepEqual(s.Practices["a"].Params, want) {
		t.Errorf("%+v, %v", s, err)
	}
	if doubts := s.Doubts(time.Now()); len(doubts) > 0 {
		t.Errorf("doubted: %q", doubts)
	}
}

// Nothing here is wrong in form, and perhaps it is not meant.
func TestDoubts(t *testing.T) {
	s, err := Parse("ecsguard.yaml", []byte(`practices:
  sg-public-ingress:
    params: {trusted: [198.51.100.7/24, 203.0.113.9]}
exemptions:
  - {practice: sg-public-ingress, resource: sg-1, until: 2020-01-01, because: old, by: sato}
  - {practice: "*", resource: "*", until: 9999-12-31, because: x, by: y}
  - {practice: sg-public-ingress, resource: sg-2, until: 2199-12-31, because: x, by: y}
  - {practice: sg-public-ingress, resource: sg-3, until: 2027-01-31, because: x, by: y}
  - {practice: "*", resource: "?*", until: 2027-01-31, because: x, by: y}
  - {practice: sg-public-ingress, resource: "**", until: 2027-01-31, because: x, by: y}
  - {practice: "*", resource: "sg-[a-z0-9]*", until: 2027-01-31, because: x, by: y}
  - {practice: sg-public-ingress, resource: "sg-bp1*", until: 2027-01-31, because: x, by: y}
`), withBlocks("sg-public-ingress"), withBlocks("a"), withBlocks("x"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ecsguard.yaml: line 3: practices.sg-public-ingress.params.trusted[0]: 198.51.100.7/24 counts as 198.51.100.0/24: is that meant?",
		"ecsguard.yaml: line 5: exemptions[0]: it ended on 2020-01-01 and has no effect",
		"ecsguard.yaml: line 6: exemptions[1]: everything is exempt until 9999-12-31: nothing is put right",
		"ecsguard.yaml: line 7: exemptions[2]: it lasts until 2199-12-31: give it an end that somebody looks at",
		"ecsguard.yaml: line 9: exemptions[4]: everything is exempt until 2027-01-31: nothing is put right",
		"ecsguard.yaml: line 10: exemptions[5]: everything is exempt from sg-public-ingress until 2027-01-31: it puts nothing right",
		"ecsguard.yaml: line 11: exemptions[6]: every resource whose id begins with sg- is exempt from all practices until 2027-01-31",
	}
	if got := s.Doubts(time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)); !slices.Equal(got, want) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

// What is taken for something else than it says.
func TestDoubtsAboutWhatItMeans(t *testing.T) {
	s, err := Parse("x.yaml", []byte("changes-per-hour: 0\nbreak-glass: [0.0.0.0, \"::\"]\npractices:\n  a:\n    params: {allowed-ports: [1/30000, 20000/65535], allowed-udp-ports: [53, 1/500]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"x.yaml: line 1: changes-per-hour: 0 counts as if it were left out: the default is in force. mode: observe changes nothing",
		"x.yaml: line 2: break-glass[0]: 0.0.0.0 is one address, which nobody has: what is meant?",
		"x.yaml: line 2: break-glass[1]: :: is one address, which nobody has: what is meant?",
		"x.yaml: line 5: practices.a.params.allowed-ports: this is every port: nothing would be closed",
	}
	if got := s.Doubts(time.Now()); !slices.Equal(got, want) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

// However many blocks it takes to write everyone, it is everyone.
func TestEveryoneInManyBlocks(t *testing.T) {
	for _, test := range []struct {
		form  string
		count int
		want  bool
	}{{"%d.0.0.0/8", 16, true}, {"%d.0.0.0/8", 15, false}, {"10.%d.0.0/16", 256, false}, {"2%03x::/16", 512, true}, {"2%03x::/16", 511, false}, {"fd%02x::/16", 256, false}} {
		var blocks []netip.Prefix
		for i := range test.count {
			blocks = append(blocks, netip.MustParsePrefix(fmt.Sprintf(test.form, i)))
		}
		if got := everyone(blocks...); got != test.want {
			t.Errorf("%d of %s: everyone is %v", test.count, test.form, got)
		}
	}
	var narrow []netip.Prefix // 4,096 times 65,536 addresses
	for i := range 4096 {
		narrow = append(narrow, netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i >> 8), byte(i)}), 16))
	}
	if !everyone(narrow...) || everyone(narrow[1:]...) {
		t.Error("a sixteenth of all addresses, in small blocks, counts wrong")
	}
}

// Names for what is said before must not make a short file say more than there is room for.
func TestAShortFileThatSaysTooMuch(t *testing.T) {
	var text strings.Builder
	text.WriteString("regions: &x [" + strings.Repeat("cn-a,", 5000) + "]\npractices:\n  a:\n    params:\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "      p%d: *x\n", i)
	}
	defer func(most int) { maxRead = most }(maxRead)
	maxRead = 50_000
	_, err := Parse("ecsguard.yaml", []byte(text.String()))
	if err == nil || !strings.Contains(err.Error(), "this is more than 50000 values") {
		t.Errorf("%.2000v", err)
	}
}

// Of many faults the first are told.
func TestManyFaults(t *testing.T) {
	_, err := Parse("ecsguard.yaml", []byte("break-glass: ["+strings.Repeat("a,", 5000)+"]\n"))
	if err == nil || strings.Count(err.Error(), "neither an address") != maxFaults || !strings.Contains(err.Error(), "and 4980 more like these") {
		t.Errorf("%.2000v", err)
	}
}

func manyExemptions(n int) []byte {
	var text strings.Builder
	text.WriteString("exemptions:\n")
	for i := range n {
		fmt.Fprintf(&text, "  - {practice: a, resource: sg-%d, until: 2027-01-31, because: a reason, by: sato}\n", i)
	}
	return []byte(text.String())
}

// Many exemptions are read, each with its line.
func TestManyExemptions(t *testing.T) {
	const n = 20_000
	s, err := Parse("ecsguard.yaml", manyExemptions(n))
	if err != nil || len(s.Exemptions) != n || s.Exemptions[n-1].line != n+1 {
		t.Errorf("%d exemptions, %v", len(s.Exemptions), err)
	}
}

func BenchmarkHundredThousandExemptions(b *testing.B) {
	text := manyExemptions(100_000)
	for b.Loop() {
		if _, err := Parse("ecsguard.yaml", text); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever stands in a file, it is refused in words.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"break-glass: !x\na: 1\n", "a: &x [*x]\n", "practices: {a: {params: {x: [1]}}}\n", "? a\n: b\n", "<<: {mode: x}\n", "exemptions:\n- - a\n", "mode: |\n  x\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse("ecsguard.yaml", []byte(text)); err != nil && strings.Contains(err.Error(), "interface") {
			t.Error(err)
		}
	})
}

// Identities are read in one way, however they are named, and what names nobody is refused by
// its line.
func TestIdentitiesInSettings(t *testing.T) {
	s, err := Parse("f.yaml", []byte("break-glass-users: Emergency@1.onaliyun.com\nprotected: [acs:ram::1:role/Deploy, LTAI5tAbC, user/CI]\nadministrators: [role/admin]\n"))
	if err != nil || strings.Join(s.Users, " ") != "emergency" || strings.Join(s.Protected, " ") != "role/deploy LTAI5tAbC ci" || strings.Join(s.Admins, " ") != "role/admin" {
		t.Errorf("%v %v %v: %v", s.Users, s.Protected, s.Admins, err)
	}
	for text, want := range map[string]string{
		"break-glass-users: [a, 203.0.113.7]": "line 1: break-glass-users[1]: \"203.0.113.7\" is an address",
		"break-glass-users: [role/x]":         "is no RAM user",
		"break-glass: [alice]":                "RAM users stand in break-glass-users",
		"protected: [\"*\"]":                  "no name of one identity",
		"protected: [\"\"]":                   "it names nobody",
		"protected: [acs:ecs::1:instance/i]":  "no ARN of a RAM user",
		"protected: [\"203412345678901234\"]": "is a number",
		"administrators: [group/x]":           "neither a RAM user nor a RAM role",
	} {
		if _, err := Parse("f.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// withBlocks is a practice whose params are blocks of addresses.
func withBlocks(id string) *practice.Practice {
	p := &practice.Practice{ID: id}
	for _, name := range []string{practice.Trusted, "organisation", "kept-open"} {
		p.Params = append(p.Params, practice.Param{Name: name, Doc: "blocks", Kind: practice.AddressBlocks})
	}
	return p
}

// Who may be an administrator stands in the settings once, and a practice may have more.
func TestAdministratorsReachPractices(t *testing.T) {
	p := &practice.Practice{ID: "x", Params: []practice.Param{{Name: practice.Administrators, Doc: "d"}}}
	s, err := Parse("f.yaml", []byte("administrators: [Chief, role/Admin]\n"))
	if got := s.Params(p)[practice.Administrators]; err != nil || strings.Join(got, " ") != "chief role/admin" {
		t.Errorf("%v, %v", got, err)
	}
	s.Practices = map[string]Practice{"x": {Params: map[string]List{practice.Administrators: {"group/admins"}}}}
	if got := s.Params(p)[practice.Administrators]; strings.Join(got, " ") != "group/admins chief role/admin" {
		t.Errorf("%v", got)
	}
	if got := s.Params(&practice.Practice{ID: "y"}); len(got) > 0 {
		t.Errorf("a practice that does not ask has %v", got)
	}
}
