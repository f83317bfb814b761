package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A waiting transport says on stderr what a command waits for: calls are tried again for
// minutes, and a person in front of a terminal would not know why nothing happens. What does
// not pass by itself ends the command.
type waiting struct {
	base    http.RoundTripper
	errs    io.Writer
	giveUp  context.CancelFunc
	silence time.Duration

	mu    sync.Mutex
	timer *time.Timer // runs while there is something to wait for
	said  string      // the last line, which is not said twice in a row before the timer does
	why   string
	fatal error // what ended the command
}

// quiet is how long nothing is said while a call is not answered.
const quiet = 3 * time.Second

// begin gives a command a context and surroundings whose calls say what they wait for. What it
// gives last makes of the command's error the one to show: an SDK may only know that the
// context has ended.
func (s surroundings) begin(cmd *cobra.Command) (context.Context, surroundings, func(error) error) {
	ctx, giveUp := context.WithCancel(cmd.Context())
	base := s.transport
	if base == nil {
		base = cloud.Transport()
	}
	w := &waiting{base: base, errs: cmd.ErrOrStderr(), giveUp: giveUp, silence: quiet}
	region := inRegion(cmd, s)
	s.transport = w
	return ctx, s, func(err error) error {
		w.rest()
		giveUp()
		if w.fatal != nil && err != nil {
			err = w.fatal
		}
		if err == nil {
			return nil
		}
		return fmt.Errorf("%w%s", err, hint(err, region))
	}
}

func (w *waiting) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.unreadableProxy(r) {
		err := errors.New("HTTPS_PROXY cannot be read as the address of a proxy: it has to be such as http://proxy.example.com:8080") // which is not shown: a password may be in it
		w.rest()
		w.end(err)
		return nil, err
	}
	to := r.URL.Hostname() + w.through(r)
	w.wait(to + ", which has not answered yet")
	response, err := w.base.RoundTrip(r)
	switch {
	case r.Context().Err() != nil: // the command's own end, or the end of one try
		return response, err
	case err != nil:
		if hopeless(err) {
			w.rest()
			w.end(fmt.Errorf("%s: %s", to, bare(err)))
			return response, err
		}
		w.say("waiting for " + to + ": " + bare(err) + "; trying again")
		w.wait(to + ": " + bare(err))
	case response.StatusCode < 400, response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusConflict:
		w.rest()
	default: // a refusal that passes is tried again, and one that does not is the command's end
		w.wait(fmt.Sprintf("%s, which answered HTTP %d", to, response.StatusCode))
	}
	return response, err
}

// CloseIdleConnections closes the base's, after one of them was found to have died.
func (w *waiting) CloseIdleConnections() {
	if b, ok := w.base.(interface{ CloseIdleConnections() }); ok {
		b.CloseIdleConnections()
	}
}

// unreadableProxy tells whether what HTTPS_PROXY says is no address: it would be dialled as one all the same.
func (w *waiting) unreadableProxy(r *http.Request) bool {
	t, ok := w.base.(*http.Transport)
	if !ok || t.Proxy == nil {
		return false
	}
	proxy, err := t.Proxy(r)
	switch {
	case err != nil:
		return true
	case proxy == nil:
		return false
	}
	host := proxy.Hostname()
	return host == "" || strings.Contains(host, ":") && !strings.HasPrefix(proxy.Host, "[") ||
		!slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme)
}

// through is the proxy of a request, in words.
func (w *waiting) through(r *http.Request) string {
	t, ok := w.base.(*http.Transport)
	if !ok || t.Proxy == nil {
		return ""
	}
	proxy, err := t.Proxy(r)
	if err != nil || proxy == nil {
		return ""
	}
	return " through the proxy " + proxy.Host
}

// wait keeps what is waited for, and has it said after a while, again and again.
func (w *waiting) wait(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.why = why
	if w.timer == nil {
		begun := time.Now()
		w.timer = time.AfterFunc(w.silence, func() { w.remind(begun) })
	}
}

func (w *waiting) remind(begun time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		return
	}
	fmt.Fprintf(w.errs, "still waiting after %s for %s\n", time.Since(begun).Round(time.Second), w.why)
	w.said = ""
	w.timer.Reset(2 * w.silence)
}

// rest is that nothing is waited for any more.
func (w *waiting) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.said = ""
}

// end ends the command, for the first reason that there is.
func (w *waiting) end(because error) {
	w.mu.Lock()
	if w.fatal == nil {
		w.fatal = because
	}
	w.mu.Unlock()
	w.giveUp()
}

func (w *waiting) say(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if line != w.said {
		w.said = line
		fmt.Fprintln(w.errs, line)
	}
}

// bare is an error without an address, whose query would hold keys.
func bare(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return err.Error()
}

// hopeless tells whether another try would end the same: nobody trusts the certificate, the
// proxy is not there or wants a password, a name leads nowhere.
func hopeless(err error) bool {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return true
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	// net/http says what a proxy answered in words only.
	for _, status := range []int{http.StatusProxyAuthRequired, http.StatusForbidden} {
		if err.Error() == http.StatusText(status) {
			return true
		}
	}
	return false
}
