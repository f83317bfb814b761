package message

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DingTalk is a custom robot in a DingTalk group. It takes messages that are signed with
// its Secret, that hold its Keyword, or that come from an address on its list: each robot
// has one or several of these settings, and new ones may offer no signature. A robot gives no way to tell a repeated message from a new one: a
// message whose answer is lost is sent, and seen, twice.
type DingTalk struct {
	Token     string
	Secret    string   // empty: nothing is signed
	Keyword   string   // each message holds it; empty: none is asked for
	AtMobiles []string // who is mentioned in urgent messages
	AtAll     bool     // everybody is
	Transport Transport
}

func (DingTalk) Name() string { return "dingtalk" }

// Format and MarshalText keep the secrets out of whatever is printed.
func (d DingTalk) Format(f fmt.State, _ rune)   { io.WriteString(f, d.Name()) }
func (d DingTalk) MarshalText() ([]byte, error) { return []byte(d.Name()), nil }

const dingtalkURL = "https://oapi.dingtalk.com/robot/send"

type dingtalkBody struct {
	MsgType  string           `json:"msgtype"`
	Markdown dingtalkMarkdown `json:"markdown"`
	At       dingtalkAt       `json:"at"`
}

type dingtalkMarkdown struct {
	Title string `json:"title"` // what a phone's notification shows
	Text  string `json:"text"`
}

type dingtalkAt struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	All     bool     `json:"isAtAll"`
}

// Send posts the message.
func (d DingTalk) Send(ctx context.Context, m Message) error {
	out := dingtalkBody{MsgType: "markdown", Markdown: dingtalkMarkdown{m.Title, cmp.Or(m.Chat, m.Markdown)}}
	if m.Urgent() {
		out.At = dingtalkAt{d.AtMobiles, d.AtAll}
		for _, mobile := range d.AtMobiles {
			out.Markdown.Text += "\n\n@" + mobile // a mention needs the number in the text, too
		}
	}
	if !strings.Contains(m.Title, d.Keyword) && !strings.Contains(out.Markdown.Text, d.Keyword) {
		out.Markdown.Text += "\n\n" + d.Keyword
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // the limit is in bytes, and \u003c is six
	if err := encoder.Encode(out); err != nil {
		return &Error{Channel: d.Name(), Code: "Encoding", Message: err.Error()}
	}
	return d.Transport.again(ctx, func(ctx context.Context) *Error { return d.once(ctx, body.Bytes()) })
}

func (d DingTalk) once(ctx context.Context, body []byte) *Error {
	query := url.Values{"access_token": {d.Token}}
	if d.Secret != "" {
		at := strconv.FormatInt(d.Transport.now().UnixMilli(), 10)
		query.Set("timestamp", at)
		query.Set("sign", d.sign(at))
	}
	answer, failed := d.Transport.post(ctx, d.Name(), dingtalkURL+"?"+query.Encode(), http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body)
	if failed != nil {
		return failed
	}
	// A refusal is HTTP 200, too.
	var result struct {
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.Code == nil {
		return &Error{Channel: d.Name(), Code: "Answer", Message: "the answer is not one of DingTalk's", Retryable: true}
	}
	if *result.Code == 0 {
		return nil
	}
	said := clean(redact(result.Message, d.Secret, d.Token, query.Get("sign")), maxSentence/2)
	return &Error{
		Channel: d.Name(), Code: strconv.Itoa(*result.Code),
		Message:   strings.TrimPrefix(d.explain(*result.Code, result.Message)+": "+said, ": "),
		Retryable: slices.Contains(dingtalkLater, *result.Code),
	}
}

// explain is in plain words what a refusal that waits for a person means. One number stands
// for all of the robot's security settings: DingTalk's words tell them apart.
func (d DingTalk) explain(code int, said string) string {
	said = strings.ToLower(said)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(said, w) })
	}
	switch {
	case code == 300001 || code == 300005 || has("token is not exist"):
		return "there is no robot with this token: it is wrong, or the robot was deleted"
	case code != 310000:
		return ""
	case has("keyword", "关键词") && d.Keyword == "":
		return "the robot only takes messages with its keyword, and none is set: put it into ECSGUARD_DINGTALK_KEYWORD"
	case has("keyword", "关键词"):
		return "the keyword in ECSGUARD_DINGTALK_KEYWORD is not one of the robot's"
	case has("timestamp") && d.Secret != "":
		return "the clock of the function is more than an hour off"
	case has("whitelist", "not in ip", "白名单"):
		return "the robot only takes messages from the addresses on its list, and the function's is not one: list it, or give the robot a keyword instead"
	case has("sign", "签名", "timestamp") && d.Secret == "":
		return "the robot only takes signed messages, and no secret is set: put it into ECSGUARD_DINGTALK_SECRET"
	case has("sign", "签名"):
		return "the secret in ECSGUARD_DINGTALK_SECRET is not the robot's"
	}
	return "a security setting of the robot refuses the message"
}

// dingtalkLater are the refusals that pass: the system is busy, a quota of the
// robot is used up, too many messages a minute (under both of its numbers).
// Anything else, such as 310000 (signature, keyword or address refused) and
// 300005 (no such token), waits for a person.
var dingtalkLater = []int{-1, 90030, 130101, 410100}

// sign is the signature over the time, in milliseconds.
func (d DingTalk) sign(at string) string {
	mac := hmac.New(sha256.New, []byte(d.Secret))
	mac.Write([]byte(strings.Join([]string{at, d.Secret}, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
