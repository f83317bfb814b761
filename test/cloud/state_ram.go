package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

type ramFile struct {
	RootAccessKeys int          `yaml:"root-access-keys"`
	RootMFA        *bool        `yaml:"root-mfa,omitempty"` // default true
	Policies       []policyFile `yaml:"policies,omitempty"`
	Users          []userFile   `yaml:"users,omitempty"`
}

type userFile struct {
	Name       string   `yaml:"name"`
	AccessKeys int      `yaml:"access-keys,omitempty"`
	Policies   []string `yaml:"policies,omitempty"`
}

// policyFile is a custom policy. Its document is YAML, or the text of the JSON.
type policyFile struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description,omitempty"`
	Document    any    `yaml:"document"`
}

func (f policyFile) read() (Policy, error) {
	if f.Name == "" {
		return Policy{}, errors.New("a policy needs a name")
	}
	text, ok := f.Document.(string)
	if !ok {
		b, err := json.Marshal(f.Document)
		if err != nil {
			return Policy{}, fmt.Errorf("reading the policy %s: %w", f.Name, err)
		}
		text = string(b)
	}
	return ParsePolicy([]byte(text))
}

// ramChange is what a document says of RAM, checked.
type ramChange struct {
	file ramFile
	docs []Policy // of file.Policies
}

// checkRAM refuses what could not be loaded, and changes nothing.
func (c *Cloud) checkRAM(f *ramFile) (*ramChange, error) {
	change, made := &ramChange{file: *f}, map[string]bool{}
	for i, p := range f.Policies {
		doc, err := p.read()
		if before := c.ram.policies[p.Name]; err == nil && before != nil && before.kind == "System" {
			err = fmt.Errorf("%q is a policy of the system's", p.Name)
		}
		if err == nil && made[p.Name] {
			err = fmt.Errorf("the policy %q is there twice", p.Name)
		}
		if err != nil {
			return nil, at(err, "$.ram.policies[%d]", i)
		}
		made[p.Name] = true
		change.docs = append(change.docs, doc)
	}
	for i, u := range f.Users {
		if u.Name == "" {
			return nil, at(errors.New("a user needs a name"), "$.ram.users[%d]", i)
		}
		for _, name := range u.Policies {
			if c.ram.policies[name] == nil && !made[name] {
				return nil, at(fmt.Errorf("no policy %q", name), "$.ram.users[%d]", i)
			}
		}
	}
	if f.RootAccessKeys < 0 || f.RootAccessKeys > 2 {
		return nil, at(errors.New("the root account has 0, 1 or 2 keys"), "$.ram.root-access-keys")
	}
	return change, nil
}

// loadRAM sets what a document says. Users, roles and policies that it does not
// name stay.
func (c *Cloud) loadRAM(change *ramChange) {
	f := change.file
	c.ram.rootMFA = f.RootMFA == nil || *f.RootMFA
	keep := c.keysOf(rootOwner)
	for len(keep) > f.RootAccessKeys {
		delete(c.ram.keys, keep[0].id)
		keep = keep[1:]
	}
	for n := len(keep); n < f.RootAccessKeys; n++ {
		c.addRootKey()
	}
	for i, p := range f.Policies {
		made := newPolicy(p.Name, "Custom", change.docs[i], c.before())
		made.description = p.Description
		c.ram.policies[p.Name] = made
	}
	for _, u := range f.Users {
		user := c.ram.users[strings.ToLower(u.Name)]
		if user == nil {
			user = c.addUser(u.Name, u.Name)
		}
		user.attached = slices.Clone(u.Policies)
		for n := len(c.keysOf(strings.ToLower(u.Name))); n < u.AccessKeys; n++ {
			c.addUserKey(user)
		}
	}
}

func (c *Cloud) dumpRAM() (*ramFile, error) {
	f := &ramFile{RootAccessKeys: len(c.keysOf(rootOwner))}
	if !c.ram.rootMFA {
		no := false
		f.RootMFA = &no
	}
	ofRoles, ofUsers := map[string]bool{}, map[string]bool{}
	for _, r := range c.ram.roles {
		for _, name := range r.attached {
			ofRoles[name] = true
		}
	}
	for _, name := range sortedKeys(c.ram.users) {
		u := c.ram.users[name]
		policies := slices.Clone(u.attached)
		slices.Sort(policies)
		f.Users = append(f.Users, userFile{Name: u.name, AccessKeys: len(c.keysOf(name)), Policies: policies})
		for _, policy := range policies {
			ofUsers[policy] = true
		}
	}
	for _, name := range sortedKeys(c.ram.policies) {
		p := c.ram.policies[name]
		// Roles are not written, so neither is what only they have.
		if p.kind != "Custom" || ofRoles[name] && !ofUsers[name] {
			continue
		}
		file := policyFile{Name: name, Description: p.description}
		if err := json.Unmarshal([]byte(p.current().doc.JSON()), &file.Document); err != nil {
			return nil, fmt.Errorf("dumping the policy %s: %w", name, err)
		}
		f.Policies = append(f.Policies, file)
	}
	return f, nil
}
