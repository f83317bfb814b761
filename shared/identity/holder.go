package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A Holder is a user, a group or a role that has policies.
type Holder struct{ Kind, Name string } // User, Group or Role, and the id

// String names it as settings do, but for a user.
func (h Holder) String() string { return strings.ToLower(h.Kind) + "/" + h.Name }

// Type is the type of the resource that it is.
func (h Holder) Type() string {
	return map[string]string{"User": resource.TypeUser, "Group": resource.TypeUserGroup, "Role": resource.TypeRole}[h.Kind]
}

// HolderNamed reads how settings name one: alice, user/alice, group/admins, role/deploy.
func HolderNamed(named string) Holder {
	kind, name, parted := strings.Cut(named, "/")
	switch {
	case parted && kind == "group":
		return Holder{"Group", resource.KindOf(resource.TypeUserGroup).ID(name)}
	case parted && kind == "role":
		return Holder{"Role", resource.KindOf(resource.TypeRole).ID(name)}
	case parted && kind == "user":
		named = name
	}
	return Holder{"User", resource.UserName(named)}
}

// Made is the user or the role that made an event; zero: root, a service, or nobody that is known.
func Made(by events.Actor) Holder {
	if role, _ := by.Role(); role != "" {
		return HolderNamed("role/" + role)
	}
	if by.Type == "ram-user" {
		return HolderNamed("user/" + by.Name)
	}
	return Holder{}
}

// Listed tells whether a Param names it.
func (h Holder) Listed(pass *practice.Pass, param string) bool {
	return h.Name != "" && slices.ContainsFunc(pass.Param(param), func(named string) bool { return HolderNamed(named) == h })
}

// HoldersOf reads who has a policy.
func HoldersOf(ctx context.Context, r cloud.Reader, p Policy) (all []Holder, err error) {
	read, err := resource.HoldersOf(ctx, r, p.Kind, p.Name)
	for _, name := range read.Users {
		all = append(all, Holder{"User", name})
	}
	for _, name := range read.Groups {
		all = append(all, Holder{"Group", name})
	}
	for _, name := range read.Roles {
		all = append(all, Holder{"Role", name})
	}
	return all, err
}

// Who names some of those who have something.
func Who(holders []Holder) string {
	var names []string
	for _, h := range holders {
		names = append(names, h.String())
	}
	return practice.Few(names, 5, ", ")
}

// GivenTo is to whom an event gives a policy in the whole account; zero: to nobody, or only
// within a resource group.
func GivenTo(e *events.Event) Holder {
	switch e.Name {
	case "AttachPolicyToUser", "AttachPolicyToGroup", "AttachPolicyToRole":
		kind := strings.TrimPrefix(e.Name, "AttachPolicyTo")
		return HolderNamed(strings.ToLower(kind) + "/" + e.Params[kind+"Name"])
	case "AttachPolicy":
		kind, known := map[string]string{"IMSUser": "user", "IMSGroup": "group", "ServiceRole": "role"}[e.Params["PrincipalType"]]
		if within := e.Params["ResourceGroupId"]; known && (within == "" || within == e.Account) {
			return HolderNamed(kind + "/" + e.Params["PrincipalName"])
		}
	}
	return Holder{}
}

// Attach gives it a policy, and Detach takes one from it.
func (h Holder) Attach(p Policy) cloud.Call { return h.call("AttachPolicyTo", p) }

// Detach takes a policy from it.
func (h Holder) Detach(p Policy) cloud.Call { return h.call("DetachPolicyFrom", p) }

func (h Holder) call(does string, p Policy) cloud.Call {
	return cloud.New("ram", does+h.Kind, "", h.Kind+"Name", h.Name, "PolicyType", p.Kind, "PolicyName", p.Name)
}

// Lock is from whom a policy is taken with it: from nobody where nobody is in a group.
func (h Holder) Lock(ctx context.Context, r cloud.Reader) (practice.Lock, error) {
	switch h.Kind {
	case "User":
		return practice.Lock{User: h.Name, Rights: true}, nil
	case "Role":
		return practice.Lock{Role: h.Name, Rights: true}, nil
	}
	members, err := resource.Members(ctx, r, h.Name)
	return practice.Lock{Others: members, Rights: true}, err
}

// LockOf is from whom something is taken with a policy that all of them have, and whether a
// Lock can say it: it names one role at most, and somebody.
func LockOf(ctx context.Context, r cloud.Reader, holders []Holder) (all practice.Lock, can bool, err error) {
	all.Rights = true
	for _, h := range holders {
		lock, err := h.Lock(ctx, r)
		if err != nil {
			return practice.Lock{}, false, err
		}
		if all.Role != "" && lock.Role != "" {
			return practice.Lock{}, false, nil
		}
		all.Role += lock.Role
		all.Others = append(all.Others, lock.Users()...)
	}
	return all, all.Any(), nil
}
