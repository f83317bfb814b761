package main

import (
	"strings"
	"testing"
)

func TestCredentials(t *testing.T) {
	for _, test := range []struct {
		name    string
		env     map[string]string
		missing string
	}{
		{"nothing", nil, keyID + " and " + keySecret},
		{"no secret", map[string]string{keyID: "LTAI1"}, "set " + keySecret + " in"},
		{"no id", map[string]string{keySecret: "s"}, "set " + keyID + " in"},
		{"a temporary key without its token", map[string]string{keyID: "STS.1", keySecret: "s"}, "set " + token + " in"},
		{"a user's key", map[string]string{keyID: "LTAI1", keySecret: "s"}, ""},
		{"a temporary key", map[string]string{keyID: "STS.1", keySecret: "s", token: "t"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := credentials(func(name string) string { return test.env[name] })
			if test.missing == "" {
				if err != nil || c.AccessKeyID != test.env[keyID] || c.AccessKeySecret != "s" || c.SecurityToken != test.env[token] {
					t.Errorf("%v, %v", c, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.missing) {
				t.Errorf("got %v, want it to name %s", err, test.missing)
			}
		})
	}
}
