package ram

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is who exists in the account and with which keys. Names are kept as
// they were given and found without case, as RAM does.
type state struct {
	rootMFA  bool
	users    map[string]*ramUser
	Roles    map[string]*ramRole
	Policies map[string]*ramPolicy // custom and system policies by name
	groups   map[string]*ramGroup
	mfa      map[string]*mfaDevice // virtual devices, by serial number
	account  ramAccount
}

type ramUser struct {
	name, id, display, email, phone, comments string
	created, changed                          time.Time
	attached                                  []string // names of policies
	login                                     *loginProfile
}

type ramRole struct {
	Name, ID, Description string
	tags                  map[string]string
	trust                 kernel.Policy
	trustText             string // as it was given; empty where no text was
	MaxSession            time.Duration
	created               time.Time
	Attached              []string
}

type ramPolicy struct {
	name, Kind, description string // kind: Custom or System
	created                 time.Time
	tags                    map[string]string
	versions                []policyVersion // oldest first; one of them is the default, and it alone counts
	made                    int             // versions so far: a number is not used again
}

func (c *Service) register() {
	c.state = state{
		rootMFA: true,
		users:   map[string]*ramUser{}, Roles: map[string]*ramRole{}, Policies: map[string]*ramPolicy{},
		groups: map[string]*ramGroup{}, mfa: map[string]*mfaDevice{}, account: newRAMAccount(),
	}
	c.PoliciesOf = c.ramPoliciesOf
	for name, doc := range kernel.SystemPolicies {
		c.Policies[name] = newPolicy(name, "System", doc, c.Clock())
	}
	c.startRAM()
	c.startIMS()
	c.startSTS()
}

// policiesOf are the policies attached to a principal, and the session policy
// if its session has one.
func (c *Service) ramPoliciesOf(p kernel.Principal) (policies []kernel.Policy, session *kernel.Policy) {
	s := &c.state
	key := c.Keys.Key(p.AccessKeyID)
	if key == nil {
		return nil, nil
	}
	var names []string
	if u := s.users[key.User]; u != nil && key.User != kernel.RootOwner {
		names = slices.Clone(u.attached)
		for _, g := range s.groupsOf(key.User) {
			names = append(names, g.attached...)
		}
	}
	if r := s.Roles[key.Role]; r != nil {
		names = r.Attached
	}
	for _, name := range names {
		if p := s.Policies[name]; p != nil {
			policies = append(policies, p.Current().Doc)
		}
	}
	return policies, key.Session
}

// RootSession signs in to the console as the root account.
func (c *Service) RootSession() kernel.Credentials {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	k := c.AddKey("TMP.3K"+c.Random.Text(40, kernel.Alnum), c.rootPrincipal(), kernel.RootOwner)
	return kernel.CredentialsOf(k)
}

// RootAccessKey returns the root account's permanent key, if it has one.
func (c *Service) RootAccessKey() (kernel.Credentials, bool) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	keys := c.KeysOf(kernel.RootOwner)
	if len(keys) == 0 {
		return kernel.Credentials{}, false
	}
	return kernel.CredentialsOf(keys[0]), true
}

// AddUser makes a RAM user with an AccessKey. Adding a user that exists gives
// it one more key and the policies.
func (c *Service) AddUser(name string, policies ...kernel.Policy) kernel.Credentials {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	u := c.users[strings.ToLower(name)]
	if u == nil {
		u = c.addUser(name, name)
	}
	for _, p := range policies {
		u.attached = append(u.attached, c.addInlinePolicy(name, p))
	}
	return kernel.CredentialsOf(c.addUserKey(u))
}

// AddRole makes a role, or replaces its trust and policies, and returns its
// ARN. ARNs of roles are in lower case.
func (c *Service) AddRole(name string, trust kernel.Policy, policies ...kernel.Policy) (arn string) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	r := c.Roles[strings.ToLower(name)]
	if r == nil {
		r = c.MakeRole(name, trust)
	}
	r.trust, r.trustText, r.Attached = trust, "", nil
	for _, p := range policies {
		r.Attached = append(r.Attached, c.addInlinePolicy(name, p))
	}
	return c.RoleARN(name)
}

// AssumeRole makes a session of a role without asking its trust policy: for
// the test itself, which stands outside the cloud.
func (c *Service) AssumeRole(arn, session string, d time.Duration) (kernel.Credentials, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	role, err := c.RoleByARN(arn)
	if err != nil {
		return kernel.Credentials{}, err
	}
	return kernel.CredentialsOf(c.addSession(role, session, d, nil)), nil
}

// AssumeServiceRole makes a session for a cloud service, if the role trusts
// it. The caller must not hold mu.
func (c *Service) AssumeServiceRole(arn, service, session string, d time.Duration) (kernel.Credentials, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	role, err := c.RoleByARN(arn)
	if err != nil {
		return kernel.Credentials{}, err
	}
	if !role.Trusts("Service", service) {
		return kernel.Credentials{}, kernel.Refuse(403, "NoPermission",
			"Role %s does not trust service %s.", c.RoleARN(role.Name), service)
	}
	return kernel.CredentialsOf(c.addSession(role, session, d, nil)), nil
}

// Trusts says whether a principal of a kind (RAM or Service) may assume the
// role.
func (r *ramRole) Trusts(kind string, names ...string) bool {
	verdict := false
	for _, s := range r.trust.Statement {
		if !kernel.CoveredBy(s.Action, s.NotAction, func(p string) bool { return kernel.ActionMatches(p, "sts:AssumeRole") }) {
			continue
		}
		for _, trusted := range s.Principal[kind] {
			for _, name := range names {
				if !strings.EqualFold(trusted, name) {
					continue
				}
				if s.Effect == "Deny" {
					return false
				}
				verdict = true
			}
		}
	}
	return verdict
}

// What follows is called with mu held.

func (c *Service) rootPrincipal() kernel.Principal {
	return kernel.Principal{Type: "root-account", Account: c.Account, ID: c.Account, Name: "root", MFA: c.rootMFA}
}

func (c *Service) addUser(name, display string) *ramUser {
	u := &ramUser{name: name, display: display, id: "2" + c.Random.Text(17, kernel.Digits), created: c.Clock(), changed: c.Clock()}
	c.users[strings.ToLower(name)] = u
	return u
}

func (c *Service) MakeRole(name string, trust kernel.Policy) *ramRole {
	r := &ramRole{
		Name: name, ID: "3" + c.Random.Text(17, kernel.Digits), trust: trust,
		MaxSession: time.Hour, created: c.Clock(),
	}
	c.Roles[strings.ToLower(name)] = r
	return r
}

func (c *Service) addInlinePolicy(owner string, doc kernel.Policy) string {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s-%d", owner, i)
		if c.Policies[name] == nil {
			c.Policies[name] = newPolicy(name, "Custom", doc, c.Clock())
			return name
		}
	}
}

func (c *Service) userPrincipal(u *ramUser) kernel.Principal {
	return kernel.Principal{Type: "ram-user", Account: c.Account, ID: u.id, Name: u.name}
}

func (c *Service) addUserKey(u *ramUser) *kernel.SigningKey {
	return c.AddKey("LTAI5t"+c.Random.Text(18, kernel.Alnum), c.userPrincipal(u), strings.ToLower(u.name))
}

func (c *Service) addRootKey() *kernel.SigningKey {
	return c.AddKey("LTAI5t"+c.Random.Text(18, kernel.Alnum), c.rootPrincipal(), kernel.RootOwner)
}

// addSession makes STS credentials. userName in lower case is what ActionTrail
// records of a role.
func (c *Service) addSession(role *ramRole, session string, d time.Duration, policy *kernel.Policy) *kernel.SigningKey {
	who := kernel.Principal{
		Type: "assumed-role", Account: c.Account,
		ID: role.ID + ":" + session, Name: strings.ToLower(role.Name) + ":" + session,
	}
	k := c.AddKey("STS.N"+c.Random.Text(24, kernel.Alnum), who, kernel.RootOwner)
	k.Role, k.Session = strings.ToLower(role.Name), policy
	k.Token = "CAIS" + c.Random.Text(180, kernel.Alnum)
	k.Expires = c.Clock().Add(d).Truncate(time.Second)
	return k
}

// KeysOf lists the permanent keys of a user, or of the root account.
func (c *Service) KeysOf(user string) []*kernel.SigningKey {
	var keys []*kernel.SigningKey
	for _, k := range c.Keys.ByID {
		if k.User == user && strings.HasPrefix(k.ID, "LTAI") {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b *kernel.SigningKey) int {
		if d := a.Created.Compare(b.Created); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return keys
}

func (c *Service) RoleARN(name string) string {
	return "acs:ram::" + c.Account + ":role/" + strings.ToLower(name)
}

func (c *Service) RoleByARN(arn string) (*ramRole, error) {
	account, name, ok := strings.Cut(strings.TrimPrefix(strings.ToLower(arn), "acs:ram::"), ":role/")
	if !ok {
		return nil, kernel.Refuse(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
	}
	if r := c.Roles[name]; r != nil && account == c.Account {
		return r, nil
	}
	return nil, kernel.Refuse(404, "EntityNotExist.Role", "The role not exists: %s.", arn)
}
