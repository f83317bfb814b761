// Package slbhttpredirect: HTTP is redirected to HTTPS.
//
// # What is wrong
//
// A listener of a Classic Load Balancer that the internet reaches, at its own address or
// by an EIP, answers HTTP itself instead of sending its clients to HTTPS. What they type travels in the clear, and a stranger in
// between can read and change it.
//
// # What is done
//
// A person is told. Whether a listener redirects is settled when it is made, so it has
// to be deleted and made again, which loses its settings; that is left to people. Where
// an HTTPS listener runs on the same load balancer and you choose so, the HTTP listener
// is stopped, and the undo starts it again. Listeners that a cloud service manages are
// only reported.
//
// # What may break
//
// Stopped: whoever comes by http:// gets no answer, not even a redirect, and
// certificates that are renewed over HTTP (ACME HTTP-01) expire. Exempt such a listener.
//
// The listener is named by its port: what somebody puts there in the round trip
// between the last look and this call is stopped.
//
// # References
//
// SLB API CreateLoadBalancerHTTPListener (ListenerForward, ForwardPort; there is no
// ListenerForward in SetLoadBalancerHTTPListenerAttribute), DescribeLoadBalancerListeners,
// StopLoadBalancerListener (2014-05-15); VPC API DescribeEipAddresses (2016-04-28). Not looked at: Application Load Balancer, where
// a redirect is a forwarding rule.
package slbhttpredirect
