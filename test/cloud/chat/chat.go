package chat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is the chat side of the world: DingTalk robots and the receivers
// of other webhooks.
type state struct {
	robots   map[string]*robot // by access token
	messages []Message
	webhooks []Webhook
}

// sent is what counts towards its limit: refused messages do not, so a client that keeps trying is
// not blocked for longer.
type robot struct {
	security RobotSecurity
	sent     []time.Time // within the last minute
	blocked  time.Time   // until then
}

// Message is one message that a DingTalk robot delivered to its group.
type Message struct {
	Time  time.Time       `json:"time"`
	Robot string          `json:"robot"` // access token
	Type  string          `json:"type"`
	Title string          `json:"title"`
	Text  string          `json:"text"`
	Raw   json.RawMessage `json:"raw"`
}

// Webhook is one request to a receiver added with AddWebhook.
// The body is as it came: each kind of chat has its own, and tests read it.
type Webhook struct {
	Time   time.Time   `json:"time"`
	Host   string      `json:"host"`
	Path   string      `json:"path"` // with the query
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// The host is the real one, so a robot's address in a setting needs no change.
func (c *Service) register() {
	c.robots = map[string]*robot{}
	c.Handle("oapi.dingtalk.com", http.HandlerFunc(c.serveDingTalk))
}

// RobotSecurity is what a robot asks of each message. What is empty is not asked for, and
// all that is not has to be met.
type RobotSecurity struct {
	Secret    string         // the message is signed with it
	Keywords  []string       // the message holds one of them
	Addresses []netip.Prefix // the message comes from one of them
}

// AddRobot makes a custom DingTalk robot. An empty secret is a robot without
// the signature check.
func (c *Service) AddRobot(token, secret string) {
	c.AddSecureRobot(token, RobotSecurity{Secret: secret})
}

// AddSecureRobot makes a custom DingTalk robot, or gives one another security.
func (c *Service) AddSecureRobot(token string, security RobotSecurity) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.robots[token] = &robot{security: security}
}

// Messages returns what the robots delivered, in order.
func (c *Service) Messages() []Message {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return append([]Message(nil), c.messages...)
}

// DingError is how DingTalk refuses: HTTP 200, and an errcode in the body.
type DingError struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// Gates and faults strike it as they do calls of the cloud, under the action dingtalk:Send. A
// refused message is HTTP 200 with an errcode, so a client has to read the body.
func (c *Service) serveDingTalk(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	note := kernel.Call{Time: c.Clock(), Began: kernel.Arrived(r), Product: "dingtalk", Action: "dingtalk:Send", Write: true, SourceIP: c.CallerIP(r), RequestID: c.Random.Uuid(), Status: 200}
	over := c.PassGates(note)
	fault := c.Fault("dingtalk:Send")
	defer func() {
		note.Duration = time.Since(note.Began)
		c.NoteCall(note)
		if fault.Later() {
			c.PutOff(*fault, func() { c.dingSend(r, body) })
		}
		over()
	}()
	if err := fault.Before(r.Context()); err == kernel.ErrReset {
		panic(http.ErrAbortHandler)
	} else if err != nil {
		e := kernel.AsError(err)
		note.Status, note.Code = e.Status, e.Code
		http.Error(w, e.Message, e.Status)
		return
	}
	answer := c.dingSend(r, body)
	if answer.Code != 0 {
		note.Code = strconv.Itoa(answer.Code)
	}
	if fault != nil && fault.LoseResponse {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

// The robot's limits: 20 messages a minute, then ten minutes of silence.
const (
	dingPerMinute = 20
	dingBlock     = 10 * time.Minute
	DingMaxBytes  = 20000
)

// Refusals come in this order: path, token, content type, signature, address, limit, size,
// content, keywords. The codes are DingTalk's.
func (c *Service) dingSend(r *http.Request, body []byte) DingError {
	q := r.URL.Query()
	if r.Method != http.MethodPost || r.URL.Path != "/robot/send" {
		return DingError{22, "不合法的请求, the local cloud answers POST /robot/send only"}
	}
	token := q.Get("access_token")
	if token == "" {
		return DingError{40035, "缺少参数 access_token"}
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return DingError{43004, "无效的HTTP HEADER Content-Type"}
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	bot, now := c.robots[token], c.Clock()
	if bot == nil {
		return DingError{300005, "token is not exist"}
	}
	if bot.security.Secret != "" {
		if e := dingSignature(bot.security.Secret, q.Get("timestamp"), q.Get("sign"), now); e.Code != 0 {
			return e
		}
	}
	if from := c.CallerIP(r); !bot.security.from(from) {
		return DingError{310000, "ip " + from + " not in whitelist"}
	}
	if e := bot.limit(now); e.Code != 0 {
		return e
	}
	if len(body) > DingMaxBytes {
		return DingError{460101, "message too long, exceed 20000 bytes"}
	}
	m, e := dingMessage(body)
	if e.Code != 0 {
		return e
	}
	if !bot.security.says(m) {
		return DingError{310000, "keywords not in content"}
	}
	bot.sent = append(bot.sent, now)
	m.Time, m.Robot, m.Raw = now, token, body
	c.messages = append(c.messages, m)
	return DingError{0, "ok"}
}

// The secret is both the key and a part of the text. A timestamp is good for an hour, by the
// cloud's clock.
func dingSignature(secret, timestamp, sign string, now time.Time) DingError {
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if age := now.Sub(time.UnixMilli(ms)); err != nil || age > time.Hour || age < -time.Hour {
		return DingError{310000, "invalid timestamp"}
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	if !hmac.Equal([]byte(sign), []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))) {
		return DingError{310000, "sign not match"}
	}
	return DingError{}
}

// No addresses means everybody.
func (s RobotSecurity) from(address string) bool {
	from, err := netip.ParseAddr(address)
	return len(s.Addresses) == 0 || err == nil && slices.ContainsFunc(s.Addresses, func(p netip.Prefix) bool { return p.Contains(from) })
}

// A keyword may stand in the title or in the text.
func (s RobotSecurity) says(m Message) bool {
	return len(s.Keywords) == 0 || slices.ContainsFunc(s.Keywords, func(w string) bool { return strings.Contains(m.Title+"\n"+m.Text, w) })
}

// limit refuses the 21st message of a minute and everything for ten minutes
// after it.
func (b *robot) limit(now time.Time) DingError {
	tooFast := DingError{130101, "send too fast, exceed 20 times per minute"}
	if now.Before(b.blocked) {
		return tooFast
	}
	recent := b.sent[:0]
	for _, t := range b.sent {
		if now.Sub(t) < time.Minute {
			recent = append(recent, t)
		}
	}
	b.sent = recent
	if len(recent) >= dingPerMinute {
		// The message that was one too many starts the silence.
		b.blocked = now.Add(dingBlock)
		return tooFast
	}
	return DingError{}
}

// dingMessage reads the three message types that a robot of ours sends.
func dingMessage(body []byte) (Message, DingError) {
	var in struct {
		MsgType    string `json:"msgtype"`
		Text       struct{ Content string }
		Markdown   struct{ Title, Text string }
		ActionCard struct {
			Title, Text, SingleTitle, SingleURL string
			Btns                                []struct{ Title, ActionURL string }
		} `json:"actionCard"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Message{}, DingError{40035, "不合法的参数, json: " + err.Error()}
	}
	m := Message{Type: in.MsgType}
	switch in.MsgType {
	case "text":
		m.Text = in.Text.Content
	case "markdown":
		m.Title, m.Text = in.Markdown.Title, in.Markdown.Text
		if m.Title == "" {
			return m, DingError{40035, "缺少参数 title"}
		}
	case "actionCard":
		a := in.ActionCard
		m.Title, m.Text = a.Title, a.Text
		single := a.SingleTitle != "" && a.SingleURL != ""
		if m.Title == "" || !single && len(a.Btns) == 0 {
			return m, DingError{40035, "缺少参数 title, singleTitle and singleURL, or btns"}
		}
		for _, b := range a.Btns {
			if b.Title == "" || b.ActionURL == "" {
				return m, DingError{40035, "缺少参数 btns title or actionURL"}
			}
		}
	case "":
		return m, DingError{40035, "缺少参数 msgtype"}
	default:
		return m, DingError{400105, "the local cloud does not take msgtype " + in.MsgType}
	}
	if m.Text == "" {
		return m, DingError{40035, "缺少参数 content or text"}
	}
	return m, DingError{}
}

// AddWebhook serves every path of https://host and records what arrives. The
// answer is the one that the host's owner gives on success. Add hosts before
// clients run.
func (c *Service) AddWebhook(host string) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.Handle(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		defer c.PassGates(kernel.Call{Time: c.Clock(), Product: "webhook", Action: "webhook:Send", Write: true, Params: map[string]string{"host": host, "path": r.URL.Path}})()
		// It may run later than the answer, where a fault puts it off.
		receive := func() {
			c.Mu.Lock()
			defer c.Mu.Unlock()
			c.webhooks = append(c.webhooks, Webhook{c.Clock(), host, r.URL.RequestURI(), maps.Clone(r.Header), body})
		}
		fault := c.Fault("webhook:Send")
		if fault.Later() {
			defer c.PutOff(*fault, receive)
		}
		if err := fault.Before(r.Context()); err == kernel.ErrReset {
			panic(http.ErrAbortHandler)
		} else if err != nil {
			http.Error(w, kernel.AsError(err).Message, kernel.AsError(err).Status)
			return
		}
		receive()
		if fault != nil && fault.LoseResponse {
			panic(http.ErrAbortHandler)
		}
		switch {
		case strings.HasSuffix(host, "slack.com"):
			io.WriteString(w, "ok")
		case strings.HasSuffix(host, "weixin.qq.com"):
			io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
		default:
			io.WriteString(w, `{"code":0,"msg":"success","data":{}}`)
		}
	}))
}

// Webhooks returns what the receivers recorded, in order.
func (c *Service) Webhooks() []Webhook {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return append([]Webhook(nil), c.webhooks...)
}
