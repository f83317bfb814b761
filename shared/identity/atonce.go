package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// What the account asks of passwords and of sign-ins is set by calls that state all of it.
// Two practices that each made such a call would take back what the other has set, so those
// that object to the same settings are a family, and one call puts right what all want.

// Wants is what a practice wants of settings: the fields, and in words what is done.
type Wants struct {
	Fields map[string]string
	Why    string
}

// Whose roles a control policy leaves out that keeps others from setting them: those of the
// practices, and an administrator's.
var (
	passwordSetters = []string{"ecsguard-ram-password-policy", "ecsguard-ram-password-max-age", "ecsguard-password-unique", "admin"}
	signInSetters   = []string{"ecsguard-ram-mfa-enforcement", "ecsguard-ram-console-login-ip-mask", "admin"}
)

var passwords = &practice.Family{Name: "password policy", Join: join(resource.Passwords)}

// Passwords makes a practice one of those that judge what is asked of passwords. It fills in
// what they have in common; triggers that the practice names are besides.
func Passwords(p *practice.Practice) *practice.Practice {
	return member(p, passwords, "PasswordPolicy", "weaken the policy for passwords", passwordSetters)
}

var signIns = &practice.Family{Name: "security preference", Join: join(resource.Preference)}

// SignIns makes a practice one of those that judge what is asked of sign-ins.
func SignIns(p *practice.Practice) *practice.Practice {
	p.Reads = []string{"ram:GetUserSsoSettings"}
	return member(p, signIns, "SecurityPreference", "change what is asked for at a sign-in", signInSetters)
}

func member(p *practice.Practice, family *practice.Family, what, do string, setters []string) *practice.Practice {
	p.Resource, p.Family, p.Sweep = resource.TypeAccount, family, practice.Daily(practice.TheAccount)
	p.Triggers = practice.Triggers([]practice.Trigger{
		{Service: "Ims", Name: "Set" + what, Resource: "account"},
		{Service: "Ram", Name: "Set" + what, Resource: "account"},
	}, p.Triggers)
	p.Reads, p.Writes = append([]string{"ram:Get" + what}, p.Reads...), []string{"ram:Set" + what}
	p.Prevent = func(practice.Finding) []practice.Prevention {
		return []practice.Prevention{Deny("Nobody in the account can "+do+"; ecsguard's roles and an administrator's role named admin are left out", p.Writes, setters...)}
	}
	return p
}

// Object reports that some fields of the account's settings are not as they should be. Without
// wants, only a person can put them right.
func Object(pass *practice.Pass, f practice.Finding, fields []string, wants *Wants) {
	f.Scope = practice.Scope{}
	for _, name := range fields {
		f.Scope[name] = []practice.Span{{From: 0, To: 0}}
	}
	if wants != nil {
		f.Wants = *wants
	}
	pass.Report(f)
}

// join is one call for what all want. Where two want different values of one field, the worst
// finding's stands, which comes first.
func join(read func(context.Context, cloud.Reader) (resource.SetAtOnce, error)) func(context.Context, *practice.Pass, []practice.Finding) (practice.Edit, error) {
	return func(ctx context.Context, pass *practice.Pass, findings []practice.Finding) (edit practice.Edit, err error) {
		now, err := read(ctx, pass)
		if err != nil {
			return edit, fmt.Errorf("reading the settings that are to be set: %w", err)
		}
		fields, why := map[string]string{}, []string{}
		for _, f := range findings {
			wants, ok := f.Wants.(Wants)
			if !ok {
				return edit, fmt.Errorf("the finding %q wants nothing of settings: %T", f.Title, f.Wants)
			}
			for name, value := range wants.Fields {
				if _, said := fields[name]; !said {
					fields[name] = value
				}
			}
			if !slices.Contains(why, wants.Why) {
				why = append(why, wants.Why)
			}
		}
		edit.Changes = practice.Reversible(strings.Join(why, "; "), now.With(fields).Set(), now.Set())
		return edit, nil
	}
}
