package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/secret"
)

// planted are where an event may hold a secret, and a secret for each.
var planted = []struct{ step, secret string }{
	{`/data/requestParameters/Password = %q`, "canary1-Passw0rd-of-a-user-Zq81"},
	{`/data/requestParameters/NewPassword = %q`, "canary2-Passw0rd-of-a-user-Ky72"},
	{`/data/requestParameters/UserData = %q`, "canary3-c2VjcmV0IGluIHVzZXIgZGF0YQ-Hu63"},
	{`/data/requestParameters/CommandContent = %q`, "Y2FuYXJ5Ny1TZWNyZXRJbkFDb21tYW5k"},
	{`/data/requestParameters/LaunchConfiguration.UserData = %q`, "canary8-SecretInATemplate-Gh27"},
	{`/data/responseElements/AccessKeySecret = %q`, "canary4-SecretOfAKey-Ab54"},
	{`/data/additionalEventData/SecurityToken = %q`, "canary5-SecurityTokenOfASession-Cd45"},
	{`/data/errorDetail = %q`, "canary6-SecretInAnError-Ef36"},
}

// A heard is everything that is said to people and machines while scenarios run.
type heard struct {
	mu      sync.Mutex
	text    bytes.Buffer
	secrets []string
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) say(what ...any) { fmt.Fprintln(h, what...) }

// told says which of the secrets was said, and around what.
func (h *heard) told() (faults []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.secrets {
		if len(s) < 8 {
			continue // no credential is so short
		}
		// Its last four characters may be shown, and no more of it.
		if i := bytes.Index(h.text.Bytes(), []byte(s[:len(s)-4])); i >= 0 {
			faults = append(faults, fmt.Sprintf("the secret %q was said: …%s…", s, h.text.Bytes()[max(0, i-80):min(h.text.Len(), i+len(s)+20)]))
		}
	}
	return faults
}

// canaries: secrets stand in the event where events have them, and in the state where an
// author has planted them (lines that hold canary-). With them and the credentials of the
// invocation, no record, log line, message or error says one.
func canaries(t *testing.T, p *practice.Practice, s scenario) {
	h := &heard{secrets: secretsIn(s.before)}
	var event map[string]any
	if err := json.Unmarshal(s.event, &event); err != nil {
		t.Fatal(err)
	}
	if data, ok := event["data"].(map[string]any); ok && data["serviceName"] != nil {
		for _, c := range planted {
			if edit(event, fmt.Sprintf(c.step, c.secret)) == nil { // not every event has every place
				h.secrets = append(h.secrets, c.secret)
			}
		}
	}
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []practice.Mode{practice.Enforce, practice.Observe} {
		w := begin(t, p, s, mode)
		w.logger = slog.New(slog.NewJSONHandler(h, &slog.HandlerOptions{Level: slog.LevelDebug}))
		outcomes, err := w.deliver(t.Context(), text, 0)
		h.say(outcomes, err)
		for _, line := range w.cloud.Logs(project, store) {
			h.say(line)
		}
		for _, m := range message.Compose(w.records()) {
			h.say(m.Title, channel.Full.Render(m, channel.Markdown))
		}
		h.secrets = append(h.secrets, w.secrets...)
	}
	for _, fault := range h.told() {
		t.Error(fault)
	}
}

// secretsIn are the words of a text that an author has planted, and the credentials that stand
// in it, in whatever wrapper: in user data, launch templates and commands. A wrapper with one
// in it is a secret too.
func secretsIn(text []byte) (words []string) {
	for _, word := range bytes.FieldsFunc(text, func(r rune) bool { return bytes.ContainsRune([]byte(" \t\n\"'{}[],="), r) }) {
		if bytes.HasPrefix(word, []byte("canary-")) && len(word) >= 16 {
			words = append(words, string(word))
		}
		found, _ := secret.Find(word)
		for _, f := range found {
			if f.Held() && f.Within != "" {
				words = append(words, string(word))
			}
		}
	}
	found, _ := secret.Find(text)
	for _, f := range found {
		if f.Held() {
			words = append(words, f.Secret.Reveal())
		}
	}
	return words
}
