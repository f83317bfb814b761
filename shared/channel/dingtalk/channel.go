// Package dingtalk takes messages to a custom robot in a DingTalk group.
package dingtalk

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
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
	Transport channel.Transport
}

// Name is the channel's, as its folder's.
func (DingTalk) Name() string { return "dingtalk" }

// Format and MarshalText keep the secrets out of whatever is printed.
func (d DingTalk) Format(f fmt.State, _ rune)   { io.WriteString(f, d.Name()) }
func (d DingTalk) MarshalText() ([]byte, error) { return []byte(d.Name()), nil }

const robotURL = "https://oapi.dingtalk.com/robot/send"

type body struct {
	MsgType  string   `json:"msgtype"`
	Markdown markdown `json:"markdown"`
	At       mention  `json:"at"`
}

type markdown struct {
	Title string `json:"title"` // what a phone's notification shows
	Text  string `json:"text"`
}

type mention struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	All     bool     `json:"isAtAll"`
}

// Send posts the message.
func (d DingTalk) Send(ctx context.Context, m message.Message) error {
	out := body{MsgType: "markdown", Markdown: markdown{m.Title, Declaration.Limits.Render(m, channel.Markdown)}}
	if m.Urgent() {
		out.At = mention{d.AtMobiles, d.AtAll}
		for _, mobile := range d.AtMobiles {
			out.Markdown.Text += "\n\n@" + mobile // a mention needs the number in the text, too
		}
	}
	if !strings.Contains(m.Title, d.Keyword) && !strings.Contains(out.Markdown.Text, d.Keyword) {
		out.Markdown.Text += "\n\n" + d.Keyword
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the limit is in bytes, and \u003c is six
	if err := encoder.Encode(out); err != nil {
		return &channel.Error{Channel: d.Name(), Code: "Encoding", Message: err.Error()}
	}
	request := func() channel.Request {
		return channel.Request{Address: robotURL + "?" + d.query().Encode(), Header: channel.JSON(), Body: text.Bytes()}
	}
	return d.Transport.Post(ctx, d.Name(), request, d.taken)
}

// query says which robot, and signs.
func (d DingTalk) query() url.Values {
	query := url.Values{"access_token": {d.Token}}
	if d.Secret != "" {
		at := strconv.FormatInt(d.Transport.Time().UnixMilli(), 10)
		query.Set("timestamp", at)
		query.Set("sign", d.sign(at))
	}
	return query
}

// taken reads an answer: a refusal is HTTP 200, too.
func (d DingTalk) taken(sent channel.Request, answer []byte) *channel.Error {
	var result struct {
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.Code == nil {
		return &channel.Error{Code: channel.Foreign, Message: "the answer is not one of DingTalk's", Retryable: true}
	}
	if *result.Code == 0 {
		return nil
	}
	said := channel.Refusal(result.Message, d.Secret, d.Token, signature(sent))
	return &channel.Error{
		Code:      strconv.Itoa(*result.Code),
		Message:   strings.TrimPrefix(d.explain(*result.Code, result.Message)+": "+said, ": "),
		Retryable: slices.Contains(later, *result.Code),
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
		return "the robot only takes messages with its keyword, and none is set: put it into " + EnvKeyword
	case has("keyword", "关键词"):
		return "the keyword in " + EnvKeyword + " is not one of the robot's"
	case has("timestamp") && d.Secret != "":
		return "the clock of the function is more than an hour off"
	case has("whitelist", "not in ip", "白名单"):
		return "the robot only takes messages from the addresses on its list, and the function's is not one: list it, or give the robot a keyword instead"
	case has("sign", "签名", "timestamp") && d.Secret == "":
		return "the robot only takes signed messages, and no secret is set: put it into " + EnvSecret
	case has("sign", "签名"):
		return "the secret in " + EnvSecret + " is not the robot's"
	}
	return "a security setting of the robot refuses the message"
}

// later are the refusals that pass: the system is busy, a quota of the
// robot is used up, too many messages a minute (under both of its numbers).
// Anything else, such as 310000 (signature, keyword or address refused) and
// 300005 (no such token), waits for a person.
var later = []int{-1, 90030, 130101, 410100}

// signature is what signed a request: an answer may repeat it.
func signature(sent channel.Request) string {
	if u, err := url.Parse(sent.Address); err == nil {
		return u.Query().Get("sign")
	}
	return ""
}

// sign is the signature over the time, in milliseconds.
func (d DingTalk) sign(at string) string {
	mac := hmac.New(sha256.New, []byte(d.Secret))
	mac.Write([]byte(strings.Join([]string{at, d.Secret}, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
