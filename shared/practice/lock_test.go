package practice

import "testing"

func TestCovers(t *testing.T) {
	key := Lock{User: "ci", Key: "LTAI5t"}
	with := func(edit func(*Lock)) Lock { l := key; edit(&l); return l }
	for name, test := range map[string]struct {
		has, needs Lock
		want       bool
	}{
		"the same":         {key, key, true},
		"nothing":          {Lock{}, Lock{}, true},
		"another key":      {key, with(func(l *Lock) { l.Key = "LTAI5u" }), false},
		"the sign-in too":  {key, with(func(l *Lock) { l.SignIn = true }), false},
		"rights too":       {key, with(func(l *Lock) { l.Rights = true }), false},
		"a role too":       {key, with(func(l *Lock) { l.Role = "ops" }), false},
		"others too":       {key, with(func(l *Lock) { l.Others = []string{"bob"} }), false},
		"fewer of others":  {Lock{Rights: true, Others: []string{"a", "b"}}, Lock{Rights: true, User: "b"}, true},
		"from fewer only":  {with(func(l *Lock) { l.Fewer = true }), key, false},
		"all for fewer":    {key, with(func(l *Lock) { l.Fewer = true }), true},
		"proven meanwhile": {key, with(func(l *Lock) { l.Leaked = true }), true},
	} {
		if got := test.has.Covers(test.needs); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
