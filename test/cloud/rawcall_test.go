package cloud

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/alb"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// rawClient sends requests as clients that nobody here wrote send them: what is in the
// query, in the form and in the headers is written out.
type rawClient struct {
	t *testing.T
	c *Cloud
	k kernel.Credentials
	*http.Client
}

func rawFor(t *testing.T, c *Cloud, k kernel.Credentials) rawClient {
	client := &http.Client{Transport: c.Transport()}
	t.Cleanup(client.CloseIdleConnections)
	return rawClient{t, c, k, client}
}

// post sends a call of the RPC style as a form, signed with version 1 over query and form.
// An empty code wants success.
func (r rawClient) post(code, host, version, action string, form ...string) map[string]any {
	r.t.Helper()
	query := url.Values{
		"AccessKeyId": {r.k.AccessKeyID}, "Action": {action}, "Format": {"json"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureNonce": {r.c.Random.Uuid()},
		"SignatureVersion": {"1.0"}, "Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")}, "Version": {version},
	}
	fields := url.Values{}
	for i := 0; i < len(form); i += 2 {
		fields.Set(form[i], form[i+1])
	}
	all := url.Values{}
	for _, values := range []url.Values{query, fields} {
		for name := range values {
			all.Set(name, values.Get(name))
		}
	}
	query.Set("Signature", kernel.HmacSHA1Base64(r.k.AccessKeySecret+"&", "POST&%2F&"+kernel.Percent(kernel.Rfc3986.Replace(all.Encode()))))
	request := must[*http.Request](r.t)(http.NewRequest("POST", "https://"+host+"/?"+query.Encode(), strings.NewReader(fields.Encode())))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, answer := r.send(request)
	got := ""
	if status != 200 {
		got = alb.FirstOf(answer["Code"], "?")
	}
	if got != code {
		r.t.Errorf("%s %v: %d %v, want the code %q", action, form, status, answer, code)
	}
	return answer
}

func (r rawClient) send(request *http.Request) (int, map[string]any) {
	r.t.Helper()
	response := must[*http.Response](r.t)(r.Do(request))
	defer response.Body.Close()
	body := must[[]byte](r.t)(io.ReadAll(response.Body))
	answer := map[string]any{}
	if len(body) > 0 && json.Unmarshal(body, &answer) != nil {
		answer["text"] = string(body)
	}
	return response.StatusCode, answer
}

// The products by their short names, as rawClient.call has them.
var rawProducts = map[string][2]string{
	"ecs": {"ecs-cn-hangzhou.aliyuncs.com", "2014-05-26"}, "vpc": {"vpc.cn-hangzhou.aliyuncs.com", "2016-04-28"},
	"ram": {"ram.aliyuncs.com", "2015-05-01"}, "ims": {"ims.aliyuncs.com", "2019-08-15"}, "slb": {"slb.cn-hangzhou.aliyuncs.com", "2014-05-15"},
	"alb": {"alb.cn-hangzhou.aliyuncs.com", "2020-06-16"}, "nlb": {"nlb.cn-hangzhou.aliyuncs.com", "2022-04-30"}, "actiontrail": {"actiontrail.cn-hangzhou.aliyuncs.com", "2020-07-06"},
	"tag": {"tag.aliyuncs.com", "2018-08-28"}, "resourcemanager": {"resourcemanager.aliyuncs.com", "2020-03-31"},
	"bss": {"business.aliyuncs.com", "2017-12-14"}, "sas": {"tds.aliyuncs.com", "2018-12-03"}, "location": {"location-readonly.aliyuncs.com", "2015-06-12"},
}

// call is post of "ecs:ResizeDisk", with the region where the product takes one.
func (r rawClient) call(action string, form ...string) map[string]any {
	r.t.Helper()
	return r.refused("", action, form...)
}

func (r rawClient) refused(code, action string, form ...string) map[string]any {
	r.t.Helper()
	product, name, _ := strings.Cut(action, ":")
	p := rawProducts[product]
	if product == "ecs" || product == "vpc" || product == "slb" || product == "tag" {
		form = append([]string{"RegionId", "cn-hangzhou"}, form...)
	}
	return r.post(code, p[0], p[1], name, form...)
}

// dig follows a path such as "Disks.Disk.0.Size" into an answer.
func dig(t *testing.T, answer any, path string) any {
	t.Helper()
	for _, step := range strings.Split(path, ".") {
		switch at := answer.(type) {
		case map[string]any:
			answer = at[step]
		case []any:
			n := int(step[0] - '0')
			if n >= len(at) {
				t.Fatalf("%s: there are %d", path, len(at))
			}
			answer = at[n]
		default:
			t.Fatalf("%s: nothing at %s", path, step)
		}
	}
	return answer
}

// is fails unless an answer has a value at a path.
func (r rawClient) is(answer map[string]any, path string, want any) {
	r.t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := dig(r.t, answer, path); got != want {
		r.t.Errorf("%s is %v (%T), want %v", path, got, got, want)
	}
}
