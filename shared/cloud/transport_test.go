package cloud

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gateway is the process's transport before a TLS server that counts its connections.
func gateway(t testing.TB, handler http.HandlerFunc) (transport *http.Transport, made *atomic.Int32) {
	t.Helper()
	made = &atomic.Int32{}
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2 = true
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			made.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	transport = newTransport()
	t.Cleanup(transport.CloseIdleConnections)
	transport.Proxy = nil
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	transport.TLSClientConfig.ServerName = "example.com"
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	return transport, made
}

// slow is a client that has no time for a second try, but for one at once.
func slow(transport http.RoundTripper) *Client {
	return NewClient(Config{Credentials: secret, Transport: transport, RetryWait: time.Hour})
}

var look = New("ecs", "DescribeDisks", "cn-hangzhou")

// call makes a call that has a minute.
func call(t *testing.T, c *Client, call Call) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return c.Do(ctx, call, nil)
}

func TestConnectionsAreKept(t *testing.T) {
	transport, made := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("asked by %s", r.Proto)
		}
		w.Write([]byte(`{}`))
	})
	for range 20 {
		if err := call(t, slow(transport), look); err != nil {
			t.Fatal(err)
		}
	}
	if n := made.Load(); n != 1 {
		t.Errorf("%d connections for 20 calls", n)
	}
}

// What one invocation used at once serves the next.
func TestAsManyConnectionsAreKeptAsAreUsedAtOnce(t *testing.T) {
	const n = 30
	var together sync.WaitGroup
	transport, made := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait()
		w.Write([]byte(`{}`))
	})
	for range 3 {
		var calls sync.WaitGroup
		together.Add(n)
		for range n {
			calls.Go(func() {
				if err := call(t, slow(transport), look); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
	}
	if got := made.Load(); got != n {
		t.Errorf("%d connections, %d are used at once", got, n)
	}
}

// dying is a gateway that answers each connection once. What comes after is met by end.
func dying(t *testing.T, end func(net.Conn)) (*http.Transport, *atomic.Int32) {
	var known sync.Map
	tries := &atomic.Int32{}
	transport, _ := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		if _, kept := known.LoadOrStore(r.RemoteAddr, true); !kept {
			w.Write([]byte(`{}`))
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		end(conn)
		conn.Close()
	})
	return transport, tries
}

func reset(conn net.Conn) {
	conn.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn).SetLinger(0)
	conn.(interface{ NetConn() net.Conn }).NetConn().Close()
}

func TestADeadConnectionCostsNoWait(t *testing.T) {
	for name, end := range map[string]func(net.Conn){"closed": func(net.Conn) {}, "reset": reset} {
		t.Run(name, func(t *testing.T) {
			transport, tries := dying(t, end)
			for n := range 3 {
				if err := call(t, slow(transport), look); err != nil {
					t.Errorf("call %d: %v", n, err)
				}
			}
			if n := tries.Load(); n != 5 {
				t.Errorf("%d tries for 3 calls, of which 2 met a dead connection", n)
			}
		})
	}
}

// All that were kept have died together: the second try does not meet another of them.
func TestTheTryAfterADeadConnectionTakesANewOne(t *testing.T) {
	const n = 8
	var together sync.WaitGroup
	var known sync.Map
	var first atomic.Bool
	first.Store(true)
	transport, _ := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		if _, kept := known.LoadOrStore(r.RemoteAddr, true); kept {
			panic(http.ErrAbortHandler)
		}
		if first.Load() {
			together.Done()
			together.Wait()
		}
		w.Write([]byte(`{}`))
	})
	together.Add(n)
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() { call(t, slow(transport), look) })
	}
	calls.Wait()
	first.Store(false)
	if err := call(t, slow(transport), look); err != nil {
		t.Error(err)
	}
}

// What would make a second thing is not made again unseen, and a refusal after a dead
// connection may be of what was done.
func TestADeadConnectionLosesNoDoubt(t *testing.T) {
	transport, tries := dying(t, func(net.Conn) {})
	if err := call(t, slow(transport), look); err != nil {
		t.Fatal(err)
	}
	err := call(t, slow(transport), New("vpc", "CreateFlowLog", "cn-hangzhou"))
	if err != nil {
		t.Fatalf("another host has its own connection: %v", err)
	}
	err = call(t, slow(transport), New("vpc", "CreateFlowLog", "cn-hangzhou"))
	if !Repeated(err) || Retryable(err) || tries.Load() != 3 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

// Where it is not the connection's age, or an answer had begun, the usual wait holds.
func TestOnlyADeadConnectionIsStale(t *testing.T) {
	begun := func(conn net.Conn) { conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")) }
	transport, _ := dying(t, begun)
	if err := call(t, slow(transport), look); err != nil {
		t.Fatal(err)
	}
	if err := call(t, slow(transport), look); Code(err) != codeNetwork || Stale(err) {
		t.Errorf("cut in its answer: %v, stale %t", err, Stale(err))
	}
	var tries atomic.Int32
	transport, _ = gateway(t, func(http.ResponseWriter, *http.Request) {
		tries.Add(1)
		panic(http.ErrAbortHandler)
	})
	if err := call(t, slow(transport), look); Code(err) != codeNetwork || Stale(err) || tries.Load() != 1 {
		t.Errorf("a new connection cut: %v, stale %t, %d tries", err, Stale(err), tries.Load())
	}
}
