// Package certexpired: no certificate that has expired, or soon does, is in use.
//
// # What is wrong
//
// A listener of a load balancer shows a certificate that has expired, or does within 30 days (days says otherwise): browsers and programs
// refuse to talk to it, or have been taught to ignore such warnings, which is what an attacker in between needs.
//
// # What is done
//
// People are told which certificate ends when, which listeners show it, and which other certificate of the same name there
// is that ends later, with the command that has a listener show it. Nothing is changed: a certificate is replaced by one that was
// issued for the purpose.
//
// Looked at are the certificates of Certificate Management Service, of the whole account, and those that were uploaded to Classic
// Load Balancers. In use means by a listener of the region in which ecsguard runs; a certificate that none of these shows is
// told of with a low severity (unused says otherwise), since servers, WAF and CDN may have it.
//
// Certificates of domain extensions, of CAs that clients are checked by, and of programs on servers are not seen.
//
// # What may break
//
// Nothing: it only tells.
//
// # References
//
// CAS API ListUserCertificateOrder (2020-04-07; without a status it lists the valid ones alone), SLB API DescribeServerCertificates,
// DescribeLoadBalancerListeners (2014-05-15), ALB API ListListeners, ListListenerCertificates (2020-06-16).
package certexpired
