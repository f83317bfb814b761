package ram

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// settings are what holds for all users of the account, by the names of IMS: those alone that are not as in a
// new account.
type settings map[string]any

// setting is one of them.
type setting struct {
	name    string
	ram     string // what RAM calls it, which does not know all
	usual   any    // in a new account
	omitted any    // what IMS makes of it where a call does not name it; nil: the usual
	kept    bool   // RAM leaves it where a call does not name it: no default is stated there
	within  string // where the answer has it
	values  []any
	from    int // of a number
	to      int
}

// passwordSettings: each call of IMS states all of them. What it does not name falls back to a default, which
// for the attempts is not that of a new account.
var passwordSettings = []setting{
	{name: "MinimumPasswordLength", ram: "MinimumPasswordLength", usual: 8, from: 8, to: 32},
	{name: "RequireLowercaseCharacters", ram: "RequireLowercaseCharacters", usual: false, kept: true},
	{name: "RequireUppercaseCharacters", ram: "RequireUppercaseCharacters", usual: false, kept: true},
	{name: "RequireNumbers", ram: "RequireNumbers", usual: false, kept: true},
	{name: "RequireSymbols", ram: "RequireSymbols", usual: false, kept: true},
	{name: "HardExpire", ram: "HardExpiry", usual: false},
	{name: "MaxPasswordAge", ram: "MaxPasswordAge", usual: 0, to: 1095},
	{name: "PasswordReusePrevention", ram: "PasswordReusePrevention", usual: 0, to: 24},
	{name: "MaxLoginAttemps", ram: "MaxLoginAttemps", usual: 5, omitted: 0, kept: true, to: 32}, // sic
	{name: "MinimumPasswordDifferentCharacter", usual: 0, to: 8},
	{name: "PasswordNotContainUserName", usual: false},
	{name: "InitialPasswordAge", usual: 14, to: 90},
	{name: "InterceptRiskPasswordOnApi", usual: false},
}

var idleDays = []any{90, 180, 365, 730}

var preferenceSettings = []setting{
	{name: "EnableSaveMFATicket", ram: "EnableSaveMFATicket", usual: false, within: "LoginProfilePreference"},
	{name: "AllowUserToChangePassword", ram: "AllowUserToChangePassword", usual: true, within: "LoginProfilePreference"},
	{name: "LoginSessionDuration", ram: "LoginSessionDuration", usual: 6, within: "LoginProfilePreference", from: 1, to: 24},
	{name: "LoginNetworkMasks", ram: "LoginNetworkMasks", usual: "", within: "LoginProfilePreference"},
	{name: "MFAOperationForLogin", usual: "independent", within: "LoginProfilePreference", values: []any{"mandatory", "independent", "adaptive"}},
	{name: "OperationForRiskLogin", usual: "autonomous", within: "LoginProfilePreference"},
	{name: "AllowUserToLoginWithPasskey", usual: true, within: "LoginProfilePreference"},
	{name: "AllowUserToManageAccessKeys", ram: "AllowUserToManageAccessKeys", usual: false, within: "AccessKeyPreference"},
	{name: "AllowUserToManageMFADevices", ram: "AllowUserToManageMFADevices", usual: true, within: "MFAPreference"},
	{name: "AllowUserToManagePublicKeys", ram: "AllowUserToManagePublicKeys", usual: false, within: "PublicKeyPreference"},
	{name: "AllowUserToManagePersonalDingTalk", usual: true, within: "PersonalInfoPreference"},
	{name: "AllowUserLongTermLogin", usual: false, within: "ApplicationLoginPreference"},
	{name: "VerificationTypes", usual: []string{}, within: "VerificationPreference"},
	{name: "MaxIdleDaysForUsers", usual: 730, within: "MaxIdleDays", values: idleDays},
	{name: "MaxIdleDaysForAccessKeys", usual: 730, within: "MaxIdleDays", values: idleDays},
}

func settingNamed(all []setting, name string) *setting {
	for i := range all {
		if all[i].name == name {
			return &all[i]
		}
	}
	return nil
}

// get is a setting as it is.
func (s settings) get(all []setting, name string) any {
	if v, ok := s[name]; ok {
		return v
	}
	return settingNamed(all, name).usual
}

// set changes a setting. mu is held.
// A setting that is as in a new account is not kept, so that a dump is silent about it.
func (s *settings) set(o setting, v any) {
	if reflect.DeepEqual(v, o.usual) {
		delete(*s, o.name)
		return
	}
	if *s == nil {
		*s = settings{}
	}
	(*s)[o.name] = v
}

// check refuses what a document cannot set, and gives values the types that they have here.
func (s settings) check(all []setting) error {
	for _, name := range kernel.SortedKeys(s) {
		o := settingNamed(all, name)
		if o == nil {
			return fmt.Errorf("unknown setting %q", name)
		}
		v := s[name]
		switch n := v.(type) {
		case uint64:
			v = int(n)
		case []any:
			list := []string{}
			for _, one := range n {
				list = append(list, fmt.Sprint(one))
			}
			v = list
		}
		if err := o.check(v); err != nil {
			return err
		}
		s.set(*o, v)
	}
	return nil
}

func (o setting) check(v any) error {
	if reflect.TypeOf(v) != reflect.TypeOf(o.usual) {
		return fmt.Errorf("%s is %v, and not of the kind of %v", o.name, v, o.usual)
	}
	n, number := v.(int)
	switch {
	case number && o.to > 0 && (n < o.from || n > o.to):
		return fmt.Errorf("%s is %d, and may be from %d to %d", o.name, n, o.from, o.to)
	case len(o.values) > 0 && !slices.Contains(o.values, v):
		return fmt.Errorf("%s is %v, and may be one of %v", o.name, v, o.values)
	case o.name == "LoginNetworkMasks":
		return checkMasks(v.(string))
	}
	return nil
}

// checkMasks reads "192.0.2.0/24;198.51.100.7", of at most 40 entries and 512 characters.
func checkMasks(masks string) error {
	all := strings.FieldsFunc(masks, func(r rune) bool { return r == ';' })
	if len(all) > 40 || len(masks) > 512 {
		return kernel.Refuse(400, "InvalidParameter.LoginNetworkMasks.Length", `The parameter - "LoginNetworkMasks" beyond the length limit.`) // sic
	}
	for _, mask := range all {
		if !validMask(mask) {
			return kernel.Refuse(400, "InvalidParameter.LoginNetworkMasks.Format", `The format of the parameter - "LoginNetworkMasks" is incorrect: %q.`, mask)
		}
	}
	return nil
}

// take sets what a call says, and what it does not say to the default that is documented for that. Whoever wants
// to change one of them has to send all, and this cloud shows who does not. Nothing is set where anything is wrong.
func (q *request) take(into *settings, all []setting) error {
	next := maps.Clone(*into) // nil where nothing was set
	for _, o := range all {
		param := o.name
		if !q.ims() {
			param = o.ram
		} else if o.name == "AllowUserToManagePublicKeys" {
			param = "" // RAM alone knows it
		}
		if param == "" {
			continue
		}
		text, given := q.Params[param]
		var v any
		switch {
		case given && (text != "" || o.usual == ""):
			v = o.parse(text)
		case !q.ims() && o.kept:
			continue
		case q.ims() && o.omitted != nil:
			v = o.omitted
		default:
			v = o.usual
		}
		if n, ok := v.(int); ok && param == "MinimumPasswordLength" && (n < o.from || n > o.to) {
			return kernel.Refuse(400, "InvalidParameter.MinimumPasswordLength.Range", `The parameter - "MinimumPasswordLength" MUST be in the range of 8 and 32.`)
		}
		if err := o.check(v); err != nil {
			return err
		}
		next.set(o, v)
	}
	*into = next
	return nil
}

// parse reads a parameter, whose type was checked before.
func (o setting) parse(text string) any {
	switch o.usual.(type) {
	case bool:
		return strings.EqualFold(text, "true")
	case int:
		n, _ := strconv.Atoi(text)
		return n
	case []string:
		list := []string{}
		if json.Unmarshal([]byte(text), &list) != nil || list == nil { // the official SDK sends null where nothing is set
			return []string{}
		}
		return list
	}
	return text
}
