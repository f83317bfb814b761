package alert

import (
	"bytes"
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

// DingTalk is a custom robot in a DingTalk group, with the security setting
// "signature". A robot gives no way to tell a repeated message from a new one: a
// message whose answer is lost is sent, and seen, twice.
type DingTalk struct {
	Token, Secret string
	AtMobiles     []string // who is mentioned in urgent messages
	AtAll         bool     // everybody is
	Transport     Transport
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
	out := dingtalkBody{MsgType: "markdown", Markdown: dingtalkMarkdown{m.Title, m.Markdown}}
	if m.Urgent() {
		out.At = dingtalkAt{d.AtMobiles, d.AtAll}
		for _, mobile := range d.AtMobiles {
			out.Markdown.Text += "\n\n@" + mobile // a mention needs the number in the text, too
		}
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
	at := strconv.FormatInt(d.Transport.now().UnixMilli(), 10)
	sign := d.sign(at)
	query := url.Values{"access_token": {d.Token}, "timestamp": {at}, "sign": {sign}}
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
	return &Error{
		Channel: d.Name(), Code: strconv.Itoa(*result.Code),
		Message:   clean(redact(result.Message, d.Secret, d.Token, sign), maxSentence),
		Retryable: slices.Contains(dingtalkLater, *result.Code),
	}
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
