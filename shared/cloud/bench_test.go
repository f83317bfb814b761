package cloud

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

type bareTrip func(*http.Request) (*http.Response, error)

func (f bareTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// BenchmarkDo compares a call by an SDK client of its own with ours, the network left out.
func BenchmarkDo(b *testing.B) {
	answered := bareTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`{"Disks":{}}`))}, nil
	})
	call := New("ecs", "DescribeDisks", "cn-hangzhou", "DiskIds", IDs("d-1"))
	b.Run("sdk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			config := sdk.NewConfig().WithScheme("HTTPS")
			config.Transport = inContext{b.Context(), answered}
			client, err := sdk.NewClientWithOptions("cn-hangzhou", config, credentials.NewStsTokenCredential(secret.AccessKeyID, secret.AccessKeySecret, secret.SecurityToken))
			if err != nil {
				b.Fatal(err)
			}
			request := requests.NewCommonRequest()
			request.Product, request.Version, request.ApiName, request.Domain = "ecs", "2014-05-26", call.Action, "ecs-cn-hangzhou.aliyuncs.com"
			request.Method, request.Scheme = http.MethodPost, "https"
			for name, value := range call.Params {
				request.QueryParams[name] = value
			}
			if _, err := client.ProcessCommonRequest(request); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("do", func(b *testing.B) {
		b.ReportAllocs()
		c := client(answered)
		for b.Loop() {
			if err := c.Do(b.Context(), call, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
