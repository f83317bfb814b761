package securitygroup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

var (
	telnet = exposure.Forbid([]exposure.PortRange{{From: 23, To: 23}}, nil)
	anyone = func() exposure.Policy { p := telnet; p.Everyone = true; return p }()
)

// objects is what is found in the group, made of rules, with the edit for it.
func objects(t *testing.T, o securitygroup.Objection, rules ...string) []practice.Finding {
	t.Helper()
	w := begin(t, group1(rules...))
	found, err := w.objects(pass(w, "sg-1"), o)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (w *world) objects(p *practice.Pass, o securitygroup.Objection) ([]practice.Finding, error) {
	if err := w.group().Object(w.Context(), p, o); err != nil {
		return nil, err
	}
	found := p.Findings()
	for i := range found {
		if found[i].Wants == nil {
			continue
		}
		edit, err := securitygroup.Join(w.Context(), p, found[i:i+1])
		if err != nil {
			return nil, err
		}
		found[i].Changes = edit.Changes
		for _, left := range edit.Left {
			found[i].Advice = left.Why + " " + found[i].Advice
		}
	}
	return found, nil
}

// Where no edit can be proved nothing is changed, and a person is told which packet
// speaks against it.
func TestNoEditWithoutAProof(t *testing.T) {
	// A rule for ALL cannot be split, and one of the worst priority not be made worse.
	found := objects(t, securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}, Advice: "Say who needs it."},
		"id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, priority: 100",
		"id: sgr-2, protocol: TCP, ports: 23/23, source: 10.0.0.0/8, priority: 100")
	if len(found) != 1 || len(found[0].Changes) > 0 ||
		found[0].Advice != "No edit closes sgr-1 and leaves the rest as it is: other protocols from 0.0.0.0 would be shut out; TCP 23 from 10.0.0.0 would be shut out. Change the rule yourself. Say who needs it." {
		t.Errorf("%+v", found)
	}
}

// An objection that only tells needs no edit, and says nothing of one.
func TestAnObjectionThatOnlyTells(t *testing.T) {
	found := objects(t, securitygroup.Objection{Key: "told", Title: "Open", Policies: []exposure.Policy{telnet}, Tells: true},
		"id: sgr-1, protocol: TCP, ports: 20/30, source: 0.0.0.0/0")
	if len(found) != 1 || found[0].Key != "told" || len(found[0].Changes) > 0 || found[0].Title != "Open: TCP 23/23 from 0.0.0.0/0" {
		t.Errorf("%+v", found)
	}
}

func TestAnObjectionThatOnlyTellsSeeksNoProof(t *testing.T) {
	found := objects(t, securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}, Tells: true, Advice: "Ask."},
		"id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, priority: 100",
		"id: sgr-2, protocol: TCP, ports: 23/23, source: 10.0.0.0/8, priority: 100")
	if len(found) != 1 || found[0].Advice != "Ask." || found[0].Wants != nil {
		t.Errorf("%+v", found)
	}
}

// What another objection closes is not told again, neither while it is open nor
// afterwards, and what remains is told under the rule that it came by.
func TestAnObjectionToTheRest(t *testing.T) {
	o := securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{anyone}, Tells: true, Besides: []exposure.Policy{telnet}}
	const office = "id: sgr-office, protocol: TCP, ports: 20/30, source: 198.51.100.0/24"
	for name, c := range map[string]struct {
		rules []string
		want  string
	}{
		"only the internet":     {[]string{"id: sgr-1, protocol: TCP, ports: 20/30, source: 0.0.0.0/0"}, ""},
		"an office, too":        {[]string{"id: sgr-1, protocol: TCP, ports: 20/30, source: 0.0.0.0/0", office}, "sgr-office TCP 23/23 from 198.51.100.0/24"},
		"only the office":       {[]string{office}, "sgr-office TCP 23/23 from 198.51.100.0/24"},
		"no edit can be proved": {[]string{"id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0, priority: 100", office + ", priority: 100"}, "sgr-office TCP 23/23 from 198.51.100.0/24"},
		"closed by a Drop rule": {[]string{"id: sgr-1, protocol: ALL, ports: -1/-1, source: 0.0.0.0/0", office}, "sgr-office TCP 23/23 from 198.51.100.0/24"},
	} {
		got := ""
		for _, f := range objects(t, o, c.rules...) {
			for id, text := range f.Facts {
				got += id + " " + text
			}
		}
		if got != c.want {
			t.Errorf("%s: told %q, want %q", name, got, c.want)
		}
	}
}

// The state is of now: a rule that was made after the event is perhaps not the work of
// whoever made the event.
func TestARuleThatWasMadeLater(t *testing.T) {
	for ago, want := range map[time.Duration]bool{time.Second: false, 30 * 24 * time.Hour: true} {
		w := begin(t, group1("id: sgr-1, protocol: TCP, ports: 23/23, source: 0.0.0.0/0"))
		p := pass(w, "sg-1")
		p.Event = &events.Event{Name: "AuthorizeSecurityGroup", Time: time.Now().Add(-ago), Actor: events.Actor{Name: "sato"}}
		if err := w.group().Object(t.Context(), p, securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{telnet}}); err != nil {
			t.Fatal(err)
		}
		doubt := p.Findings()[0].Doubt
		if strings.HasPrefix(doubt, "sgr-1 was made at ") != want {
			t.Errorf("%s after the event: %q", ago, doubt)
		}
	}
}

// An objection to everybody is judged without the rules about whom nobody knows, too: what
// is certain is closed, and nothing is done to the others, nor made of them.
func TestEverybodyBesideAListThatCannotBeRead(t *testing.T) {
	w := begin(t, `ecs:
  prefix-lists: [{id: pl-1, entries: [203.0.113.0/24]}]
  security-groups:
    - id: sg-1
      name: web
      rules:
        - {id: sgr-list, protocol: TCP, ports: 22/22, prefix-list: pl-1}
        - {id: sgr-stranger, protocol: TCP, ports: 22/22, source: 198.51.100.7/32}
        - {id: sgr-web, protocol: TCP, ports: 443/443, source: 0.0.0.0/0}
`)
	w.cloud.Inject(cloud.Deny("ecs:DescribePrefixListAttributes"))
	policy := exposure.Forbid([]exposure.PortRange{{From: 22, To: 22}}, nil)
	for _, policy.DropRules = range []bool{false, true} {
		policy.Everyone = true
		found, err := w.objects(pass(w, "sg-1"), securitygroup.Objection{Title: "Open", Policies: []exposure.Policy{policy}})
		if err != nil || len(found) != 2 {
			t.Fatalf("%v, %v", found, err)
		}
		for _, f := range found {
			switch {
			case f.Key == "unread" && len(f.Changes) == 0 && strings.Contains(f.Title, "pl-1"):
			case f.Key != "unread" && strings.Join(actions(f.Changes), ", ") == "RevokeSecurityGroup 1" && strings.Contains(f.Changes[0].Why, "sgr-stranger"):
			default:
				t.Errorf("%s: %s, changes %v", f.Key, f.Title, f.Changes)
			}
		}
	}
}
