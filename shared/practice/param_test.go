package practice_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Values are checked by the kind of their param before anything is read: what cannot be
// meant is an error that names the param, and is no empty one.
func TestParamsAreCheckedByTheirKinds(t *testing.T) {
	for _, x := range []struct {
		kind         practice.Param
		right, wrong [][]string
	}{
		{practice.Param{Kind: practice.AnyWords}, [][]string{nil, {""}, {"a", "b"}}, nil},
		{practice.Param{Kind: practice.PortRanges}, [][]string{nil, {"22"}, {"22", "8000/8100"}, {"-1/-1"}},
			[][]string{{"ssh"}, {"22", "0"}, {"30/20"}, {"70000"}, {"10.0.0.0/33"}, {""}}},
		{practice.Param{Kind: practice.AddressBlocks}, [][]string{nil, {"203.0.113.7"}, {"10.0.0.0/8", "2001:db8::/32"}},
			[][]string{{"office"}, {"10.0.0.0/33"}, {""}, {"10.0.0.0/8", "0.0.0.0/0"}, {"::/0"}, {"::ffff:0.0.0.0/96"}}},
		{practice.Param{Kind: practice.Number}, [][]string{{"0"}, {"70000"}}, [][]string{nil, {""}, {"many"}, {"-1"}, {"1", "2"}}},
		{practice.Param{Kind: practice.Number, Least: 1, Most: 9}, [][]string{{"1"}, {"9"}}, [][]string{{"0"}, {"10"}}},
		{practice.Param{Kind: practice.OneWord, Default: []string{"x"}}, [][]string{{"a"}}, [][]string{{}, {""}, {"a", "b"}}},
		{practice.Param{Kind: practice.OneWord}, [][]string{nil, {"a"}}, [][]string{{""}, {"a", "b"}}},
		{practice.Param{Kind: practice.Choice, Choices: []string{"on", "off"}}, [][]string{{"on"}}, [][]string{nil, {""}, {"no"}, {"on", "off"}, {"on off"}}},
		{practice.Param{Kind: practice.AccountIDs}, [][]string{nil, {"1234567890123456", "26842"}}, [][]string{{"*"}, {"1234567890123456", ""}, {"1.0"}, {"acs:ram::1234567890123456:root"}, {"partner"}}},
		{practice.Param{Kind: practice.Wildcards}, [][]string{nil, {"ecs.[cgr]7t", "ecs.*"}}, [][]string{{"ecs.["}, {""}}},
		{practice.Param{Kind: practice.GroupIDs}, [][]string{nil, {"sg-1"}}, [][]string{{"sg-1", "admin"}, {""}}},
	} {
		x.kind.Name = "some"
		looked := false
		p := &practice.Practice{ID: "test", Params: []practice.Param{x.kind}, Check: func(context.Context, *practice.Pass) error { looked = true; return nil },
			Sweep: practice.Sweep{List: func(context.Context, *practice.Pass) ([]practice.Resource, error) { looked = true; return nil, nil }}}
		judge := func(words []string) (judged, listed error) {
			looked = false
			pass := practice.NewPass(p, practice.Resource{}, &events.Event{}, time.Now(), nil, map[string][]string{"some": words})
			_, listed = p.List(t.Context(), pass)
			return p.Judge(t.Context(), pass), listed
		}
		for _, words := range x.right {
			if judged, listed := judge(words); judged != nil || listed != nil || !looked {
				t.Errorf("kind %d, %q: %v, %v", x.kind.Kind, words, judged, listed)
			}
		}
		for _, words := range x.wrong {
			judged, listed := judge(words)
			for _, err := range []error{judged, listed} {
				if err == nil || !strings.Contains(err.Error(), "param some of test") || looked {
					t.Errorf("kind %d, %q: %v, looked %t", x.kind.Kind, words, err, looked)
				}
			}
		}
	}
}

// What a practice reads is what its param says, and as what it is declared.
func TestParamsAreReadAsTheyAreDeclared(t *testing.T) {
	p := &practice.Practice{ID: "test", Params: []practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Default: []string{"22", "-1/-1"}},
		{Name: "trusted", Kind: practice.AddressBlocks},
		{Name: "most", Kind: practice.Number, Default: []string{"7"}},
		{Name: "name", Kind: practice.OneWord, Default: []string{"a"}},
	}}
	pass := practice.NewPass(p, practice.Resource{}, &events.Event{}, time.Now(), nil, map[string][]string{"trusted": {"10.0.0.0/8"}, "most": {"8"}})
	if ports := pass.Ports("ports"); len(ports) != 2 || ports[0].From != 22 || ports[1].To != 65535 {
		t.Error(ports)
	}
	if blocks := pass.Blocks("trusted"); len(blocks) != 1 || blocks[0].String() != "10.0.0.0/8" {
		t.Error(blocks)
	}
	if n, word := pass.Int("most"), pass.Word("name"); n != 8 || word != "a" {
		t.Error(n, word)
	}
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "param name of test") {
			t.Errorf("a param is read as what it is not: %q", text)
		}
	}()
	pass.Ports("name")
}

// A declaration whose default is wrong is refused.
func TestParamsAreDeclaredRight(t *testing.T) {
	for want, param := range map[string]practice.Param{
		"the default of param ports": {Name: "ports", Doc: "ports", Kind: practice.PortRanges, Default: []string{"ssh"}},
	} {
		p := &practice.Practice{ID: "test", Params: []practice.Param{param}}
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", param, err)
		}
	}
}

// IPv4 that is written as IPv6 is IPv4: what it protects is in rules for that.
func TestBlocksAreAsRulesHaveThem(t *testing.T) {
	p := &practice.Practice{Params: []practice.Param{{Name: "trusted", Kind: practice.AddressBlocks}}}
	pass := practice.NewPass(p, practice.Resource{}, nil, time.Now(), nil, map[string][]string{"trusted": {"::ffff:203.0.113.7", "::ffff:10.0.0.0/104"}})
	if got := fmt.Sprint(pass.Blocks("trusted")); got != "[203.0.113.7/32 10.0.0.0/8]" {
		t.Error(got)
	}
}
