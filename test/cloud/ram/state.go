package ram

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

type ramFile struct {
	RootAccessKeys int          `yaml:"root-access-keys"`
	RootMFA        *bool        `yaml:"root-mfa,omitempty"` // default true
	Policies       []policyFile `yaml:"policies,omitempty"`
	Users          []userFile   `yaml:"users,omitempty"`
	Groups         []groupFile  `yaml:"groups,omitempty"`
}

type userFile struct {
	Name       string   `yaml:"name"`
	AccessKeys int      `yaml:"access-keys,omitempty"`
	Policies   []string `yaml:"policies,omitempty"`
	Console    bool     `yaml:"console,omitempty"` // has a password; which, no file says
}

type groupFile struct {
	Name     string   `yaml:"name"`
	Comments string   `yaml:"comments,omitempty"`
	Users    []string `yaml:"users,omitempty"`
	Policies []string `yaml:"policies,omitempty"`
}

// policyFile is a custom policy. Its document is YAML, or the text of the JSON.
type policyFile struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description,omitempty"`
	Document    any    `yaml:"document"`
}

// text is the document's as it was written, where it was written as one.
func (f policyFile) text() string {
	text, _ := f.Document.(string)
	return text
}

func (f policyFile) read() (kernel.Policy, error) {
	if f.Name == "" {
		return kernel.Policy{}, errors.New("a policy needs a name")
	}
	text, ok := f.Document.(string)
	if !ok {
		b, err := json.Marshal(f.Document)
		if err != nil {
			return kernel.Policy{}, fmt.Errorf("reading the policy %s: %w", f.Name, err)
		}
		text = string(b)
	}
	return kernel.ParsePolicy([]byte(text))
}

// ramChange is what a document says of RAM, checked.
type ramChange struct {
	file ramFile
	docs []kernel.Policy // of file.Policies
}

// checkRAM refuses what could not be loaded, and changes nothing.
func (c *Service) checkRAM(f *ramFile) (*ramChange, error) {
	change, made := &ramChange{file: *f}, map[string]bool{}
	for i, p := range f.Policies {
		doc, err := p.read()
		if before := c.Policies[p.Name]; err == nil && before != nil && before.Kind == "System" {
			err = fmt.Errorf("%q is a policy of the system's", p.Name)
		}
		if err == nil && made[p.Name] {
			err = fmt.Errorf("the policy %q is there twice", p.Name)
		}
		if err != nil {
			return nil, kernel.At(err, "$.ram.policies[%d]", i)
		}
		made[p.Name] = true
		change.docs = append(change.docs, doc)
	}
	for i, u := range f.Users {
		if u.Name == "" {
			return nil, kernel.At(errors.New("a user needs a name"), "$.ram.users[%d]", i)
		}
		for _, name := range u.Policies {
			if c.Policies[name] == nil && !made[name] {
				return nil, kernel.At(fmt.Errorf("no policy %q", name), "$.ram.users[%d]", i)
			}
		}
	}
	for i, g := range f.Groups {
		if g.Name == "" {
			return nil, kernel.At(errors.New("a group needs a name"), "$.ram.groups[%d]", i)
		}
		for _, name := range g.Policies {
			if c.Policies[name] == nil && !made[name] {
				return nil, kernel.At(fmt.Errorf("no policy %q", name), "$.ram.groups[%d]", i)
			}
		}
		for _, name := range g.Users {
			known := slices.ContainsFunc(f.Users, func(u userFile) bool { return strings.EqualFold(u.Name, name) })
			if c.users[strings.ToLower(name)] == nil && !known {
				return nil, kernel.At(fmt.Errorf("no user %q", name), "$.ram.groups[%d]", i)
			}
		}
	}
	if f.RootAccessKeys < 0 || f.RootAccessKeys > 2 {
		return nil, kernel.At(errors.New("the root account has 0, 1 or 2 keys"), "$.ram.root-access-keys")
	}
	return change, nil
}

// loadRAM sets what a document says. Users, roles and policies that it does not
// name stay.
func (c *Service) loadRAM(change *ramChange) {
	f := change.file
	c.rootMFA = f.RootMFA == nil || *f.RootMFA
	keep := c.KeysOf(kernel.RootOwner)
	for len(keep) > f.RootAccessKeys {
		delete(c.Keys.ByID, keep[0].ID)
		keep = keep[1:]
	}
	for n := len(keep); n < f.RootAccessKeys; n++ {
		c.addRootKey()
	}
	for i, p := range f.Policies {
		made := newPolicy(p.Name, "Custom", change.docs[i], c.LongAgo())
		made.description, made.versions[0].text = p.Description, p.text()
		c.Policies[p.Name] = made
	}
	for _, u := range f.Users {
		user := c.users[strings.ToLower(u.Name)]
		if user == nil {
			user = c.addUser(u.Name, u.Name)
		}
		user.attached = slices.Clone(u.Policies)
		switch {
		case !u.Console:
			user.login = nil
		case user.login == nil:
			user.login = &loginProfile{created: c.LongAgo()}
		}
		for n := len(c.KeysOf(strings.ToLower(u.Name))); n < u.AccessKeys; n++ {
			c.addUserKey(user)
		}
	}
	for _, g := range f.Groups {
		group := &ramGroup{name: g.Name, id: "g-" + c.Random.Text(14, kernel.Alnum), comments: g.Comments, created: c.LongAgo(), changed: c.LongAgo(), attached: slices.Clone(g.Policies)}
		for _, name := range g.Users {
			group.users = append(group.users, strings.ToLower(name))
		}
		c.groups[strings.ToLower(g.Name)] = group
	}
}

func (c *Service) dumpRAM() (*ramFile, error) {
	f := &ramFile{RootAccessKeys: len(c.KeysOf(kernel.RootOwner))}
	if !c.rootMFA {
		no := false
		f.RootMFA = &no
	}
	ofRoles, ofUsers := map[string]bool{}, map[string]bool{}
	for _, name := range kernel.SortedKeys(c.groups) {
		g := c.groups[name]
		f.Groups = append(f.Groups, groupFile{Name: g.name, Comments: g.comments, Users: slices.Clone(g.users), Policies: slices.Clone(g.attached)})
		for _, policy := range g.attached {
			ofUsers[policy] = true
		}
	}
	for _, r := range c.Roles {
		for _, name := range r.Attached {
			ofRoles[name] = true
		}
	}
	for _, name := range kernel.SortedKeys(c.users) {
		u := c.users[name]
		policies := slices.Clone(u.attached)
		slices.Sort(policies)
		f.Users = append(f.Users, userFile{Name: u.name, AccessKeys: len(c.KeysOf(name)), Policies: policies, Console: u.login != nil})
		for _, policy := range policies {
			ofUsers[policy] = true
		}
	}
	for _, name := range kernel.SortedKeys(c.Policies) {
		p := c.Policies[name]
		// Roles are not written, so neither is what only they have.
		if p.Kind != "Custom" || ofRoles[name] && !ofUsers[name] {
			continue
		}
		file := policyFile{Name: name, Description: p.description}
		if v := p.Current(); v.text != "" && v.text != v.Doc.JSON() {
			file.Document = v.text // as it was written; a tree would lose that
		} else if err := json.Unmarshal([]byte(v.Doc.JSON()), &file.Document); err != nil {
			return nil, fmt.Errorf("dumping the policy %s: %w", name, err)
		}
		f.Policies = append(f.Policies, file)
	}
	return f, nil
}
