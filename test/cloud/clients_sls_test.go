package cloud

import (
	"crypto/md5"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// sls sends a request of Simple Log Service with signature version 1. The host is the
// region's where no project is given.
func (r rawClient) sls(status int, project, method, path, body string) map[string]any {
	r.t.Helper()
	host := "cn-hangzhou.log.aliyuncs.com"
	if project != "" {
		host = project + "." + host
	}
	request := must[*http.Request](r.t)(http.NewRequest(method, "https://"+host+path, strings.NewReader(body)))
	request.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	request.Header.Set("x-log-apiversion", "0.6.0")
	request.Header.Set("x-log-signaturemethod", "hmac-sha1")
	request.Header.Set("x-log-bodyrawsize", fmt.Sprint(len(body)))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Content-MD5", fmt.Sprintf("%X", md5.Sum([]byte(body))))
	}
	toSign := strings.Join([]string{
		method, request.Header.Get("Content-MD5"), request.Header.Get("Content-Type"), request.Header.Get("Date"),
		strings.Join(kernel.PrefixedHeaders(request, "x-log-", "x-acs-"), "\n"), kernel.SlsV1Resource(request),
	}, "\n")
	request.Header.Set("Authorization", "LOG "+r.k.AccessKeyID+":"+kernel.HmacSHA1Base64(r.k.AccessKeySecret, toSign))
	got, answer := r.send(request)
	if got != status {
		r.t.Errorf("%s %s: %d %v, want %d", method, path, got, answer, status)
	}
	return answer
}

// The newer clients name a project in the body and ask the region's host.
func TestProjectsAreMadeAtTheRegion(t *testing.T) {
	c := startCloud(t)
	r := rawFor(t, c, admin(c))
	r.sls(200, "", "POST", "/", `{"projectName":"audit-one","description":"d"}`)
	r.is(r.sls(400, "", "POST", "/", `{"projectName":"audit-one"}`), "errorCode", "ProjectAlreadyExist")
	r.is(r.sls(400, "", "POST", "/", `{"projectName":"No Name"}`), "errorCode", "ParameterInvalid")
	a := r.sls(200, "audit-one", "GET", "/", "")
	r.is(a, "description", "d")
	r.is(a, "resourceGroupId", c.ResourceGroup())

	r.sls(200, "", "POST", "/tag", `{"resourceType":"PROJECT","resourceId":["audit-one"],"tags":[{"key":"team","value":"a"}]}`)
	const tags = "/tags?resourceId=%5B%22audit-one%22%5D&resourceType=PROJECT"
	r.is(r.sls(200, "", "GET", tags, ""), "tagResources.0.tagValue", "a")
	r.sls(200, "", "POST", "/untag", `{"resourceType":"PROJECT","resourceId":["audit-one"],"tags":["team"]}`)
	if left := dig(t, r.sls(200, "", "GET", tags, ""), "tagResources").([]any); len(left) != 0 {
		t.Error(left)
	}
	r.is(r.sls(404, "", "POST", "/tag", `{"resourceType":"PROJECT","resourceId":["none"],"tags":[]}`), "errorCode", "ProjectNotExist")

	if text := r.sls(200, "audit-one", "GET", "/policy", ""); len(text) != 0 {
		t.Error(text)
	}
	r.sls(200, "audit-one", "POST", "/policy", `{"Version":"1","Statement":[]}`)
	r.is(r.sls(200, "audit-one", "GET", "/policy", ""), "Version", "1")
	r.sls(200, "audit-one", "DELETE", "/policy", "")
	r.sls(404, "audit-one", "PUT", "/resourcegroup", `{"resourceId":"audit-one","resourceGroupId":"rg-other","resourceType":"PROJECT"}`)

	r.sls(200, "audit-one", "POST", "/logstores", `{"logstoreName":"audit","ttl":30,"shardCount":2,"infrequentAccessTTL":7,"hot_ttl":7,"encrypt_conf":{"enable":true,"encrypt_type":"default"}}`)
	a = r.sls(200, "audit-one", "GET", "/logstores/audit", "")
	r.is(a, "infrequentAccessTTL", 7)
	r.is(a, "encrypt_conf.encrypt_type", "default")
	r.is(r.sls(200, "audit-one", "GET", "/logstores/audit/meteringmode", ""), "meteringMode", "ChargeByFunction")
	r.sls(200, "audit-one", "PUT", "/logstores/audit/meteringmode", `{"meteringMode":"ChargeByDataIngest"}`)
	r.is(r.sls(200, "audit-one", "GET", "/logstores/audit/meteringmode", ""), "meteringMode", "ChargeByDataIngest")
	r.is(r.sls(400, "audit-one", "PUT", "/logstores/audit/meteringmode", `{"meteringMode":"Free"}`), "errorCode", "ParameterInvalid")

	narrow := rawFor(t, c, c.AddUser("alice", allow("log:*", "acs:log:*:*:project/mine-*")))
	narrow.sls(200, "", "POST", "/", `{"projectName":"mine-one"}`)
	narrow.is(narrow.sls(401, "", "POST", "/", `{"projectName":"others"}`), "errorCode", "Unauthorized")
}
