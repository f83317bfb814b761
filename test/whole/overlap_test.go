package whole

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// empty is an account with a group that nobody has opened.
const empty = `
ecs:
  security-groups:
    - {id: sg-web, name: web, vpc: vpc-1}
actiontrail:
  trails:
    - {name: main, logging: true, oss-bucket: archive}
`

// overlaps is how often each case is run: ECSGUARD_OVERLAPS, or a few times.
func overlaps(t *testing.T) int {
	t.Helper()
	text := os.Getenv("ECSGUARD_OVERLAPS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("ECSGUARD_OVERLAPS: %v", err)
	}
	return n
}

// together makes the first look of so many wait until all of them have begun: each has
// asked for the group's rules and none has been answered.
func together(c *cloud.Cloud, looks int, practices ...string) (begun func() int) {
	var mu sync.Mutex
	n, all := 0, make(chan struct{})
	c.Gate(func(call cloud.Call) func() {
		role, _, _ := strings.Cut(call.Principal.Name, ":")
		if call.Action != "ecs:DescribeSecurityGroupAttribute" || !slices.Contains(practices, strings.TrimPrefix(role, "ecsguard-")) {
			return nil
		}
		mu.Lock()
		if n++; n == looks {
			close(all)
		}
		mu.Unlock()
		<-all
		return nil
	})
	return func() int { mu.Lock(); defer mu.Unlock(); return n }
}

// overlap makes the mistake of a case, whose event is delivered twice. A sweep and two
// direct invocations look at the same moment as the event's practices do.
func overlap(t *testing.T, name string, practices ...string) (*cloud.Cloud, exposure) {
	t.Helper()
	e, settings := readExposure(t, name)
	c := start(t, account.Options{Settings: settings, State: []byte(empty), Env: map[string]string{"ECSGUARD_MODE": "observe"}})
	c.EventFaults(cloud.EventFaults{Duplicate: 100})
	event := make(chan []byte, 1)
	c.OnEvent(func(ce []byte) {
		select {
		case event <- ce:
		default: // the mistake is the first
		}
	})
	looks := 2*len(practices) + 1
	begun := together(c, looks, practices...)
	call(t, c, e.mistake())
	payload := <-event
	for _, id := range practices {
		invoke(t, c, practice.FunctionName(id), payload)
	}
	if err := c.FireTimer(practice.FunctionName(practices[0]), "sweep", "sweep"); err != nil {
		t.Fatal(err)
	}
	quiet(t, c)
	if begun() < looks {
		t.Fatalf("%d looks have begun, want %d", begun(), looks)
	}
	return c, e
}

// oneEdit asserts that the log and the chat speak of one edit, which put everything right.
func oneEdit(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	var made []ledger.Record
	for _, r := range records(t, c, ledger.Result) {
		if r.CallsMade > 0 {
			made = append(made, r)
		}
	}
	if len(made) != 1 || made[0].Outcome != practice.Fixed || len(made[0].Calls) != made[0].CallsMade || len(made[0].Undo) == 0 {
		t.Fatalf("%d results of changes, want one that fixed all:%s", len(made), told(t, c))
	}
	said := 0
	for _, m := range c.Messages() {
		said += strings.Count(m.Text, "**Audit record:** "+made[0].ID)
	}
	if said != 1 {
		t.Errorf("the change is told %d times:%s", said, told(t, c))
	}
	settled := map[string]bool{}
	for _, r := range records(t, c, ledger.Result) {
		for _, nonce := range r.Closes {
			settled[nonce] = true
		}
	}
	for _, r := range records(t, c, ledger.Intent) {
		if !settled[r.Nonce] {
			t.Errorf("nothing is said of the end of %s:%s", r.Nonce, told(t, c))
		}
	}
}

// Two practices object to different ports of one rule. Together they close the union of
// them, once, and leave the rest open, however many look at the same moment.
func TestTwoPracticesAndOneRule(t *testing.T) {
	acting := []string{"sg-risky-port-ingress", "sg-admin-backend-ingress"}
	for range overlaps(t) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			c, _ := overlap(t, "two-practices-one-rule", acting...)
			now, forbidden := readWall(t, c), forbids(acting...)
			for port := 1; port <= 65535; port++ {
				if open := now.open("8.8.8.8", "TCP", port); open == forbidden[port] {
					t.Errorf("port %d is open: %t:%s", port, open, told(t, c))
					break
				}
			}
			oneEdit(t, c)
		})
	}
}

// A practice that acts is not silenced by one that observes: what is open to everyone is
// closed by a step to a later priority, and nobody who was let in by name is lost; or
// people are told that it could not be fixed.
func TestAnEnforcingPracticeIsNotSilenced(t *testing.T) {
	const acting = "sg-risky-port-ingress"
	for range overlaps(t) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			c, _ := overlap(t, "silent-enforced", acting, "sg-public-ingress")
			now, forbidden := readWall(t, c), forbids(acting)
			if now.open("8.8.8.8", "TCP", 22) {
				failed := edits(t, c)
				failed = slices.DeleteFunc(failed, func(r ledger.Record) bool { return r.Practice != acting })
				if len(failed) != 1 || failed[0].Outcome != practice.Failed || failed[0].CallsMade > 0 ||
					!slices.ContainsFunc(c.Messages(), func(m cloud.Message) bool { return strings.Contains(m.Text, failed[0].ID) }) {
					t.Errorf("22 is open, and nobody was told why:%s", told(t, c))
				}
				t.Log("it was told")
				return
			}
			for port := 1; port <= 65535; port++ {
				if open := now.open("8.8.8.8", "TCP", port); open == forbidden[port] {
					t.Errorf("port %d is open: %t:%s", port, open, told(t, c))
					break
				}
			}
			if !now.open("198.51.100.7", "TCP", 22) || !now.open("10.0.0.7", "TCP", 3306) {
				t.Errorf("the office or the application is locked out: %+v", now)
			}
			t.Log("it was closed")
			oneEdit(t, c)
		})
	}
}
