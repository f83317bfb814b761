package certexpired

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A certificate is one of either service.
type certificate struct {
	resource.Described
	name string // that it is for
	ends time.Time
	cas  string // its number in CAS, or of the one that it is made from
}

// all reads the certificates of one of the two services.
func all(ctx context.Context, pass *practice.Pass, kind string) (found []certificate, err error) {
	if kind == resource.TypeClassicCertificate {
		some, err := resource.ClassicCertificates(ctx, pass, pass.Resource.Region)
		for _, c := range some {
			found = append(found, certificate{c, c.CommonName, c.Ends(), c.AliCloudCertificateID})
		}
		return found, err
	}
	some, err := resource.Certificates(ctx, pass, pass.Home)
	for _, c := range some {
		found = append(found, certificate{c, c.CommonName, c.Ends(), c.About().ID})
	}
	return found, err
}

// listeners are those of the region that show a certificate.
func listeners(ctx context.Context, pass *practice.Pass, c certificate) (shown []string, _ error) {
	region := pass.Home
	if pass.Resource.Type == resource.TypeClassicCertificate {
		region = pass.Resource.Region
	}
	classic, err := resource.ClassicListeners(ctx, pass, region, "", "ListenerProtocol", "https")
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{c.About().ID: pass.Resource.Type == resource.TypeClassicCertificate}
	if pass.Resource.Type == resource.TypeCertificate {
		made, err := resource.ClassicCertificates(ctx, pass, region)
		if err != nil {
			return nil, err
		}
		for _, m := range made {
			ids[m.ServerCertificateID] = m.AliCloudCertificateID == c.cas
		}
	}
	for _, l := range classic {
		if ids[l.HTTPSListenerConfig.ServerCertificateID] {
			shown = append(shown, fmt.Sprintf("%s:%d", l.LoadBalancerID, l.ListenerPort))
		}
	}
	if pass.Resource.Type == resource.TypeClassicCertificate {
		return shown, nil // which the others do not take
	}
	app, err := resource.ALBListeners(ctx, pass, region, "")
	if err != nil {
		return nil, err
	}
	for _, l := range app {
		if l.ListenerProtocol == "HTTP" {
			continue
		}
		has, err := resource.ALBCertificates(ctx, pass, region, l.ListenerID)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(has, func(id string) bool { number, _, _ := strings.Cut(id, "-"); return number == c.cas }) {
			shown = append(shown, fmt.Sprintf("%s:%d", l.LoadBalancerID, l.ListenerPort))
		}
	}
	return shown, nil
}
