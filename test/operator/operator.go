// Package operator starts an account of a test's own, with somebody in it who runs the
// operator's commands.
package operator

import (
	"encoding/json"
	"net/http"
	"testing"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Number is the account's.
const Number = "1098765432101234"

// An Operator is who runs the commands, and the account.
type Operator struct {
	*cloud.Cloud
	Credentials ours.Credentials
	Transport   *http.Transport
}

// Start starts the account; the operator may do the actions. When the test ends, the cloud
// does, and nothing may have been asked for outside it.
func Start(t *testing.T, actions ...string) *Operator {
	t.Helper()
	c, err := cloud.New(cloud.Options{Account: Number})
	if err != nil {
		t.Fatal(err)
	}
	transport := c.Transport()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		c.Close()
		if hosts := c.Refused(); len(hosts) > 0 {
			t.Errorf("asked for hosts outside the cloud: %v", hosts)
		}
	})
	text, err := json.Marshal(map[string]any{"Version": "1", "Statement": []any{map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}}})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := cloud.ParsePolicy(text)
	if err != nil {
		t.Fatal(err)
	}
	return &Operator{c, Credentials(c.AddUser("operator", policy)), transport}
}

// Credentials are the cloud's as ours.
func Credentials(k cloud.Credentials) ours.Credentials {
	return ours.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken}
}
