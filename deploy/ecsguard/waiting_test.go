package main

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

// What does not pass by itself ends every command that asks the cloud, at the first try.
func TestWhatDoesNotPassIsNotWaitedFor(t *testing.T) {
	o := start(t)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	refused := o.Transport.Clone()
	refused.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: nobody.Addr().String()})
	untrusted := o.Transport.Clone()
	untrusted.TLSClientConfig.RootCAs = x509.NewCertPool()
	picky := o.Transport.Clone()
	asked := listen(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	})
	picky.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: asked})
	lost := o.Transport.Clone()
	lost.Proxy = nil
	lost.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "sts.nowhere", IsNotFound: true}}
	}
	for name, x := range map[string]struct {
		*http.Transport
		want string
	}{
		"a proxy that is not there":           {refused, ", or the demo whose variables these are has ended"},
		"a certificate that nobody trusts":    {untrusted, "look at SSL_CERT_FILE"},
		"a proxy that wants to know who asks": {picky, "look at HTTPS_PROXY"},
		"a name that leads nowhere":           {lost, "look at --region"},
	} {
		for _, args := range [][]string{{"findings"}, {"findings", "--project", "ecsguard-1"}, {"show", "x"}, {"undo", "--yes", "x"}, {"prepare", "--plan"}} {
			calls := 0
			o.transport = answers(func(r *http.Request) (*http.Response, error) {
				calls++
				return x.RoundTrip(r)
			})
			said, err := o.run(args...)
			if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "context canceled") || calls != 1 {
				t.Errorf("%s, %v: %d calls, %v\n%s", name, args, calls, err, said)
			}
			if strings.Contains(err.Error(), "Signature=") || strings.Contains(said, "Signature=") {
				t.Errorf("%s: it shows how the call is signed: %v\n%s", name, err, said)
			}
		}
		x.CloseIdleConnections()
	}
}

// What is no address of a proxy is said to be none, before anything is dialled and without showing it.
func TestAProxyThatCannotBeRead(t *testing.T) {
	o := start(t)
	for _, proxy := range []*url.URL{
		{Scheme: "http", Host: "secret::"}, {Scheme: "http", Host: ":"}, {Scheme: "http", Host: ""}, {Scheme: "ftp", Host: "secret:1"}, nil,
	} {
		transport := o.Transport.Clone()
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("%v was dialled", proxy)
			return nil, errors.New("not this one")
		}
		transport.Proxy = func(*http.Request) (*url.URL, error) {
			if proxy == nil {
				return nil, errors.New(`invalid proxy address "secret%"`)
			}
			return proxy, nil
		}
		o.transport = transport
		said, err := o.run("findings")
		if err == nil || !strings.Contains(err.Error(), "HTTPS_PROXY cannot be read as the address of a proxy") || strings.Contains(err.Error()+said, "secret") {
			t.Errorf("%v: %v\n%s", proxy, err, said)
		}
	}
	for _, host := range []string{"127.0.0.1:1", "[::1]:1", "proxy"} {
		w := &waiting{base: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: host})}}
		if w.unreadableProxy(&http.Request{URL: &url.URL{Scheme: "https", Host: "sts.aliyuncs.com"}}) {
			t.Errorf("%s is refused", host)
		}
	}
}

// listen answers each connection once.
func listen(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			answer(c)
			c.Close()
		}
	}()
	return l.Addr().String()
}

// While a command waits it says so: within seconds where there is no answer, at once where
// there was an error, and again while it goes on.
func TestWaitingIsSaid(t *testing.T) {
	for name, x := range map[string]struct {
		answer answers
		want   []string
	}{
		"no answer": {func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, []string{"still waiting after 3s for sts.cn-hangzhou.aliyuncs.com, which has not answered yet\n", "still waiting after 9s"}},
		"a network that breaks": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
		}, []string{"waiting for sts.cn-hangzhou.aliyuncs.com: read tcp: connection reset by peer; trying again\n", "still waiting after 3s"}},
		"a refusal that passes": {func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 503, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"Code":"ServiceUnavailable"}`)), Request: r}, nil
		}, []string{"still waiting after 3s for sts.cn-hangzhou.aliyuncs.com, which answered HTTP 503\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				last, longest := begun, time.Duration(0)
				var said strings.Builder
				c := command(surroundings{
					getenv:    func(name string) string { return map[string]string{keyID: "LTAI1", keySecret: "s"}[name] },
					now:       time.Now,
					transport: x.answer,
				})
				c.SetArgs([]string{"findings"})
				c.SetOut(io.Discard)
				c.SetErr(writer(func(p []byte) {
					longest, last = max(longest, time.Since(last)), time.Now()
					said.Write(p)
				}))
				if err := c.ExecuteContext(t.Context()); err == nil {
					t.Error("it worked")
				}
				for _, want := range x.want {
					if !strings.Contains(said.String(), want) {
						t.Errorf("it does not say %q:\n%s", want, said.String())
					}
				}
				if longest = max(longest, time.Since(last)); longest > 10*time.Second {
					t.Errorf("it was silent for %s of %s:\n%s", longest, time.Since(begun), said.String())
				}
			})
		})
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }
