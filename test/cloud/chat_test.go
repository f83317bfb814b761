package cloud

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/chat"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ding sends to a robot as DingTalk documents it and returns the errcode.
func ding(t *testing.T, c *Cloud, token, secret string, at time.Time, body string) int {
	t.Helper()
	q := url.Values{"access_token": {token}}
	if secret != "" {
		ms := strconv.FormatInt(at.UnixMilli(), 10)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(ms + "\n" + secret))
		q.Set("timestamp", ms)
		q.Set("sign", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	resp, err := (&http.Client{Transport: c.Transport()}).Post("https://oapi.dingtalk.com/robot/send?"+q.Encode(), "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return -resp.StatusCode
	}
	var e chat.DingError
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
		t.Fatal(err)
	}
	return e.Code
}

const markdown = `{"msgtype":"markdown","markdown":{"title":"fixed","text":"port 22 closed"}}`

func TestDingTalkTakesOnlyWhatIsSignedNow(t *testing.T) {
	c := fcCloud(t)
	c.AddRobot("token", "SECret")
	now := time.Now()
	for what, x := range map[string]struct {
		token, secret string
		at            time.Time
		want          int
	}{
		"right":           {"token", "SECret", now, 0},
		"wrong secret":    {"token", "SECrets", now, 310000},
		"not signed":      {"token", "", now, 310000},
		"an hour old":     {"token", "SECret", now.Add(-61 * time.Minute), 310000},
		"an hour ahead":   {"token", "SECret", now.Add(61 * time.Minute), 310000},
		"another's token": {"nobody", "SECret", now, 300005},
	} {
		if got := ding(t, c, x.token, x.secret, x.at, markdown); got != x.want {
			t.Errorf("%s: errcode %d, want %d", what, got, x.want)
		}
	}
	m := c.Messages()
	if len(m) != 1 || m[0].Title != "fixed" || m[0].Text != "port 22 closed" || m[0].Robot != "token" {
		t.Errorf("%+v", m)
	}
}

func TestDingTalkRefusesMessagesThatShowNothing(t *testing.T) {
	c := fcCloud(t)
	c.AddRobot("token", "")
	for body, want := range map[string]int{
		`{"msgtype":"text","text":{"content":"hello"}}`:                                                                       0,
		`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","btns":[{"title":"yes","actionURL":"https://e.com"}]}}`: 0,
		`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x","singleTitle":"open","singleURL":"https://e.com"}}`:     0,
		`{"msgtype":"actionCard","actionCard":{"title":"t","text":"x"}}`:                                                      40035,
		`{"msgtype":"markdown","markdown":{"text":"no title"}}`:                                                               40035,
		`{"msgtype":"text","text":{}}`:                                                                                        40035,
		`{"text":{"content":"x"}}`:                                                                                            40035,
		`{"msgtype":"oneCard"}`:                                                                                               400105,
		`not json`:                                                                                                            40035,
		`{"msgtype":"text","text":{"content":"` + strings.Repeat("x", chat.DingMaxBytes) + `"}}`:                              460101,
	} {
		if got := ding(t, c, "token", "", time.Now(), body); got != want {
			t.Errorf("%.100s: errcode %d, want %d", body, got, want)
		}
	}
}

func TestDingTalkBlocksARobotForTenMinutes(t *testing.T) {
	now := time.Now()
	c, err := New(kernel.Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.AddRobot("token", "")
	c.AddRobot("other", "")
	send := func(token string) int { return ding(t, c, token, "", now, markdown) }
	for i := range 20 {
		if got := send("token"); got != 0 {
			t.Fatalf("message %d: errcode %d", i+1, got)
		}
	}
	if got := send("token"); got != 130101 {
		t.Errorf("the 21st: errcode %d", got)
	}
	if got := send("other"); got != 0 {
		t.Errorf("another robot: errcode %d", got)
	}
	now = now.Add(9 * time.Minute)
	if got := send("token"); got != 130101 {
		t.Errorf("after nine minutes: errcode %d", got)
	}
	now = now.Add(time.Minute)
	if got := send("token"); got != 0 {
		t.Errorf("after ten minutes: errcode %d", got)
	}
}

func TestChatFailsAsTold(t *testing.T) {
	c := fcCloud(t)
	c.AddRobot("token", "")
	c.Inject(kernel.Fault{Action: "dingtalk:Send", Times: 1, Status: 502})
	if got := ding(t, c, "token", "", time.Now(), markdown); got != -502 {
		t.Errorf("%d", got)
	}
	if len(c.Messages()) != 0 {
		t.Error("delivered all the same")
	}
	if got := ding(t, c, "token", "", time.Now(), markdown); got != 0 {
		t.Errorf("%d", got)
	}
}

func TestWebhooksAreRecordedAndOtherHostsAreOutOfReach(t *testing.T) {
	c := fcCloud(t)
	c.AddWebhook("hooks.slack.com")
	client := &http.Client{Transport: c.Transport()}
	resp, err := client.Post("https://hooks.slack.com/services/T/B/x?y=1", "application/json", strings.NewReader(`{"text":"hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	w := c.Webhooks()
	if string(body) != "ok" || len(w) != 1 || w[0].Path != "/services/T/B/x?y=1" || string(w[0].Body) != `{"text":"hi"}` || w[0].Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %+v", body, w)
	}
	if _, err := client.Get("https://example.com/"); err == nil {
		t.Error("a host outside was reached")
	}
}
