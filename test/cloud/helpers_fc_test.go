package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	fcsdk "github.com/alibabacloud-go/fc-20230330/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/gogo/protobuf/proto"
)

// echo is the function that the tests run, built once.
var echo string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "local-cloud-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		echo = filepath.Join(dir, "echo")
		build := exec.Command("go", "build", "-o", echo, "./testdata/echo")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// fcCloud starts a cloud whose functions retry at once.
func fcCloud(t *testing.T) *Cloud {
	t.Helper()
	c, err := New(kernel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.RetryBase, c.LogTriggerInterval = time.Millisecond, time.Millisecond
	return c
}

// idle waits for the end of all work, and not for ever.
func idle(t *testing.T, c *Cloud) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.Idle(ctx); err != nil {
		t.Fatal(err)
	}
}

// deploy deploys echo under the name in f.
func deploy(t *testing.T, c *Cloud, f fc.Function) {
	t.Helper()
	f.Binary = echo
	if f.TimeoutSec == 0 {
		f.TimeoutSec = 20
	}
	if err := c.DeployFunction(f); err != nil {
		t.Fatal(err)
	}
}

func allow(action, resource string) kernel.Policy {
	return kernel.Policy{Version: "1", Statement: []kernel.Statement{{Effect: "Allow", Action: kernel.TextList{action}, Resource: kernel.TextList{resource}}}}
}

// fcTrust lets Function Compute assume a role.
var fcTrust = kernel.Policy{Version: "1", Statement: []kernel.Statement{{
	Effect: "Allow", Action: kernel.TextList{"sts:AssumeRole"}, Principal: map[string]kernel.TextList{"Service": {"fc.aliyuncs.com"}}}}}

func slsClient(c *Cloud, k kernel.Credentials) sls.ClientInterface {
	client := sls.CreateNormalInterfaceV2("https://"+c.Region+".log.aliyuncs.com",
		sls.NewStaticCredentialsProvider(k.AccessKeyID, k.AccessKeySecret, k.SecurityToken))
	client.SetHTTPClient(&http.Client{Transport: c.Transport()})
	client.SetRetryTimeout(5 * time.Second)
	return client
}

// group is a log group of one log a value.
func group(at time.Time, key string, values ...string) *sls.LogGroup {
	g := &sls.LogGroup{Topic: proto.String("topic"), Source: proto.String("10.0.0.1")}
	for _, v := range values {
		g.Logs = append(g.Logs, &sls.Log{Time: proto.Uint32(uint32(at.Unix())),
			Contents: []*sls.LogContent{{Key: proto.String(key), Value: proto.String(v)}}})
	}
	return g
}

func slsCode(err error) string {
	var e *sls.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "another error: " + err.Error()
	}
	return ""
}

// invoke calls a function with the official SDK, through the proxy.
func invoke(t *testing.T, c *Cloud, k kernel.Credentials, name, body string, header map[string]string) (*fcsdk.InvokeFunctionResponse, string, error) {
	t.Helper()
	client, err := fcsdk.NewClient(&openapi.Config{
		AccessKeyId: tea.String(k.AccessKeyID), AccessKeySecret: tea.String(k.AccessKeySecret), SecurityToken: tea.String(k.SecurityToken),
		Endpoint: tea.String("fcv3." + c.Region + ".aliyuncs.com"), RegionId: tea.String(c.Region),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &fcsdk.InvokeFunctionHeaders{CommonHeaders: map[string]*string{}}
	for k, v := range header {
		h.CommonHeaders[k] = tea.String(v)
	}
	// The SDK keeps its connections by options, the certificate not among them,
	// and a later cloud may get the port of an earlier one.
	timeout := 30000 + int(crc32.ChecksumIEEE(c.CA())%10000)
	resp, err := client.InvokeFunctionWithOptions(tea.String(name), &fcsdk.InvokeFunctionRequest{Body: strings.NewReader(body)}, h,
		&util.RuntimeOptions{HttpsProxy: tea.String(c.ProxyURL()), Ca: tea.String(string(c.CA())), ReadTimeout: tea.Int(timeout)})
	if err != nil {
		return nil, "", err
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text), nil
}

func fcCode(err error) string {
	var e *tea.SDKError
	if errors.As(err, &e) {
		return tea.StringValue(e.Code)
	}
	if err != nil {
		return "another error: " + err.Error()
	}
	return ""
}

// answerOf is what echo returned.
type echoAnswer struct {
	PID                                int
	Request, Function, Region, Account string
	Attempt                            int
	KeyID                              string
	Left                               time.Duration
	Env                                map[string]string
	Event                              json.RawMessage
	Logs                               []string
}

func answerOf(t *testing.T, text string) echoAnswer {
	t.Helper()
	var a echoAnswer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return a
}

// call runs a function synchronously as root and wants it to succeed.
func call(t *testing.T, c *Cloud, name, body string) echoAnswer {
	t.Helper()
	resp, text, err := invoke(t, c, c.RootSession(), name, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e := tea.StringValue(resp.Headers["x-fc-error-type"]); e != "" {
		t.Fatalf("%s: %s", e, text)
	}
	return answerOf(t, text)
}

func async(t *testing.T, c *Cloud, name, body string, header ...string) {
	t.Helper()
	h := map[string]string{"x-fc-invocation-type": "Async"}
	for i := 0; i < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	resp, _, err := invoke(t, c, c.RootSession(), name, body, h)
	if err != nil {
		t.Fatal(err)
	}
	if tea.Int32Value(resp.StatusCode) != http.StatusAccepted {
		t.Fatalf("asynchronous invocation: HTTP %d", tea.Int32Value(resp.StatusCode))
	}
}

// attempts are the invocations of one function.
func attempts(c *Cloud, name string) []fc.Invocation {
	var list []fc.Invocation
	for _, i := range c.Invocations() {
		if i.Function == name {
			list = append(list, i)
		}
	}
	return list
}
