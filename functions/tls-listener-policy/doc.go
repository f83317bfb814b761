// Package tlslistenerpolicy: load balancers speak TLS 1.2 or later.
//
// # What is wrong
//
// An HTTPS listener accepts TLS 1.0 or 1.1, through a system policy (the default is one) or, on
// an Application Load Balancer, through a custom policy. These versions are broken, and a man
// in the middle can make client and server use the weakest version that both support.
//
// # What is done
//
// The listener gets the system's policy for TLS 1.2; the setting policy may name a stricter
// one. It takes effect at once, and the undo gives the old policy back. A custom policy is not
// changed: other listeners may use it. Listeners that a cloud service manages (ACK Ingress) are
// only reported, and so are those of shared-performance Classic Load Balancers, which take no
// policy.
//
// # What may break
//
// Clients that do not support TLS 1.2: Android before 5, Java 7, Windows 7 without updates, old
// payment terminals. If a listener still has to serve them, exempt it, with an end date.
//
// The call sets the policy unconditionally: a different one that somebody sets in the round
// trip between the last look and this call is overwritten.
//
// # References
//
// SLB API SetLoadBalancerHTTPSListenerAttribute, DescribeLoadBalancerListeners (2014-05-15);
// ALB API UpdateListenerAttribute, ListListeners, ListSecurityPolicies (2020-06-16). The
// asynchronous jobs of Application Load Balancer (ListAsynJobs) are not read: the listener
// itself shows when it has the policy. Network Load Balancer is not looked at, because the
// local cloud does not have it and no scenario could show it; nor are the custom policies of
// Classic Load Balancer, because its listener gives only their names.
package tlslistenerpolicy
