package identity

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/policy"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// everything is the document of the system policy AdministratorAccess, and ofRAM that of
// AliyunRAMFullAccess: a user who has the latter can grant himself everything.
const (
	everything = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	ofRAM      = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}`
)

// taker is the document of the system policy AliyunSTSAssumeRoleAccess: who has it may take each
// role that trusts the account.
const taker = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`

// An admins says who may be an administrator, and whether that is certain: users by policies of
// their own and of their groups, and those who may take a role that is one.
type admins struct {
	users map[string]bool            // certain: he is one himself
	by    map[string]map[string]bool // by role: the users who may take it; certain: he may, and it is one
}

// has tells whether a user may be an administrator.
func (a admins) has(user string) bool {
	if _, may := a.users[user]; may {
		return true
	}
	for _, users := range a.by {
		if _, may := users[user]; may {
			return true
		}
	}
	return false
}

// take tells whether somebody may be an administrator by taking a role.
func (a admins) take(role string) bool { return len(a.by[role]) > 0 }

// certain are the users who certainly are administrators, once what is pending is done.
func (a admins) certain(pending []practice.Lock) []string {
	all := map[string]bool{}
	for user, certain := range a.users {
		all[user] = all[user] || certain
	}
	for role, users := range a.by {
		if slices.ContainsFunc(pending, func(l practice.Lock) bool { return l.Rights && l.Role == role }) {
			continue
		}
		for user, certain := range users {
			all[user] = all[user] || certain
		}
	}
	maps.DeleteFunc(all, func(_ string, certain bool) bool { return !certain })
	return slices.Sorted(maps.Keys(all))
}

// A survey gathers which documents users and roles have.
type survey struct {
	Rules
	users, roles map[string][]string
}

// give notes who has a policy.
func (s *survey) give(ctx context.Context, kind, name, document string) error {
	holders, err := resource.HoldersOf(ctx, s.Reader, kind, name)
	if err != nil {
		return err
	}
	users := map[string]bool{}
	for _, user := range holders.Users {
		users[user] = true
	}
	for _, group := range holders.Groups {
		members, err := resource.Members(ctx, s.Reader, group)
		if err != nil && !cloud.NotFound(err) {
			return err
		}
		for _, user := range members {
			users[user] = true
		}
	}
	for user := range users {
		s.users[user] = append(s.users[user], document)
	}
	for _, role := range holders.Roles {
		s.roles[role] = append(s.roles[role], document)
	}
	return nil
}

// administrators start from policies: those that can make somebody an administrator, and those
// that deny something; and where a role is one, those by which roles are taken.
func (r Rules) administrators(ctx context.Context) (admins, error) {
	s, found := &survey{r, map[string][]string{}, map[string][]string{}}, admins{map[string]bool{}, map[string]map[string]bool{}}
	if err := s.give(ctx, resource.SystemPolicy, "AdministratorAccess", everything); err != nil {
		return found, err
	}
	if err := s.give(ctx, resource.SystemPolicy, "AliyunRAMFullAccess", ofRAM); err != nil {
		return found, err
	}
	own, err := resource.Policies(ctx, r.Reader, resource.CustomPolicy)
	if err != nil {
		return found, err
	}
	others := map[string]string{} // by name: those that matter for roles alone
	for _, p := range own {
		if p.Unattached() {
			continue
		}
		text, err := resource.PolicyDocument(ctx, r.Reader, resource.CustomPolicy, p.PolicyName)
		if err != nil {
			return found, err
		}
		for _, t := range text {
			may, _ := Administrator([]string{t.PolicyDocument})
			_, still := Administrator([]string{everything, t.PolicyDocument})
			if !may && still && !adds(t.PolicyDocument) { // it neither makes one nor keeps one from it
				if takes(t.PolicyDocument, "*") != policy.No {
					others[p.PolicyName] = t.PolicyDocument
				}
				continue
			}
			if err := s.give(ctx, resource.CustomPolicy, p.PolicyName, t.PolicyDocument); err != nil {
				return found, err
			}
		}
	}
	for user, texts := range s.users {
		if may, certain := Administrator(texts); may {
			found.users[user] = certain
		}
	}
	return found, s.byRoles(ctx, found, others)
}

// byRoles adds the users who may take a role that may be an administrator.
func (s *survey) byRoles(ctx context.Context, found admins, others map[string]string) error {
	var open []assumed
	for role, texts := range s.roles {
		may, certain := Administrator(texts)
		if !may {
			continue
		}
		read, err := resource.RoleOf(ctx, s.Reader, role)
		if err != nil {
			return err
		}
		for _, one := range read { // none: it is gone
			if a := assumedBy(role, one, certain); len(a.trusted) > 0 {
				open = append(open, a)
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	if err := s.give(ctx, resource.SystemPolicy, "AliyunSTSAssumeRoleAccess", taker); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(others)) {
		if err := s.give(ctx, resource.CustomPolicy, name, others[name]); err != nil {
			return err
		}
	}
	for _, a := range open {
		users := map[string]bool{}
		for user, texts := range s.users {
			trusted, sure := a.trusts(user)
			if !trusted {
				continue
			}
			if allowed := takesAll(texts, a.arn); allowed != policy.No {
				users[user] = a.certain && sure && allowed == policy.Yes
			}
		}
		found.by[a.role] = users
	}
	return nil
}

// An assumed is a role that may be an administrator, and that users of the account may take.
type assumed struct {
	role, arn string
	certain   bool // it is one
	trusted   []policy.Trusted
}

func assumedBy(role string, read resource.Role, certain bool) assumed {
	a := assumed{role: role, arn: read.ARN, certain: certain}
	if a.arn == "" {
		a.arn = "acs:ram::0:role/" + role
	}
	d, err := policy.ParseTrust(role, []byte(read.AssumeRolePolicyDocument))
	if err != nil { // somebody may
		a.trusted = []policy.Trusted{{Kind: policy.UnknownPrincipal, Sure: policy.Unknown}}
		return a
	}
	account := ""
	if parts := strings.Split(read.ARN, ":"); len(parts) > 3 {
		account = parts[3]
	}
	for _, t := range d.MayAssume(account) {
		switch t.Kind {
		case policy.Service, policy.IdentityProvider: // no user
		case policy.Account, policy.Identity:
			if t.Own || account == "" {
				a.trusted = append(a.trusted, t)
			}
		default:
			a.trusted = append(a.trusted, t)
		}
	}
	return a
}

// trusts tells whether a user may be let in, and whether that is certain.
func (a assumed) trusts(user string) (may, sure bool) {
	for _, t := range a.trusted {
		if t.Kind == policy.Identity && resource.UserName(t.Name) != user {
			continue
		}
		may = true
		sure = sure || t.Sure == policy.Yes && t.Limited == policy.No && len(t.Except) == 0 && (t.Kind == policy.Account || t.Kind == policy.Identity) && t.Own
	}
	return may, sure
}

// takes says whether a document lets somebody take some role of a pattern.
func takes(text, arn string) policy.Answer {
	d, err := policy.Parse("", []byte(text))
	if err != nil {
		return policy.Unknown
	}
	return policy.Of(d).Reaches(policy.Scope{Actions: []string{"sts:AssumeRole"}, Resources: []string{arn}}).SomeIf
}

// takesAll says whether documents together let somebody take a role: Yes only where no condition
// limits it.
func takesAll(texts []string, arn string) policy.Answer {
	var read []*policy.Document
	sure := true
	for _, text := range texts {
		d, err := policy.Parse("", []byte(text))
		if err != nil {
			sure = false
			continue
		}
		read = append(read, d)
	}
	reach := policy.Of(read...).Reaches(policy.Scope{Actions: []string{"sts:AssumeRole"}, Resources: []string{arn}})
	switch {
	case reach.All == policy.Yes && sure:
		return policy.Yes
	case reach.SomeIf != policy.No || !sure:
		return policy.Unknown
	}
	return policy.No
}

// adds tells whether a document gives a part of what makes an administrator, so that it may with
// others.
func adds(text string) bool {
	return parts.of([]string{text}, func() bool {
		d, err := policy.Parse("", []byte(text))
		if err != nil {
			return true
		}
		access := policy.Of(d)
		return slices.ContainsFunc(routes, func(route policy.Scope) bool { return access.Reaches(route).SomeIf != policy.No })
	})
}
