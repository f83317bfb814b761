package certexpired

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is cert-expired.
var Practice = &practice.Practice{
	ID:       "cert-expired",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeCertificate,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"MLPS 8.1.4.8", "Cloud Config: slb-server-certificate-expired, ssl-certificate-expired-check"},
	Triggers: []practice.Trigger{ // that something ends is no event; that a listener is given it is one
		{Service: "Slb", Name: "CreateLoadBalancerHTTPSListener", Type: resource.TypeClassicCertificate, Resource: "params.ServerCertificateId", Maybe: true},
		{Service: "Slb", Name: "SetLoadBalancerHTTPSListenerAttribute", Type: resource.TypeClassicCertificate, Resource: "params.ServerCertificateId", Maybe: true},
		{Service: "Slb", Name: "UploadServerCertificate", Type: resource.TypeClassicCertificate, Resource: "response.ServerCertificateId", New: true},
		{Service: "Alb", Name: "CreateListener", Resource: "params.Certificates.*.CertificateId", Maybe: true},
		{Service: "Alb", Name: "UpdateListenerAttribute", Resource: "params.Certificates.*.CertificateId", Maybe: true},
		{Service: "Alb", Name: "AssociateAdditionalCertificatesWithListener", Resource: "params.Certificates.*.CertificateId", Maybe: true},
	},
	Sweep: practice.Daily(list, "yundun-cert:ListUserCertificateOrder", "slb:DescribeServerCertificates"),
	Reads: []string{"yundun-cert:ListUserCertificateOrder", "slb:DescribeServerCertificates", "slb:DescribeLoadBalancerListeners", "alb:ListListeners", "alb:ListListenerCertificates"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"30"}, Most: 365, Doc: "how many days before the end people are told"},
		{Name: "unused", Kind: practice.Choice, Choices: []string{"tell", "ignore"}, Default: []string{"tell"}, Doc: "what comes of a certificate that no listener shows"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	known, err := all(ctx, pass, r.Type)
	if err != nil {
		return fmt.Errorf("reading the certificates: %w", err)
	}
	i := slices.IndexFunc(known, func(c certificate) bool { return c.About().ID == r.ID })
	if i < 0 {
		return fmt.Errorf("certificate %s: %w", r.ID, practice.ErrGone)
	}
	c := known[i]
	if c.ends.IsZero() {
		return fmt.Errorf("certificate %s: the answer does not say when it ends", r.ID)
	}
	if !soon(pass, c) {
		return nil
	}
	shown, err := listeners(ctx, pass, c)
	if err != nil {
		return fmt.Errorf("reading which listeners show certificate %s: %w", r.ID, err)
	}
	day := c.ends.UTC().Format(time.DateOnly)
	f := pass.Finding(c, "expiring", "A certificate ends on "+day)
	f.Severity = practice.Medium
	if !c.ends.After(pass.Now) {
		f = pass.Finding(c, "expired", "A certificate has ended on "+day)
	}
	f.Facts = map[string]string{"domain": c.name, "listeners": practice.Few(shown, 20, ", ")}
	switch {
	case len(shown) > 0:
		f.Title += fmt.Sprintf(", and is shown by %s", practice.Few(shown, 3, ", "))
		f.Advice = advice(pass, known, c)
	case pass.Word("unused") == "ignore":
		return nil
	default:
		f.Severity, f.Title = practice.Low, f.Title+"; no listener here shows it"
		f.Advice = "If servers, WAF or CDN have it, give them a new one; if nothing has, delete it."
	}
	pass.Report(f)
	return nil
}

func soon(pass *practice.Pass, c certificate) bool {
	return c.ends.Before(pass.Now.AddDate(0, 0, pass.Int("days")))
}

// advice names a certificate that can take the place of one, if there is any.
func advice(pass *practice.Pass, known []certificate, c certificate) string {
	id := "NEW_CERTIFICATE"
	said := "Have a new one issued for " + c.name + ", and have the listener show it: "
	if i := slices.IndexFunc(known, func(o certificate) bool { return o.name == c.name && !o.ends.IsZero() && !soon(pass, o) }); i >= 0 {
		id = known[i].About().ID
		said = "Certificate " + id + " is for " + c.name + " too, and ends on " + known[i].ends.UTC().Format(time.DateOnly) + "; have the listener show it: "
	}
	if pass.Resource.Type == resource.TypeClassicCertificate {
		return said + "aliyun slb SetLoadBalancerHTTPSListenerAttribute --LoadBalancerId ID --ListenerPort PORT --ServerCertificateId " + id
	}
	return said + "aliyun alb UpdateListenerAttribute --ListenerId ID --Certificates.1.CertificateId " + id + "-" + pass.Home
}

// list names what ends soon or has ended.
func list(ctx context.Context, pass *practice.Pass) (found []practice.Resource, _ error) {
	for _, kind := range []string{resource.TypeCertificate, resource.TypeClassicCertificate} {
		known, err := all(ctx, pass, kind)
		some, err := practice.Listed(pass, known, err, func(c certificate) bool { return c.ends.IsZero() || soon(pass, c) })
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}
