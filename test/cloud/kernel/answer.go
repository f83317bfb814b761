package kernel

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// trafficState is how long answers take, and what connections there were.
type trafficState struct {
	latency     atomic.Int64
	mu          sync.Mutex
	connections map[string]int
}

// SetLatency makes every answer take so much longer, as the way to the cloud and back
// does: it is waited for, and costs no processor time. Zero ends it.
func (c *Cloud) SetLatency(d time.Duration) { c.traffic.latency.Store(int64(d)) }

// answering is what the answers of all hosts have in common: they take their time, and
// are dated by the cloud's clock, which is not always the machine's.
func (c *Cloud) answering(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), arrival{}, time.Now()))
		if d := time.Duration(c.traffic.latency.Load()); d > 0 {
			// A client that leaves does not keep the handler waiting: the call goes on without it,
			// as it would in the real cloud.
			select {
			case <-time.After(d):
			case <-r.Context().Done():
			}
		}
		// SDKs correct their clock by it.
		w.Header().Set("Date", c.Clock().UTC().Format(http.TimeFormat))
		h.ServeHTTP(w, r)
	})
}

// arrival is the key of the moment at which a request arrived.
type arrival struct{}

// Arrived is when a request came, by the machine's clock: before the latency.
func Arrived(r *http.Request) time.Time {
	if at, ok := r.Context().Value(arrival{}).(time.Time); ok {
		return at
	}
	return time.Now()
}

// noteConnection counts a connection that a client has made anew.
func (c *Cloud) noteConnection(host string) {
	c.traffic.mu.Lock()
	defer c.traffic.mu.Unlock()
	if c.traffic.connections == nil {
		c.traffic.connections = map[string]int{}
	}
	c.traffic.connections[host]++
}

// Connections counts the connections that clients have made through the proxy, by host.
// Each costs them a TCP and a TLS handshake: two round trips and more.
func (c *Cloud) Connections() map[string]int {
	c.traffic.mu.Lock()
	defer c.traffic.mu.Unlock()
	counts := map[string]int{}
	for host, n := range c.traffic.connections {
		counts[host] = n
	}
	return counts
}

// CallCounts counts the calls answered so far, by RAM action.
// Refused calls count, too, as far as their action was found.
func (c *Cloud) CallCounts() map[string]int {
	counts := map[string]int{}
	for _, call := range c.Calls() {
		counts[call.Action]++
	}
	return counts
}

// RoundTrips is how many of the calls were one after the other: the longest row of them
// in which each began when the one before it had ended. Calls made side by side count
// once, so times the latency it is the least that the calls can have taken together. It
// tells something only with a latency that is long beside what the machine needs itself.
func RoundTrips(calls []Call) int {
	byEnd := slices.Clone(calls)
	slices.SortFunc(byEnd, func(a, b Call) int { return a.ended().Compare(b.ended()) })
	n := 0
	var last time.Time
	for _, call := range byEnd {
		if n == 0 || !call.Began.Before(last) {
			n, last = n+1, call.ended()
		}
	}
	return n
}

// ended is when the answer was ready, by the machine's clock.
func (c Call) ended() time.Time { return c.Began.Add(c.Duration) }
