package cloud

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/actiontrail"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ims"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// startCloud is a cloud that ends with the test, which fails if anything
// outside was reached for.
func startCloud(t *testing.T) *Cloud {
	t.Helper()
	c, err := New(kernel.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if hosts := c.Refused(); len(hosts) > 0 {
			t.Errorf("asked for hosts outside the cloud: %v", hosts)
		}
	})
	return c
}

// admin is a user who may do everything.
func admin(c *Cloud) kernel.Credentials {
	return c.AddUser("admin", kernel.SystemPolicies["AdministratorAccess"])
}

// sdkConfig is how production configures the SDK, but for the Transport.
func sdkConfig(c *Cloud) *sdk.Config {
	return sdk.NewConfig().WithScheme("https").WithHttpTransport(c.Transport())
}

func sdkCredential(k kernel.Credentials) auth.Credential {
	if k.SecurityToken != "" {
		return credentials.NewStsTokenCredential(k.AccessKeyID, k.AccessKeySecret, k.SecurityToken)
	}
	return credentials.NewAccessKeyCredential(k.AccessKeyID, k.AccessKeySecret)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ecsClient(t *testing.T, c *Cloud, k kernel.Credentials) *ecs.Client {
	t.Helper()
	return must[*ecs.Client](t)(ecs.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
}

func ramClient(t *testing.T, c *Cloud, k kernel.Credentials) *ram.Client {
	t.Helper()
	return must[*ram.Client](t)(ram.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
}

func imsClient(t *testing.T, c *Cloud, k kernel.Credentials) *ims.Client {
	t.Helper()
	client := must[*ims.Client](t)(ims.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
	client.Domain = "ims.aliyuncs.com"
	return client
}

func stsClient(t *testing.T, c *Cloud, k kernel.Credentials) *sts.Client {
	t.Helper()
	return must[*sts.Client](t)(sts.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
}

func trailClient(t *testing.T, c *Cloud, k kernel.Credentials) *actiontrail.Client {
	t.Helper()
	return must[*actiontrail.Client](t)(actiontrail.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
}

// wantCode fails unless err is the API's error with the code.
func wantCode(t *testing.T, err error, code string) *sdkerrors.ServerError {
	t.Helper()
	server, ok := errors.AsType[*sdkerrors.ServerError](err)
	if !ok {
		t.Fatalf("got %v, want the error %s", err, code)
	}
	if server.ErrorCode() != code {
		t.Fatalf("got %s (%s), want %s", server.ErrorCode(), server.Message(), code)
	}
	return server
}

// eventsOf collects the account's events.
func eventsOf(c *Cloud) *[]map[string]any {
	events := &[]map[string]any{}
	c.OnEvent(func(ce []byte) {
		var e map[string]any
		if err := json.Unmarshal(ce, &e); err != nil {
			panic(err)
		}
		*events = append(*events, e)
	})
	return events
}

// last is the newest event's record.
func last(t *testing.T, events *[]map[string]any) map[string]any {
	t.Helper()
	if len(*events) == 0 {
		t.Fatal("no event")
	}
	return (*events)[len(*events)-1]["data"].(map[string]any)
}

// load is Load that must not fail.
func load(t *testing.T, c *Cloud, document string) {
	t.Helper()
	if err := c.Load([]byte(document)); err != nil {
		t.Fatal(err)
	}
}

func dump(t *testing.T, c *Cloud) string {
	t.Helper()
	return string(must[[]byte](t)(c.Dump()))
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func readBody(t *testing.T, r *http.Request) []byte {
	t.Helper()
	if r.Body == nil {
		return nil
	}
	return must[[]byte](t)(io.ReadAll(r.Body))
}

// askJSON sends a request through the proxy and returns the answer.
func askJSON(t *testing.T, c *Cloud, r *http.Request) map[string]any {
	t.Helper()
	client := &http.Client{Transport: c.Transport()}
	defer client.CloseIdleConnections()
	response := must[*http.Response](t)(client.Do(r))
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
