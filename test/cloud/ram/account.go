package ram

import (
	"maps"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
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

var ramAccountActions = []action{
	{Name: "GetAccountAlias", Do: ramGetAlias, Params: ""},
	{Name: "SetAccountAlias", Write: true, Do: ramSetAlias, Params: "AccountAlias"},
	{Name: "ClearAccountAlias", Write: true, Do: ramClearAlias, Params: ""},
	{Name: "GetPasswordPolicy", Do: ramGetPasswordPolicy, Params: ""},
	{
		Name: "SetPasswordPolicy", Write: true, Do: ramSetPasswordPolicy,
		Params: `MinimumPasswordLength:Integer=8..32 RequireLowercaseCharacters:Boolean RequireUppercaseCharacters:Boolean RequireNumbers:Boolean
			RequireSymbols:Boolean HardExpiry:Boolean MaxPasswordAge:Integer=0..1095 PasswordReusePrevention:Integer=0..24 MaxLoginAttemps:Integer=0..32`,
	},
	{Name: "GetSecurityPreference", Do: ramGetPreference, Params: ""},
	{
		Name: "SetSecurityPreference", Write: true, Do: ramSetPreference,
		Params: `EnableSaveMFATicket:Boolean AllowUserToChangePassword:Boolean AllowUserToManageAccessKeys:Boolean AllowUserToManageMFADevices:Boolean
			AllowUserToManagePublicKeys:Boolean LoginSessionDuration:Integer=1..24 LoginNetworkMasks`,
	},
}

func ramGetAlias(q *request) (any, error) {
	return map[string]any{"AccountAlias": q.c.account.alias}, nil
}

func ramSetAlias(q *request) (any, error) {
	alias := q.Str("AccountAlias")
	switch {
	case alias == "":
		return nil, kernel.MissingAtGateway("AccountAlias")
	case len(alias) < 3 || len(alias) > 63:
		return nil, kernel.Refuse(400, "InvalidParameter.AccountAlias.Length", `The parameter - "AccountAlias" beyond the length limit.`)
	case strings.Trim(alias, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(alias, "-") != alias:
		return nil, kernel.Refuse(400, "InvalidParameter.AccountAlias.InvalidChars", `The parameter - "AccountAlias" contains invalid chars.`)
	}
	q.c.account.alias = alias
	return kernel.Done()
}

func ramClearAlias(q *request) (any, error) {
	q.c.account.alias = ""
	return kernel.Done()
}

func ramGetPasswordPolicy(q *request) (any, error) {
	return map[string]any{"PasswordPolicy": maps.Clone(q.c.account.password)}, nil
}

// take overwrites what a call names and leaves the rest; types were checked before.
func (q *request) take(into map[string]any) {
	for name, old := range into {
		if _, given := q.Params[name]; !given {
			continue
		}
		switch old.(type) {
		case bool:
			into[name] = q.Is(name)
		case int:
			if n, err := strconv.Atoi(q.Str(name)); err == nil {
				into[name] = n
			}
		default:
			into[name] = q.Str(name)
		}
	}
}

func ramSetPasswordPolicy(q *request) (any, error) {
	q.take(q.c.account.password)
	return ramGetPasswordPolicy(q)
}

func ramGetPreference(q *request) (any, error) {
	p := q.c.account.preference
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

func ramSetPreference(q *request) (any, error) {
	for _, mask := range strings.FieldsFunc(q.Str("LoginNetworkMasks"), func(r rune) bool { return r == ';' }) {
		_, err := netip.ParsePrefix(mask)
		if _, alone := netip.ParseAddr(mask); err != nil && alone != nil {
			return nil, kernel.Refuse(400, "InvalidParameter.LoginNetworkMasks.Format", `The parameter - "LoginNetworkMasks" has a wrong format: %q.`, mask)
		}
	}
	q.take(q.c.account.preference)
	return ramGetPreference(q)
}
