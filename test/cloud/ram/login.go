package ram

import (
	"strings"
	"time"
	"unicode"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// login is what a document says of a console login beyond that there is one.
type login struct {
	Inactive         bool `yaml:"inactive,omitempty"`
	MFARequired      bool `yaml:"mfa-required,omitempty"`   // a device is to be bound at the next sign-in
	ResetRequired    bool `yaml:"reset-required,omitempty"` // a new password is to be set at the next sign-in
	PasswordDaysAgo  int  `yaml:"password-days-ago,omitempty"`
	LastLoginDaysAgo int  `yaml:"last-login-days-ago,omitempty"` // default never
}

// consoleLogin is what the cloud knows of a login, and no document says.
type consoleLogin struct {
	password             string
	created, passed, set time.Time // passed: the profile's last change; set: the password's
	last                 time.Time // signed in
}

// load makes the times of a login that a document describes.
func (l *consoleLogin) load(s *Service, said login) {
	if l.created.IsZero() {
		l.created = s.LongAgo()
		l.passed, l.set = l.created, l.created
	}
	if said.PasswordDaysAgo > 0 {
		l.set = s.daysAgo(said.PasswordDaysAgo)
		l.created, l.passed = l.set, l.set
	}
	if said.LastLoginDaysAgo > 0 {
		l.last = s.daysAgo(said.LastLoginDaysAgo)
	}
}

// By whether the call is to IMS, which knows one more and requires the name.
var loginParams = map[bool]string{
	false: "UserName Password PasswordResetRequired:Boolean MFABindRequired:Boolean",
	true:  "UserPrincipalName! Password PasswordResetRequired:Boolean MFABindRequired:Boolean Status=Active|Inactive",
}

// A login is a password for the console and says nothing about keys. ChangePassword is the user's
// own and needs no permission on anything in particular.
var ramLoginActions = []action{
	// Password is optional in the metadata and needed by the service.
	{Name: "CreateLoginProfile", Write: true, On: onUser, Do: createLogin, Params: loginParams[false]},
	{Name: "GetLoginProfile", On: onUser, Do: getLogin, Params: "UserName"},
	{Name: "UpdateLoginProfile", Write: true, On: onUser, Do: updateLogin, Params: loginParams[false]},
	{Name: "DeleteLoginProfile", Write: true, On: onUser, Do: deleteLogin, Params: "UserName"},
	{Name: "ChangePassword", Write: true, Do: changePassword, Params: "OldPassword NewPassword"},
}

var imsLoginActions = []action{
	{Name: "CreateLoginProfile", Write: true, On: onPrincipal, Do: createLogin, Params: loginParams[true]},
	{Name: "GetLoginProfile", On: onPrincipal, Do: getLogin, Params: "UserPrincipalName!"},
	{Name: "UpdateLoginProfile", Write: true, On: onPrincipal, Do: updateLogin, Params: loginParams[true]},
	{Name: "DeleteLoginProfile", Write: true, On: onPrincipal, Do: deleteLogin, Params: "UserPrincipalName!"},
	{Name: "ChangePassword", Write: true, Do: changePassword, Params: "OldPassword! NewPassword!"},
}

// A password is never answered.
func (q *request) loginView(u *ramUser) map[string]any {
	view := map[string]any{
		"PasswordResetRequired": u.Login.ResetRequired, "MFABindRequired": u.Login.MFARequired, "CreateDate": kernel.Stamp(u.console.created),
	}
	if q.ims() { // only IMS tells of these
		view["Status"] = activity(!u.Login.Inactive)
		view["UpdateDate"], view["LastLoginTime"] = kernel.Stamp(u.console.passed), kernel.Stamp(u.console.last)
	}
	return map[string]any{"LoginProfile": q.named(view, u)}
}

func activity(active bool) string { return map[bool]string{true: "Active", false: "Inactive"}[active] }

// usablePassword holds a password against the account's policy.
// PasswordReusePrevention and the password's age are kept as settings, and not judged by: old
// passwords are not remembered.
func (q *request) usablePassword(u *ramUser, password string) error {
	policy := func(name string) any { return q.c.Password.get(passwordSettings, name) }
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(password, is) }
	symbol := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	if len(password) < policy("MinimumPasswordLength").(int) ||
		policy("RequireLowercaseCharacters") == true && !has(unicode.IsLower) || policy("RequireUppercaseCharacters") == true && !has(unicode.IsUpper) ||
		policy("RequireNumbers") == true && !has(unicode.IsDigit) || policy("RequireSymbols") == true && !has(symbol) ||
		len(different) < policy("MinimumPasswordDifferentCharacter").(int) ||
		policy("PasswordNotContainUserName") == true && strings.Contains(strings.ToLower(password), u.ID) {
		return kernel.Refuse(400, "InvalidParameter.Password.TooWeak", `The parameter - "Password" is not compliant with the password policy.`)
	}
	return nil
}

// takeLogin takes what a call says of a login.
func (q *request) takeLogin(u *ramUser) {
	for param, into := range map[string]*bool{"PasswordResetRequired": &u.Login.ResetRequired, "MFABindRequired": &u.Login.MFARequired} {
		if q.Has(param) {
			*into = q.Is(param)
		}
	}
	if q.Has("Status") {
		u.Login.Inactive = q.Str("Status") == "Inactive"
	}
	if q.Has("Password") {
		u.setPassword(q.c, q.Str("Password"))
	}
	u.console.passed = q.c.Clock()
}

// What a document said of the password's age does not hold any more.
func (u *ramUser) setPassword(c *Service, password string) {
	u.console.password, u.console.set, u.Login.PasswordDaysAgo = password, c.Clock(), 0
}

// A user has one login.
func createLogin(q *request) (any, error) {
	u, err := q.namedUser()
	switch {
	case err != nil:
		return nil, err
	case u.Console:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User.LoginProfile", "The user login profile does already EXIST: %s.", u.Name) // sic
	case !q.Has("Password"):
		return nil, kernel.MissingAtGateway("Password")
	}
	if err := q.usablePassword(u, q.Str("Password")); err != nil {
		return nil, err
	}
	u.Console, u.console.created = true, q.c.Clock()
	q.takeLogin(u)
	return q.loginView(u), nil
}

// loginOf is the user of a call, who has a login.
func (q *request) loginOf() (*ramUser, error) {
	u, err := q.namedUser()
	switch {
	case err != nil:
		return nil, err
	case !u.Console:
		return nil, kernel.Refuse(404, "EntityNotExist.User.LoginProfile", "The user login profile does not exist: %s.", u.Name)
	}
	return u, nil
}

func getLogin(q *request) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	return q.loginView(u), nil
}

// updateLogin changes what a call names. IMS answers with the login, RAM with nothing.
func updateLogin(q *request) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	if q.Has("Password") {
		if err := q.usablePassword(u, q.Str("Password")); err != nil {
			return nil, err
		}
	}
	q.takeLogin(u)
	if q.ims() {
		return q.loginView(u), nil
	}
	return kernel.Done()
}

// deleteLogin forgets the password: making the login again needs a new one.
func deleteLogin(q *request) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	last := u.console.last
	u.Console, u.Login, u.console = false, login{}, consoleLogin{last: last}
	return kernel.Done()
}

// changePassword is a user's own, who has to know the old one.
func changePassword(q *request) (any, error) {
	u := q.c.User(q.Who.Name)
	switch {
	case q.Who.Type != "ram-user" || u == nil || q.c.Preference.get(preferenceSettings, "AllowUserToChangePassword") == false:
		return nil, kernel.Refuse(403, "NoPermission", "You are not authorized to do this action.")
	case !q.Has("OldPassword"):
		return nil, kernel.MissingAtGateway("OldPassword")
	case !q.Has("NewPassword"):
		return nil, kernel.MissingAtGateway("NewPassword")
	case !u.Console:
		return nil, kernel.Refuse(404, "EntityNotExist.User.LoginProfile", "The user login profile does not exist: %s.", u.Name)
	case u.console.password != q.Str("OldPassword"):
		// RAM's list of errors has no code for this one.
		return nil, kernel.Refuse(403, "NoPermission", "The old password is not correct.")
	}
	if err := q.usablePassword(u, q.Str("NewPassword")); err != nil {
		return nil, err
	}
	q.touchUser(u)
	u.setPassword(q.c, q.Str("NewPassword"))
	u.Login.ResetRequired = false
	return kernel.Done()
}
