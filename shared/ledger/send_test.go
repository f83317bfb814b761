package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var secret = ours.Credentials{AccessKeyID: "LTAI-id", AccessKeySecret: "very-secret", SecurityToken: "token-secret"}

// service is a log whose service answers with f.
func service(f roundTrip) *ledger.Log {
	return ledger.Open(ledger.Config{Project: "ecsguard-1", Store: "audit", Region: "cn-hangzhou", Transport: f, RetryWait: time.Millisecond, Credentials: secret})
}

func respond(status int, body []byte, headers ...string) *http.Response {
	r := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// The receive time is the store's where it adds one, and the service says what time it is.
func TestTheLogsOwnClock(t *testing.T) {
	with, without := group("with"), group("without")
	with.LogTags = []*sls.LogTag{{Key: proto.String("__client_ip__"), Value: proto.String("203.0.113.1")}, {Key: proto.String("__receive_time__"), Value: proto.String("1700000100")}}
	without.Logs[0].Time = proto.Uint32(1700000090)
	raw, err := proto.Marshal(&sls.LogGroupList{LogGroups: []*sls.LogGroup{with, without}})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	log := service(func(r *http.Request) (*http.Response, error) {
		asked++
		return respond(200, raw, "x-log-cursor", "next", "x-log-bodyrawsize", strconv.Itoa(len(raw)), "x-log-end-of-cursor", "1", "Date", "Tue, 14 Nov 2023 22:15:20 GMT"), nil
	})
	p, err := log.PullShard(t.Context(), 0, "first")
	if err != nil || p.Next != "next" || asked != 1 || p.Now.Unix() != 1700000120 {
		t.Errorf("%+v %v, asked %d times", p, err, asked)
	}
	var at []int64
	for _, e := range p.Entries() {
		at = append(at, e.Received.Unix())
	}
	if !slices.Equal(at, []int64{1700000100, 1700000090}) {
		t.Errorf("received at %v", at)
	}
}

// A shard that was split holds what it took before; the last range holds the greatest key.
func TestShardsHoldingAKey(t *testing.T) {
	zero, half, end := strings.Repeat("0", 32), "8"+strings.Repeat("0", 31), strings.Repeat("F", 32)
	shards := ledger.Shards{
		{ShardID: 0, Status: "readonly", InclusiveBeginKey: zero, ExclusiveBeginKey: end},
		{ShardID: 1, Status: "readwrite", InclusiveBeginKey: zero, ExclusiveBeginKey: half},
		{ShardID: 2, Status: "readwrite", InclusiveBeginKey: half, ExclusiveBeginKey: end},
	}
	for key, want := range map[string][]int{zero: {0, 1}, half: {0, 2}, strings.ToLower(end): {0, 2}, "7" + end[1:]: {0, 1}} {
		if got := shards.Holding(key); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	if key := ledger.HashKey("a", "b"); len(key) != 32 || key == ledger.HashKey("ab") {
		t.Error(key)
	}
}

// No error holds a URL, a signature or a credential, whatever was answered.
func TestErrorsHoldNoSecret(t *testing.T) {
	for name, f := range map[string]roundTrip{
		"a signature refused": func(r *http.Request) (*http.Response, error) {
			return respond(403, []byte(`{"errorCode":"SignatureNotMatch","errorMessage":"signature `+r.Header.Get("Authorization")+` not match"}`), "x-log-requestid", "req-1"), nil
		},
		"a proxy's page": func(r *http.Request) (*http.Response, error) {
			return respond(502, []byte("<html>"+r.URL.String()+" "+r.Header.Get("x-acs-security-token"))), nil
		},
		"a failed connection": func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: r.URL.String() + "&token-secret", Err: errors.New("connection refused")}
		},
		"not a log": func(r *http.Request) (*http.Response, error) {
			return respond(200, []byte("token-secret"), "x-log-cursor", "next", "x-log-bodyrawsize", "12"), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := service(f)
			_, pulled := log.PullShard(noTime(t), 0, "first")
			for _, err := range []error{pulled, log.Put(noTime(t), ledger.HashKey("sg-1"), group("1"))} {
				if err == nil {
					continue
				}
				for _, word := range []string{"http", "secret", "LTAI", "LOG "} {
					if strings.Contains(err.Error(), word) {
						t.Errorf("%q is in %q", word, err)
					}
				}
			}
			if pulled == nil {
				t.Error("no error")
			}
		})
	}
}

// A kept connection that had died costs a read no wait, and a write is not sent again
// unseen: it may have been taken.
func TestADeadConnection(t *testing.T) {
	sent := 0
	log := ledger.Open(ledger.Config{Project: "ecsguard-1", Store: "audit", Region: "cn-hangzhou", RetryWait: time.Hour, Credentials: secret,
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			sent++
			httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{Reused: sent == 1})
			if sent == 1 {
				return nil, io.EOF
			}
			return respond(200, []byte(`{"cursor":"next","meta":{"progress":"Complete"}}`)), nil
		})})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if cursor, err := log.Cursor(ctx, 0, time.Now()); err != nil || cursor != "next" || sent != 2 {
		t.Errorf("%q, %v after %d tries", cursor, err, sent)
	}
	sent = 0
	if _, err := log.Task(ctx, "task", time.Now()); err != nil || sent != 2 {
		t.Errorf("%v after %d tries", err, sent)
	}
	sent = 0
	if err := log.Put(ctx, "", group("1")); !ledger.Unanswered(err) || sent != 1 {
		t.Errorf("%v after %d tries", err, sent)
	}
}
