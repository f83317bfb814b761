package sginternetfacingports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

// service is the policy that the settings make: the ports of services for everybody,
// all others for the trusted.
func service(pass *practice.Pass) exposure.Policy {
	return exposure.Policy{Everyone: true, TrustedGroups: pass.Param("trusted-groups"),
		Allowed: pass.Ports("ports"), AllowedUDP: pass.Ports("udp-ports"), Trusted: pass.Blocks(practice.Trusted)}
}

// tagged is the ports that a tag of the group lists. What cannot be read lists none.
func tagged(pass *practice.Pass, g *securitygroup.Group) (listed []exposure.PortRange, err error) {
	for _, key := range pass.Param("ports-tag") {
		for _, text := range strings.FieldsFunc(g.Tags[key], func(r rune) bool { return r == ' ' || r == ',' }) {
			ports, err := exposure.ParsePorts(text)
			if err != nil {
				return nil, fmt.Errorf("its tag %s lists ports, and %w", key, err)
			}
			if ports == nil { // -1/-1
				ports = []exposure.PortRange{{From: 1, To: 65535}}
			}
			listed = append(listed, ports...)
		}
	}
	return listed, nil
}

// trust leaves of the trusted groups those that a rule of the group can name, since an
// edit may make rules for them. One that a rule names though it is not to be seen in
// the group's VPC is of another account: then a person is told, since the edit does not
// know whose it is, and the API would refuse its rule.
func trust(ctx context.Context, pass *practice.Pass, g *securitygroup.Group, policy *exposure.Policy, o *securitygroup.Objection) error {
	var able []string
	for _, id := range policy.TrustedGroups {
		here := false
		if g.Kind == "normal" && g.VPC != "" && id != g.ID { // enterprise groups take no group for a source, the internet side of the classic network neither
			info, err := securitygroup.Describe(ctx, pass, id)
			if err != nil && !errors.Is(err, practice.ErrGone) {
				return err
			}
			here = err == nil && info.VPC == g.VPC
		}
		named := slices.ContainsFunc(g.Rules, func(r securitygroup.Rule) bool { return r.SourceGroupID == id })
		if here || named {
			able = append(able, id)
			o.Tells = o.Tells || !here
		}
	}
	policy.TrustedGroups = able
	return nil
}
