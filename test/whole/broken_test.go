package whole

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// settingsFile is an operator's file of a test.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ecsguard.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// strip takes from a function's role all that it needs for a look. That it has failed
// Function Compute can still say, which does so with that role.
func strip(t *testing.T, c *cloud.Cloud, function string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy", "ram", "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	trust, err := cloud.ParsePolicy(text)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"fc:InvokeFunction","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c.AddRole("ecsguard-"+function, trust, rest)
}

// dies kills a function at each of its attempts.
func dies(_ *testing.T, c *cloud.Cloud, function string) {
	c.OnCall(func(made cloud.Call) {
		if who, is := ours(made); is && who == function && made.Action == "ecs:DescribeSecurityGroupAttribute" {
			c.Kill(practice.FunctionName(function))
		}
	})
}

// mentions counts the messages that hold all of the words.
func mentions(c *cloud.Cloud, words ...string) (n int) {
	for _, m := range c.Messages() {
		all := true
		for _, w := range words {
			all = all && strings.Contains(m.Text, w)
		}
		if all {
			n++
		}
	}
	return n
}

// What one practice cannot do another of its family that acts does, whatever is the matter
// with it. That it does not work is told once, not with each event.
func TestABrokenPracticeSilencesNobody(t *testing.T) {
	for name, breaks := range map[string]func(*testing.T, *cloud.Cloud, string){"a role without a policy": strip, "killed at every attempt": dies} {
		for i, broken := range family {
			t.Run(name+", "+broken, func(t *testing.T) {
				t.Parallel()
				c := startUnguarded(t)
				breaks(t, c, broken)
				for n, port := range []string{"22/22", "3389/3389"} {
					call(t, c, open(port))
					quiet(t, c)
					if got := rules(t, c); got != "22/22 443/443" {
						t.Fatalf("the group's ports are %s:%s", got, told(t, c))
					}
					made := 0
					for _, r := range records(t, c, ledger.Result) {
						if r.CallsMade > 0 && r.Outcome == practice.Fixed && r.Request != "" && cmp.Or(r.By, r.Practice) != broken {
							made++
						}
					}
					if made != n+1 || mentions(c, "**Fixed.**") != n+1 {
						t.Errorf("%d records of edits after %d mistakes:%s", made, n+1, told(t, c))
					}
				}
				want := 1 - i // only the first of them is woken where it works
				if n := mentions(c, broken+" does not work"); n != want || len(c.Messages()) != 2+want {
					t.Errorf("that %s is broken was told %d times, want %d:%s", broken, n, want, told(t, c))
				}
			})
		}
	}
}

// Where the only one that acts is broken, one that only observes stands in for it: it
// closes the port if its role lets it, and otherwise says that nobody could.
func TestTheOnlyOneThatActsIsBroken(t *testing.T) {
	const acting = "sg-public-ingress"
	for name, breaks := range map[string]func(*testing.T, *cloud.Cloud, string){"a role without a policy": strip, "killed at every attempt": dies} {
		for _, may := range []bool{true, false} {
			t.Run(name+", "+map[bool]string{true: "the others may write", false: "nobody may write"}[may], func(t *testing.T) {
				t.Parallel()
				c := start(t, account.Options{Observe: !may, Settings: settingsFile(t, "practices:\n  "+acting+": {mode: enforce}\n"), Env: map[string]string{"ECSGUARD_MODE": "observe"}})
				breaks(t, c, acting)
				call(t, c, open("22/22"))
				quiet(t, c)
				want, outcome := "22/22 443/443", practice.Fixed
				if !may {
					want, outcome = "22/22 22/22 443/443", practice.Failed
				}
				if got := rules(t, c); got != want {
					t.Errorf("the group's ports are %s, want %s:%s", got, want, told(t, c))
				}
				var spoken []ledger.Record
				for _, r := range records(t, c, ledger.Result) {
					if r.Practice == acting && r.By != "" && r.Edit == "" {
						spoken = append(spoken, r)
					}
				}
				if len(spoken) != 1 || spoken[0].Outcome != outcome || spoken[0].Outcome == practice.Fixed != (spoken[0].CallsMade == 1) {
					t.Errorf("%d results in its place, want one that is %s:%s", len(spoken), outcome, told(t, c))
				} else if n := mentions(c, spoken[0].ID); n != 1 {
					t.Errorf("told %d times:%s", n, told(t, c))
				}
				if n := mentions(c, acting+" does not work"); n != 1 {
					t.Errorf("that it is broken was told %d times:%s", n, told(t, c))
				}
			})
		}
	}
}

// What was refused for a while is told, looked at again after a minute by triage's
// timer, and put right. Nobody has to touch the group for that.
func TestWhatWasRefusedIsLookedAtAgain(t *testing.T) {
	c := startUnguarded(t)
	allow := c.Inject(cloud.Deny("ecs:RevokeSecurityGroup"))
	call(t, c, open("22/22"))
	quiet(t, c)
	if failed := edits(t, c); len(failed) != 1 || failed[0].Outcome != practice.Failed || failed[0].CallsMade > 0 || len(c.Messages()) != 1 {
		t.Fatalf("records:%s", told(t, c))
	}
	allow()
	fire := func() {
		t.Helper()
		if err := c.FireTimer("ecsguard-triage", "cases", ""); err != nil {
			t.Fatal(err)
		}
		quiet(t, c)
	}
	fire() // its minute is not over
	if got := rules(t, c); got != "22/22 22/22 443/443" || len(c.Messages()) != 1 {
		t.Fatalf("the group's ports are %s:%s", got, told(t, c))
	}
	age(t, c)
	fire()
	if got := rules(t, c); got != "22/22 443/443" {
		t.Errorf("the group's ports are %s:%s", got, told(t, c))
	}
	made := 0
	for _, r := range records(t, c, ledger.Result) {
		if r.CallsMade > 0 {
			made++
		}
	}
	if made != 1 || mentions(c, "**Fixed.**") != 1 || len(c.Messages()) != 2 {
		t.Errorf("%d records of edits:%s", made, told(t, c))
	}
	// It is looked at once more whether that holds, and then nothing is left.
	age(t, c)
	fire()
	held := slices.ContainsFunc(records(t, c, ledger.Result), func(r ledger.Record) bool {
		return r.Outcome == practice.Good && strings.Contains(r.Reason, "that held")
	})
	if !held || len(c.Messages()) != 2 {
		t.Errorf("whether it held is not known:%s", told(t, c))
	}
	before := len(c.Invocations())
	age(t, c)
	fire()
	for _, i := range c.Invocations()[before:] {
		if i.Function != "ecsguard-triage" && i.Function != "ecsguard-notify" {
			t.Errorf("%s is asked to look:%s", i.Function, told(t, c))
		}
	}
}

// age writes the open cases down as they would be an hour later: all are due.
func age(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	user := addAdmin(t, c)
	log := ledger.Open(ledger.Config{
		Project: account.Project(), Store: "audit", Region: c.Region, Transport: c.Transport(),
		Credentials: api.Credentials{AccessKeyID: user.AccessKeyID, AccessKeySecret: user.AccessKeySecret},
	})
	now := time.Now()
	d, records, err := log.Digest(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	cases := ledger.Fold(d.Cases, records)
	for i := range cases {
		cases[i].Next = now.Add(-time.Second)
	}
	if err := log.Append(t.Context(), ledger.DigestRecord(cases, "", "aged", now)); err != nil {
		t.Fatal(err)
	}
}

// Who was killed behind another that goes on does not claim what that one has done,
// whether it is still at it or has finished when the next attempt begins.
func TestKilledBehindAnother(t *testing.T) {
	for _, working := range []bool{true, false} {
		t.Run(map[bool]string{true: "that is at work", false: "that has finished"}[working], func(t *testing.T) {
			t.Parallel()
			c := startUnguarded(t)
			leads, follows := family[0], family[1]
			var mu sync.Mutex
			posts := map[string]int{}
			arrived := map[string]chan struct{}{leads: make(chan struct{}), follows: make(chan struct{})}
			announced, killed, finished, gaveWay := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
			c.Gate(func(made cloud.Call) func() {
				who, is := ours(made)
				if !is || who != leads && who != follows {
					return nil
				}
				switch made.Action {
				case "log:PostLogStoreLogs":
					mu.Lock()
					posts[who]++
					n := posts[who]
					mu.Unlock()
					switch {
					case n == 1 && who == leads:
						close(arrived[leads])
						<-arrived[follows] // both have read the log, and found nobody
						return func() { close(announced) }
					case n == 1:
						close(arrived[follows])
						<-announced
						return func() { c.Kill(practice.FunctionName(follows)); close(killed) }
					case n == 2 && who == leads:
						return func() { close(finished) }
					case n == 2:
						return func() { close(gaveWay) }
					}
				case "ecs:RevokeSecurityGroup":
					if <-killed; working {
						<-gaveWay
					}
				case "ecs:DescribeSecurityGroupAttribute":
					select {
					case <-killed:
						if who == follows && !working {
							<-finished
						}
					default:
					}
				}
				return nil
			})
			events := make(chan []byte, 10)
			c.OnEvent(func(ce []byte) { events <- ce })
			call(t, c, open("22/22"))
			invoke(t, c, practice.FunctionName(follows), <-events) // triage wakes one, and this is as if it had woken both
			quiet(t, c)
			fixedOnce(t, c)
		})
	}
}
