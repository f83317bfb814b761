package whole

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	fc "github.com/alibabacloud-go/fc-20230330/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// family are the practices that act on a group's rules where the mode is enforce.
var family = []string{"sg-public-ingress", "sg-risky-port-ingress"}

// edits are the results that speak: of a look that gave way, and of one that finds all
// good afterwards, there is nothing to tell, and a further member's names the edit that
// put it right.
func edits(t *testing.T, c *cloud.Cloud) []ledger.Record {
	t.Helper()
	return slices.DeleteFunc(records(t, c, ledger.Result), func(r ledger.Record) bool {
		silent := r.Outcome == practice.Deferred || r.Outcome == practice.Good
		if silent && len(r.Calls) > 0 {
			t.Errorf("%s of %s is %s and has calls", r.ID, r.Practice, r.Outcome)
		}
		return silent || r.Edit != ""
	})
}

// invoke runs a function as a person does: with the official SDK, and without a task's
// name, so that nothing tells it from what has been done already.
func invoke(t *testing.T, c *cloud.Cloud, function string, payload []byte) {
	t.Helper()
	k := addAdmin(t, c)
	client, err := fc.NewClient(&openapi.Config{
		AccessKeyId: tea.String(k.AccessKeyID), AccessKeySecret: tea.String(k.AccessKeySecret), RegionId: tea.String(c.Region),
		Endpoint: tea.String("fcv3." + c.Region + ".aliyuncs.com"),
	})
	if err != nil {
		t.Fatal(err)
	}
	// The SDK keeps its connections by options, the certificate not among them, and a
	// later cloud may get the port of an earlier one.
	options := &util.RuntimeOptions{HttpsProxy: tea.String(c.ProxyURL()), Ca: tea.String(string(c.CA())), ReadTimeout: tea.Int(30000 + int(crc32.ChecksumIEEE(c.CA())%10000))}
	response, err := client.InvokeFunctionWithOptions(tea.String(function), &fc.InvokeFunctionRequest{Body: bytes.NewReader(payload)},
		&fc.InvokeFunctionHeaders{XFcInvocationType: tea.String("Async")}, options)
	if err != nil {
		t.Fatal(err)
	}
	if body, ok := response.Body.(io.Closer); ok {
		body.Close()
	}
}

// ours tells whether a call was made by a practice of the family.
func ours(call cloud.Call) (function string, is bool) {
	role, _, _ := strings.Cut(call.Principal.Name, ":")
	function = strings.TrimPrefix(role, "ecsguard-")
	return function, slices.Contains(family, function)
}

// told is the log in a few words, for a test that fails.
func told(t *testing.T, c *cloud.Cloud) string {
	t.Helper()
	var text strings.Builder
	for _, kind := range []ledger.Kind{ledger.Intent, ledger.Result} {
		for _, r := range records(t, c, kind) {
			fmt.Fprintf(&text, "\n  %s %s %.6s %s %s: %q by %q, %d calls, edit %q, quiet %t, nonce %s closes %v, event %.20s (%s) %s", r.Time.Format("15:04:05.000"), r.Kind, r.ID, r.Practice, r.Outcome,
				r.Reason, r.By, len(r.Calls), r.Edit, r.Quiet, r.Nonce, r.Closes, r.Event, r.EventName, r.Error)
		}
	}
	for _, m := range c.Messages() {
		fmt.Fprintf(&text, "\n  message %s", m.Title)
	}
	return text.String()
}

// speaksOnce asserts what the log must say of one edit, however many looked and were
// killed, and returns its record: one result holds the calls and what takes them back,
// the other members refer to it, and of the announcements one was carried out. Those of
// looks that gave way are closed.
func speaksOnce(t *testing.T, c *cloud.Cloud) ledger.Record {
	t.Helper()
	spoken := edits(t, c)
	if len(spoken) != 1 || len(spoken[0].Calls) == 0 || spoken[0].CallsMade == 0 || len(spoken[0].Undo) == 0 {
		t.Fatalf("%d records of edits, want one with calls and undo:%s", len(spoken), told(t, c))
	}
	edit := spoken[0]
	members := map[string]bool{edit.ID: true}
	for _, m := range edit.Members {
		members[m.ID] = true
	}
	said, gaveWay := map[string]bool{edit.ID: true}, map[string]bool{}
	for _, r := range records(t, c, ledger.Result) {
		switch {
		case r.Outcome == practice.Deferred, r.Outcome == practice.Good:
			for _, nonce := range r.Closes {
				gaveWay[nonce] = true
			}
		case r.Edit != "":
			if r.Edit != edit.ID || !members[r.ID] || said[r.ID] || len(r.Calls) > 0 {
				t.Errorf("a further member's result refers to %q:%s", r.Edit, told(t, c))
			}
			said[r.ID] = true
		}
	}
	// Who completes an attempt that was interrupted knows what it announced; of the
	// other members it says nothing, and their own looks find them good.
	if len(said) != len(members) && !strings.Contains(edit.Reason, "interrupted") {
		t.Errorf("%d of %d members have a result:%s", len(said), len(members), told(t, c))
	}
	var carriedOut []string
	for _, r := range records(t, c, ledger.Intent) {
		if !gaveWay[r.Nonce] {
			carriedOut = append(carriedOut, r.Nonce)
		}
	}
	if len(carriedOut) != 1 || !slices.Contains(edit.Closes, carriedOut[0]) {
		t.Errorf("the intents %v were carried out, want one, and closed:%s", carriedOut, told(t, c))
	}
	return edit
}
