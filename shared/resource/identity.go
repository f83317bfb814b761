package resource

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// IdentityOf reads how a person names an identity, in a setting: a RAM user (alice,
// alice@1234.onaliyun.com, user/alice, or the ARN), a role (role/deploy, or the ARN, also of
// a session), or an AccessKey by its ID.
func IdentityOf(named string) (kind, id string, err error) {
	text := strings.TrimSpace(named)
	if rest, arn := strings.CutPrefix(text, "acs:"); arn {
		parts := strings.SplitN(rest, ":", 4) // ram, region, account, what
		if len(parts) != 4 || parts[0] != "ram" && parts[0] != "sts" {
			return "", "", fmt.Errorf("%q is no ARN of a RAM user or a RAM role, such as acs:ram::1234567890123456:role/deploy", named)
		}
		text = parts[3]
	}
	sort, name, parted := strings.Cut(text, "/")
	_, address := netip.ParseAddr(text)
	_, block := netip.ParsePrefix(text)
	switch {
	case text == "":
		return "", "", errors.New("it names nobody")
	case address == nil || block == nil:
		return "", "", fmt.Errorf("%q is an address: addresses stand in break-glass", named)
	case strings.ContainsAny(text, "*? \t,;"):
		return "", "", fmt.Errorf("%q is no name of one identity", named)
	case parted && sort == "role":
		kind, id = TypeRole, KindOf(TypeRole).ID(name)
	case parted && sort == "assumed-role":
		name, _, _ = strings.Cut(name, "/")
		kind, id = TypeRole, KindOf(TypeRole).ID(name)
	case parted && sort == "user":
		kind, id = TypeUser, UserName(name)
	case parted || text == "root":
		return "", "", fmt.Errorf("%q is neither a RAM user nor a RAM role", named)
	case strings.HasPrefix(text, "LTAI"):
		kind, id = TypeAccessKey, text
	case numbered(text):
		return "", "", fmt.Errorf("%q is a number: write the user's name, or role/ and the role's", named)
	default:
		kind, id = TypeUser, UserName(text)
	}
	if strings.Trim(id, ".") == "" || strings.Contains(id, "/") {
		return "", "", fmt.Errorf("%q names nobody", named)
	}
	return kind, id, nil
}
