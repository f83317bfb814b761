package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/pierrec/lz4/v4"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A request is one of the log service's, to be signed and sent. The SDK's own sender takes no
// context, retries writes whose outcome is unknown, allocates a compression table of 512 KB for
// each write, and hides the answer's headers. Its signatures and message formats are used as
// they are.
type request struct {
	action       string // for RAM: "log:ListShards"
	method, path string // the path with its query
	headers      map[string]string
	body         []byte
}

type answer struct {
	header http.Header
	body   []byte
	date   time.Time // the service's clock, zero where it is not said
}

const (
	apiVersion = "0.6.0"
	maxAnswer  = 128 << 20 // of a page, unpacked: several times what is documented
)

// send sends once. Where it fails, sent tells whether anything may have reached the
// service.
func (l *wire) send(ctx context.Context, r request) (a answer, sent bool, err error) {
	if ctx.Err() != nil {
		return answer{}, false, cloud.TimeUp(r.action)
	}
	once, cancel := context.WithTimeout(ctx, bound(ctx))
	defer cancel()
	once = httptrace.WithClientTrace(once, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent = true }})
	request, err := l.signed(once, r)
	if err != nil {
		return answer{}, false, &cloud.Error{Action: r.action, Code: codeClient, Message: err.Error()}
	}
	response, err := cloud.RoundTrip(l.transport(), request)
	if err != nil {
		return answer{}, sent, failed(ctx, r.action, err)
	}
	defer response.Body.Close()
	a.header = response.Header
	a.date, _ = http.ParseTime(response.Header.Get("Date"))
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err != nil {
		return answer{}, true, failed(ctx, r.action, err)
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, true, refused(r.action, response, a.body)
	}
	return a, true, nil
}

func (l *wire) transport() http.RoundTripper {
	if l.config.Transport == nil {
		return cloud.Transport()
	}
	return l.config.Transport
}

func (l *wire) signed(ctx context.Context, r request) (*http.Request, error) {
	host := l.config.Project + "." + strings.TrimPrefix(Endpoint(l.config.Region), "https://")
	headers := map[string]string{
		sls.HTTPHeaderHost:        host,
		sls.HTTPHeaderAPIVersion:  apiVersion,
		sls.HTTPHeaderUserAgent:   "ecsguard",
		sls.HTTPHeaderDate:        time.Now().UTC().Format(http.TimeFormat),
		sls.HTTPHeaderBodyRawSize: strconv.Itoa(len(r.body)),
	}
	for name, value := range r.headers {
		headers[name] = value
	}
	c := l.config.Credentials
	if c.SecurityToken != "" {
		headers[sls.HTTPHeaderAcsSecurityToken] = c.SecurityToken
	}
	if err := sls.NewSignerV1(c.AccessKeyID, c.AccessKeySecret).Sign(r.method, r.path, headers, r.body); err != nil {
		return nil, fmt.Errorf("the request cannot be signed: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, r.method, "https://"+host+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("the project %q makes no host name", l.config.Project) // the error holds the URL
	}
	for name, value := range headers {
		if name != sls.HTTPHeaderHost {
			request.Header.Set(name, value)
		}
	}
	return request, nil
}

// failed is the error of a request that was not answered.
func failed(ctx context.Context, action string, err error) *cloud.Error {
	if ctx.Err() != nil {
		return cloud.TimeUp(action)
	}
	return cloud.Network(action, err)
}

// refused is the error of a request that was answered with one.
func refused(action string, response *http.Response, body []byte) *cloud.Error {
	e := &sls.Error{}
	if err := json.Unmarshal(body, e); err != nil || e.Code == "" { // a proxy's page, say: it may repeat the request
		e.Code, e.Message = "BadAnswer", "an answer that is not the log service's"
	}
	e.HTTPCode, e.RequestID = int32(response.StatusCode), response.Header.Get(sls.RequestIDHeader)
	refusal := Refused(action, e)
	refusal.After = cloud.RetryAfter(response.Header, time.Now())
	return refusal
}

// Refused is the service's error as ours, which holds no URL and no signature.
func Refused(action string, e *sls.Error) *cloud.Error {
	message := e.Message
	if strings.Contains(e.Code, "Signature") {
		message = "the signature was refused" // the answer holds it
	}
	return &cloud.Error{Action: action, Code: e.Code, Message: message, Status: int(e.HTTPCode), RequestID: e.RequestID}
}

// read sends a request that changes nothing, and retries until it is answered, refused for
// good, or time is up.
func (l *wire) read(ctx context.Context, r request) (answer, error) {
	var a answer
	err := l.retry().Do(ctx, func() (err error) {
		a, _, err = l.send(ctx, r)
		return err
	})
	return a, err
}

func (l *wire) retry() cloud.Retry { return cloud.Retry{First: l.config.RetryWait} }

// unpacked is the answer's body, decompressed.
func (a answer) unpacked() ([]byte, error) {
	kind := a.header.Get("x-log-compresstype")
	if kind == "" {
		return a.body, nil
	}
	size, err := strconv.Atoi(a.header.Get(sls.HTTPHeaderBodyRawSize))
	if err != nil || size < 0 || size > maxAnswer {
		return nil, fmt.Errorf("a size of %q", a.header.Get(sls.HTTPHeaderBodyRawSize))
	}
	switch {
	case size == 0:
		return nil, nil
	case kind != "lz4":
		return nil, fmt.Errorf("compressed as %q, which was not asked for", kind)
	}
	out := make([]byte, size)
	n, err := lz4.UncompressBlock(a.body, out)
	if err != nil || n != size {
		return nil, fmt.Errorf("%d bytes where %d were said: %w", n, size, err)
	}
	return out, nil
}
