package cloud

import (
	"maps"
	"net/netip"
	"strconv"
	"strings"
)

// ramAccount is what holds for all users of the account. The two policies are kept
// as they are answered, by the names of the API.
type ramAccount struct {
	alias      string
	password   map[string]any
	preference map[string]any
}

// newRAMAccount has what a new account begins with.
func newRAMAccount() ramAccount {
	return ramAccount{
		password: map[string]any{
			"MinimumPasswordLength": 8, "RequireLowercaseCharacters": false, "RequireUppercaseCharacters": false, "RequireNumbers": false,
			"RequireSymbols": false, "HardExpiry": false, "MaxPasswordAge": 0, "PasswordReusePrevention": 0, "MaxLoginAttemps": 5, // sic
		},
		preference: map[string]any{
			"EnableSaveMFATicket": false, "AllowUserToChangePassword": true, "LoginSessionDuration": 6, "LoginNetworkMasks": "",
			"AllowUserToManageAccessKeys": false, "AllowUserToManageMFADevices": true, "AllowUserToManagePublicKeys": false,
		},
	}
}

var ramAccountActions = []rpcAction{
	{name: "GetAccountAlias", do: ramGetAlias, params: ""},
	{name: "SetAccountAlias", write: true, do: ramSetAlias, params: "AccountAlias"},
	{name: "ClearAccountAlias", write: true, do: ramClearAlias, params: ""},
	{name: "GetPasswordPolicy", do: ramGetPasswordPolicy, params: ""},
	{
		name: "SetPasswordPolicy", write: true, do: ramSetPasswordPolicy,
		params: `MinimumPasswordLength:Integer=8..32 RequireLowercaseCharacters:Boolean RequireUppercaseCharacters:Boolean RequireNumbers:Boolean
			RequireSymbols:Boolean HardExpiry:Boolean MaxPasswordAge:Integer=0..1095 PasswordReusePrevention:Integer=0..24 MaxLoginAttemps:Integer=0..32`,
	},
	{name: "GetSecurityPreference", do: ramGetPreference, params: ""},
	{
		name: "SetSecurityPreference", write: true, do: ramSetPreference,
		params: `EnableSaveMFATicket:Boolean AllowUserToChangePassword:Boolean AllowUserToManageAccessKeys:Boolean AllowUserToManageMFADevices:Boolean
			AllowUserToManagePublicKeys:Boolean LoginSessionDuration:Integer=1..24 LoginNetworkMasks`,
	},
}

func ramGetAlias(q *rpcRequest) (any, error) {
	return map[string]any{"AccountAlias": q.c.ram.account.alias}, nil
}

func ramSetAlias(q *rpcRequest) (any, error) {
	alias := q.str("AccountAlias")
	switch {
	case alias == "":
		return nil, missingAtGateway("AccountAlias")
	case len(alias) < 3 || len(alias) > 63:
		return nil, refuse(400, "InvalidParameter.AccountAlias.Length", `The parameter - "AccountAlias" beyond the length limit.`)
	case strings.Trim(alias, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(alias, "-") != alias:
		return nil, refuse(400, "InvalidParameter.AccountAlias.InvalidChars", `The parameter - "AccountAlias" contains invalid chars.`)
	}
	q.c.ram.account.alias = alias
	return done()
}

func ramClearAlias(q *rpcRequest) (any, error) {
	q.c.ram.account.alias = ""
	return done()
}

func ramGetPasswordPolicy(q *rpcRequest) (any, error) {
	return map[string]any{"PasswordPolicy": maps.Clone(q.c.ram.account.password)}, nil
}

// take overwrites what a call names and leaves the rest; types were checked before.
func (q *rpcRequest) take(into map[string]any) {
	for name, old := range into {
		if _, given := q.params[name]; !given {
			continue
		}
		switch old.(type) {
		case bool:
			into[name] = q.is(name)
		case int:
			if n, err := strconv.Atoi(q.str(name)); err == nil {
				into[name] = n
			}
		default:
			into[name] = q.str(name)
		}
	}
}

func ramSetPasswordPolicy(q *rpcRequest) (any, error) {
	q.take(q.c.ram.account.password)
	return ramGetPasswordPolicy(q)
}

func ramGetPreference(q *rpcRequest) (any, error) {
	p := q.c.ram.account.preference
	return map[string]any{"SecurityPreference": map[string]any{
		"LoginProfilePreference": map[string]any{
			"EnableSaveMFATicket": p["EnableSaveMFATicket"], "AllowUserToChangePassword": p["AllowUserToChangePassword"],
			"LoginSessionDuration": p["LoginSessionDuration"], "LoginNetworkMasks": p["LoginNetworkMasks"],
		},
		"AccessKeyPreference": map[string]any{"AllowUserToManageAccessKeys": p["AllowUserToManageAccessKeys"]},
		"MFAPreference":       map[string]any{"AllowUserToManageMFADevices": p["AllowUserToManageMFADevices"]},
		"PublicKeyPreference": map[string]any{"AllowUserToManagePublicKeys": p["AllowUserToManagePublicKeys"]},
	}}, nil
}

func ramSetPreference(q *rpcRequest) (any, error) {
	for _, mask := range strings.FieldsFunc(q.str("LoginNetworkMasks"), func(r rune) bool { return r == ';' }) {
		_, err := netip.ParsePrefix(mask)
		if _, alone := netip.ParseAddr(mask); err != nil && alone != nil {
			return nil, refuse(400, "InvalidParameter.LoginNetworkMasks.Format", `The parameter - "LoginNetworkMasks" has a wrong format: %q.`, mask)
		}
	}
	q.take(q.c.ram.account.preference)
	return ramGetPreference(q)
}
