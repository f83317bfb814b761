package feishu

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
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
	theURL    = "https://open.feishu.cn/open-apis/bot/v2/hook/b0t-id-0123456789"
	theSecret = "s3cret+-&"
	taken     = `{"code":0,"msg":"success","data":{},"StatusCode":0,"StatusMessage":"success"}`
)

func TestChannel(t *testing.T) {
	receiver.Test(t, receiver.Standing{
		Declaration: Declaration,
		Values:      channel.Values{EnvURL: theURL, EnvSecret: theSecret, EnvKeyword: strings.Repeat("設", maxKeyword)},
		Taken:       taken,
		Largest:     20_000,
	})
}

// bot answers as one does that takes signed messages: what is wrong with the request is the
// code that it is documented to give.
func bot(t *testing.T, got *body) *receiver.Receiver {
	t.Helper()
	return receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		*got = body{}
		code := 0
		at, err := int64(0), json.Unmarshal(raw, got)
		if err == nil {
			at, err = strconv.ParseInt(got.Timestamp, 10, 64)
		}
		// The key is the time and the secret; there is nothing to sign.
		mac := hmac.New(sha256.New, []byte(got.Timestamp+"\n"+theSecret))
		switch {
		case err != nil, len(raw) > 20*1024, got.MsgType != "interactive", len(got.Card.Elements) == 0, q.Header.Get("Content-Type") != "application/json; charset=utf-8":
			code = 9499
		case "https://"+q.Host+q.URL.RequestURI() != theURL, q.Method != http.MethodPost:
			code = 19001
		case receiver.Night.Sub(time.Unix(at, 0)).Abs() > time.Hour, got.Sign != base64.StdEncoding.EncodeToString(mac.Sum(nil)):
			code = 19021
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "msg": "as it is documented"})
	})
}

func TestRequest(t *testing.T) {
	var got body
	r := bot(t, &got)
	c := Feishu{URL: theURL, Secret: theSecret, Keyword: "ecsguard-alert", At: []string{"ou_0123456789", "ou_abcdefghij"}, Transport: r.Transport}
	m := receiver.Urgent()
	if err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	text := got.Card.Elements[0].Content
	if got.Card.Header.Title != (element{"plain_text", m.Title}) || got.Card.Header.Template != "red" || got.Card.Elements[0].Tag != "markdown" {
		t.Errorf("card %+v", got.Card)
	}
	for _, want := range []string{"**To fix it:**\naliyun ecs RevokeSecurityGroup --region cn-hangzhou", "\n<at id=ou_0123456789></at>\n<at id=ou_abcdefghij></at>\necsguard-alert"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if err := c.Send(t.Context(), receiver.Fixed()); err != nil || got.Card.Header.Template != "blue" || strings.Contains(got.Card.Elements[0].Content, "<at") {
		t.Errorf("what is fixed: %v, %+v", err, got.Card)
	}
	c.Secret = "another"
	if err := c.Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "19021: the secret in "+EnvSecret) {
		t.Errorf("another secret: %v", err)
	}
	c.Secret = theSecret
	c.Transport.Now = func() time.Time { return receiver.Night.Add(2 * time.Hour) }
	if err := c.Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "19021") {
		t.Errorf("a clock that is two hours off: %v", err)
	}
}

// A try is signed when it is made.
func TestEachTryIsSigned(t *testing.T) {
	now, signs := receiver.Night, map[string]bool{}
	r := receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
		var got body
		_ = json.NewDecoder(q.Body).Decode(&got)
		signs[got.Sign] = true
		now = now.Add(time.Minute)
		if len(signs) < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, taken)
	})
	r.Now = func() time.Time { return now }
	if err := (Feishu{URL: theURL, Secret: theSecret, Transport: r.Transport}).Send(t.Context(), receiver.Urgent()); err != nil || len(signs) != 3 {
		t.Errorf("%v, %d signatures", err, len(signs))
	}
}

func TestRefusals(t *testing.T) {
	set := Feishu{URL: theURL, Secret: theSecret, Keyword: "a"}
	for _, x := range []struct {
		c         Feishu
		status    int
		answer    string
		code      string
		retryable bool
		words     string
	}{
		{set, 200, `{"code":9499,"msg":"Bad Request"}`, "9499", false, "larger than 20 KB"},
		{set, 400, `{"code":9499,"msg":"Bad Request"}`, "9499", false, "larger than 20 KB"},
		{set, 200, `{"code":11232,"msg":"frequency limited"}`, "11232", true, "100 in a minute and 5 in a second"},
		{set, 400, `{"code":11232,"msg":"frequency limited"}`, "11232", true, "100 in a minute"},
		{set, 200, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`, "19001", false, "there is no bot"},
		{set, 200, `{"code":19021,"msg":"sign match fail ` + theSecret + ` ` + theURL + ` SIGN"}`, "19021", false, "is not the bot's"},
		{Feishu{URL: theURL}, 200, `{"code":19021,"msg":"sign match fail"}`, "19021", false, "no secret is set: put it into " + EnvSecret},
		{set, 200, `{"code":19022,"msg":"Ip Not Allowed"}`, "19022", false, "from the addresses on its list"},
		{set, 200, `{"code":19024,"msg":"Key Words Not Found"}`, "19024", false, "is not one of the bot's"},
		{Feishu{URL: theURL}, 200, `{"code":19024,"msg":"Key Words Not Found"}`, "19024", false, "put it into " + EnvKeyword},
		{set, 200, `{"code":7,"msg":"news"}`, "7", false, "feishu: 7: news"},
		{set, 200, `<html>`, "Answer", true, "not one of Feishu's"},
		{set, 200, `{}`, "Answer", true, "not one of Feishu's"},
	} {
		var sign string
		r := receiver.Listen(t, func(w http.ResponseWriter, q *http.Request) {
			var got body
			_ = json.NewDecoder(q.Body).Decode(&got)
			sign = got.Sign
			w.WriteHeader(x.status)
			io.WriteString(w, strings.ReplaceAll(x.answer, "SIGN", sign))
		})
		x.c.Transport = r.Transport
		e, ok := errors.AsType[*channel.Error](x.c.Send(t.Context(), receiver.Urgent()))
		if !ok || e.Code != x.code || e.Retryable != x.retryable || !strings.Contains(e.Error(), x.words) {
			t.Errorf("%d %s: %v", x.status, x.answer, e)
			continue
		}
		if want := map[bool]int{false: 1, true: channel.Tries}[x.retryable]; r.Calls != want {
			t.Errorf("%s was tried %d times, want %d", e.Code, r.Calls, want)
		}
		for _, secret := range []string{theSecret, theURL, "b0t-id", sign} {
			if secret != "" && strings.Contains(e.Error(), secret) {
				t.Errorf("the error shows %q: %v", secret, e)
			}
		}
	}
	r := receiver.Listen(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"StatusCode":0,"StatusMessage":"success"}`)
	})
	if err := (Feishu{URL: theURL, Transport: r.Transport}).Send(t.Context(), receiver.Fixed()); err != nil {
		t.Errorf("an old bot's answer: %v", err)
	}
}

// What is markup to a card is shown as it is, and a command is copied as it is.
func TestMarkup(t *testing.T) {
	command := `aliyun ecs A --Tags '[{"a_b":"*c* ~d~ <at id=all></at> $e &amp;"}]'`
	text := markdown([]message.Block{
		{Lead: "a*:", Text: "b_c_ [d](e)"}, {Kind: message.Heading, Text: "x*y"}, {Kind: message.Item, Text: "i", URL: "https://c"},
		{Kind: message.Link, Text: "l", URL: "https://d"}, {Kind: message.Commands, Lead: "Run:", Lines: []string{command}},
	})
	want := "**a&#42;:** b&#95;c&#95; &#91;d&#93;(e)\n**x&#42;y**\n- i [console](https://c)\n[l](https://d)\n**Run:**\n"
	rest, ok := strings.CutPrefix(text, want)
	if !ok || strings.ContainsAny(rest, "*_<>[]$`") || html.UnescapeString(rest) != command {
		t.Errorf("it is written\n%s", text)
	}
}

// With all that is sent around the longest text, a message is one that a bot takes.
func TestLargest(t *testing.T) {
	m := receiver.Urgent()
	m.Title = strings.Repeat("🔥", 140)
	for range 250 {
		m.Body.Head = append(m.Body.Head, message.Block{Lead: "設:", Text: strings.Repeat("<設>", 9)})
	}
	var got body
	largest := 0
	r := bot(t, &got)
	c := Feishu{URL: theURL, Secret: theSecret, Keyword: strings.Repeat("守", maxKeyword), Transport: r.Transport}
	for range maxMentions {
		c.At = append(c.At, "ou_"+strings.Repeat("a", 64))
	}
	if err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(got)
	if largest = len(raw); largest < 18_000 {
		t.Errorf("%d bytes", largest)
	}
}

func TestSettings(t *testing.T) {
	for _, x := range []struct{ name, value, want string }{
		{EnvURL, theURL, ""},
		{EnvURL, "https://open.larksuite.com/open-apis/bot/v2/hook/x", ""},
		{EnvURL, "http://open.feishu.cn/open-apis/bot/v2/hook/x", "only https"},
		{EnvURL, "https://open.feishu.cn.evil.example/open-apis/bot/v2/hook/x", "open.larksuite.com"},
		{EnvURL, "https://open.feishu.cn/open-apis/bot/v2/hook/", "custom bot"},
		{EnvURL, "https://open.feishu.cn/open-apis/bot/hook/x", "custom bot"},
		{EnvSecret, "zs0Tabc", ""},
		{EnvSecret, theURL, "no address"},
		{EnvKeyword, "警报", ""},
		{EnvKeyword, strings.Repeat("x", 65), "longer than 64"},
		{EnvKeyword, "a*b", "markup"},
		{EnvAt, "all", ""},
		{EnvAt, "ou_0123456789, ou_abcdefghij", ""},
		{EnvAt, "kenji", "entry 1"},
		{EnvAt, "all,ou_0123456789", "entry 1"},
		{EnvAt, strings.TrimSuffix(strings.Repeat("ou_0123456789,", 21), ","), "21 ids"},
	} {
		env := map[string]string{EnvURL: theURL, x.name: x.value}
		_, err := channel.Open([]*channel.Declaration{Declaration}, func(name string) string { return env[name] }, channel.Transport{})
		if (err == nil) != (x.want == "") || err != nil && (!strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), x.value)) {
			t.Errorf("%s=%s: %v, want %q", x.name, x.value, err, x.want)
		}
	}
}
