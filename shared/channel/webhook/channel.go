// Package webhook takes messages to any receiver that speaks https.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// The environment's variables.
const (
	EnvURL    = "ECSGUARD_WEBHOOK_URL"
	EnvSecret = "ECSGUARD_WEBHOOK_SECRET"
)

// Declaration is the channel as it is set.
var Declaration = &channel.Declaration{
	Name:  "webhook",
	Title: "the webhook",
	Doc:   "Any receiver of yours that speaks https. It gets the message as plain text and as Markdown, and the audit records that it is about.",
	// Nobody knows what a receiver takes: it is sent what reads well.
	Limits: channel.Full,
	Settings: []channel.Setting{
		{Name: EnvURL, Doc: "where it listens; https only", Secret: true, Check: channel.CheckURL},
		{Name: EnvSecret, Doc: "signs what is posted there; empty: nothing is signed", Secret: true},
	},
	Open: func(v channel.Values, t channel.Transport) channel.Channel {
		return Webhook{URL: v[EnvURL], Secret: v[EnvSecret], Transport: t}
	},
}

// Webhook posts a Delivery to any receiver that speaks https.
//
// X-Ecsguard-Delivery is the message's ID. It is the same at every repetition, so
// a receiver that remembers it gets each message once.
//
// With a Secret, X-Ecsguard-Signature is "t=<unix seconds>,v1=<hex>": the
// HMAC-SHA256 under the secret of the time as written, a dot and the body. A
// receiver compares in constant time, and refuses times long past.
type Webhook struct {
	URL, Secret string
	Transport   channel.Transport
}

// Name is the channel's, as its folder's.
func (Webhook) Name() string { return "webhook" }

// Format and MarshalText keep the secrets out of whatever is printed. The URL is
// one.
func (w Webhook) Format(f fmt.State, _ rune)   { io.WriteString(f, w.Name()) }
func (w Webhook) MarshalText() ([]byte, error) { return []byte(w.Name()), nil }

// The headers of a delivery.
const (
	HeaderSignature = "X-Ecsguard-Signature"
	HeaderDelivery  = "X-Ecsguard-Delivery"
)

// A Delivery is the body. Fields may be added; what is there keeps its meaning as
// long as Version is the same.
type Delivery struct {
	Version  int               `json:"version"` // 1
	ID       string            `json:"id"`      // as in X-Ecsguard-Delivery
	Title    string            `json:"title"`
	Severity practice.Severity `json:"severity"`          // the worst of the records
	Outcome  practice.Outcome  `json:"outcome,omitempty"` // the one of the records that most needs a person; missing where ecsguard itself failed
	Urgent   bool              `json:"urgent"`            // something critical is still wrong
	Text     string            `json:"text"`              // plain
	Markdown string            `json:"markdown"`

	// Records are audit records with the names and values they have in the audit
	// log: everything is a string, and facts, calls, why and undo are JSON in it.
	// Unlike text and markdown they hold the cloud's words as they came.
	Records []map[string]string `json:"records"`
}

// Send posts the message.
func (w Webhook) Send(ctx context.Context, m message.Message) error {
	if err := channel.CheckURL(w.URL); err != nil {
		return &channel.Error{Channel: w.Name(), Code: "Address", Message: err.Error()}
	}
	shown := Declaration.Limits.Fit(m, channel.Plain, channel.Markdown)
	out := Delivery{
		Version: 1, ID: m.ID, Title: m.Title, Severity: m.Severity, Outcome: m.Outcome, Urgent: m.Urgent(),
		Text: channel.Plain(shown), Markdown: channel.Markdown(shown), Records: []map[string]string{},
	}
	for _, r := range m.Records {
		out.Records = append(out.Records, r.Fields())
	}
	body, err := json.Marshal(out)
	if err != nil {
		return &channel.Error{Channel: w.Name(), Code: "Encoding", Message: err.Error()}
	}
	request := func() channel.Request {
		return channel.Request{Address: w.URL, Header: w.header(m.ID, body), Body: body}
	}
	return w.Transport.Post(ctx, w.Name(), request, nil)
}

func (w Webhook) header(id string, body []byte) http.Header {
	header := channel.JSON()
	header.Set(HeaderDelivery, id)
	if w.Secret != "" {
		at := w.Transport.Time().Unix()
		mac := hmac.New(sha256.New, []byte(w.Secret))
		fmt.Fprintf(mac, "%d.%s", at, body)
		header.Set(HeaderSignature, fmt.Sprintf("t=%d,v1=%s", at, hex.EncodeToString(mac.Sum(nil))))
	}
	return header
}
