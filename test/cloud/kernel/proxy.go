package kernel

import (
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
)

// proxyState is the one door into the cloud: an HTTP proxy. Clients keep their
// real endpoints and need no switch, so what is tested is what is deployed.
type proxyState struct {
	addr   string
	ca     *authority
	inside *tunnels
}

// StartProxy has two servers: one takes CONNECT, and the other reads what comes through the tunnels,
// as any https server would.
// The listener is on 127.0.0.1 and a free port. The inner server takes its connections from a
// channel, so nothing listens but the proxy.
func (c *Cloud) StartProxy() error {
	ca, err := theAuthority()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.proxy = proxyState{addr: l.Addr().String(), ca: ca, inside: newTunnels(l.Addr())}
	quiet := log.New(logWriter{c}, "", 0)
	outer := &http.Server{Handler: http.HandlerFunc(c.serveProxy), ErrorLog: quiet}
	inner := &http.Server{Handler: http.HandlerFunc(c.serveHost), ErrorLog: quiet}
	serve := func(s *http.Server, l net.Listener) {
		if err := s.Serve(l); err != nil && !isClosed(err) {
			c.Log.Error("local cloud stopped serving", "error", err)
		}
	}
	go serve(outer, l)
	go serve(inner, c.proxy.inside)
	c.Closers = append(c.Closers, func() {
		outer.Close()
		inner.Close()
	})
	return nil
}

// serveProxy answers CONNECT, and plain http for clients that insist on it.
func (c *Cloud) serveProxy(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		c.serveConnect(w, r)
	case r.URL.IsAbs():
		// The Host header of a proxy's client may be the proxy's own.
		r.Host = r.URL.Host
		c.serveHost(w, r)
	default:
		http.Error(w, "this is the local cloud's proxy: set HTTPS_PROXY to it", http.StatusBadRequest)
	}
}

// serveConnect opens a tunnel to a host that is served, and refuses each other by name: no call may
// reach the real cloud because nobody here answers it.
func (c *Cloud) serveConnect(w http.ResponseWriter, r *http.Request) {
	host := BareHost(r.Host)
	// The name is kept before the connection is taken over, so that a test sees it also where that
	// fails.
	if c.Route(host) == nil {
		c.refuseHost(host)
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		c.Log.Error("cannot take over a connection", "error", err)
		return
	}
	if c.Route(host) == nil {
		// Go's client reports only the reason phrase, so the host is in it.
		fmt.Fprintf(conn, "HTTP/1.1 403 the local cloud does not serve %s\r\nContent-Length: 0\r\n\r\n", host)
		conn.Close()
		return
	}
	if _, err := fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	c.noteConnection(host)
	c.proxy.inside.push(tls.Server(conn, c.proxy.ca.serverConfig(host)))
}

// serveHost hands a request to the service that its Host belongs to.
// Requests that came through a tunnel and plain ones meet here.
func (c *Cloud) serveHost(w http.ResponseWriter, r *http.Request) {
	host := BareHost(r.Host)
	h := c.Route(host)
	if h == nil {
		c.refuseHost(host)
		http.Error(w, "the local cloud does not serve "+host, http.StatusForbidden)
		return
	}
	h.ServeHTTP(w, r)
}

// Route is who answers for a host: the first pattern that fits it, in the order of their adding.
func (c *Cloud) Route(host string) http.Handler {
	for _, h := range c.hosts {
		if Wildcard(h.pattern, host) {
			return h.handler
		}
	}
	return nil
}

// refuseHost keeps the names, by which a test sees that something wanted to go out.
func (c *Cloud) refuseHost(host string) {
	c.Log.Warn("refused a host outside the local cloud", "host", host)
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.refusedHosts = append(c.refusedHosts, host)
}

// BareHost is a Host header without its port, in lower case.
func BareHost(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.ToLower(hostport)
}

// tunnels is a net.Listener of the connections made inside CONNECT.
type tunnels struct {
	addr net.Addr
	next chan net.Conn
	done chan struct{}
	once sync.Once
}

func newTunnels(addr net.Addr) *tunnels {
	return &tunnels{addr: addr, next: make(chan net.Conn), done: make(chan struct{})}
}

// push hands a connection to Accept, or closes it where nobody accepts any more.
func (t *tunnels) push(conn net.Conn) {
	select {
	case t.next <- conn:
	case <-t.done:
		conn.Close()
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.next:
		return conn, nil
	case <-t.done:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.done) })
	return nil
}

func (t *tunnels) Addr() net.Addr { return t.addr }

// logWriter sends net/http's own complaints to the cloud's log.
type logWriter struct{ c *Cloud }

func (l logWriter) Write(p []byte) (int, error) {
	l.c.Log.Debug("http", "message", strings.TrimSpace(string(p)))
	return len(p), nil
}

// It is for servers that products start themselves.
func (c *Cloud) QuietLog() *log.Logger { return log.New(logWriter{c}, "", 0) }
