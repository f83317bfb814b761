package ram

import (
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// holder is a user, a group or a role that a policy is attached to. ResourceManager attaches and detaches
// policies too: there is one list of them, whoever writes it.
type holder struct {
	kind     string // User, Group, Role
	name     string
	policies *[]string
	since    time.Time // when the holder came to be: attachments have no time of their own here
}

// holders are all that a policy is attached to: users, groups, then roles, each by name. mu is held.
func (c *Service) holders(p *ramPolicy) []holder {
	var with []holder
	for _, h := range c.Holders() {
		if slices.Contains(*h.policies, p.Name) {
			with = append(with, h)
		}
	}
	return with
}

// Holders are all that policies can be attached to. mu is held.
func (c *Service) Holders() []holder {
	var all []holder
	for _, u := range kernel.ByID(c.Users) {
		all = append(all, userHolder(u))
	}
	for _, g := range kernel.ByID(c.UserGroups) {
		all = append(all, groupHolder(g))
	}
	for _, r := range kernel.ByID(c.Roles) {
		all = append(all, roleHolder(r))
	}
	return all
}

// The slice is the holder's own, so what is attached through it is attached.
func userHolder(u *ramUser) holder   { return holder{"User", u.Name, &u.Policies, u.Created} }
func groupHolder(g *ramGroup) holder { return holder{"Group", g.Name, &g.Policies, g.Created} }
func roleHolder(r *ramRole) holder   { return holder{"Role", r.Name, &r.Policies, r.Created} }

// Kind, Name, Policies and Since say to another product what a holder is.
func (h holder) Kind() string       { return h.kind }
func (h holder) Name() string       { return h.name }
func (h holder) Policies() []string { return slices.Clone(*h.policies) }
func (h holder) Since() time.Time   { return h.since }

// It touches the user, so that events name both holder and policy.
func userOf(q *request) (holder, error) {
	u, err := q.user()
	if err != nil {
		return holder{}, err
	}
	return userHolder(u), nil
}

func groupOf(q *request) (holder, error) {
	g, err := q.group()
	if err != nil {
		return holder{}, err
	}
	return groupHolder(g), nil
}

func roleOf(q *request) (holder, error) {
	r, err := q.role()
	if err != nil {
		return holder{}, err
	}
	return roleHolder(r), nil
}

// Each needs permission for the holder and for the policy. To attach twice and to detach what is
// not attached are errors, which a client that repeats a call has to bear.
var ramAttachmentActions = []action{
	// PolicyType tells a policy of the system's from one of the account's with the same name.
	{Name: "AttachPolicyToUser", Write: true, On: kernel.Both(onUser, onPolicy), Do: attach(userOf, true), Params: "UserName " + typedPolicy},
	{Name: "DetachPolicyFromUser", Write: true, On: kernel.Both(onUser, onPolicy), Do: attach(userOf, false), Params: "UserName " + typedPolicy},
	{Name: "ListPoliciesForUser", On: onUser, Do: policiesFor(userOf), Params: "UserName"},
	{Name: "AttachPolicyToGroup", Write: true, On: kernel.Both(onGroup, onPolicy), Do: attach(groupOf, true), Params: "GroupName " + typedPolicy},
	{Name: "DetachPolicyFromGroup", Write: true, On: kernel.Both(onGroup, onPolicy), Do: attach(groupOf, false), Params: "GroupName " + typedPolicy},
	{Name: "ListPoliciesForGroup", On: onGroup, Do: policiesFor(groupOf), Params: "GroupName"},
	{Name: "AttachPolicyToRole", Write: true, On: kernel.Both(onRole, onPolicy), Do: attach(roleOf, true), Params: "RoleName " + typedPolicy},
	{Name: "DetachPolicyFromRole", Write: true, On: kernel.Both(onRole, onPolicy), Do: attach(roleOf, false), Params: "RoleName " + typedPolicy},
	{Name: "ListPoliciesForRole", On: onRole, Do: policiesFor(roleOf), Params: "RoleName"},
	// It does not page, and has three lists, of which some are empty.
	{Name: "ListEntitiesForPolicy", On: onPolicy, Do: listEntities, Params: typedPolicy},
}

// The holder is looked for before the policy: a call with both wrong is refused for the holder.
func attach(of func(*request) (holder, error), on bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		h, err := of(q)
		if err != nil {
			return nil, err
		}
		p, err := q.policy()
		if err != nil {
			return nil, err
		}
		if on {
			err = q.c.Attach(h, p)
		} else {
			err = q.c.Detach(h, p)
		}
		if err != nil {
			return nil, err
		}
		return kernel.Done()
	}
}

// Attach gives a holder a policy. Policies of the system and of the account's own are counted apart. mu is held.
func (c *Service) Attach(h holder, p *ramPolicy) error {
	if slices.Contains(*h.policies, p.Name) {
		return kernel.Refuse(409, "EntityAlreadyExists."+h.kind+".Policy", "The policy has already been attached: %s.", p.Name)
	}
	// A policy that has been deleted since is not counted.
	quota, same := quotas["AttachedPoliciesPer"+h.kind+"Quota"], 0
	if p.Kind == "System" {
		quota = quotas["AttachedSystemPoliciesPer"+h.kind+"Quota"]
	}
	for _, name := range *h.policies {
		if other := c.Policy(name); other != nil && other.Kind == p.Kind {
			same++
		}
	}
	if same >= quota {
		return kernel.Refuse(409, "LimitExceeded."+h.kind+".Policy", "The policy count of the %s beyond the current limits.", h.kind) // sic
	}
	*h.policies = append(*h.policies, p.Name)
	return nil
}

// Detach takes a policy from a holder. mu is held.
func (c *Service) Detach(h holder, p *ramPolicy) error {
	i := slices.Index(*h.policies, p.Name)
	if i < 0 {
		return kernel.Refuse(404, "EntityNotExist."+h.kind+".Policy", "The policy is not attached: %s.", p.Name)
	}
	*h.policies = slices.Delete(*h.policies, i, i+1)
	return nil
}

// It does not page. AttachDate is when the policy was made, since attachments have no time of
// their own here.
func policiesFor(of func(*request) (holder, error)) func(*request) (any, error) {
	return func(q *request) (any, error) {
		h, err := of(q)
		if err != nil {
			return nil, err
		}
		views := []any{}
		for _, name := range *h.policies {
			if p := q.c.Policy(name); p != nil {
				view := q.c.PolicyView(p)
				view["AttachDate"] = view["CreateDate"]
				views = append(views, view)
			}
		}
		return map[string]any{"Policies": map[string]any{"Policy": views}}, nil
	}
}

// listEntities says who has a policy.
func listEntities(q *request) (any, error) {
	p, err := q.policy()
	if err != nil {
		return nil, err
	}
	lists := map[string][]any{"User": {}, "Group": {}, "Role": {}}
	for _, h := range q.c.holders(p) {
		var view map[string]any
		switch h.kind {
		case "User":
			view = q.userView(q.c.User(h.name))
		case "Group":
			view = q.groupView(named(q.c.UserGroups, strings.ToLower(h.name)))
		case "Role":
			view = q.c.RoleView(q.c.Role(h.name), false)
		}
		view["AttachDate"] = view["CreateDate"]
		lists[h.kind] = append(lists[h.kind], view)
	}
	answer := map[string]any{}
	for kind, views := range lists {
		answer[kind+"s"] = map[string]any{kind: views}
	}
	return answer, nil
}
