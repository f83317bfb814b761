// Package feishu takes messages to a custom bot in a group of Feishu, which is called Lark
// outside China.
//
// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
package feishu

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
)

// Feishu is a custom bot. A message whose answer is lost is sent, and seen, twice: a bot cannot
// tell it from a new one.
type Feishu struct {
	URL       string
	Secret    string   // empty: nothing is signed
	Keyword   string   // each message holds it; empty: none is asked for
	At        []string // open ids of who is mentioned in urgent messages, or "all"
	Transport channel.Transport
}

// Name is the channel's, as its folder's.
func (Feishu) Name() string { return "feishu" }

// Format and MarshalText keep the secrets out of whatever is printed.
func (c Feishu) Format(f fmt.State, _ rune)   { io.WriteString(f, c.Name()) }
func (c Feishu) MarshalText() ([]byte, error) { return []byte(c.Name()), nil }

type body struct {
	Timestamp string `json:"timestamp,omitempty"`
	Sign      string `json:"sign,omitempty"`
	MsgType   string `json:"msg_type"`
	Card      card   `json:"card"`
}

// A card is what a bot shows with a title, of which a phone's notification has the beginning.
type card struct {
	Config   config    `json:"config"`
	Header   header    `json:"header"`
	Elements []element `json:"elements"`
}

type config struct {
	Wide bool `json:"wide_screen_mode"`
}

type header struct {
	Template string  `json:"template"` // its colour
	Title    element `json:"title"`
}

type element struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

// Send posts the message.
func (c Feishu) Send(ctx context.Context, m message.Message) error {
	text, colour := Declaration.Limits.Render(m, markdown), "blue"
	if m.Urgent() {
		colour = "red"
		for _, who := range c.At {
			text += "\n<at id=" + who + "></at>"
		}
	}
	if !strings.Contains(m.Title, c.Keyword) && !strings.Contains(text, c.Keyword) {
		text += "\n" + escape(c.Keyword)
	}
	out := body{MsgType: "interactive", Card: card{
		Config: config{Wide: true}, Header: header{colour, element{"plain_text", m.Title}}, Elements: []element{{"markdown", text}},
	}}
	request := func() channel.Request {
		if c.Secret != "" { // anew at each try: a signature is good for an hour
			out.Timestamp = strconv.FormatInt(c.Transport.Time().Unix(), 10)
			out.Sign = sign(out.Timestamp, c.Secret)
		}
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false) // the limit is in bytes, and \u003c is six
		_ = encoder.Encode(out)      // text always encodes
		return channel.Request{Address: c.URL, Header: channel.JSON(), Body: b.Bytes()}
	}
	return c.Transport.Post(ctx, c.Name(), request, c.taken)
}

// sign is the signature over nothing, with the time in seconds and the secret for a key.
func sign(at, secret string) string {
	mac := hmac.New(sha256.New, []byte(at+"\n"+secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// taken reads an answer: a refusal may be HTTP 200.
func (c Feishu) taken(sent channel.Request, answer []byte) *channel.Error {
	var result struct {
		Code    *int   `json:"code"`
		Old     *int   `json:"StatusCode"` // of bots that were made long ago
		Message string `json:"msg"`
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.Code == nil && result.Old == nil {
		return &channel.Error{Code: channel.Foreign, Message: "the answer is not one of Feishu's", Retryable: true}
	}
	if result.Code == nil {
		result.Code = result.Old
	}
	if *result.Code == 0 {
		return nil
	}
	var signed body
	_ = json.Unmarshal(sent.Body, &signed) // as it was encoded
	said := channel.Refusal(result.Message, c.Secret, c.URL, c.URL[strings.LastIndexByte(c.URL, '/')+1:], signed.Sign)
	return &channel.Error{
		Code:      strconv.Itoa(*result.Code),
		Message:   strings.TrimPrefix(c.explain(*result.Code)+": "+said, ": "),
		Retryable: *result.Code == tooFast,
	}
}

// The codes that a bot answers with.
const (
	badRequest = 9499
	tooFast    = 11232
	noSuchBot  = 19001
	badSign    = 19021
	badAddress = 19022
	badKeyword = 19024
)

// explain is in plain words what a refusal means.
func (c Feishu) explain(code int) string {
	switch {
	case code == badRequest:
		return "the bot does not understand the message, or it is larger than 20 KB: a fault of ecsguard"
	case code == tooFast:
		return "too many messages: a bot takes 100 in a minute and 5 in a second"
	case code == noSuchBot:
		return "there is no bot with this address: it is wrong, or the bot was deleted"
	case code == badSign && c.Secret == "":
		return "the bot only takes signed messages, and no secret is set: put it into " + EnvSecret
	case code == badSign:
		return "the secret in " + EnvSecret + " is not the bot's, or the clock of the function is more than an hour off"
	case code == badAddress:
		return "the bot only takes messages from the addresses on its list, and the function's is not one: list it, or give the bot a signature instead"
	case code == badKeyword && c.Keyword == "":
		return "the bot only takes messages with its keyword, and none is set: put it into " + EnvKeyword
	case code == badKeyword:
		return "the keyword in " + EnvKeyword + " is not one of the bot's"
	}
	return ""
}

// markdown is how a card writes blocks. It knows neither headings nor, in older clients, code
// blocks. What would be markup is written as an entity, in commands as well: it is shown, and
// copied, as the sign that it is.
func markdown(blocks []message.Block) string {
	var parts []string
	for _, b := range blocks {
		sentence := escape(b.Text)
		if b.Lead != "" {
			sentence = strings.TrimSpace("**" + escape(b.Lead) + "** " + sentence)
		}
		switch b.Kind {
		case message.Heading:
			sentence = "**" + escape(strings.TrimSpace(b.Lead+" "+b.Text)) + "**"
		case message.Item:
			sentence = "- " + sentence
			if b.URL != "" {
				sentence += " [console](" + b.URL + ")"
			}
		case message.Link:
			sentence = "[" + escape(b.Text) + "](" + b.URL + ")"
		}
		if sentence != "" {
			parts = append(parts, sentence)
		}
		for _, line := range b.Lines {
			parts = append(parts, escape(line))
		}
	}
	return strings.Join(parts, "\n")
}

var escape = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "&#42;", "~", "&#126;", "_", "&#95;", "`", "&#96;", "[", "&#91;", "]", "&#93;", "$", "&#36;",
).Replace
