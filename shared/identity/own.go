package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// OwnReads are the RAM actions that Own calls.
var OwnReads = []string{"ram:GetRole"}

// Own tells whether who made the pass's event is one of ecsguard's functions. A name alone says
// nothing, since anybody may make a role of such a name, or take one that trusts him: it is the
// role's own id, and the role is taken by Function Compute alone. Nobody else's event is read about.
func Own(ctx context.Context, pass *practice.Pass) (bool, error) {
	a := pass.Event.Actor
	name, _ := a.Role()
	if !practice.Ours(a) || a.Account != pass.Resource.Account {
		return false, nil
	}
	found, err := resource.RoleOf(ctx, pass, name)
	if err != nil {
		return false, fmt.Errorf("reading whether %s is a role of ecsguard: %w", name, err)
	}
	return len(found) > 0 && found[0].RoleID != "" && strings.HasPrefix(a.PrincipalID, found[0].RoleID+":") &&
		cloud.SameDocument(found[0].AssumeRolePolicyDocument, practice.RoleTrust), nil
}
