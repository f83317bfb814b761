// Package slbhttpredirect: HTTP is redirected to HTTPS.
//
// # What is wrong
//
// A listener of a Classic Load Balancer that the internet reaches, at its own address or by an
// EIP, answers HTTP itself instead of sending its clients to HTTPS. What they type travels
// unencrypted, and a man in the middle can read and change it.
//
// # What is done
//
// A person is told. Whether a listener redirects is fixed when it is created, so it has to be
// deleted and created again, which loses its settings; that is left to people. If an HTTPS
// listener runs on the same load balancer and you have chosen that, the HTTP listener is
// stopped, and the undo starts it again. Listeners that a cloud service manages are only
// reported.
//
// # What may break
//
// When the listener is stopped, clients that use http:// get no answer, not even a redirect,
// and certificates that are renewed over HTTP (ACME HTTP-01) expire. Exempt such a listener.
//
// The listener is stopped by its port: if somebody puts a different listener there in the round
// trip between the last look and this call, that one is stopped.
//
// # References
//
// SLB API CreateLoadBalancerHTTPListener (ListenerForward, ForwardPort; there is no
// ListenerForward in SetLoadBalancerHTTPListenerAttribute), DescribeLoadBalancerListeners,
// StopLoadBalancerListener (2014-05-15); VPC API DescribeEipAddresses (2016-04-28). Not looked at: Application Load Balancer, where
// a redirect is a forwarding rule.
package slbhttpredirect
