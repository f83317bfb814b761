package ram

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is who exists in the account and with which keys, as a document writes it. Names are
// kept as they were given and found without case, as RAM does: the id of a user, a group and a
// role is its name in lower case. The keys themselves are the kernel's, which signs by them.
type state struct {
	RootAccessKeys int                      `yaml:"root-access-keys"`
	RootMFA        *bool                    `yaml:"root-mfa,omitempty"`  // default true
	RootKeys       []keyFacts               `yaml:"root-keys,omitempty"` // what is special about the account's own
	Policies       kernel.Table[*ramPolicy] `yaml:"policies,omitempty"`  // those of the system are there without being written
	Users          kernel.Table[*ramUser]   `yaml:"users,omitempty"`
	UserGroups     kernel.Table[*ramGroup]  `yaml:"groups,omitempty"`
	Roles          kernel.Table[*ramRole]   `yaml:"roles,omitempty"`
	MFADevices     kernel.Table[*mfaDevice] `yaml:"mfa-devices,omitempty"`
	Alias          string                   `yaml:"account-alias,omitempty"`
	Password       settings                 `yaml:"password-policy,omitempty"`
	Preference     settings                 `yaml:"security-preference,omitempty"`
	KeyNetworks    string                   `yaml:"key-network-policy,omitempty"` // of all keys that have none of their own
	SSO            bool                     `yaml:"user-sso,omitempty"`           // users sign in by another identity provider
	Recycled       *recycled                `yaml:"recycle-bin,omitempty"`

	facts  map[string]*keyFacts // of keys of which there is something to say, by id
	bin    recycleBin
	report *credentialReport // the last one that was generated
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{
		kernel.RowsOf(&c.Policies, policyRows), kernel.RowsOf(&c.Users, userRows), kernel.RowsOf(&c.UserGroups, groupRows),
		kernel.RowsOf(&c.Roles, roleRows), kernel.RowsOf(&c.MFADevices, mfaRows),
	}
}

// loading is what is known only while a document is read.
type loading struct {
	before *Service // what the document is merged into
}

// The system's policies are there from the beginning; PoliciesOf is how the kernel asks what
// somebody may do.
func (c *Service) register() {
	c.PoliciesOf = c.ramPoliciesOf
	for _, name := range kernel.SortedKeys(kernel.SystemPolicies) {
		c.Policies = append(c.Policies, newPolicy(name, "System", kernel.SystemPolicies[name], c.Clock()))
	}
	c.startRAM()
	c.startIMS()
	c.startSTS()
}

// load builds the state that a document describes. What the document does not name stays: a
// test adds users and roles of its own, before it loads a document or after.
func (c *Service) load(f *state) (*Service, error) {
	next := &Service{Cloud: c.Cloud, state: *f, loading: &loading{before: c}}
	if f.RootAccessKeys < 0 || f.RootAccessKeys > accessKeysPerUser {
		return nil, kernel.At(errors.New("the root account has 0, 1 or 2 keys"), "$.ram.root-access-keys")
	}
	if err := checkFacts(f.RootKeys, f.RootAccessKeys); err != nil {
		return nil, kernel.At(err, "$.ram.root-keys")
	}
	for _, part := range []struct {
		name string
		set  settings
		all  []setting
	}{{"password-policy", f.Password, passwordSettings}, {"security-preference", f.Preference, preferenceSettings}} {
		if err := part.set.check(part.all); err != nil {
			return nil, kernel.At(err, "$.ram.%s", part.name)
		}
	}
	if f.KeyNetworks != "" {
		if _, err := readNetworks(f.KeyNetworks); err != nil {
			return nil, kernel.At(err, "$.ram.key-network-policy")
		}
	}
	// Behind those of the document: their places in it are kept, and they are left alone.
	next.Policies, next.Users = merged(f.Policies, c.Policies), merged(f.Users, c.Users)
	next.UserGroups, next.Roles, next.MFADevices = merged(f.UserGroups, c.UserGroups), merged(f.Roles, c.Roles), merged(f.MFADevices, c.MFADevices)
	if err := f.Recycled.check(next.Users); err != nil {
		return nil, kernel.At(err, "$.ram.recycle-bin")
	}
	l := c.NewLoader()
	if err := kernel.LoadTables(&l, next, "$.ram", next.tables()); err != nil {
		return nil, err
	}
	// What no document says is taken over: facts of keys, what was deleted, the last report.
	next.loading, next.facts, next.bin, next.report = nil, c.facts, c.bin, c.report
	return next, nil
}

// merged is what a document says, and behind it what was there and is not named in it.
func merged[R kernel.Based](said, there kernel.Table[R]) kernel.Table[R] {
	return append(slices.Clone(said), slices.DeleteFunc(slices.Clone(there), func(r R) bool {
		return slices.ContainsFunc(said, func(s R) bool { return strings.EqualFold(s.Base().Name, r.Base().Name) })
	})...)
}

// twice says that a row of a document has the name of another one of it.
func twice[R kernel.Based](all kernel.Table[R], row R) bool {
	n := 0
	for _, r := range all {
		if strings.EqualFold(r.Base().Name, row.Base().Name) {
			n++
		}
	}
	return n > 1
}

// place takes over what load has built, and gives everybody the keys that it says.
func (c *Service) place(next *Service) {
	c.state = next.state
	c.setKeys(kernel.RootOwner, c.RootAccessKeys, c.RootKeys, true)
	c.RootKeys = nil // a dump says it anew
	for _, u := range c.Users {
		if u.said {
			c.setKeys(u.ID, u.AccessKeys, u.Keys, false)
			u.said, u.Keys = false, nil
		}
	}
	c.recycle(c.Recycled)
	c.Recycled = nil
}

func (c *Service) dump() yaml.MapSlice {
	written := c.state
	written.RootAccessKeys, written.RootKeys = len(c.KeysOf(kernel.RootOwner)), c.factsOf(kernel.RootOwner)
	return kernel.DumpTables(c, c.Region, &written, c.tables())
}

// ramPoliciesOf are the policies attached to a principal, and the session policy
// if its session has one.
// The network policy of a key is one more policy that denies: it holds for the key and not for the
// user. A key that has been deleted may do nothing.
func (c *Service) ramPoliciesOf(p kernel.Principal) (policies []kernel.Policy, session *kernel.Policy) {
	key := c.Keys.Key(p.AccessKeyID)
	if key == nil {
		return nil, nil
	}
	var names []string
	if u := c.User(key.User); u != nil {
		names = slices.Clone(u.Policies)
		for _, g := range c.groupsOf(u.ID) {
			names = append(names, g.Policies...)
		}
	}
	if r := c.Role(key.Role); r != nil {
		names = append(names, r.Policies...)
	}
	for _, name := range names {
		if p := c.Policy(name); p != nil {
			policies = append(policies, p.Current().Doc)
		}
	}
	if p, restricted := c.networksOf(key); restricted {
		policies = append(policies, p)
	}
	return policies, key.Session
}

// named finds a row by its id. RAM has no region.
func named[R kernel.Based](all kernel.Table[R], id string) (found R) {
	for _, r := range all {
		if r.Base().ID == id {
			return r
		}
	}
	return found
}

// User finds a user by name, in any case; nil where there is none. mu is held.
func (c *Service) User(name string) *ramUser { return named(c.Users, strings.ToLower(name)) }

// Role finds a role by name, in any case; nil where there is none. mu is held.
func (c *Service) Role(name string) *ramRole { return named(c.Roles, strings.ToLower(name)) }

// Policy finds a policy by name; nil where there is none. mu is held.
func (c *Service) Policy(name string) *ramPolicy { return named(c.Policies, name) }

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
	u := c.User(name)
	if u == nil {
		u = c.addUser(name, name)
	}
	for _, p := range policies {
		u.Policies = append(u.Policies, c.addInlinePolicy(name, p))
	}
	return kernel.CredentialsOf(c.addUserKey(u))
}

// AddRole makes a role, or replaces its trust and policies, and returns its
// ARN. ARNs of roles are in lower case.
func (c *Service) AddRole(name string, trust kernel.Policy, policies ...kernel.Policy) (arn string) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	r := c.Role(name)
	if r == nil {
		r = c.MakeRole(name, trust)
	}
	r.trust, r.trustText, r.Policies = trust, "", nil
	for _, p := range policies {
		r.Policies = append(r.Policies, c.addInlinePolicy(name, p))
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

// What follows is called with mu held.

// Unless a document says otherwise it has: an account without it is a finding.
func (c *Service) rootHasMFA() bool { return c.RootMFA == nil || *c.RootMFA }

// Its id is the account's number.
func (c *Service) rootPrincipal() kernel.Principal {
	return kernel.Principal{Type: "root-account", Account: c.Account, ID: c.Account, Name: "root", MFA: c.rootHasMFA()}
}

// resource is the common part of what is made by a call. RAM has no region.
func (c *Service) resource(name string) kernel.Resource {
	return kernel.Resource{ID: strings.ToLower(name), Name: name, Created: c.Clock(), Tags: map[string]string{}}
}

func (c *Service) addUser(name, display string) *ramUser {
	u := &ramUser{Resource: c.resource(name), DisplayName: display, number: "2" + c.Random.Text(17, kernel.Digits), changed: c.Clock()}
	c.Users = append(c.Users, u)
	return u
}

// It has no policies yet. ResourceManager makes roles of services with it.
func (c *Service) MakeRole(name string, trust kernel.Policy) *ramRole {
	r := &ramRole{Resource: c.resource(name), number: "3" + c.Random.Text(17, kernel.Digits), trust: trust, MaxSession: time.Hour, changed: c.Clock()}
	c.Roles = append(c.Roles, r)
	return r
}

// The name is the owner's with the next free number.
func (c *Service) addInlinePolicy(owner string, doc kernel.Policy) string {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s-%d", owner, i)
		if c.Policy(name) == nil {
			c.Policies = append(c.Policies, newPolicy(name, "Custom", doc, c.Clock()))
			return name
		}
	}
}

// A session of the console has the same principal, but for whether MFA was asked for.
func (c *Service) userPrincipal(u *ramUser) kernel.Principal {
	return kernel.Principal{Type: "ram-user", Account: c.Account, ID: u.number, Name: u.Name}
}

// addSession makes STS credentials. userName in lower case is what ActionTrail
// records of a role.
func (c *Service) addSession(role *ramRole, session string, d time.Duration, policy *kernel.Policy) *kernel.SigningKey {
	who := kernel.Principal{
		Type: "assumed-role", Account: c.Account,
		ID: role.number + ":" + session, Name: role.ID + ":" + session,
	}
	k := c.AddKey("STS.N"+c.Random.Text(24, kernel.Alnum), who, kernel.RootOwner)
	k.Role, k.Session = role.ID, policy
	k.Token = "CAIS" + c.Random.Text(180, kernel.Alnum)
	k.Expires = c.Clock().Add(d).Truncate(time.Second)
	return k
}
