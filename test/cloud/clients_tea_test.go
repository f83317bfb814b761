package cloud

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
)

// teaSLS is a request to Simple Log Service as the clients that are made with Tea send and
// sign it: by SHA-256 under the old scheme, and to the host of the region where the Go SDK
// would have put the project's name before it.
func teaSLS(t *testing.T, c *Cloud, k kernel.Credentials, method, url, body string) (int, http.Header, []byte) {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequest(method, url, strings.NewReader(body)))
	header := map[string]string{
		"x-log-apiversion": "0.6.0", "x-log-bodyrawsize": fmt.Sprint(len(body)), "x-log-signaturemethod": "hmac-sha256",
	}
	sum, kind := "", ""
	if body != "" {
		sum, kind = fmt.Sprintf("%X", md5.Sum([]byte(body))), "application/json"
		r.Header.Set("Content-MD5", sum)
		r.Header.Set("Content-Type", kind)
	}
	var lines []string
	for _, name := range kernel.SortedKeys(header) {
		r.Header.Set(name, header[name])
		lines = append(lines, name+":"+header[name])
	}
	date := time.Now().UTC().Format(http.TimeFormat)
	r.Header.Set("Date", date)
	resource := r.URL.EscapedPath()
	var pairs []string
	for _, name := range kernel.SortedKeys(r.URL.Query()) {
		pairs = append(pairs, name+"="+r.URL.Query().Get(name))
	}
	if len(pairs) > 0 {
		resource += "?" + strings.Join(pairs, "&")
	}
	toSign := strings.Join([]string{method, sum, kind, date, strings.Join(lines, "\n"), resource}, "\n")
	r.Header.Set("Authorization", "LOG "+k.AccessKeyID+":"+base64.StdEncoding.EncodeToString(kernel.HmacSHA256([]byte(k.AccessKeySecret), toSign)))
	response := must[*http.Response](t)((&http.Client{Transport: c.Transport()}).Do(r))
	defer response.Body.Close()
	return response.StatusCode, response.Header, must[[]byte](t)(io.ReadAll(response.Body))
}

// What the Node and Go clients that are made with Tea do with a project and its logs.
func TestTheRequestsOfTeaClientsToLogs(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	const region, project = "https://cn-hangzhou.log.aliyuncs.com", "https://node-project.cn-hangzhou.log.aliyuncs.com"
	now := time.Now().Unix()
	during := fmt.Sprintf("from=%d&to=%d", now-100, now+105)
	for _, step := range []struct{ method, url, body, says string }{
		{"POST", region + "/", `{"projectName":"node-project","description":"d"}`, ""},
		{"GET", project + "/", "", `"projectName":"node-project"`},
		{"POST", project + "/logstores", `{"logstoreName":"audit","ttl":30,"shardCount":1}`, ""},
		{"POST", project + "/logstores/audit/index", `{"line":{"token":[" "],"caseSensitive":false,"chn":false}}`, ""},
		{"GET", project + "/logstores/audit/index?type=histogram&" + during, "", `"count":0`},
		{"GET", project + "/logstores/audit?type=histogram&" + during, "", `"count":0`},
	} {
		if status, _, body := teaSLS(t, c, k, step.method, step.url, step.body); status != 200 || !strings.Contains(string(body), step.says) {
			t.Fatalf("%s %s: %d %s", step.method, step.url, status, body)
		}
	}
	for body, code := range map[string]string{
		`{"projectName":"node-project"}`: "ProjectAlreadyExist", `{"projectName":"NO"}`: "ParameterInvalid", `{}`: "ParameterInvalid", `[`: "PostBodyInvalid",
	} {
		if _, _, answer := teaSLS(t, c, k, "POST", region+"/", body); !strings.Contains(string(answer), `"`+code+`"`) {
			t.Errorf("%s: %s, want %s", body, answer, code)
		}
	}
	nobody := c.AddUser("nobody", kernel.Policy{})
	if status, _, _ := teaSLS(t, c, nobody, "POST", region+"/", `{"projectName":"other-project"}`); status != 401 && status != 403 {
		t.Errorf("somebody who may not has made a project: %d", status)
	}
}

// A histogram has each log in one of its parts, and ends where it was asked to.
func TestHistograms(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	if err := c.AddLogStore("p-project", "audit", 1, &sls.Index{Line: &sls.IndexLine{Token: []string{" "}}}); err != nil {
		t.Fatal(err)
	}
	client := &sls.Client{Endpoint: "https://cn-hangzhou.log.aliyuncs.com", AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, HTTPClient: &http.Client{Transport: c.Transport()}}
	now := time.Now()
	for i := range 3 {
		if err := client.PutLogs("p-project", "audit", group(now.Add(time.Duration(-i)*time.Minute), "id", "x")); err != nil {
			t.Fatal(err)
		}
	}
	var parts []struct{ From, To, Count int64 }
	url := fmt.Sprintf("https://p-project.cn-hangzhou.log.aliyuncs.com/logstores/audit?type=histogram&from=%d&to=%d", now.Unix()-150, now.Unix()+5)
	status, header, body := teaSLS(t, c, k, "GET", url, "")
	if err := json.Unmarshal(body, &parts); err != nil || status != 200 || header.Get("x-log-count") != "3" || header.Get("x-log-progress") != "Complete" {
		t.Fatalf("%d %v %s", status, err, body)
	}
	at, n := now.Unix()-150, int64(0)
	for _, p := range parts {
		if p.From != at || p.To <= p.From {
			t.Errorf("%+v, want one from %d", p, at)
		}
		at, n = p.To, n+p.Count
	}
	if at != now.Unix()+5 || n != 3 || len(parts) != logservice.Bars {
		t.Errorf("%d logs in %d parts up to %d", n, len(parts), at)
	}
	for _, during := range []string{"from=5&to=5", "from=-9000000000000000000&to=9000000000000000000", "from=0&to=9223372036854775807"} {
		if _, _, body := teaSLS(t, c, k, "GET", "https://p-project.cn-hangzhou.log.aliyuncs.com/logstores/audit?type=histogram&"+during, ""); !strings.Contains(string(body), "InvalidTimeRange") {
			t.Errorf("%s: %s", during, body)
		}
	}
}

// The requests of clients that sign by ACS3 put parameters into the query, names with spaces
// and letters of all alphabets among them.
func TestACS3SignsWhatIsHardToWrite(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	for _, text := range []string{"a b*c~d+e/ü", "it's (a) test!", "100% %2F &=?#", "日本"} {
		r := must[*http.Request](t)(http.NewRequest("POST", "https://ecs-cn-hangzhou.aliyuncs.com/?RegionId=cn-hangzhou&Description="+kernel.Percent(text), nil))
		kernel.SignACS3(r, nil, "CreateSecurityGroup", "2014-05-26", k)
		answer := askJSON(t, c, r)
		if id, _ := answer["SecurityGroupId"].(string); id == "" {
			t.Errorf("%s: %v", text, answer)
		}
		if !strings.Contains(dump(t, c), text) && !strings.Contains(dump(t, c), strings.ReplaceAll(text, "'", "''")) {
			t.Errorf("%s is not what the group has", text)
		}
	}
}
