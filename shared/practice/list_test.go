package practice_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
)

func TestListed(t *testing.T) {
	p := &practice.Practice{ID: "test", Resource: "ACS::ECS::Disk"}
	pass := practice.NewPass(p, practice.Resource{Type: "ACS::VPC::VPC", ID: "vpc-1", Region: "cn-hangzhou", Account: "1"}, &events.Event{}, time.Now(), nil, nil)
	want := []practice.Resource{{Type: "ACS::ECS::Disk", ID: "d-1", Name: "one", Region: "cn-hangzhou", Account: "1"}}
	wrong := errors.New("the second page cannot be read")
	got, err := practice.Listed(pass, []string{"d-1", "d-2"}, wrong, func(id string) (string, string, bool) { return id, "one", id == "d-1" })
	if !slices.Equal(got, want) || err != wrong {
		t.Errorf("%v, %v", got, err)
	}
}

// One that is gone keeps nobody from the others; what is looked at itself, and any other
// error, does.
func TestEach(t *testing.T) {
	broken := errors.New("broken")
	pass := practice.NewPass(&practice.Practice{}, practice.Resource{ID: "own"}, &events.Event{}, time.Now(), nil, nil)
	for _, x := range []struct {
		fails string
		err   error
		want  error
		seen  int
	}{
		{"", nil, nil, 3}, {"other", practice.ErrGone, nil, 3}, {"own", practice.ErrGone, practice.ErrGone, 2}, {"other", broken, broken, 1},
	} {
		seen := 0
		err := pass.Each([]string{"other", "own", "third"}, func(id string) error {
			seen++
			if id == x.fails {
				return x.err
			}
			return nil
		})
		if !errors.Is(err, x.want) || seen != x.seen {
			t.Errorf("%s fails: %v after %d", x.fails, err, seen)
		}
	}
}

func TestFew(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	for most, want := range map[int]string{4: "a; b; c; d", 3: "a; b; c; and 1 more", 1: "a; and 3 more"} {
		if got := practice.Few(names, most, "; "); got != want {
			t.Errorf("%d: %q, want %q", most, got, want)
		}
	}
	if practice.Few(nil, 3, ", ") != "" || names[3] != "d" {
		t.Error(names)
	}
}
