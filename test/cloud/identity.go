package cloud

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ramState is who exists in the account and with which keys. Names are kept as
// they were given and found without case, as RAM does.
type ramState struct {
	rootMFA  bool
	users    map[string]*ramUser
	roles    map[string]*ramRole
	policies map[string]*ramPolicy // custom and system policies by name
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
	name, id, description string
	tags                  map[string]string
	trust                 Policy
	trustText             string // as it was given; empty where no text was
	maxSession            time.Duration
	created               time.Time
	attached              []string
}

type ramPolicy struct {
	name, kind, description string // kind: Custom or System
	created                 time.Time
	tags                    map[string]string
	versions                []policyVersion // oldest first; one of them is the default, and it alone counts
	made                    int             // versions so far: a number is not used again
}

func (c *Cloud) startIdentity() {
	c.ram = ramState{
		rootMFA: true,
		users:   map[string]*ramUser{}, roles: map[string]*ramRole{}, policies: map[string]*ramPolicy{},
		groups: map[string]*ramGroup{}, mfa: map[string]*mfaDevice{}, account: newRAMAccount(),
	}
	c.policiesOf = c.ramPoliciesOf
	for name, doc := range systemPolicies {
		c.ram.policies[name] = newPolicy(name, "System", doc, c.clock())
	}
	c.startRAM()
	c.startIMS()
	c.startSTS()
}

// policiesOf are the policies attached to a principal, and the session policy
// if its session has one.
func (c *Cloud) ramPoliciesOf(p Principal) (policies []Policy, session *Policy) {
	s := &c.ram
	key := c.keys.key(p.AccessKeyID)
	if key == nil {
		return nil, nil
	}
	var names []string
	if u := s.users[key.user]; u != nil && key.user != rootOwner {
		names = slices.Clone(u.attached)
		for _, g := range s.groupsOf(key.user) {
			names = append(names, g.attached...)
		}
	}
	if r := s.roles[key.role]; r != nil {
		names = r.attached
	}
	for _, name := range names {
		if p := s.policies[name]; p != nil {
			policies = append(policies, p.current().doc)
		}
	}
	return policies, key.session
}

// RootSession signs in to the console as the root account.
func (c *Cloud) RootSession() Credentials {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.addKey("TMP.3K"+c.random.text(40, alnum), c.rootPrincipal(), rootOwner)
	return credentialsOf(k)
}

// RootAccessKey returns the root account's permanent key, if it has one.
func (c *Cloud) RootAccessKey() (Credentials, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := c.keysOf(rootOwner)
	if len(keys) == 0 {
		return Credentials{}, false
	}
	return credentialsOf(keys[0]), true
}

// AddUser makes a RAM user with an AccessKey. Adding a user that exists gives
// it one more key and the policies.
func (c *Cloud) AddUser(name string, policies ...Policy) Credentials {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.ram.users[strings.ToLower(name)]
	if u == nil {
		u = c.addUser(name, name)
	}
	for _, p := range policies {
		u.attached = append(u.attached, c.addInlinePolicy(name, p))
	}
	return credentialsOf(c.addUserKey(u))
}

// AddRole makes a role, or replaces its trust and policies, and returns its
// ARN. ARNs of roles are in lower case.
func (c *Cloud) AddRole(name string, trust Policy, policies ...Policy) (arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.ram.roles[strings.ToLower(name)]
	if r == nil {
		r = c.addRole(name, trust)
	}
	r.trust, r.trustText, r.attached = trust, "", nil
	for _, p := range policies {
		r.attached = append(r.attached, c.addInlinePolicy(name, p))
	}
	return c.roleARN(name)
}

// AssumeRole makes a session of a role without asking its trust policy: for
// the test itself, which stands outside the cloud.
func (c *Cloud) AssumeRole(arn, session string, d time.Duration) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	role, err := c.roleByARN(arn)
	if err != nil {
		return Credentials{}, err
	}
	return credentialsOf(c.addSession(role, session, d, nil)), nil
}

// assumeServiceRole makes a session for a cloud service, if the role trusts
// it. The caller must not hold mu.
func (c *Cloud) assumeServiceRole(arn, service, session string, d time.Duration) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	role, err := c.roleByARN(arn)
	if err != nil {
		return Credentials{}, err
	}
	if !role.trusts("Service", service) {
		return Credentials{}, refuse(403, "NoPermission",
			"Role %s does not trust service %s.", c.roleARN(role.name), service)
	}
	return credentialsOf(c.addSession(role, session, d, nil)), nil
}

// trusts says whether a principal of a kind (RAM or Service) may assume the
// role.
func (r *ramRole) trusts(kind string, names ...string) bool {
	verdict := false
	for _, s := range r.trust.Statement {
		if !coveredBy(s.Action, s.NotAction, func(p string) bool { return actionMatches(p, "sts:AssumeRole") }) {
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

func (c *Cloud) rootPrincipal() Principal {
	return Principal{Type: "root-account", Account: c.Account, ID: c.Account, Name: "root", MFA: c.ram.rootMFA}
}

func (c *Cloud) addUser(name, display string) *ramUser {
	u := &ramUser{name: name, display: display, id: "2" + c.random.text(17, digits), created: c.clock(), changed: c.clock()}
	c.ram.users[strings.ToLower(name)] = u
	return u
}

func (c *Cloud) addRole(name string, trust Policy) *ramRole {
	r := &ramRole{
		name: name, id: "3" + c.random.text(17, digits), trust: trust,
		maxSession: time.Hour, created: c.clock(),
	}
	c.ram.roles[strings.ToLower(name)] = r
	return r
}

func (c *Cloud) addInlinePolicy(owner string, doc Policy) string {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s-%d", owner, i)
		if c.ram.policies[name] == nil {
			c.ram.policies[name] = newPolicy(name, "Custom", doc, c.clock())
			return name
		}
	}
}

func (c *Cloud) userPrincipal(u *ramUser) Principal {
	return Principal{Type: "ram-user", Account: c.Account, ID: u.id, Name: u.name}
}

func (c *Cloud) addUserKey(u *ramUser) *signingKey {
	return c.addKey("LTAI5t"+c.random.text(18, alnum), c.userPrincipal(u), strings.ToLower(u.name))
}

func (c *Cloud) addRootKey() *signingKey {
	return c.addKey("LTAI5t"+c.random.text(18, alnum), c.rootPrincipal(), rootOwner)
}

// addSession makes STS credentials. userName in lower case is what ActionTrail
// records of a role.
func (c *Cloud) addSession(role *ramRole, session string, d time.Duration, policy *Policy) *signingKey {
	who := Principal{
		Type: "assumed-role", Account: c.Account,
		ID: role.id + ":" + session, Name: strings.ToLower(role.name) + ":" + session,
	}
	k := c.addKey("STS.N"+c.random.text(24, alnum), who, rootOwner)
	k.role, k.session = strings.ToLower(role.name), policy
	k.token = "CAIS" + c.random.text(180, alnum)
	k.expires = c.clock().Add(d).Truncate(time.Second)
	return k
}

// keysOf lists the permanent keys of a user, or of the root account.
func (c *Cloud) keysOf(user string) []*signingKey {
	var keys []*signingKey
	for _, k := range c.keys.byID {
		if k.user == user && strings.HasPrefix(k.id, "LTAI") {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b *signingKey) int {
		if d := a.created.Compare(b.created); d != 0 {
			return d
		}
		return strings.Compare(a.id, b.id)
	})
	return keys
}

func (c *Cloud) roleARN(name string) string {
	return "acs:ram::" + c.Account + ":role/" + strings.ToLower(name)
}

func (c *Cloud) roleByARN(arn string) (*ramRole, error) {
	account, name, ok := strings.Cut(strings.TrimPrefix(strings.ToLower(arn), "acs:ram::"), ":role/")
	if !ok {
		return nil, refuse(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
	}
	if r := c.ram.roles[name]; r != nil && account == c.Account {
		return r, nil
	}
	return nil, refuse(404, "EntityNotExist.Role", "The role not exists: %s.", arn)
}
