package cloud

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

// errNoAnswer is what becomes of a try that is not answered in time.
var errNoAnswer = fmt.Errorf("no answer in %s", perTry)

// request is a call as the SDK forms and signs it. The SDK's client is left out: it takes
// no context, may not be used by two goroutines at once, and costs more than the rest of
// the call where it is made anew for each.
func (c *Client) request(p Product, call Call) (*http.Request, error) {
	r := requests.NewCommonRequest()
	r.Product, r.Version, r.ApiName = call.Product, p.Version, call.Action
	r.Domain = p.Host(call.Region)
	r.Method, r.Scheme = http.MethodPost, "https"
	if r.PathPattern = p.Paths[call.Action]; r.PathPattern != "" {
		r.Method, r.AcceptFormat = http.MethodGet, "JSON" // those in use read
	} else if p.Paths != nil {
		return nil, fmt.Errorf("%s has no path in shared/cloud/products.go", call.RAM())
	} else if call.Region != "" && !regionless(call.Product) {
		r.QueryParams["RegionId"] = call.Region
	}
	for name, value := range call.Params {
		if strings.Contains(r.PathPattern, "["+name+"]") {
			r.PathParams[name] = url.PathEscape(value)
		} else {
			r.QueryParams[name] = value
		}
	}
	r.TransToAcsRequest()
	r.GetHeaders()["x-sdk-core-version"] = sdk.Version
	if err := auth.Sign(r, nil, region(call), c.credential); err != nil {
		return nil, err
	}
	request, err := http.NewRequest(r.GetMethod(), r.BuildUrl(), r.GetBodyReader())
	if err != nil {
		return nil, err
	}
	for name, value := range r.GetHeaders() {
		request.Header.Set(name, value)
	}
	request.Header.Set("User-Agent", sdk.DefaultUserAgent)
	return request, nil
}

// region is what a call says that has none: every signed call has a RegionId.
func region(call Call) string {
	if call.Region == "" {
		return "cn-hangzhou"
	}
	return call.Region
}

// send sends once and returns the answer, or the API's refusal.
func (c *Client) send(ctx context.Context, request *http.Request) ([]byte, error) {
	response, err := RoundTrip(c.config.Transport, request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		refused := sdkerrors.NewServerError(response.StatusCode, string(body), "")
		return nil, laterError{refused, RetryAfter(response.Header, time.Now())}
	}
	return body, nil
}
