package dingtalk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/test/receiver"
)

const (
	theToken  = "t0ken-0123456789abcdef"
	theSecret = "SECs3cret+-&"
)

func TestChannel(t *testing.T) {
	var many []string
	for range maxMentions {
		many = append(many, "+123-4567890123456")
	}
	receiver.Test(t, receiver.Standing{
		Declaration: Declaration,
		Values: channel.Values{
			EnvToken: theToken, EnvSecret: theSecret, EnvKeyword: strings.Repeat("設", maxKeyword), EnvAt: strings.Join(many, ","),
		},
		Taken:   `{"errcode":0,"errmsg":"ok"}`,
		Largest: 20_000,
	})
}

func TestRequest(t *testing.T) {
	var got body
	r := receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
		query := q.URL.Query()
		// Verified as DingTalk documents it, not as the sender is written.
		ms, err := strconv.ParseInt(query.Get("timestamp"), 10, 64)
		mac := hmac.New(sha256.New, []byte(theSecret))
		fmt.Fprintf(mac, "%d\n%s", ms, theSecret)
		switch {
		case q.Method != http.MethodPost || q.Host != "oapi.dingtalk.com" || q.URL.Path != "/robot/send":
			t.Errorf("%s https://%s%s", q.Method, q.Host, q.URL.Path)
		case err != nil || !time.UnixMilli(ms).Equal(receiver.Night):
			t.Errorf("timestamp %q", query.Get("timestamp"))
		case query.Get("sign") != base64.StdEncoding.EncodeToString(mac.Sum(nil)):
			t.Errorf("sign %q", query.Get("sign"))
		case query.Get("access_token") != theToken || !strings.HasPrefix(q.Header.Get("Content-Type"), "application/json"):
			t.Errorf("token %q, content type %q", query.Get("access_token"), q.Header.Get("Content-Type"))
		}
		if err := json.NewDecoder(q.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	})
	d := DingTalk{Token: theToken, Secret: theSecret, AtMobiles: []string{"13800000000", "+81-9012345678"}, Transport: r.Transport}
	m := receiver.Urgent()
	text := Declaration.Limits.Render(m, channel.Markdown)
	if strings.Contains(text, "```") || !strings.Contains(text, "\n\n**To fix it:**\n\naliyun ecs RevokeSecurityGroup --region cn-hangzhou") {
		t.Errorf("a robot has no code blocks:\n%s", text)
	}
	if err := d.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.MsgType != "markdown" || got.Markdown.Title != m.Title || !strings.HasPrefix(got.Markdown.Text, text) {
		t.Errorf("body %+v", got)
	}
	if len(got.At.Mobiles) != 2 || got.At.All || !strings.HasSuffix(got.Markdown.Text, "@13800000000\n\n@+81-9012345678") {
		t.Errorf("an urgent message mentions %+v: %s", got.At, got.Markdown.Text)
	}
	got = body{}
	if err := d.Send(t.Context(), receiver.Fixed()); err != nil {
		t.Fatal(err)
	}
	if len(got.At.Mobiles) != 0 || strings.Contains(got.Markdown.Text, "@138") {
		t.Errorf("what is fixed mentions %+v", got.At)
	}
	d.AtMobiles, d.AtAll = nil, true
	if err := d.Send(t.Context(), m); err != nil || !got.At.All {
		t.Errorf("error %v, mentions %+v", err, got.At)
	}
}

// A robot refuses with HTTP 200.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		answer, code string
		retryable    bool
	}{
		{`{"errcode":310000,"errmsg":"sign not match: ` + theSecret + ` for access_token=` + theToken + ` and SIGN"}`, "310000", false},
		{`{"errcode":300005,"errmsg":"token is not exist"}`, "300005", false},
		{`{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, "130101", true},
		{`{"errcode":90030,"errmsg":"quota"}`, "90030", true},
		{`{"errcode":-1,"errmsg":"busy"}`, "-1", true},
		{`<html>`, "Answer", true},
		{`{}`, "Answer", true},
		{``, "Answer", true},
	} {
		var sign string
		r := receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
			sign = q.URL.Query().Get("sign")
			io.WriteString(w, strings.ReplaceAll(test.answer, "SIGN", sign))
		})
		err := DingTalk{Token: theToken, Secret: theSecret, Transport: r.Transport}.Send(t.Context(), receiver.Urgent())
		e, ok := errors.AsType[*channel.Error](err)
		if !ok {
			t.Fatalf("%v (%T)", err, err)
		}
		if e.Code != test.code || e.Retryable != test.retryable || e.Channel != "dingtalk" {
			t.Errorf("%s: %+v, want code %s, retryable %v", test.answer, *e, test.code, test.retryable)
		}
		if want := map[bool]int{false: 1, true: channel.Tries}[test.retryable]; r.Calls != want {
			t.Errorf("%s was tried %d times, want %d", e.Code, r.Calls, want)
		}
		for _, s := range []string{theSecret, theToken, sign} {
			if strings.Contains(e.Error(), s) {
				t.Errorf("the error shows %q: %v", s, e)
			}
		}
	}
}

// A text that is as long as the limits let it be, with all that is sent around it, is still
// one that a robot takes.
func TestLargest(t *testing.T) {
	m := receiver.Urgent()
	m.Title = strings.Repeat("🔥", 140)
	for range 400 {
		m.Body.Head = append(m.Body.Head, message.Block{Lead: "設:", Text: strings.Repeat("<設>", 9)})
	}
	largest := 0
	r := receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		largest = len(raw)
		io.WriteString(w, `{"errcode":0}`)
	})
	d := DingTalk{Token: theToken, Secret: theSecret, Keyword: strings.Repeat("守", maxKeyword), Transport: r.Transport}
	for range maxMentions {
		d.AtMobiles = append(d.AtMobiles, "+123-4567890123456")
	}
	if err := d.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if largest > 20_000 || largest < 18_500 {
		t.Errorf("%d bytes", largest)
	}
}
