package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeNetworkACL is the type of a network ACL.
const TypeNetworkACL = "ACS::VPC::NetworkAcl"

var _ = add(Kind{Type: TypeNetworkACL, Words: "network ACL", Param: "NetworkAclId", Prefix: "nacl-"})

// A NetworkACL guards vSwitches. The first entry that matches decides.
type NetworkACL struct {
	Status            string
	IngressACLEntries struct{ IngressACLEntry []NetworkACLEntry }
}

// A NetworkACLEntry lets something in, or drops it.
type NetworkACLEntry struct{ NetworkACLEntryID, Policy, Protocol, Port, SourceCidrIP string }

// NetworkACLOf reads one by its id.
func NetworkACLOf(ctx context.Context, r cloud.Reader, region, id string) (NetworkACL, error) {
	var answer struct{ NetworkACLAttribute NetworkACL }
	call := cloud.New("vpc", "DescribeNetworkAclAttributes", region, "NetworkAclId", id)
	err := r.Read(ctx, call, &answer)
	if acl := answer.NetworkACLAttribute; err == nil && acl.Status != "Modifying" && acl.IngressACLEntries.IngressACLEntry == nil {
		err = fmt.Errorf("%s: the answer has no entries", call.RAM())
	}
	return answer.NetworkACLAttribute, err
}
