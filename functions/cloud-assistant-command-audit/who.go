package cloudassistantcommandaudit

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// by is who did something, as the settings would name them.
func by(a events.Actor) string {
	if h := identity.Made(a); h.Name != "" {
		return h.String()
	}
	return cmp.Or(map[string]string{"root-account": "the root account", "system": "a service of Alibaba Cloud"}[a.Type], "somebody unknown")
}

// unlisted says why who made the event may not use Cloud Assistant, as far as the event shows it.
func unlisted(pass *practice.Pass) string {
	a := pass.Event.Actor
	from, err := netip.ParseAddr(a.SourceIP) // a service has none
	outside := func(block netip.Prefix) bool { return !block.Contains(from.Unmap()) }
	here := a.Account == pass.Resource.Account || pass.Event.Kind == events.KindLook // which was of an event of this account
	listed := here && identity.Made(a).Listed(pass, "principals")
	switch {
	case err == nil && len(pass.Param("networks")) > 0 && !slices.ContainsFunc(pass.Blocks("networks"), func(b netip.Prefix) bool { return !outside(b) }):
		return "from an address outside of your networks"
	case listed || a.Type == "system" && pass.Yes("services"):
		return ""
	}
	return notNamed
}

// asRoot says that something was run as root on an instance on which nobody does. One that is not there any more
// is not protected.
func asRoot(ctx context.Context, pass *practice.Pass, w what) (string, error) {
	if len(pass.Param("protected")) == 0 || !slices.Contains([]string{"", "root", "system", "administrator"}, strings.ToLower(w.as)) {
		return "", nil
	}
	if len(w.on) == 0 && pass.Resource.Type != resource.TypeCommand {
		return "", w.unknown // the event says none: they were chosen by tags
	}
	for ids := range slices.Chunk(w.on, 100) {
		all, err := resource.Instances(ctx, pass, pass.Resource.Region, "InstanceIds", cloud.IDs(ids...))
		if err != nil {
			return "", fmt.Errorf("reading the tags of the instances that it is about: %w", err)
		}
		for _, i := range all {
			if i.Tags.Has(pass.Param("protected")) {
				return "as " + cmp.Or(w.as, "root") + " on a protected instance", nil
			}
		}
	}
	return "", nil
}

// wrong says what of the settings cannot be meant: it would let nobody through, or everybody.
func wrong(pass *practice.Pass) error {
	for _, named := range pass.Param("principals") {
		if kind, _, err := resource.IdentityOf(named); err != nil || kind != resource.TypeUser && kind != resource.TypeRole {
			return fmt.Errorf("param principals of %s: %q is no RAM user, and no role as role/deploy", pass.Practice.ID, named)
		}
	}
	for _, sum := range pass.Param("commands") {
		if len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
			return fmt.Errorf("param commands of %s: %q is no SHA-256 in 64 hexadecimal digits", pass.Practice.ID, sum)
		}
	}
	return nil
}
