package policy

import "slices"

// A Limit is a circumstance that a policy can ask for.
type Limit int

const (
	// SourceIP: calls come from some addresses only, and not from the internet.
	SourceIP Limit = iota
	// SecureTransport: calls come by HTTPS only.
	SecureTransport
	// MFA: whoever calls has shown a second factor.
	MFA
)

func (l Limit) key() string { return [...]string{keySourceIP, keySecure, keyMFA}[l] }

func (l Limit) String() string {
	return [...]string{"acs:SourceIp", "acs:SecureTransport", "acs:MFAPresent"}[l]
}

// A Restriction says whether a limit holds for everything that is allowed.
type Restriction struct {
	Holds Answer
	// Open are requests that the limit does not stop, one for each set of statements.
	Open []Example
	// ByService says that calls which a service makes on the principal's behalf were
	// set apart by acs:ViaAliyunService: they come from the service's addresses.
	ByService bool
	Why       string // it is Unknown
}

// As many public addresses are the internet: a /8 of IPv4, a /16 of IPv6. So 0.0.0.0/0, its
// two halves, and a crowd of blocks that add up are found out.
const (
	internet4 = 1 << 24
	internet6 = 1 << 112
)

// Limited says whether everything that an access allows in a scope is limited. It looks at what
// is allowed in effect: a condition in one statement is worth nothing if another statement
// allows the same without it, and a Deny limits all statements.
//
// It is about calls that the principal makes itself. Calls that a service makes on its behalf
// (acs:ViaAliyunService) cannot be limited by address.
func (a Access) Limited(l Limit, in Scope) Restriction {
	s := newSpace(in, a)
	r := Restriction{Holds: Yes}
	d := Difference{}
	known := map[string]int{}
	err := s.parts(func(p part) error {
		rules := s.pruned(p)
		if s.silent(0, rules) {
			return nil
		}
		st, err := s.stage(rules, l.key())
		if err != nil {
			return err
		}
		if at := slices.Index(st.keys, keyByService); at >= 0 {
			r.ByService = true
			st.cases[at] = slices.DeleteFunc(slices.Clone(st.cases[at]), func(c kase) bool { return c.value != "false" })
		}
		for _, e := range s.unlimited(l, p, st, rules) {
			d.add(e, known)
		}
		return nil
	})
	r.Open = d.Examples
	switch {
	case slices.ContainsFunc(r.Open, func(e Example) bool { return e.Certain }):
		r.Holds = No
	case err != nil:
		r.Holds, r.Why = Unknown, err.Error()
	case len(r.Open) > 0:
		r.Holds, r.Why = Unknown, "it would not hold for "+r.Open[0].String()+", if there can be such a request"
	}
	return r
}

// unlimited gives the requests of a part that the limit does not stop. The key of the
// limit is the first one of the stage.
func (s *space) unlimited(l Limit, p part, st stage, rules []int) []Example {
	var out []Example
	rest := stage{st.keys[1:], st.names[1:], st.cases[1:], st.block}
	rest.blocks(func(block []world) bool {
		var open Example
		count, certain := 0, true
		for _, w := range block {
			value, by, sure := s.opening(l, st.cases[0], rules, w.holds)
			if value == "" {
				continue
			}
			count++
			certain = certain && sure && w.certain
			open = Example{p.action, p.resource, append(rest.texts(w), l.String()+"="+value), s.places(by), false}
		}
		if count > 0 {
			open.Certain = certain && count == len(block)
			out = append(out, open)
		}
		return true
	})
	return out
}

// opening gives a value of the key under which something is allowed that the limit is to
// stop, and the rules that allow it. Of addresses there must be as many as the internet.
func (s *space) opening(l Limit, cases []kase, rules []int, holds bits) (value string, by []int, certain bool) {
	v4, v6 := 0.0, 0.0
	for _, c := range cases {
		allowed, allow := s.decide(0, rules, holds.or(c.holds))
		limited := c.value == "true" && !c.absent
		if l == SourceIP {
			limited = c.certain && c.v4+c.v6 == 0 // private addresses only
		}
		if !allowed || limited {
			continue
		}
		if value == "" || c.certain && !certain { // one that is certain counts before others
			value, certain = c.value, c.certain
			if c.absent {
				value = "absent"
			}
		}
		v4, v6 = v4+c.v4, v6+c.v6
		by = union(by, allow)
	}
	if l == SourceIP && certain && v4 < internet4 && v6 < internet6 {
		return "", nil, false
	}
	return value, by, certain
}

func union(a, b []int) []int {
	for _, i := range b {
		if !slices.Contains(a, i) {
			a = append(a, i)
		}
	}
	return a
}
