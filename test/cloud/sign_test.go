package cloud

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	teautil "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// signRPC signs a call by hand, so that it can be bent.
func signRPC(k kernel.Credentials, method string, params map[string]string) url.Values {
	v := url.Values{
		"Action": {"DescribeRegions"}, "Version": {"2014-05-26"}, "Format": {"JSON"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
		"SignatureNonce": {fmt.Sprint(time.Now().UnixNano())}, "Timestamp": {time.Now().UTC().Format(time.RFC3339)}, "AccessKeyId": {k.AccessKeyID},
	}
	if k.SecurityToken != "" {
		v.Set("SecurityToken", k.SecurityToken)
	}
	for name, value := range params {
		v.Set(name, value)
	}
	var pairs []string
	for _, name := range kernel.SortedKeys(v) {
		pairs = append(pairs, kernel.Percent(name)+"="+kernel.Percent(v.Get(name)))
	}
	v.Set("Signature", kernel.HmacSHA1Base64(k.AccessKeySecret+"&", method+"&%2F&"+kernel.Percent(strings.Join(pairs, "&"))))
	return v
}

// ask sends a call and returns its error code.
func ask(t *testing.T, c *Cloud, r *http.Request) string {
	t.Helper()
	answer := askJSON(t, c, r)
	code, _ := answer["Code"].(string)
	return code
}

func getRPC(t *testing.T, v url.Values) *http.Request {
	t.Helper()
	return must[*http.Request](t)(http.NewRequest("GET", "https://ecs-cn-hangzhou.aliyuncs.com/?"+v.Encode(), nil))
}

func TestRPCSignatureInQueryAndForm(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	if code := ask(t, c, getRPC(t, signRPC(k, "GET", nil))); code != "" {
		t.Fatal(code)
	}
	body := signRPC(k, "POST", nil).Encode()
	r := must[*http.Request](t)(http.NewRequest("POST", "https://ecs-cn-hangzhou.aliyuncs.com/", strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if code := ask(t, c, r); code != "" {
		t.Fatal(code)
	}
}

func TestBentRPCSignaturesAreRefused(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	stranger := kernel.Credentials{AccessKeyID: "LTAI5tNobody", AccessKeySecret: "x"}
	wrong := kernel.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: "wrong"}
	for name, test := range map[string]struct {
		code string
		v    url.Values
	}{
		"unknown key":   {"InvalidAccessKeyId.NotFound", signRPC(stranger, "GET", nil)},
		"wrong secret":  {"SignatureDoesNotMatch", signRPC(wrong, "GET", nil)},
		"other method":  {"SignatureDoesNotMatch", signRPC(k, "POST", nil)},
		"too old":       {"InvalidTimeStamp.Expired", signRPC(k, "GET", map[string]string{"Timestamp": "2020-01-01T00:00:00Z"})},
		"no date":       {"InvalidTimeStamp.Format", signRPC(k, "GET", map[string]string{"Timestamp": "yesterday"})},
		"other scheme":  {"InvalidSignatureMethod", signRPC(k, "GET", map[string]string{"SignatureMethod": "PLAIN"})},
		"tampered":      {"SignatureDoesNotMatch", tampered(signRPC(k, "GET", nil), "AcceptLanguage", "en")},
		"stolen token":  {"InvalidSecurityToken.Malformed", signRPC(kernel.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: "CAISstolen"}, "GET", nil)},
		"unsigned":      {"MissingAccessKeyId", url.Values{"Action": {"DescribeRegions"}, "Version": {"2014-05-26"}}},
		"XML asked for": {"InvalidParameter.Format", signRPC(k, "GET", map[string]string{"Format": "XML"})},
	} {
		t.Run(name, func(t *testing.T) {
			if code := ask(t, c, getRPC(t, test.v)); code != test.code {
				t.Errorf("got %q, want %s", code, test.code)
			}
		})
	}
}

func tampered(v url.Values, name, value string) url.Values {
	v.Set(name, value)
	return v
}

func TestReplayedCallIsRefused(t *testing.T) {
	c := startCloud(t)
	v := signRPC(admin(c), "GET", nil)
	if code := ask(t, c, getRPC(t, v)); code != "" {
		t.Fatal(code)
	}
	if code := ask(t, c, getRPC(t, v)); code != "SignatureNonceUsed" {
		t.Fatalf("the second got %q", code)
	}
}

// The SDK explains a mismatch by comparing its own string to sign with the one
// in the server's message.
func TestMismatchCarriesTheServersStringToSign(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	k.AccessKeySecret = "wrong"
	_, err := ecsClient(t, c, k).DescribeRegions(ecs.CreateDescribeRegionsRequest())
	server := wantCode(t, err, "SignatureDoesNotMatch")
	if !strings.HasPrefix(server.Recommend(), "InvalidAccessKeySecret") {
		t.Errorf("the SDK did not find its own string in %q", server.Message())
	}
}

func TestSessionsNeedTheirToken(t *testing.T) {
	now := time.Now()
	c := must[*Cloud](t)(New(kernel.Options{Clock: func() time.Time { return now }}))
	t.Cleanup(c.Close)
	arn := c.AddRole("ECSGuard", kernel.Policy{}, kernel.SystemPolicies["AdministratorAccess"])
	one := must[kernel.Credentials](t)(c.AssumeRole(arn, "one", time.Hour))
	two := must[kernel.Credentials](t)(c.AssumeRole(arn, "two", time.Hour))
	if code := ask(t, c, getRPC(t, signRPC(one, "GET", nil))); code != "" {
		t.Fatal(code)
	}
	swapped, bare := one, one
	swapped.SecurityToken, bare.SecurityToken = two.SecurityToken, ""
	if code := ask(t, c, getRPC(t, signRPC(swapped, "GET", nil))); code != "InvalidSecurityToken.MismatchWithAccessKey" {
		t.Errorf("another session's token: %q", code)
	}
	if code := ask(t, c, getRPC(t, signRPC(bare, "GET", nil))); code != "MissingSecurityToken" {
		t.Errorf("no token: %q", code)
	}
	now = now.Add(time.Hour)
	if code := ask(t, c, getRPC(t, signRPC(one, "GET", nil))); code != "InvalidSecurityToken.Expired" {
		t.Errorf("an hour later: %q", code)
	}
}

func TestInactiveKeyIsRefused(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	c.Mu.Lock()
	c.Keys.ByID[k.AccessKeyID].Active = false
	c.Mu.Unlock()
	if code := ask(t, c, getRPC(t, signRPC(k, "GET", nil))); code != "InvalidAccessKeyId.Inactive" {
		t.Fatal(code)
	}
}

// acs3 calls ECS with the client of the current SDKs.
func acs3(t *testing.T, c *Cloud, k kernel.Credentials, action string, query map[string]*string) error {
	t.Helper()
	client := must[*openapi.Client](t)(openapi.NewClient(&openapi.Config{
		AccessKeyId: &k.AccessKeyID, AccessKeySecret: &k.AccessKeySecret, SecurityToken: &k.SecurityToken,
		Endpoint: tea.String("ecs-cn-hangzhou.aliyuncs.com"), HttpsProxy: tea.String(c.ProxyURL()), Ca: tea.String(string(c.CA())),
	}))
	_, err := client.CallApi(&openapi.Params{
		Action: &action, Version: tea.String("2014-05-26"), Protocol: tea.String("HTTPS"), Pathname: tea.String("/"), Method: tea.String("POST"),
		AuthType: tea.String("AK"), Style: tea.String("RPC"), ReqBodyType: tea.String("formData"), BodyType: tea.String("json"),
	}, &openapi.OpenApiRequest{Query: query}, &teautil.RuntimeOptions{})
	return err
}

func TestACS3Signature(t *testing.T) {
	c := startCloud(t)
	arn := c.AddRole("ecsguard", kernel.Policy{}, kernel.SystemPolicies["AliyunECSReadOnlyAccess"])
	session := must[kernel.Credentials](t)(c.AssumeRole(arn, "s", time.Hour))
	query := map[string]*string{
		"RegionId": tea.String("cn-hangzhou"), "InstanceIds": tea.String(`["i-1", "i-*~ü"]`), "Tag.1.Key": tea.String("a b+c"),
	}
	for name, k := range map[string]kernel.Credentials{"key": admin(c), "session": session} {
		if err := acs3(t, c, k, "DescribeInstances", query); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := admin(c)
	wrong.AccessKeySecret = "wrong"
	if err := acs3(t, c, wrong, "DescribeInstances", query); err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch") {
		t.Errorf("wrong secret: %v", err)
	}
	if err := acs3(t, c, session, "DeleteDisk", map[string]*string{"DiskId": tea.String("d-1")}); err == nil || !strings.Contains(err.Error(), "Forbidden.RAM") {
		t.Errorf("a write with read permission: %v", err)
	}
}

// A header that is not in the signed list could be changed on the way.
func TestACS3RefusesAnUnsignedHeader(t *testing.T) {
	c := startCloud(t)
	r := must[*http.Request](t)(http.NewRequest("POST", "https://ecs-cn-hangzhou.aliyuncs.com/", nil))
	r.Header.Set("x-acs-action", "DescribeRegions")
	r.Header.Set("x-acs-version", "2014-05-26")
	r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+admin(c).AccessKeyID+",SignedHeaders=host,Signature=00")
	if code := ask(t, c, r); code != "IncompleteSignature" {
		t.Fatal(code)
	}
}

// ROA and SLS requests are verified without a service behind them.
func verified(t *testing.T, c *Cloud, do func(transport http.RoundTripper)) (who kernel.Principal, err error) {
	t.Helper()
	do(roundTrip(func(r *http.Request) (*http.Response, error) {
		body := readBody(t, r)
		r.Host = r.URL.Host
		for name, values := range r.Header { // as the wire would do
			delete(r.Header, name)
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
		who, err = c.Verify(r, body)
		return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
	}))
	return who, err
}

func TestROASignature(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	for name, secret := range map[string]string{"right": k.AccessKeySecret, "wrong": "wrong"} {
		r := requests.NewCommonRequest()
		r.Method, r.Scheme, r.Domain, r.Version, r.PathPattern = "POST", "https", "cs.cn-hangzhou.aliyuncs.com", "2015-12-15", "/clusters/[id]/x"
		r.PathParams = map[string]string{"id": "c-1"}
		r.QueryParams = map[string]string{"b": "2 3", "a": "1"}
		r.Content = []byte(`{"x": 1}`)
		who, err := verified(t, c, func(rt http.RoundTripper) {
			client := must[*sdk.Client](t)(sdk.NewClientWithOptions("cn-hangzhou", sdk.NewConfig(), sdkCredential(kernel.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: secret})))
			client.SetTransport(rt)
			client.ProcessCommonRequest(r) // the answer is empty, which it does not like
		})
		switch {
		case name == "right" && (err != nil || who.Name != "admin"):
			t.Errorf("got %v, %v", who, err)
		case name == "wrong" && kernel.AsError(err).Code != "SignatureDoesNotMatch":
			t.Errorf("wrong secret: %v", err)
		}
	}
}

func TestSLSSignatures(t *testing.T) {
	c := startCloud(t)
	arn := c.AddRole("ecsguard", kernel.Policy{})
	session := must[kernel.Credentials](t)(c.AssumeRole(arn, "s", time.Hour))
	wrong := session
	wrong.AccessKeySecret = "wrong"
	stranger := kernel.Credentials{AccessKeyID: "LTAI5tNobody", AccessKeySecret: "x"}
	for _, version := range []sls.AuthVersionType{sls.AuthV1, sls.AuthV4} {
		for name, test := range map[string]struct {
			k    kernel.Credentials
			code string
		}{"right": {session, ""}, "wrong": {wrong, "SignatureNotMatch"}, "stranger": {stranger, "Unauthorized"}} {
			_, err := verified(t, c, func(rt http.RoundTripper) {
				client := sls.CreateNormalInterfaceV2("https://cn-hangzhou.log.aliyuncs.com",
					sls.NewStaticCredentialsProvider(test.k.AccessKeyID, test.k.AccessKeySecret, test.k.SecurityToken))
				client.SetAuthVersion(version)
				client.SetRegion("cn-hangzhou")
				client.SetHTTPClient(&http.Client{Transport: rt})
				client.GetLogStore("audit", "a b")
				client.CreateLogStore("audit", "guard", 1, 2, true, 16)
				client.GetLogs("audit", "guard", "", 0, 1, "* | select count(*)", 1, 0, true)
			})
			if err != nil && kernel.AsError(err).Code != test.code || err == nil && test.code != "" {
				t.Errorf("%s %s: %v", version, name, err)
			}
		}
	}
}

func TestSLSRefusesAnOldDateInItsOwnWords(t *testing.T) {
	c := startCloud(t)
	r := must[*http.Request](t)(http.NewRequest("GET", "https://p.cn-hangzhou.log.aliyuncs.com/logstores", nil))
	r.Header.Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
	r.Header.Set("x-log-signaturemethod", "hmac-sha1")
	r.Header.Set("Authorization", "LOG "+admin(c).AccessKeyID+":00")
	if _, err := c.Verify(r, nil); kernel.AsError(err).Code != "RequestTimeTooSkewed" {
		t.Fatal(err)
	}
}

// Clients that are made with Tea sign with SHA-256 under the old scheme. The method is a
// header of its own, and signed with the others.
func TestSLSSignatureMethods(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	sha256 := func(secret, s string) string {
		return base64.StdEncoding.EncodeToString(kernel.HmacSHA256([]byte(secret), s))
	}
	for name, test := range map[string]struct {
		method string
		sign   func(secret, s string) string
		code   string
	}{
		"sha1":              {"hmac-sha1", kernel.HmacSHA1Base64, ""},
		"sha256":            {"hmac-sha256", sha256, ""},
		"sha256 named sha1": {"hmac-sha1", sha256, "SignatureNotMatch"},
		"sha1 named sha256": {"hmac-sha256", kernel.HmacSHA1Base64, "SignatureNotMatch"},
		"unknown":           {"hmac-md5", kernel.HmacSHA1Base64, "InvalidSignatureMethod"},
		"upper case":        {"HMAC-SHA256", sha256, "InvalidSignatureMethod"},
		"none":              {"", kernel.HmacSHA1Base64, "MissingSignatureMethod"},
	} {
		r := must[*http.Request](t)(http.NewRequest("GET", "https://p.cn-hangzhou.log.aliyuncs.com/logstores?offset=0", nil))
		r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		r.Header.Set("x-log-apiversion", "0.6.0")
		headers := "x-log-apiversion:0.6.0"
		if test.method != "" {
			r.Header.Set("x-log-signaturemethod", test.method)
			headers += "\nx-log-signaturemethod:" + test.method
		}
		r.Header.Set("Authorization", "LOG "+k.AccessKeyID+":"+test.sign(k.AccessKeySecret, "GET\n\n\n"+r.Header.Get("Date")+"\n"+headers+"\n/logstores?offset=0"))
		who, err := c.Verify(r, nil)
		if err == nil && (test.code != "" || who.Name != "admin") || err != nil && kernel.AsError(err).Code != test.code {
			t.Errorf("%s: %v, %v, want %q", name, who.Name, err, test.code)
		}
	}
}
