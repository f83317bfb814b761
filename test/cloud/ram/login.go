package ram

import (
	"strings"
	"time"
	"unicode"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// loginProfile lets a user sign in to the console.
type loginProfile struct {
	password    string
	reset, bind bool // at the next sign-in: a new password, an MFA device
	created     time.Time
}

var ramLoginActions = []action{
	{
		Name: "CreateLoginProfile", Write: true, On: onUser, Do: ramCreateLogin,
		Params: "UserName Password PasswordResetRequired:Boolean MFABindRequired:Boolean",
	},
	{Name: "GetLoginProfile", On: onUser, Do: ramGetLogin, Params: "UserName"},
	{
		Name: "UpdateLoginProfile", Write: true, On: onUser, Do: ramUpdateLogin,
		Params: "UserName Password PasswordResetRequired:Boolean MFABindRequired:Boolean",
	},
	{Name: "DeleteLoginProfile", Write: true, On: onUser, Do: ramDeleteLogin, Params: "UserName"},
}

// loginUser is the user of a call, whom it has to name.
func (q *request) loginUser() (*ramUser, error) {
	if !q.Has("UserName") {
		return nil, kernel.MissingAtGateway("UserName")
	}
	return q.ramUser()
}

func (u *ramUser) loginView() map[string]any {
	return map[string]any{"LoginProfile": map[string]any{
		"UserName": u.name, "PasswordResetRequired": u.login.reset, "MFABindRequired": u.login.bind, "CreateDate": kernel.Stamp(u.login.created),
	}}
}

// usablePassword holds a password against the account's policy.
func (q *request) usablePassword(password string) error {
	policy := q.c.account.password
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(password, is) }
	symbol := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	switch {
	case len(password) < policy["MinimumPasswordLength"].(int):
		return kernel.Refuse(400, "InvalidParameter.Password.Length", `The parameter - "Password" beyond the length limit.`)
	case policy["RequireLowercaseCharacters"] == true && !has(unicode.IsLower), policy["RequireUppercaseCharacters"] == true && !has(unicode.IsUpper),
		policy["RequireNumbers"] == true && !has(unicode.IsDigit), policy["RequireSymbols"] == true && !has(symbol):
		return kernel.Refuse(400, "InvalidParameter.PasswordStrength", "The password does not meet the requirements of the password policy.")
	}
	return nil
}

func ramCreateLogin(q *request) (any, error) {
	u, err := q.loginUser()
	switch {
	case err != nil:
		return nil, err
	case u.login != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User.LoginProfile", "The user already has a login profile: %s.", u.name)
	case !q.Has("Password"):
		return nil, kernel.MissingAtGateway("Password")
	}
	if err := q.usablePassword(q.Str("Password")); err != nil {
		return nil, err
	}
	u.login = &loginProfile{password: q.Str("Password"), reset: q.Is("PasswordResetRequired"), bind: q.Is("MFABindRequired"), created: q.c.Clock()}
	return u.loginView(), nil
}

// loginOf is the user of a call, who has a login profile.
func (q *request) loginOf() (*ramUser, error) {
	u, err := q.loginUser()
	switch {
	case err != nil:
		return nil, err
	case u.login == nil:
		return nil, kernel.Refuse(404, "EntityNotExist.User.LoginProfile", "The user does not have a login profile: %s.", u.name)
	}
	return u, nil
}

func ramGetLogin(q *request) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	return u.loginView(), nil
}

func ramUpdateLogin(q *request) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	if q.Has("Password") {
		if err := q.usablePassword(q.Str("Password")); err != nil {
			return nil, err
		}
		u.login.password = q.Str("Password")
	}
	if q.Has("PasswordResetRequired") {
		u.login.reset = q.Is("PasswordResetRequired")
	}
	if q.Has("MFABindRequired") {
		u.login.bind = q.Is("MFABindRequired")
	}
	return kernel.Done()
}

func ramDeleteLogin(q *request) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	u.login = nil
	return kernel.Done()
}
