package kernel

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"
)

// Close stops everything that New started, the last first.
func (c *Cloud) Close() {
	c.stopWork()
	for _, f := range slices.Backward(c.Closers) {
		f()
	}
	c.Closers = nil
}

// ProxyURL is what a client's HTTPS_PROXY has to be.
func (c *Cloud) ProxyURL() string { return "http://" + c.proxy.addr }

// CA is the certificate (PEM) that a client has to trust.
func (c *Cloud) CA() []byte { return c.proxy.ca.pem }

// WriteCA writes the certificate to a file, for SSL_CERT_FILE.
func (c *Cloud) WriteCA(path string) error {
	if err := os.WriteFile(path, c.CA(), 0o644); err != nil {
		return fmt.Errorf("writing the certificate of the local cloud: %w", err)
	}
	return nil
}

// Transport reaches the cloud from within this process. Every call returns a
// new one: alibaba-cloud-sdk-go writes to the Transport it is given.
func (c *Cloud) Transport() *http.Transport {
	proxy := &url.URL{Scheme: "http", Host: c.proxy.addr}
	return &http.Transport{
		Proxy:           http.ProxyURL(proxy),
		TLSClientConfig: c.proxy.ca.clientConfig(),
		DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,

		MaxIdleConnsPerHost: 16, // as many as are used at once, or each would be made anew
	}
}

// Env is the environment that aims an unmodified program at the cloud. caPath
// is where WriteCA wrote the certificate.
func (c *Cloud) Env(caPath string) []string {
	return []string{
		"HTTPS_PROXY=" + c.ProxyURL(),
		"HTTP_PROXY=" + c.ProxyURL(),
		"SSL_CERT_FILE=" + caPath,
		"NO_PROXY=127.0.0.1,localhost",
	}
}

// Refused lists the hosts that clients asked for and this cloud does not
// serve. A test that ends with an empty list has reached nothing outside.
func (c *Cloud) Refused() []string {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return slices.Clone(c.refusedHosts)
}

// Emit publishes a CloudEvent as it is: an event that no API of this cloud
// makes (a sign-in, a console operation, a malformed one).
func (c *Cloud) Emit(cloudEvent []byte) { c.Publish(cloudEvent) }

// isClosed says that a server ended because the cloud did.
func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed)
}

// Prepare makes the cloud without a product.
// What is not needed before the first call is not made here: a process of tests makes hundreds of
// clouds.
func Prepare(o Options) (*Cloud, error) {
	c := &Cloud{
		Account: o.Account, Region: o.Region, Clock: o.Clock, Log: o.Log,
		Strict: testing.Testing(), SourceIP: "203.0.113.10", RuleQuota: 200,
	}
	if c.Account == "" {
		c.Account = "1000000000000001"
	}
	if c.Region == "" {
		c.Region = "cn-hangzhou"
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if !slices.Contains(Regions, c.Region) {
		return nil, fmt.Errorf("starting the local cloud: no region %q", c.Region)
	}
	c.Random.seed(o.Seed)
	c.Keys = keyState{ByID: map[string]*SigningKey{}, nonces: map[string]time.Time{}}
	c.Changed, c.Closing = sync.NewCond(&c.Mu), make(chan struct{})
	c.rooms = map[string]room{}
	c.TagsOf = map[string]func(region, kind, id string) map[string]string{}
	c.products, c.endpoints = map[reflect.Type]any{}, map[string]func(string) string{}
	c.startLocation()
	return c, nil
}
