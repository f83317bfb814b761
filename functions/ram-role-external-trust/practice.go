package ramroleexternaltrust

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ram-role-external-trust.
var Practice = &practice.Practice{
	ID:       "ram-role-external-trust",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeRole,
	Guide:    []string{"Alibaba Cloudアカウントの代わりにRAMユーザーを使用し、適切な権限ポリシーをユーザーに付与する"},
	Cites:    []string{"CIS Alibaba Cloud 2.10", "MLPS 8.1.4.2"},
	Triggers: identity.Trusting,
	Sweep:    practice.Daily(identity.ListRoles, "ram:ListRoles"),
	Reads:    identity.Reads,
	Writes:   []string{"ram:UpdateRole"},
	Params: []practice.Param{
		{Name: "accounts", Kind: practice.AccountIDs, Doc: "numbers of other accounts that roles may let in: partners, and those of the resource directory"},
		{Name: "providers", Doc: "names of identity providers that need no condition"},
	},
	Touches:    true,
	Disruptive: "partners and programs in other accounts can no longer take the role",
	Prevent:    prevent,
	Check:      check,
}

func prevent(practice.Finding) []practice.Prevention {
	return []practice.Prevention{identity.Deny("Nobody in the account can change whom roles let in but an administrator's role named admin; ecsguard's role is left out",
		[]string{"ram:CreateRole", "ram:UpdateRole"}, "ecsguard-ram-role-external-trust", "admin")}
}

func check(ctx context.Context, pass *practice.Pass) error {
	found, err := resource.RoleOf(ctx, pass, pass.Resource.ID)
	role, err := practice.One(found, err)
	if err != nil {
		return fmt.Errorf("reading whom the role %s lets in: %w", pass.Resource.ID, err)
	}
	d, err := policy.ParseTrust(role.RoleName, []byte(role.AssumeRolePolicyDocument))
	if err != nil {
		return err // it names the role
	}
	var strangers, open []string
	f := practice.Finding{Resource: pass.Named("", role.RoleName, ""), Severity: practice.High}
	for _, t := range d.MayAssume(pass.Resource.Account) {
		switch {
		case t.Kind == policy.Anyone:
			strangers, f.Severity = append(strangers, t.Name), practice.Critical
		case stranger(pass, t):
			strangers = append(strangers, t.Name)
		case t.Own && t.Kind == policy.IdentityProvider && openTo(t) && !named(pass, t.Name):
			open = append(open, t.Name)
		}
	}
	if len(open) > 0 {
		g := f
		g.Key, g.Title, g.Severity = "provider", "A role lets in whomever an identity provider vouches for", practice.High
		g.Facts = map[string]string{"providers": strings.Join(open, ", ")}
		g.Advice = "Add a condition to the trust policy for " + practice.Few(open, 3, ", ") + ": on oidc:sub (which project, which branch) and oidc:aud, or on saml:recipient."
		pass.Report(g)
	}
	if len(strangers) == 0 {
		return nil
	}
	f.Key, f.Title = "stranger", "A role lets in an account that is on no list"
	if f.Severity == practice.Critical {
		f.Title = "A role lets in everybody"
	}
	f.Facts = map[string]string{"lets in": strings.Join(strangers, ", ")}
	f.Advice = "It lets in " + practice.Few(strangers, 3, ", ") + ". Name the accounts that it is for under accounts of this practice. If it is for nobody, take its policies from it."
	if smaller := without(d, strangers); smaller != "" {
		set := cloud.New("ram", "UpdateRole", "", "RoleName", role.RoleName)
		better, worse := set.With("NewAssumeRolePolicyDocument", smaller), set.With("NewAssumeRolePolicyDocument", role.AssumeRolePolicyDocument)
		if pass.Event.Name == "CreateRole" || pass.Event.Name == "UpdateRole" {
			f.Lock, f.Changes = practice.Lock{Role: f.Resource.ID}, practice.Reversible("let no stranger take "+role.RoleName, better, worse)
		} else {
			f.Paste = []practice.Prevention{{Kind: practice.TrustPolicy, Does: "It leaves them out of the trust policy", Text: better.String()}}
		}
	}
	pass.Report(f)
	return nil
}

// stranger tells whether a principal belongs to another account that is not on the list. Of a
// form that is not RAM's nobody knows.
func stranger(pass *practice.Pass, t policy.Trusted) bool {
	if t.Own || t.Account == "" || t.Kind == policy.UnknownPrincipal || slices.Contains(pass.Param("accounts"), t.Account) {
		return false
	}
	return pass.Resource.ID != "resourcedirectoryaccountaccessrole" || t.Kind != policy.Account
}

// openTo tells whether an identity provider may vouch for anybody: of an OIDC provider, which
// many may share, a condition on the subject is needed.
func openTo(t policy.Trusted) bool {
	if strings.Contains(t.Name, ":oidc-provider/") && t.Limited != policy.Unknown {
		return !slices.ContainsFunc(t.Conditions, func(c policy.Condition) bool {
			return strings.EqualFold(c.Key, "oidc:sub") && !slices.ContainsFunc(c.Values, func(v string) bool { return strings.Trim(v, "*") == "" })
		})
	}
	return t.Limited == policy.No
}

func named(pass *practice.Pass, arn string) bool {
	return slices.Contains(pass.Param("providers"), arn[strings.LastIndex(arn, "/")+1:])
}

// without is a trust policy that leaves some out; empty: nobody would be left, or RAM would not
// take it.
func without(d *policy.Document, names []string) string {
	out := d.Clone()
	out.Statements = nil
	for _, s := range d.Clone().Statements {
		s.Principal = slices.DeleteFunc(s.Principal, func(n policy.Name) bool { return !s.Deny && slices.Contains(names, n.Name) })
		if len(s.Principal) > 0 {
			out.Statements = append(out.Statements, s)
		}
	}
	if len(out.Statements) == 0 || out.Check(policy.Trust) != nil {
		return ""
	}
	return out.JSON()
}
