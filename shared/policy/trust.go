package policy

import (
	"slices"
	"strings"
)

// A TrustKind says who it is that may assume a role.
type TrustKind int

const (
	// UnknownPrincipal is a kind or a form that is not RAM's.
	UnknownPrincipal TrustKind = iota
	// Anyone is every account there is.
	Anyone
	// Account is an account: all users and roles in it that may call AssumeRole.
	Account
	// Identity is one user or role of an account.
	Identity
	// Service is a service of the cloud.
	Service
	// IdentityProvider is a SAML or OIDC provider, and whoever it vouches for.
	IdentityProvider
)

func (k TrustKind) String() string {
	return [...]string{"unknown principal", "anyone", "account", "identity", "service", "identity provider"}[k]
}

// Trusted is one principal that may assume a role.
type Trusted struct {
	Place
	Kind TrustKind
	Name string
	// Account is the one that it belongs to; of a service the one that it acts for, if
	// the policy names one.
	Account string
	// Own says whether that is the account of the role. Services without an account are
	// its own.
	Own bool
	// Conditions are those of the statement, and Limited says whether they limit
	// anything: one that holds for every value is none.
	Conditions []Condition
	Limited    Answer
	// Except are principals of the same account that another statement denies.
	Except []string
	// Sure is Unknown where something was not understood or a Deny has conditions.
	Sure Answer
}

// assuming are the actions by which a role is assumed.
var assuming = []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithOIDC"}

// MayAssume names whom the trust policy of a role of an account lets in. Users and roles
// also need a policy of their own that allows sts:AssumeRole.
func (d *Document) MayAssume(account string) []Trusted {
	var out []Trusted
	for i, s := range d.Statements {
		if s.Deny || !s.assumes() {
			continue
		}
		if s.has("NotPrincipal") {
			out = append(out, Trusted{Place: Place{d.Name, i + 1}, Kind: UnknownPrincipal, Name: "NotPrincipal", Conditions: s.Conditions,
				Limited: limited(s.Conditions)})
		}
		for _, name := range s.Principal {
			t := trusted(name, account)
			t.Place, t.Conditions, t.Limited, t.Sure = Place{d.Name, i + 1}, s.Conditions, limited(s.Conditions), Yes
			if t.Kind == UnknownPrincipal || len(s.Unread)+len(d.Unread) > 0 {
				t.Sure = Unknown
			}
			if !d.denies(name, &t) {
				out = append(out, t)
			}
		}
	}
	return out
}

func (s Statement) assumes() bool {
	return slices.ContainsFunc(assuming, func(action string) bool {
		in := func(pattern string) bool { return matchAction(pattern, action) }
		return len(s.Action) > 0 && slices.ContainsFunc(s.Action, in) || len(s.NotAction) > 0 && !slices.ContainsFunc(s.NotAction, in)
	})
}

// denies says whether a Deny takes a principal away, and notes what it takes of it.
func (d *Document) denies(name Name, t *Trusted) bool {
	for _, s := range d.Statements {
		if !s.Deny || !s.assumes() {
			continue
		}
		unsure := len(s.Conditions)+len(s.Unread)+len(d.Unread) > 0 || !s.assumesAll()
		if s.has("NotPrincipal") {
			t.Sure = Unknown
		}
		for _, other := range s.Principal {
			switch {
			case !strings.EqualFold(other.Kind, name.Kind):
			case covers(other.Name, name.Name) && !unsure:
				return true
			case covers(other.Name, name.Name):
				t.Sure = Unknown
			case covers(name.Name, other.Name):
				t.Except = append(t.Except, other.Name)
			}
		}
	}
	return false
}

func (s Statement) assumesAll() bool {
	for _, action := range assuming {
		in := func(pattern string) bool { return matchAction(pattern, action) }
		if slices.ContainsFunc(s.Action, in) == (len(s.NotAction) > 0) || slices.ContainsFunc(s.NotAction, in) {
			return false
		}
	}
	return true
}

// covers says whether one principal is the other, or the account that it belongs to.
func covers(a, b string) bool {
	if a == "*" || strings.EqualFold(a, b) {
		return true
	}
	account, root := strings.CutSuffix(lower(a), ":root")
	return root && strings.HasPrefix(lower(b), account+":")
}

// trusted reads a name: acs:ram::account:root, …:user/x, …:role/x, …:saml-provider/x,
// product.aliyuncs.com, or account@product.aliyuncs.com.
func trusted(name Name, own string) Trusted {
	t := Trusted{Name: name.Name}
	if name.Kind == "Service" {
		t.Kind, t.Own = Service, true
		if account, _, named := strings.Cut(name.Name, "@"); named {
			t.Account, t.Own = account, account == own
		}
		if strings.ContainsAny(name.Name, "*?") {
			t.Kind, t.Own = UnknownPrincipal, false
		}
		return t
	}
	fields := strings.Split(name.Name, ":")
	arn := len(fields) == 5 && lower(fields[0]) == "acs" && lower(fields[1]) == "ram"
	kind, rest := "", ""
	if arn {
		t.Account = fields[3]
		t.Own = t.Account == own && own != ""
		kind, rest, _ = strings.Cut(lower(fields[4]), "/")
	}
	wild := strings.ContainsAny(t.Account, "*?")
	switch {
	case name.Kind == "RAM" && (stars(name.Name) || wild):
		t.Kind, t.Own = Anyone, false
	case name.Kind == "RAM" && (kind == "root" && rest == "" || kind == "*"):
		t.Kind = Account
	case name.Kind == "RAM" && (kind == "user" || kind == "role") && rest != "":
		t.Kind = Identity
	case name.Kind == "Federated" && (kind == "saml-provider" || kind == "oidc-provider") && rest != "" && !wild:
		t.Kind = IdentityProvider
	}
	return t
}

// limited says whether conditions keep out anybody who has all of their keys.
func limited(conditions []Condition) Answer {
	if len(conditions) == 0 {
		return No
	}
	s := newSpace(Scope{}, Of(&Document{Statements: []Statement{{Action: []string{"*"}, Resource: []string{"*"}, Conditions: conditions}}}))
	st, err := s.stage([]int{1})
	if err != nil {
		return Unknown
	}
	answer := No
	st.blocks(func(block []world) bool {
		out := 0 // kept out, though there are all keys
		for _, w := range block {
			absent := slices.ContainsFunc(w.cases, func(c kase) bool { return c.absent })
			if allowed, _ := s.decide(0, []int{1}, w.holds); !allowed && !absent {
				out++
			}
		}
		if out == len(block) && block[0].certain {
			answer = Yes
		} else if out > 0 {
			answer = Unknown
		}
		return answer != Yes
	})
	return answer
}
