// Package tlslistenerpolicy: load balancers speak TLS 1.2 or later.
//
// # What is wrong
//
// An HTTPS listener takes TLS 1.0 or 1.1: by a policy of the system, which the default
// is too, or, on an Application Load Balancer, by a policy of one's own. These versions
// are broken, and a stranger in between can make client and server use the worst that
// both know.
//
// # What is done
//
// The listener gets the system's policy for TLS 1.2; the setting policy may name a
// stricter one. It takes effect at once, and the undo gives the old policy back. A
// policy of one's own is not changed: other listeners may use it. Listeners that a
// cloud service manages (ACK Ingress) are only reported, and so are those of Classic
// Load Balancers of shared performance, which take no policy.
//
// # What may break
//
// Clients that know no TLS 1.2: Android before 5, Java 7, Windows 7 as it was sold,
// old payment terminals. Exempt a listener that still needs them, with an end.
//
// The call sets the policy and compares nothing: another one that somebody sets in the
// round trip between the last look and this call is written over.
//
// # References
//
// SLB API SetLoadBalancerHTTPSListenerAttribute, DescribeLoadBalancerListeners
// (2014-05-15); ALB API UpdateListenerAttribute, ListListeners, ListSecurityPolicies
// (2020-06-16). The jobs of Application Load Balancer (ListAsynJobs) are not asked for:
// the listener itself says when it has the policy. Network Load Balancer is not looked
// at, as the local cloud does not have it and nothing could be shown; and the custom
// policies of Classic Load Balancer are not, as its listener says their names only.
package tlslistenerpolicy
