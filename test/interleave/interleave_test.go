package interleave_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
	"github.com/ecsguard/ecsguard/test/interleave"
)

// world is a cloud with a security group whose description is a number.
type world struct {
	*cloud.Cloud
	t    *testing.T
	role string
}

func begin(t *testing.T) *world {
	t.Helper()
	c, err := cloud.New(cloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Load([]byte(`ecs: {security-groups: [{id: sg-1, description: "0"}]}`)); err != nil {
		t.Fatal(err)
	}
	trust := parse(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["fc.aliyuncs.com"]}}]}`)
	return &world{c, t, c.AddRole("adder", trust, parse(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}`))}
}

func parse(t *testing.T, text string) cloud.Policy {
	t.Helper()
	p, err := cloud.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) client(session string) *ecs.Client {
	k, err := w.AssumeRole(w.role, session, time.Hour)
	if err != nil {
		w.t.Error(err)
	}
	client, err := ecs.NewClientWithOptions(w.Region, sdk.NewConfig().WithScheme("https").WithHttpTransport(w.Transport()),
		credentials.NewStsTokenCredential(k.AccessKeyID, k.AccessKeySecret, k.SecurityToken))
	if err != nil {
		w.t.Error(err)
	}
	return client
}

func (w *world) read(client *ecs.Client) int {
	r := ecs.CreateDescribeSecurityGroupsRequest()
	r.SecurityGroupId = "sg-1"
	answer, err := client.DescribeSecurityGroups(r)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	n, _ := strconv.Atoi(answer.SecurityGroups.SecurityGroup[0].Description)
	return n
}

// add adds one to the number by reading and writing it, as nobody should.
func (w *world) add(session string) func() {
	client := w.client(session)
	return func() {
		n := w.read(client)
		r := ecs.CreateModifySecurityGroupAttributeRequest()
		r.SecurityGroupId, r.Description = "sg-1", strconv.Itoa(n+1)
		if _, err := client.ModifySecurityGroupAttribute(r); err != nil {
			w.t.Error(err)
		}
	}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestEveryOrderIsTriedAndTheRaceIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		options      interleave.Options
		orders, lost int
	}{
		// Each caller starts, reads and writes: three turns.
		"one after the other": {interleave.Options{}, 2, 0},
		// Beside these: stopped before it reads, or before it writes, while the other
		// does everything. The update is lost in the second case.
		"once interrupted": {interleave.Options{Switches: 1}, 6, 2},
		"twins":            {interleave.Options{Switches: 1, Twins: true}, 3, 1},
		// All 6!/(3!3!) ways to mix three turns with three.
		"any order":         {interleave.Options{Switches: 6}, 20, 12},
		"any, but not all":  {interleave.Options{Switches: 6, Limit: 5}, 5, -1},
		"only writes count": {interleave.Options{Switches: 6, Only: func(c cloud.Call) bool { return c.Write }}, 6, 4},
	} {
		t.Run(name, func(t *testing.T) {
			lost, tried := 0, map[string]bool{}
			for o := range interleave.Orders(test.options) {
				w := begin(t)
				if err := o.Run(soon(t), w.Cloud, interleave.Caller{Name: "a", Do: w.add("a")}, interleave.Caller{Name: "b", Do: w.add("b")}); err != nil {
					t.Fatal(err)
				}
				if tried[o.String()] || o.Strayed() {
					t.Errorf("%s was tried twice, or not kept", o)
				}
				tried[o.String()] = true
				switch n := w.read(w.client("test")); n {
				case 1:
					lost++
				case 2:
				default:
					t.Errorf("%s ends with %d", o, n)
				}
				w.Close()
			}
			if len(tried) != test.orders || test.lost >= 0 && lost != test.lost {
				t.Errorf("%d orders, %d lose an update: want %d and %d; tried %v", len(tried), lost, test.orders, test.lost, tried)
			}
		})
	}
}

func TestAnOrderIsRepeatedAsItWasWritten(t *testing.T) {
	w := begin(t)
	o := interleave.Repeat("a×2 b×3 a×1", nil)
	if err := o.Run(soon(t), w.Cloud, interleave.Caller{Name: "a", Do: w.add("a")}, interleave.Caller{Name: "b", Do: w.add("b")}); err != nil {
		t.Fatal(err)
	}
	want := []string{"a starts", "a ecs:DescribeSecurityGroups", "b starts", "b ecs:DescribeSecurityGroups", "b ecs:ModifySecurityGroupAttribute", "a ecs:ModifySecurityGroupAttribute"}
	if n := w.read(w.client("test")); n != 1 || !slices.Equal(o.Steps(), want) || o.String() != "a×2 b×3 a×1" {
		t.Errorf("%d after %s: %q", n, o, o.Steps())
	}
	if err := interleave.Repeat("c×1", nil).Run(soon(t), w.Cloud, interleave.Caller{Name: "a", Do: func() {}}); err == nil {
		t.Error("nobody is called c")
	}
}

// What changes without a call, as a person in the console does, comes between any two calls.
func TestSomebodyElseComesBetweenAnyTwoCalls(t *testing.T) {
	var ends []int
	for o := range interleave.Orders(interleave.Options{Switches: 1}) {
		w := begin(t)
		owner := func() {
			if err := w.Load([]byte(`ecs: {security-groups: [{id: sg-1, description: "40"}]}`)); err != nil {
				t.Error(err)
			}
		}
		if err := o.Run(soon(t), w.Cloud, interleave.Caller{Name: "a", Do: w.add("a")}, interleave.Caller{Name: "owner", Do: owner}); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, w.read(w.client("test")))
		w.Close()
	}
	slices.Sort(ends)
	if want := []int{1, 40, 41, 41}; !slices.Equal(ends, want) {
		t.Errorf("it ends with %v, want %v", ends, want)
	}
}

func TestCallsMadeSideBySideTakeTurnsToo(t *testing.T) {
	for o := range interleave.Orders(interleave.Options{Switches: 2, Limit: 10}) {
		w := begin(t)
		both := func(session string) func() {
			clients := []*ecs.Client{w.client(session), w.client(session)} // one client is not for two goroutines
			return func() {
				var all sync.WaitGroup
				for _, client := range clients {
					all.Go(func() { w.read(client) })
				}
				all.Wait()
				w.read(clients[0])
			}
		}
		if err := o.Run(soon(t), w.Cloud, interleave.Caller{Name: "a", Do: both("a")}, interleave.Caller{Name: "b", Do: both("b")}); err != nil {
			t.Fatal(err)
		}
		if len(o.Steps()) != 8 {
			t.Errorf("%s: %q", o, o.Steps())
		}
		w.Close()
	}
}

func TestWhoWaitsForSomethingElseIsNamed(t *testing.T) {
	w := begin(t)
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	o := interleave.Repeat("a×1", nil)
	err := o.Run(ctx, w.Cloud, interleave.Caller{Name: "a", Do: func() { cancel(); <-never }})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "a neither calls nor ends") {
		t.Error(err)
	}
}

// Our own client, in this process, is what twins of a practice use.
func TestOrdersOfCallsThatDoNotLeaveTheProcess(t *testing.T) {
	add := func(w *world, session string) func() {
		k, err := w.AssumeRole(w.role, session, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		client := ours.NewClient(ours.Config{Transport: w.InProcess(),
			Credentials: ours.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken}})
		return func() {
			var groups struct {
				SecurityGroups struct {
					SecurityGroup []struct{ Description string }
				}
			}
			if err := client.Do(t.Context(), ours.New("ecs", "DescribeSecurityGroups", w.Region, "SecurityGroupId", "sg-1"), &groups); err != nil {
				t.Error(err)
				return
			}
			n, _ := strconv.Atoi(groups.SecurityGroups.SecurityGroup[0].Description)
			if err := client.Do(t.Context(), ours.New("ecs", "ModifySecurityGroupAttribute", w.Region, "SecurityGroupId", "sg-1", "Description", strconv.Itoa(n+1)), nil); err != nil {
				t.Error(err)
			}
		}
	}
	var lost []string
	for o := range interleave.Orders(interleave.Options{Switches: 1, Twins: true}) {
		w := begin(t)
		if err := o.Run(soon(t), w.Cloud, interleave.Caller{Name: "a", Do: add(w, "a")}, interleave.Caller{Name: "b", Do: add(w, "b")}); err != nil {
			t.Fatal(err)
		}
		if w.read(w.client("test")) == 1 {
			lost = append(lost, o.String())
		}
		w.Close()
	}
	if !slices.Equal(lost, []string{"a×2 b×3 a×1"}) {
		t.Errorf("an update is lost in %q", lost)
	}
}
