package resource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A PasswordPolicy is what the account demands of the passwords of its users: every field of
// the answer as it is written. Whoever sets it has to send all of them: what is left out
// goes back to its default (IMS API SetPasswordPolicy).
type PasswordPolicy map[string]string

// passwordFields are the parameters of SetPasswordPolicy. A field that the cloud answers and
// does not take would have the whole call refused.
var passwordFields = []string{
	"MinimumPasswordLength", "RequireLowercaseCharacters", "RequireUppercaseCharacters", "RequireNumbers", "RequireSymbols",
	"HardExpire", "MaxPasswordAge", "PasswordReusePrevention", "MaxLoginAttemps", "MinimumPasswordDifferentCharacter",
	"PasswordNotContainUserName", "InitialPasswordAge", "InterceptRiskPasswordOnApi",
}

// Passwords reads the account's policy for passwords.
func Passwords(ctx context.Context, r cloud.Reader) (PasswordPolicy, error) {
	var answer struct{ PasswordPolicy map[string]json.RawMessage }
	if err := r.Read(ctx, cloud.New("ims", "GetPasswordPolicy", ""), &answer); err != nil {
		return nil, err
	}
	if len(answer.PasswordPolicy) == 0 {
		return nil, errors.New("ram:GetPasswordPolicy: the answer has no policy")
	}
	p := PasswordPolicy{}
	for name, raw := range answer.PasswordPolicy {
		if raw = bytes.Trim(raw, `"`); string(raw) != "null" {
			p[name] = string(raw)
		}
	}
	return p, nil
}

// Number is a field that is a number. One that is not there is not 0: that may be the
// weakest there is, or the strongest.
func (p PasswordPolicy) Number(name string) (int, error) {
	n, err := strconv.Atoi(p[name])
	if err != nil {
		return 0, fmt.Errorf("ram:GetPasswordPolicy: the answer does not say %s", name)
	}
	return n, nil
}

// Is is a field that is true or false.
func (p PasswordPolicy) Is(name string) (bool, error) {
	yes, err := strconv.ParseBool(p[name])
	if err != nil {
		return false, fmt.Errorf("ram:GetPasswordPolicy: the answer does not say %s", name)
	}
	return yes, nil
}

// With is the policy with some fields set anew.
func (p PasswordPolicy) With(fields map[string]string) PasswordPolicy {
	p = maps.Clone(p)
	maps.Copy(p, fields)
	return p
}

// Set is the call that sets all of the policy.
func (p PasswordPolicy) Set() cloud.Call {
	call := cloud.New("ims", "SetPasswordPolicy", "")
	for _, name := range passwordFields {
		if value, ok := p[name]; ok {
			call = call.With(name, value)
		}
	}
	return call
}
