package policy

// An Admin says how far an access is that of an administrator.
type Admin struct {
	// Everything: every action on every resource is allowed.
	Everything Answer
	// InEffect: all of RAM is allowed on all of its resources, so whoever has it can
	// give itself what is left.
	InEffect Answer
	// EverythingIf and InEffectIf are the same under some circumstances: from some
	// address, with a second factor.
	EverythingIf, InEffectIf Answer
	// Without is an example of what is left out, where Everything is No.
	Without string
	// By are the statements that allow what an administrator needs.
	By []Place
}

// RAM is the scope of everything about identities.
func RAM() Scope { return Scope{Actions: []string{"ram:*"}, Resources: []string{"acs:ram:*:*:*"}} }

// Administrator looks at what is allowed in effect, minus what is denied. It does not matter
// how that is written: with stars, with lists that add up to everything, with what NotAction
// leaves, in one statement or in several.
func (a Access) Administrator() Admin {
	all, ram := a.Reaches(Scope{}), a.Reaches(RAM())
	out := Admin{Everything: all.All, EverythingIf: all.AllIf, InEffect: ram.All, InEffectIf: ram.AllIf, Without: all.Without}
	if out.InEffectIf == Yes {
		out.By = ram.With.By
	}
	return out
}

// A Route is a way to get more rights than one was given.
type Route struct {
	Name  string
	Needs []Need
	Gains string // what one has then, for people
}

// A Need is one action to some resources.
type Need struct {
	Action   string
	Resource string // a pattern: of what kind it must be
}

// Routes are the ways to more rights through RAM and STS. Each need is one call.
func Routes() []Route {
	user, role, group, policy := "acs:ram:*:*:user/*", "acs:ram:*:*:role/*", "acs:ram:*:*:group/*", "acs:ram:*:*:policy/*"
	one := func(name, action, resource, gains string) Route {
		return Route{name, []Need{{action, resource}}, gains}
	}
	return []Route{
		one("attach-to-user", "ram:AttachPolicyToUser", user, "any policy for a user, also AdministratorAccess"),
		one("attach-to-group", "ram:AttachPolicyToGroup", group, "any policy for all members of a group"),
		one("attach-to-role", "ram:AttachPolicyToRole", role, "any policy for a role that one can assume or pass on"),
		one("attach-in-resource-group", "resourcemanager:AttachPolicy", "*", "any policy for any principal, in a resource group or the account"),
		one("new-policy-version", "ram:CreatePolicyVersion", policy, "another text for a policy that is attached already"),
		one("older-policy-version", "ram:SetDefaultPolicyVersion", policy, "an older and wider text of a policy"),
		one("join-group", "ram:AddUserToGroup", group, "what the group may do"),
		one("new-key", "ram:CreateAccessKey", user, "a key of another user"),
		one("wake-key", "ram:UpdateAccessKey", user, "a key of another user that was disabled"),
		one("new-password", "ram:CreateLoginProfile", user, "the console as another user"),
		one("other-password", "ram:UpdateLoginProfile", user, "the console as another user"),
		one("no-second-factor", "ram:UnbindMFADevice", user, "a user without its second factor"),
		one("rewrite-trust", "ram:UpdateRole", role, "oneself in the trust policy of a role"),
		one("assume-role", "sts:AssumeRole", role, "what roles may do that trust the principal"),
		one("lift-control", "resourcemanager:DetachControlPolicy", "*", "members without the limits of a control policy"),
		one("edit-control", "resourcemanager:UpdateControlPolicy", "*", "another text for a control policy"),
		{"role-on-machine", []Need{{"ram:PassRole", role}, {"ecs:AttachInstanceRamRole", "acs:ecs:*:*:instance/*"}},
			"what a role may do, on a machine that runs"},
		{"role-on-new-machine", []Need{{"ram:PassRole", role}, {"ecs:RunInstances", "acs:ecs:*"}}, "what a role may do, on a new machine"},
		{"role-in-function", []Need{{"ram:PassRole", role}, {"fc:CreateFunction", "acs:fc:*"}}, "what a role may do, in a function"},
		{"role-in-changed-function", []Need{{"ram:PassRole", role}, {"fc:UpdateFunction", "acs:fc:*"}}, "what a role may do, in a function"},
		{"role-in-stack", []Need{{"ram:PassRole", role}, {"ros:CreateStack", "acs:ros:*"}}, "what a role may do, by a template"},
		{"command-on-machine", []Need{{"ecs:RunCommand", "acs:ecs:*"}}, "what the role of a machine may do"},
	}
}

// An Escalation is a route that is open.
type Escalation struct {
	Route
	// Anyone says whether it is open for every resource that the route needs, and not
	// only for some; AtOnce whether no condition limits it.
	Anyone, AtOnce Answer
	// Open is Unknown where that is all that can be told.
	Open Answer
	By   []Place
}

// Escalations returns the routes that an access has, including those for which the answer is
// Unknown.
func (a Access) Escalations() []Escalation {
	var out []Escalation
	for _, r := range Routes() {
		e := Escalation{Route: r, Open: Yes, Anyone: Yes, AtOnce: Yes}
		for _, n := range r.Needs {
			reach := a.Reaches(Scope{Actions: []string{n.Action}, Resources: []string{n.Resource}})
			e.Open, e.Anyone, e.AtOnce = least(e.Open, reach.SomeIf), least(e.Anyone, reach.AllIf), least(e.AtOnce, reach.Some)
			e.By = append(e.By, reach.With.By...)
		}
		if e.Open != No {
			out = append(out, e)
		}
	}
	return out
}
