package ram

import (
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// It holds for the root account, too, and cannot be raised.
const accessKeysPerUser = 2

// quotas are those of a usual account, by their names in GetAccountSummary, which tells of them. RAM raises most
// of them on request.
var quotas = map[string]int{
	"UsersQuota": 1000, "GroupsQuota": 50, "RolesQuota": 1000, "PoliciesQuota": 1500, "VirtualMFADevicesQuota": 1000,
	"AccessKeysPerUserQuota": accessKeysPerUser, "GroupsPerUserQuota": 50, "VersionsPerPolicyQuota": 5, "PolicySizeQuota": maxDocument,
	"AttachedPoliciesPerUserQuota": 10, "AttachedPoliciesPerGroupQuota": 10, "AttachedPoliciesPerRoleQuota": 10,
	"AttachedSystemPoliciesPerUserQuota": 20, "AttachedSystemPoliciesPerGroupQuota": 20, "AttachedSystemPoliciesPerRoleQuota": 20,
}

// What holds for the whole account. RAM's calls take all parameters as optional, and the service
// refuses what is missing: the metadata says so, hence no "!" in the lists.
var ramAccountActions = []action{
	{Name: "GetAccountAlias", Do: getAlias, Params: ""},
	// Its parameter is optional in the metadata, and missing it is an error.
	{Name: "SetAccountAlias", Write: true, Do: setAlias, Params: "AccountAlias"},
	{Name: "ClearAccountAlias", Write: true, Do: clearAlias, Params: ""},
	{Name: "GetPasswordPolicy", Do: getPasswordPolicy, Params: ""},
	{
		Name: "SetPasswordPolicy", Write: true, Do: setPasswordPolicy,
		Params: `MinimumPasswordLength:Integer RequireLowercaseCharacters:Boolean RequireUppercaseCharacters:Boolean RequireNumbers:Boolean
			RequireSymbols:Boolean HardExpiry:Boolean MaxPasswordAge:Integer=0..1095 PasswordReusePrevention:Integer=0..24 MaxLoginAttemps:Integer=0..32`,
	},
	{Name: "GetSecurityPreference", Do: getPreference, Params: ""},
	{
		Name: "SetSecurityPreference", Write: true, Do: setPreference,
		Params: `EnableSaveMFATicket:Boolean AllowUserToChangePassword:Boolean AllowUserToManageAccessKeys:Boolean AllowUserToManageMFADevices:Boolean
			AllowUserToManagePublicKeys:Boolean LoginSessionDuration:Integer=1..24 LoginNetworkMasks`,
	},
}

// The console's. SetPasswordPolicy and SetSecurityPreference set everything at once: see take.
var imsAccountActions = []action{
	{Name: "GetDefaultDomain", Do: getDomain, Params: ""},
	{Name: "GetUserSsoSettings", Do: getSSO, Params: ""},
	{Name: "GetAccountSummary", Do: getSummary, Params: ""},
	{Name: "GetPasswordPolicy", Do: getPasswordPolicy, Params: ""},
	{
		Name: "SetPasswordPolicy", Write: true, Do: setPasswordPolicy,
		Params: `MinimumPasswordLength:Integer RequireLowercaseCharacters:Boolean RequireUppercaseCharacters:Boolean RequireNumbers:Boolean
			RequireSymbols:Boolean HardExpire:Boolean MaxPasswordAge:Integer=0..1095 PasswordReusePrevention:Integer=0..24 MaxLoginAttemps:Integer=0..32
			MinimumPasswordDifferentCharacter:Integer=0..8 PasswordNotContainUserName:Boolean InitialPasswordAge:Integer=0..90
			InterceptRiskPasswordOnApi:Boolean`,
	},
	{Name: "GetSecurityPreference", Do: getPreference, Params: ""},
	{
		// EnforceMFAForLogin and AllowUserLongTermLogin are not in the metadata any more. The official SDK sends them.
		Name: "SetSecurityPreference", Write: true, Do: setPreference,
		Params: `EnableSaveMFATicket:Boolean AllowUserToChangePassword:Boolean AllowUserToManageAccessKeys:Boolean AllowUserToManageMFADevices:Boolean
			AllowUserToManagePersonalDingTalk:Boolean AllowUserToLoginWithPasskey:Boolean LoginSessionDuration:Integer=1..24 LoginNetworkMasks
			MFAOperationForLogin=mandatory|independent|adaptive OperationForRiskLogin VerificationTypes:Json
			MaxIdleDaysForAccessKeys:Integer=90|180|365|730 MaxIdleDaysForUsers:Integer=90|180|365|730
			EnforceMFAForLogin:Boolean AllowUserLongTermLogin:Boolean`,
	},
}

func getAlias(q *request) (any, error) { return map[string]any{"AccountAlias": q.c.Alias}, nil }

// Three to 63 characters, without a dash at either end or two in a row. The alias is part of the
// sign-in address.
func setAlias(q *request) (any, error) {
	alias := q.Str("AccountAlias")
	switch {
	case alias == "":
		return nil, kernel.MissingAtGateway("AccountAlias")
	case len(alias) < 3 || len(alias) > 63:
		return nil, kernel.Refuse(400, "InvalidParameter.AccountAlias.Length", `The parameter - "AccountAlias" MUST be in the range of 3 and 63.`)
	case strings.Trim(alias, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(alias, "-") != alias || strings.Contains(alias, "--"):
		return nil, kernel.Refuse(400, "InvalidParameter.AccountAlias.Format", `The format of parameter - "AccountAlias" is incorrect.`)
	}
	q.c.Alias = alias
	return kernel.Done()
}

func clearAlias(q *request) (any, error) {
	q.c.Alias = ""
	return kernel.Done()
}

// The default domain cannot be changed here.
func getDomain(q *request) (any, error) {
	return map[string]any{"DefaultDomainName": q.c.Account + ".onaliyun.com"}, nil
}

// Nobody can switch it on over the API here: a document says it.
func getSSO(q *request) (any, error) {
	return map[string]any{"UserSsoSettings": map[string]any{
		"SsoEnabled": q.c.SSO, "MetadataDocument": "", "AuxiliaryDomain": "", "SsoLoginWithDomain": true,
	}}, nil
}

// getSummary has nothing of the root account's own keys and devices: GetAccountMFAInfo and
// GetAccountSecurityPracticeReport tell of those.
func getSummary(q *request) (any, error) {
	custom, inUse := 0, 0
	for _, p := range q.c.Policies {
		if p.Kind == "Custom" {
			custom++
		}
	}
	for _, d := range q.c.MFADevices {
		if d.User != "" {
			inUse++
		}
	}
	summary := map[string]any{
		"Users": len(q.c.Users), "Groups": len(q.c.UserGroups), "Roles": len(q.c.Roles), "Policies": custom,
		"MFADevices": len(q.c.MFADevices), "MFADevicesInUse": inUse,
	}
	for name, n := range quotas {
		summary[name] = n
	}
	return map[string]any{"SummaryMap": summary}, nil
}

// settingsView has the settings that the API of a call knows, by its names.
func (q *request) settingsView(s settings, all []setting, into func(o setting) map[string]any) {
	for _, o := range all {
		switch {
		case !q.ims() && o.ram != "":
			into(o)[o.ram] = s.get(all, o.name)
		case q.ims() && o.within != "PublicKeyPreference":
			into(o)[o.name] = s.get(all, o.name)
		}
	}
}

// RAM and IMS have it under names of their own, RAM without the newer settings.
func getPasswordPolicy(q *request) (any, error) {
	view := map[string]any{}
	q.settingsView(q.c.Password, passwordSettings, func(setting) map[string]any { return view })
	return map[string]any{"PasswordPolicy": view}, nil
}

// The answer has all settings as they are now.
func setPasswordPolicy(q *request) (any, error) {
	if err := q.take(&q.c.Password, passwordSettings); err != nil {
		return nil, err
	}
	return getPasswordPolicy(q)
}

// Settings stand in groups by what they are about.
func getPreference(q *request) (any, error) {
	view := map[string]any{}
	q.settingsView(q.c.Preference, preferenceSettings, func(o setting) map[string]any {
		if view[o.within] == nil {
			view[o.within] = map[string]any{}
		}
		return view[o.within].(map[string]any)
	})
	if q.ims() {
		login := view["LoginProfilePreference"].(map[string]any)
		login["EnforceMFAForLogin"] = login["MFAOperationForLogin"] == "mandatory" // the older name for it
	}
	return map[string]any{"SecurityPreference": view}, nil
}

// setPreference takes EnforceMFAForLogin for what it stands for, where the newer parameter does not say it.
func setPreference(q *request) (any, error) {
	if q.ims() && q.Has("EnforceMFAForLogin") && !q.Has("MFAOperationForLogin") {
		q.Params["MFAOperationForLogin"] = map[bool]string{true: "mandatory", false: "independent"}[q.Is("EnforceMFAForLogin")]
		defer delete(q.Params, "MFAOperationForLogin") // the event has what was sent
	}
	if err := q.take(&q.c.Preference, preferenceSettings); err != nil {
		return nil, err
	}
	return getPreference(q)
}
