package practice

import "slices"

// A Lock says what the changes of a finding take from a person or a program. A practice only
// declares it; shared/identity has the rules by which it may be done, and the engine asks
// them, a last time right before the change. A finding whose changes disable a key, end a
// sign-in or take away rights without one is refused.
type Lock struct {
	User   string   `json:"user,omitempty"`    // id of the RAM user, as resource.UserName writes it
	Key    string   `json:"key,omitempty"`     // the AccessKey that no longer signs
	SignIn bool     `json:"sign_in,omitempty"` // he can no longer sign in
	Rights bool     `json:"rights,omitempty"`  // he loses policies, or a group that gives them
	Others []string `json:"others,omitempty"`  // who else loses the same rights: the members of a group, the holders of a policy
	Role   string   `json:"role,omitempty"`    // id of the RAM role that is changed
	Fewer  bool     `json:"fewer,omitempty"`   // the key signs on, from fewer places, all in which it is used among them
	Back   bool     `json:"back,omitempty"`    // the role is ecsguard's own, and is put back to what was deployed
	Leaked bool     `json:"leaked,omitempty"`  // it is proven that strangers have the key: it is disabled even in use
}

// Any tells whether something is said at all.
func (l Lock) Any() bool { return l.User != "" || l.Role != "" || l.Key != "" || len(l.Others) > 0 }

// Covers tells whether a lock says all that another does.
func (l Lock) Covers(other Lock) bool {
	users := l.Users()
	return (other.Key == "" || l.Key == other.Key && (l.Fewer == other.Fewer || !l.Fewer)) && (l.SignIn || !other.SignIn) && (l.Rights || !other.Rights) &&
		(other.Role == "" || l.Role == other.Role) && !slices.ContainsFunc(other.Users(), func(user string) bool { return !slices.Contains(users, user) })
}

// Users are all who lose something.
func (l Lock) Users() []string {
	var all []string
	for _, name := range append([]string{l.User}, l.Others...) {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
