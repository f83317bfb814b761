// Package receiver is the other end of a channel, for the channels' tests: a server on this
// machine that answers for every host, and what each channel has to stand.
package receiver

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Night is when everything happens.
var Night = time.Date(2026, 3, 1, 3, 2, 11, 0, time.UTC)

// A Receiver is https for every host, and the surroundings of a channel that talks to it.
type Receiver struct {
	channel.Transport
	Waits []time.Duration // the pauses that were asked for; none is made
	Calls int
}

// Listen answers until the test ends.
func Listen(t *testing.T, answer http.HandlerFunc) *Receiver {
	t.Helper()
	r := &Receiver{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.Calls++
		answer(w, q)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	r.HTTP = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}
	r.Now = func() time.Time { return Night }
	r.Wait = func(ctx context.Context, d time.Duration) bool {
		r.Waits = append(r.Waits, d)
		return ctx.Err() == nil && d < time.Minute
	}
	return r
}

// Record is a finding that was fixed; change makes another of it.
func Record(change ...func(*ledger.Record)) ledger.Record {
	r := ledger.Record{
		ID: "0a1b2c", Kind: ledger.Result, Time: Night.Add(12300 * time.Millisecond), Practice: "sg-public-ingress",
		Severity: practice.Critical, Mode: practice.Enforce, Outcome: practice.Fixed,
		ResourceType: "ACS::ECS::SecurityGroup", Resource: "sg-bp1", ResourceName: "web", Region: "cn-hangzhou", Account: "1000000000000001",
		Finding:   "The internet reaches port 22",
		Calls:     []cloud.Call{cloud.New("ecs", "RevokeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-bp1", "SecurityGroupRuleId.1", "sgr-1")},
		Why:       []string{"revoke the rule that opens port 22 to 0.0.0.0/0"},
		Undo:      []cloud.Call{cloud.New("ecs", "AuthorizeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-bp1", "Permissions.1.PortRange", "22/22")},
		CallsMade: 1, Advice: "Whoever needs the port gets a rule of their own.",
		Event: "actiontrail/1", EventName: "AuthorizeSecurityGroup", EventTime: Night, LagMS: 12300,
		Actor: "alice@1000.onaliyun.com", ActorType: "ram-user", ActorIP: "203.0.113.7", ActorAgent: "Terraform/1.9",
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

// Fixed is a message that nobody has to act upon, and Urgent one that wakes somebody.
func Fixed() message.Message  { return message.Compose([]ledger.Record{Record()})[0] }
func Urgent() message.Message { return message.Compose([]ledger.Record{Record(failed)})[0] }

func failed(r *ledger.Record) { r.Outcome, r.CallsMade = practice.Failed, 0 }
