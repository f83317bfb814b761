package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/receiver"
)

const (
	hook      = "https://hooks.example.com/services/p4th-secret?key=qu3ry-secret"
	theSecret = "s3cret+/=&?"
)

func TestChannel(t *testing.T) {
	receiver.Test(t, receiver.Standing{Declaration: Declaration, Values: channel.Values{EnvURL: hook, EnvSecret: theSecret}})
}

func TestDelivery(t *testing.T) {
	var got Delivery
	var header http.Header
	r := receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
		header = q.Header
		raw, _ := io.ReadAll(q.Body)
		var at int64
		var sum string
		if _, err := fmt.Sscanf(q.Header.Get("X-Ecsguard-Signature"), "t=%d,v1=%s", &at, &sum); err != nil || at != receiver.Night.Unix() {
			t.Errorf("signature %q: %v", q.Header.Get("X-Ecsguard-Signature"), err)
		}
		mac := hmac.New(sha256.New, []byte(theSecret))
		mac.Write([]byte(strconv.FormatInt(at, 10) + "." + string(raw)))
		if sum != hex.EncodeToString(mac.Sum(nil)) {
			t.Error("the signature does not fit the body")
		}
		if q.Host != "hooks.example.com" || q.URL.RequestURI() != "/services/p4th-secret?key=qu3ry-secret" {
			t.Errorf("%s %s", q.Host, q.URL.RequestURI())
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	w := Webhook{URL: hook, Secret: theSecret, Transport: r.Transport}
	m := receiver.Urgent()
	if err := w.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.ID != m.ID || header.Get("X-Ecsguard-Delivery") != m.ID || got.Title != m.Title ||
		got.Text != channel.Full.Render(m, channel.Plain) || got.Markdown != channel.Full.Render(m, channel.Markdown) ||
		got.Severity != practice.Critical || got.Outcome != practice.Failed || !got.Urgent {
		t.Errorf("delivery %+v", got)
	}
	if strings.ContainsAny(got.Text, "*`#") || !strings.Contains(got.Markdown, "```\naliyun ecs") {
		t.Errorf("text %s\n\nMarkdown %s", got.Text, got.Markdown)
	}
	if len(got.Records) != 1 {
		t.Fatalf("%d records", len(got.Records))
	}
	back, err := ledger.Parse(got.Records[0])
	if err != nil || back.Undo[0].String() != m.Records[0].Undo[0].String() || back.ActorIP != "203.0.113.7" {
		t.Errorf("the record comes back as %+v (%v)", back, err)
	}
	failure := message.Failure{Function: "f", Request: "r"}.Message()
	if err := w.Send(t.Context(), failure); err != nil || got.Records == nil || len(got.Records) != 0 || got.ID != failure.ID {
		t.Errorf("error %v, delivery %+v", err, got)
	}
}

func TestWithoutSecret(t *testing.T) {
	r := receiver.Listen(t, func(_ http.ResponseWriter, q *http.Request) {
		if q.Header.Get(HeaderSignature) != "" {
			t.Error("signed with nothing")
		}
	})
	if err := (Webhook{URL: hook, Transport: r.Transport}).Send(t.Context(), receiver.Urgent()); err != nil {
		t.Error(err)
	}
}

func TestNotSentToWhatIsNoAddress(t *testing.T) {
	r := receiver.Listen(t, func(http.ResponseWriter, *http.Request) {})
	err := Webhook{URL: "http://hooks.example.com/p4th-secret", Transport: r.Transport}.Send(t.Context(), receiver.Urgent())
	if e, ok := errors.AsType[*channel.Error](err); !ok || e.Retryable || r.Calls != 0 || strings.Contains(e.Error(), "p4th") {
		t.Errorf("%d calls, %v", r.Calls, err)
	}
}
