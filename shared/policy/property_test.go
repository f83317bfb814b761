package policy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The properties are asked of this many random accesses, and of ECSGUARD_SOAK in the long
// run. ECSGUARD_SEED repeats one.
const fewAccesses = 400

// random runs a property over random accesses, each with a seed of its own.
func random(t *testing.T, property func(r source) error) {
	t.Helper()
	count, first := uint64(fewAccesses), rand.Uint64N(1<<40)
	if n, err := strconv.ParseUint(os.Getenv("ECSGUARD_SOAK"), 10, 64); err == nil && n > 0 {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("ECSGUARD_SEED"), 10, 64); err == nil && n > 0 {
		count, first = 1, n
	}
	t.Logf("seeds %d to %d", first, first+count-1)
	for seed := first; seed < first+count; seed++ {
		if err := property(source{rand.New(rand.NewPCG(seed, 7))}); err != nil {
			t.Fatalf("ECSGUARD_SEED=%d: %v", seed, err)
		}
	}
}

func show(a Access) string {
	var b strings.Builder
	for i, layer := range a.layers() {
		for _, d := range layer {
			fmt.Fprintf(&b, "\n  level %d: %s", i, d.JSON())
		}
	}
	return b.String()
}

// A request of which everything is known is judged as the second reader judges it, and
// one of which less is known as all that it can be.
func TestPropertyJudge(t *testing.T) {
	random(t, func(r source) error {
		a := r.access()
		for range 12 {
			q := r.request()
			whole := Request{Action: q.action, Resource: q.resource, Context: q.context}
			for _, key := range contextKeys {
				if _, there := q.context[key]; !there {
					whole.Absent = append(whole.Absent, key)
				}
			}
			want, v := readerAllows(a, q), a.Judge(whole)
			if v.Outcome != Depends && (v.Outcome == Allowed) != want {
				return fmt.Errorf("%+v is %s, and the reader says %t%s", whole, v, want, show(a))
			}
			// Only what RAM does not document may be open: what a negated operator does without its key.
			if v.Outcome == Depends && !readerDiffers(a, q, whole.Absent, want) {
				return fmt.Errorf("%+v is %s, though everything is known%s", whole, v, show(a))
			}
			part := whole
			part.Context = map[string]string{}
			for key, value := range q.context {
				if r.IntN(2) == 0 {
					part.Context[key] = value
				}
			}
			if less := a.Judge(part); less.Outcome != Depends && (less.Outcome == Allowed) != want {
				return fmt.Errorf("%+v is %s, and %+v is not%s", part, less, q, show(a))
			}
		}
		return nil
	})
}

// Judge depends only on what decides: setting a key that it does not name changes nothing.
func TestPropertyKeys(t *testing.T) {
	random(t, func(r source) error {
		a := r.access()
		q := r.request()
		bare := Request{Action: q.action, Resource: q.resource}
		v := a.Judge(bare)
		if v.Outcome == Depends {
			return nil
		}
		for range 10 {
			q2 := r.request()
			q2.action, q2.resource = q.action, q.resource
			if readerAllows(a, q2) != (v.Outcome == Allowed) {
				return fmt.Errorf("%+v is %s, and %+v is not%s", bare, v, q2, show(a))
			}
		}
		return nil
	})
}

// What is said to be beyond is, and where nothing is, nothing is found.
func TestPropertyBeyond(t *testing.T) {
	unknown, yes, all := 0, 0, 0
	random(t, func(r source) error {
		a, b := r.access(), r.access()
		if r.IntN(2) == 0 { // documents that are alike
			b = a.With(r.document())
		}
		in := Scope{}
		if r.IntN(3) == 0 {
			in = Scope{Actions: []string{r.action()}, Resources: []string{pick(r, resourceTexts)}}
		}
		d := a.Beyond(b, in)
		all++
		for _, e := range d.Examples {
			if q := e.asAsked(); e.Certain && (!readerAllows(a, q) || readerAllows(b, q) || !inScope(in, q)) {
				return fmt.Errorf("%s is no example:%s\nbeyond%s", e, show(a), show(b))
			}
		}
		switch d.None {
		case Unknown:
			unknown++
		case Yes:
			yes++
			for range 60 {
				if q := r.request(); inScope(in, q) && readerAllows(a, q) && !readerAllows(b, q) {
					return fmt.Errorf("%+v is beyond:%s\nbeyond%s", q, show(a), show(b))
				}
			}
		}
		return nil
	})
	if all > 100 && (unknown*10 > all || yes*20 < all) {
		t.Errorf("of %d questions %d end in yes and %d in unknown: they test little", all, yes, unknown)
	}
}

func inScope(in Scope, q asked) bool {
	return readerCovers(Statement{Action: orAll(in.Actions), Resource: orAll(in.Resources)}, q)
}

// An edit takes away what it is to, and nothing else.
func TestPropertyWithout(t *testing.T) {
	random(t, func(r source) error {
		d := r.document()
		away := Scope{Actions: []string{pick(r, serviceNames) + ":*"}}
		if r.IntN(3) == 0 {
			away.Resources = []string{"acs:a:*:*:*"}
		}
		e, err := d.Without(away)
		if err != nil {
			return nil // it is never wrong to give none; TestWithout wants them where they must be
		}
		for range 40 {
			q := r.request()
			before, after := readerAllows(Of(d), q), readerAllows(Of(e.Document), q)
			if want := before && !inScope(away, q); after != want {
				return fmt.Errorf("%+v: %t after %s, want %t\n%s\n%s", q, after, e.Words, want, d.JSON(), e.Document.JSON())
			}
		}
		return nil
	})
}

// How much is allowed, of single requests.
func TestPropertyReaches(t *testing.T) {
	random(t, func(r source) error {
		a := r.access()
		in := Scope{}
		if r.IntN(2) == 0 {
			in = Scope{Actions: []string{r.action()}, Resources: []string{pick(r, resourceTexts)}}
		}
		reach := a.Reaches(in)
		if q := reach.With.asAsked(); reach.With.Certain && (!readerAllows(a, q) || !inScope(in, q)) {
			return fmt.Errorf("%s is no example of what is allowed%s", reach.With, show(a))
		}
		for range 30 {
			q := r.request()
			if !inScope(in, q) {
				continue
			}
			if got := readerAllows(a, q); got && reach.SomeIf == No || !got && reach.All == Yes {
				return fmt.Errorf("%+v: %t, and %+v%s", q, got, reach, show(a))
			}
		}
		return nil
	})
}

// A limit that holds stops a stranger, and one that does not lets in whom it names.
func TestPropertyLimited(t *testing.T) {
	random(t, func(r source) error {
		a := r.access()
		l := Limit(r.IntN(3))
		open := map[Limit]struct {
			key    string
			values []string
		}{SourceIP: {"acs:sourceip", strangers}, SecureTransport: {"acs:securetransport", []string{"false"}}, MFA: {"acs:mfapresent", []string{"false"}}}[l]
		found := a.Limited(l, Scope{})
		for _, e := range found.Open {
			if q := e.asAsked(); e.Certain && !readerAllows(a, q) {
				return fmt.Errorf("%s: %s is no example%s", l, e, show(a))
			}
		}
		for range 15 {
			q := r.request()
			passed := 0
			for _, value := range open.values {
				q.context[open.key] = value
				if readerAllows(a, q) {
					passed++
				}
			}
			if found.Holds == Yes && passed*2 > len(open.values) {
				return fmt.Errorf("%s does not hold for %+v%s", l, q, show(a))
			}
		}
		return nil
	})
}

// strangers are addresses from all over the internet.
var strangers = []string{"8.8.8.8", "1.2.3.4", "60.1.1.1", "130.1.1.1", "150.2.2.2", "198.51.100.1", "220.1.1.1", "99.9.9.9"}

// A document that is written is read as it was.
func TestPropertyWritten(t *testing.T) {
	random(t, func(r source) error {
		d := r.document()
		for i := range d.Statements { // one key of an operator can be there once
			if c := d.Statements[i].Conditions; len(c) == 2 && c[0].Operator == c[1].Operator {
				d.Statements[i].Conditions = c[:1]
			}
		}
		again, err := Parse("", []byte(d.JSON()))
		if err != nil {
			return fmt.Errorf("%w: %s", err, d.JSON())
		}
		if again.JSON() != d.JSON() {
			return fmt.Errorf("%s is read as %s", d.JSON(), again.JSON())
		}
		return nil
	})
}
