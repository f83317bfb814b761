// Package console is the local cloud's page and its admin API: what happens in the
// account, live, and the buttons that make it happen. README.md has the API.
//
// It listens on this machine only. What it shows comes from the cloud, where anyone
// who can name a resource can write, so the page puts data into text nodes and
// nothing else.
package console

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

//go:embed static
var static embed.FS

// Options say what is shown.
type Options struct {
	Cloud    *cloud.Cloud
	Project  string            // of the audit log
	Settings settings.Settings // those of the functions, so that the page can say what they would do
	Listen   string            // default 127.0.0.1:0; other machines are refused
	Log      *slog.Logger      // default: discard
}

// Console serves the page until Close.
type Console struct {
	cloud    *cloud.Cloud
	project  string
	settings settings.Settings
	log      *slog.Logger
	address  string
	server   *http.Server
	twin     *twin
	you      *ours.Client // who makes the mistakes
	root     *ours.Client
	idle     func() // closes kept connections

	wake chan struct{}
	done chan struct{}
	work sync.WaitGroup
	story
}

// User is who makes the mistakes of the page.
const User = "you"

// Start serves the console of a cloud.
func Start(o Options) (*Console, error) {
	address, err := netip.ParseAddrPort(cmp.Or(o.Listen, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("console: listen is %q, not an address and port such as 127.0.0.1:8080", o.Listen)
	}
	if !address.Addr().IsLoopback() {
		return nil, fmt.Errorf("console: %s is not on this machine alone; who reaches the console may change everything, so it listens on 127.0.0.1 or [::1]", address.Addr())
	}
	admin, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return nil, err
	}
	twin, err := newTwin(o.Cloud, o.Settings)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	l, err := net.Listen("tcp", address.String())
	if err != nil {
		twin.close()
		return nil, fmt.Errorf("console: %w", err)
	}
	transport := o.Cloud.Transport()
	client := func(k cloud.Credentials) *ours.Client {
		return ours.NewClient(ours.Config{Transport: transport, RetryWait: 100 * time.Millisecond,
			Credentials: ours.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret, SecurityToken: k.SecurityToken}})
	}
	c := &Console{
		cloud: o.Cloud, project: o.Project, settings: o.Settings, log: o.Log, address: l.Addr().String(), twin: twin,
		you: client(o.Cloud.AddUser(User, admin)), root: client(o.Cloud.RootSession()), idle: transport.CloseIdleConnections,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.story.begin()
	o.Cloud.OnCall(func(cloud.Call) { c.stir() })
	o.Cloud.OnEvent(func([]byte) { c.stir() })
	c.server = &http.Server{Handler: c.guarded(c.routes()), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelDebug)}
	c.work.Go(c.tell)
	c.work.Go(func() {
		if err := c.server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			c.log.Error("the console stopped serving", "error", err)
		}
	})
	return c, nil
}

// URL is where the page is.
func (c *Console) URL() string { return "http://" + c.address + "/" }

// Close stops the console. The cloud goes on.
func (c *Console) Close() {
	close(c.done)
	c.server.Close()
	c.work.Wait()
	c.idle()
	c.twin.close()
}

// stir says that something may have happened.
func (c *Console) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// guarded refuses whoever is not a page of ours or a program on this machine.
// A page elsewhere could otherwise reach the console through its visitor's browser:
// by a name that it lets point here (the Host header gives it away), or by a request
// that the browser sends though it keeps the answer (it cannot set our header).
func (c *Console) guarded(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(c.address)
	hosts := map[string]bool{"127.0.0.1:" + port: true, "localhost:" + port: true, "[::1]:" + port: true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// Nothing from elsewhere, no script but the page's own files, and no way for
		// a string to become markup: the browser itself refuses innerHTML.
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !hosts[r.Host] {
			fail(w, http.StatusForbidden, "WrongHost", "the Host header is %q; the console answers as %s only", r.Host, c.address)
			return
		}
		origin, own := r.Header.Get("Origin"), "http://"+r.Host
		switch {
		case origin != "" && origin != own:
			fail(w, http.StatusForbidden, "WrongOrigin", "the request comes from the page %q, not from the console's own", origin)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get(guardHeader) == "" && origin != own:
			fail(w, http.StatusForbidden, "NoGuardHeader", "a request that changes something carries the header %s: 1, which other pages cannot send", guardHeader)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

const guardHeader = "X-Ecsguard"

func files() http.Handler {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	serve := http.FileServerFS(sub)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			fail(w, http.StatusMethodNotAllowed, "NotFound", "there is no %s %s", r.Method, r.URL.Path)
			return
		}
		serve.ServeHTTP(w, r)
	})
}
