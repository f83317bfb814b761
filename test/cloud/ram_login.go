package cloud

import (
	"strings"
	"time"
	"unicode"
)

// loginProfile lets a user sign in to the console.
type loginProfile struct {
	password    string
	reset, bind bool // at the next sign-in: a new password, an MFA device
	created     time.Time
}

var ramLoginActions = []rpcAction{
	{
		name: "CreateLoginProfile", write: true, on: onUser, do: ramCreateLogin,
		params: "UserName Password PasswordResetRequired:Boolean MFABindRequired:Boolean",
	},
	{name: "GetLoginProfile", on: onUser, do: ramGetLogin, params: "UserName"},
	{
		name: "UpdateLoginProfile", write: true, on: onUser, do: ramUpdateLogin,
		params: "UserName Password PasswordResetRequired:Boolean MFABindRequired:Boolean",
	},
	{name: "DeleteLoginProfile", write: true, on: onUser, do: ramDeleteLogin, params: "UserName"},
}

// loginUser is the user of a call, whom it has to name.
func (q *rpcRequest) loginUser() (*ramUser, error) {
	if !q.has("UserName") {
		return nil, missingAtGateway("UserName")
	}
	return q.ramUser()
}

func (u *ramUser) loginView() map[string]any {
	return map[string]any{"LoginProfile": map[string]any{
		"UserName": u.name, "PasswordResetRequired": u.login.reset, "MFABindRequired": u.login.bind, "CreateDate": stamp(u.login.created),
	}}
}

// usablePassword holds a password against the account's policy.
func (q *rpcRequest) usablePassword(password string) error {
	policy := q.c.ram.account.password
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(password, is) }
	symbol := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	switch {
	case len(password) < policy["MinimumPasswordLength"].(int):
		return refuse(400, "InvalidParameter.Password.Length", `The parameter - "Password" beyond the length limit.`)
	case policy["RequireLowercaseCharacters"] == true && !has(unicode.IsLower), policy["RequireUppercaseCharacters"] == true && !has(unicode.IsUpper),
		policy["RequireNumbers"] == true && !has(unicode.IsDigit), policy["RequireSymbols"] == true && !has(symbol):
		return refuse(400, "InvalidParameter.PasswordStrength", "The password does not meet the requirements of the password policy.")
	}
	return nil
}

func ramCreateLogin(q *rpcRequest) (any, error) {
	u, err := q.loginUser()
	switch {
	case err != nil:
		return nil, err
	case u.login != nil:
		return nil, refuse(409, "EntityAlreadyExists.User.LoginProfile", "The user already has a login profile: %s.", u.name)
	case !q.has("Password"):
		return nil, missingAtGateway("Password")
	}
	if err := q.usablePassword(q.str("Password")); err != nil {
		return nil, err
	}
	u.login = &loginProfile{password: q.str("Password"), reset: q.is("PasswordResetRequired"), bind: q.is("MFABindRequired"), created: q.c.clock()}
	return u.loginView(), nil
}

// loginOf is the user of a call, who has a login profile.
func (q *rpcRequest) loginOf() (*ramUser, error) {
	u, err := q.loginUser()
	switch {
	case err != nil:
		return nil, err
	case u.login == nil:
		return nil, refuse(404, "EntityNotExist.User.LoginProfile", "The user does not have a login profile: %s.", u.name)
	}
	return u, nil
}

func ramGetLogin(q *rpcRequest) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	return u.loginView(), nil
}

func ramUpdateLogin(q *rpcRequest) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	if q.has("Password") {
		if err := q.usablePassword(q.str("Password")); err != nil {
			return nil, err
		}
		u.login.password = q.str("Password")
	}
	if q.has("PasswordResetRequired") {
		u.login.reset = q.is("PasswordResetRequired")
	}
	if q.has("MFABindRequired") {
		u.login.bind = q.is("MFABindRequired")
	}
	return done()
}

func ramDeleteLogin(q *rpcRequest) (any, error) {
	u, err := q.loginOf()
	if err != nil {
		return nil, err
	}
	u.login = nil
	return done()
}
