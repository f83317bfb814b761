package watch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/message"
)

// A Role is what was read of one.
type Role struct {
	Missing   bool
	Trust     string // who may take it
	Attached  []Policy
	Documents map[string]string // by policy of ours, or named like one of ours: its version that counts; none: there is no such policy
}

// A Policy is one that a role has.
type Policy struct{ PolicyName, PolicyType string }

// RoleThere judges the role of a function. Every function has one to itself, and so has
// every role its policies.
func (d Deployment) RoleThere(f Function, r Role) (faults []Fault) {
	add := func(key, what, means, mend string, commands ...string) {
		faults = append(faults, Fault{Key: "role " + f.Role + " " + key, Trouble: message.Trouble{What: what, Means: means, Mend: mend, Commands: commands}})
	}
	const prepare = "Restore the roles, in the project's folder, and look in ActionTrail for who did it"
	if r.Missing {
		add("missing", "the role "+f.Role+" is gone", "The function "+f.Name+" cannot work. "+unseen(f.Name), prepare+" (event DeleteRole)", d.Prepare())
		return faults
	}
	if !cloud.SameDocument(r.Trust, d.Trust) {
		add("trust", "the role "+f.Role+" can be assumed by others than was deployed, or no longer by Function Compute",
			"Somebody else may act as ecsguard, or the function "+f.Name+" cannot work", prepare+" (event UpdateRole)", d.Prepare())
	}
	for _, policy := range f.Policies {
		document, allowed := r.Documents[policy], d.Documents[policy]
		key := func(what string) string { // of the first, which has the role's name, the word says enough
			if policy == f.Role {
				return what
			}
			return what + " " + policy
		}
		unable := "The function " + f.Name + " may do less than it needs, or nothing. " + unseen(f.Name)
		switch {
		case document == "":
			add(key("policy"), "the policy "+policy+" of the role "+f.Role+" is gone", unable, prepare+" (event DeletePolicy)", d.Prepare())
		case !slices.Contains(r.Attached, Policy{policy, "Custom"}):
			add(key("detached"), "the role "+f.Role+" has lost its policy "+policy, unable, prepare+" (event DetachPolicyFromRole)", d.Prepare())
		case !slices.ContainsFunc(allowed, func(d string) bool { return cloud.SameDocument(document, d) }):
			add(key("document"), "the policy "+policy+" is not what this version of ecsguard needs",
				"The function "+f.Name+" may do less than it needs, or more than it should. "+unseen(f.Name),
				prepare+" (event CreatePolicyVersion). If you are upgrading, go on with the deployment", d.Prepare())
		case f.Acts && len(allowed) > 1 && !cloud.SameDocument(document, allowed[0]):
			if f.Name == Notify {
				add("observes", "a canary is set, and the role "+f.Role+" may not open it", noCanary, "Give the roles what they need, in the project's folder, beside the ecsguard.yaml that names the canary", d.Prepare())
				break
			}
			add("observes", f.Name+" is to put things right, and its role "+f.Role+" may only look",
				"It finds what is wrong and cannot change it", "Make the roles of the mode enforce, in the project's folder", d.Prepare())
		}
	}
	for _, p := range r.Attached {
		if p.PolicyType == "Custom" && (slices.Contains(f.Policies, p.PolicyName) || f.Name != Triage && f.Name != Notify && limits(r.Documents[p.PolicyName])) {
			continue
		}
		add("also "+p.PolicyName, fmt.Sprintf("the role %s also has the policy %s, which is not among those that it needs", f.Role, p.PolicyName),
			"The function "+f.Name+" may do more than its mode says, and so may anyone who compromises it", "Detach it, unless you attached it",
			d.command("ram", "DetachPolicyFromRole", "RoleName", f.Role, "PolicyName", p.PolicyName, "PolicyType", p.PolicyType))
	}
	return faults
}

// limits tells whether a policy does no more than deny single actions: people limit the role of a practice by such a one.
// What the function needs to be heard must not be among them, since then nobody would hear that it is denied.
func limits(document string) bool {
	var policy struct {
		Statement []struct {
			Effect string
			Action []string
		}
	}
	if json.Unmarshal([]byte(document), &policy) != nil || len(policy.Statement) == 0 {
		return false
	}
	for _, s := range policy.Statement {
		heard := func(action string) bool {
			product, _, _ := strings.Cut(strings.ToLower(action), ":")
			return strings.Contains(action, "*") || product == "log" || product == "fc"
		}
		if s.Effect != "Deny" || len(s.Action) == 0 || slices.ContainsFunc(s.Action, heard) {
			return false
		}
	}
	return true
}

// ours is how the names of all our roles begin.
const ours = "ecsguard-"

// Strangers judges the names of all roles of the account: who is named like one of ours
// and is none may be taken for one, and one of ours that nothing runs with is of use to
// others only.
func (d Deployment) Strangers(names []string) (faults []Fault) {
	for _, name := range names {
		is := func(other string) bool { return strings.EqualFold(other, name) }
		switch {
		case !strings.HasPrefix(strings.ToLower(name), ours), slices.ContainsFunc(d.Functions, func(f Function) bool { return is(f.Role) }):
		case slices.ContainsFunc(d.Known, is):
			faults = append(faults, Fault{Key: strangerKey + name, Trouble: message.Trouble{
				What:  fmt.Sprintf("there is a role %s, whose practice is off", name),
				Means: "Nothing in ecsguard uses its permissions",
				Mend:  "Delete it; " + d.Prepare() + " makes it again if the practice is switched on",
				Commands: []string{
					d.command("ram", "DetachPolicyFromRole", "RoleName", name, "PolicyName", name, "PolicyType", "Custom"),
					d.command("ram", "DeleteRole", "RoleName", name),
				},
			}})
		default:
			faults = append(faults, Fault{Key: strangerKey + name, Trouble: message.Trouble{
				What:  fmt.Sprintf("there is a role %s, which ecsguard did not make", name),
				Means: "It is named like a part of ecsguard, and what it does may be taken for ecsguard's",
				Mend:  "Find out who made it and what it may do. Detach its policies and delete it or, if it is meant to be there, give it another name",
				Commands: []string{
					d.command("ram", "GetRole", "RoleName", name),
					d.command("ram", "ListPoliciesForRole", "RoleName", name),
				},
			}})
		}
	}
	return faults
}

const strangerKey = "stranger "

// Round is how long it takes until every role has been looked at.
const Round = 10 * time.Minute

// Interval is how often is looked.
const Interval = 2 * time.Minute

// Turn are the functions whose roles and timers are looked at in a run: triage and
// notify each time, and of the others a fifth, chosen by the time that the run is for.
// Nothing has to be remembered for that.
func (d Deployment) Turn(at time.Time) (turn []Function) {
	var others []Function
	for _, f := range d.Functions {
		if f.Name == Triage || f.Name == Notify {
			turn = append(turn, f)
		} else {
			others = append(others, f)
		}
	}
	slices.SortFunc(turn, func(a, b Function) int { return -cmp.Compare(a.Name, b.Name) }) // triage first
	slices.SortFunc(others, func(a, b Function) int { return cmp.Compare(a.Name, b.Name) })
	for i, f := range others {
		if i%parts == part(at) {
			turn = append(turn, f)
		}
	}
	return turn
}

const parts = int(Round / Interval)

// part is which part of a round the run of a time is.
func part(at time.Time) int { return int(at.Unix() / int64(Interval/time.Second) % int64(parts)) }
