package channel_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
)

// some is a channel that only says what it was given.
type some struct {
	name   string
	values channel.Values
}

func (s some) Name() string                                { return s.name }
func (s some) Send(context.Context, message.Message) error { return nil }

func declared(name string) *channel.Declaration {
	own := "ECSGUARD_" + strings.ToUpper(name) + "_"
	refused := func(s string) error {
		if s == "bad" {
			return errors.New("is bad")
		}
		return nil
	}
	return &channel.Declaration{
		Name: name, Title: strings.ToUpper(name), Doc: "a channel", Limits: channel.Full,
		Settings: []channel.Setting{
			{Name: own + "URL", Doc: "where", Secret: true, Check: refused}, {Name: own + "SECRET", Doc: "signs", Secret: true, Check: refused}},
		Check: func(v channel.Values) error {
			if v[own+"URL"] == "both" && v[own+"SECRET"] == "bad" {
				return errors.New("both are wrong")
			}
			return nil
		},
		Open: func(v channel.Values, _ channel.Transport) channel.Channel { return some{name, v} },
	}
}

func TestOpen(t *testing.T) {
	all := []*channel.Declaration{declared("one"), declared("two")}
	all[0].Also = "and ECSGUARD_ONE_SECRET, if it signs"
	for _, test := range []struct {
		env  map[string]string
		open []string
		err  string
	}{
		{map[string]string{}, nil, "no channel for alerts: set ECSGUARD_ONE_URL (and ECSGUARD_ONE_SECRET, if it signs), or ECSGUARD_TWO_URL"},
		{map[string]string{"ECSGUARD_ONE_URL": " "}, nil, "no channel for alerts"},
		{map[string]string{"ECSGUARD_TWO_URL": "x"}, []string{"two"}, ""},
		{map[string]string{"ECSGUARD_TWO_URL": "x", "ECSGUARD_ONE_URL": "y"}, []string{"one", "two"}, ""},
		{map[string]string{"ECSGUARD_TWO_SECRET": "x"}, nil, "ECSGUARD_TWO_URL is not set, but another setting of TWO is"},
		{map[string]string{"ECSGUARD_ONE_URL": "bad", "ECSGUARD_ONE_SECRET": "bad"}, nil, "ECSGUARD_ONE_URL: is bad\nECSGUARD_ONE_SECRET: is bad"},
		{map[string]string{"ECSGUARD_ONE_URL": "both", "ECSGUARD_ONE_SECRET": "bad"}, nil, "both are wrong"},
		{map[string]string{"ECSGUARD_ONE_URL": "bad", "ECSGUARD_TWO_URL": "x"}, nil, "ECSGUARD_ONE_URL: is bad"}, // one that is right does not hide one that is wrong
	} {
		open, err := channel.Open(all, func(name string) string { return test.env[name] }, channel.Transport{})
		var names []string
		for _, c := range open {
			names = append(names, c.Name())
		}
		if !slices.Equal(names, test.open) || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%v: %v, %v", test.env, names, err)
		}
	}
	open, _ := channel.Open(all, func(name string) string { return " " + strings.TrimPrefix(name, "ECSGUARD_") + "\n" }, channel.Transport{})
	if v := open[1].(some).values; v["ECSGUARD_TWO_SECRET"] != "TWO_SECRET" || len(v) != 2 {
		t.Errorf("values %v", v)
	}
	if names := channel.Variables(all); len(names) != 4 || names[3] != "ECSGUARD_TWO_SECRET" {
		t.Errorf("variables %v", names)
	}
}

func TestValidate(t *testing.T) {
	if err := declared("one").Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*channel.Declaration){
		"Title":             func(d *channel.Declaration) { d.Title = "" },
		"Doc":               func(d *channel.Declaration) { d.Doc = "TODO: what it is" },
		"Limits":            func(d *channel.Declaration) { d.Limits = channel.Limits{} },
		"Settings":          func(d *channel.Declaration) { d.Settings = nil },
		"ECSGUARD_ONE_":     func(d *channel.Declaration) { d.Settings[0].Name = "ECSGUARD_TWO_URL" },
		"in capitals":       func(d *channel.Declaration) { d.Settings[1].Name = "ECSGUARD_ONE_url" },
		"ECSGUARD_ONE_URL ": func(d *channel.Declaration) { d.Settings[0].Doc = "two\nlines" },
		"Open is missing":   func(d *channel.Declaration) { d.Open = nil },
	} {
		d := declared("one")
		change(d)
		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), "channel one: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
