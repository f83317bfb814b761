package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/ecsguard/ecsguard/shared/practice"
)

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
	Transport   Transport
}

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
func (w Webhook) Send(ctx context.Context, m Message) error {
	if err := CheckURL(w.URL); err != nil {
		return &Error{Channel: w.Name(), Code: "Address", Message: err.Error()}
	}
	out := Delivery{
		Version: 1, ID: m.ID, Title: m.Title, Severity: m.Severity, Outcome: m.Outcome, Urgent: m.Urgent(),
		Text: m.Plain, Markdown: m.Markdown, Records: []map[string]string{},
	}
	for _, r := range m.Records {
		out.Records = append(out.Records, r.Fields())
	}
	body, err := json.Marshal(out)
	if err != nil {
		return &Error{Channel: w.Name(), Code: "Encoding", Message: err.Error()}
	}
	return w.Transport.again(ctx, func(ctx context.Context) *Error {
		_, failed := w.Transport.post(ctx, w.Name(), w.URL, w.header(m.ID, body), body)
		return failed
	})
}

func (w Webhook) header(id string, body []byte) http.Header {
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, HeaderDelivery: {id}}
	if w.Secret != "" {
		at := w.Transport.now().Unix()
		mac := hmac.New(sha256.New, []byte(w.Secret))
		fmt.Fprintf(mac, "%d.%s", at, body)
		header.Set(HeaderSignature, fmt.Sprintf("t=%d,v1=%s", at, hex.EncodeToString(mac.Sum(nil))))
	}
	return header
}
