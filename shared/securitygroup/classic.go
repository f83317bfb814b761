package securitygroup

import (
	"context"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/practice"
)

// InnerIngress reads the ingress rules of the intranet's interface of a group in the classic
// network. There each rule is for one of two interfaces, and who does not say which is told of the
// internet's.
func InnerIngress(ctx context.Context, pass *practice.Pass, id string) ([]Rule, error) {
	found, err := rules(ctx, pass, id, "ingress", "NicType", "intranet")
	if e := pass.Event; err == nil && e != nil && (strings.EqualFold(e.Params["NicType"], "intranet") || slices.Contains(e.Find("params.Permissions.*.NicType"), "intranet")) {
		(&Group{ID: id, Rules: found}).noteUnshown(pass)
	}
	return found, err
}

// RevokeIngress returns the changes that revoke rules of a group's ingress.
func RevokeIngress(pass *practice.Pass, id string, revoked ...Rule) []practice.Change {
	return (&Group{ID: id, Region: pass.Resource.Region}).revoke("", revoked)
}
