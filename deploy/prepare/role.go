package prepare

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/cloud"
)

// role makes a role, its policies, and what ties them to it. The policies come
// first: a run that ends here leaves no role that may do something else.
func (p *preparation) role(ctx context.Context, r ram.Role, trust string) error {
	trust, err := compact(trust)
	if err != nil {
		return fmt.Errorf("role %s: who may take it: %w", r.Name, err)
	}
	for _, policy := range r.Policies {
		document, err := compact(policy.Document)
		if err != nil {
			return fmt.Errorf("policy %s: %w", policy.Name, err)
		}
		if err := p.policy(ctx, policy.Name, document); err != nil {
			return err
		}
	}
	if err := p.trusted(ctx, r.Name, trust); err != nil {
		return err
	}
	return p.attached(ctx, r)
}

// unused tells of the role of a practice that is off. Serverless Devs does not remove a
// function by itself, and with a role it would go on.
func (p *preparation) unused(ctx context.Context, r ram.Role, _ string) error {
	err := p.call(ctx, nil, "ram", "GetRole", "RoleName", r.Name)
	switch {
	case absent(err):
		return nil
	case err != nil:
		return fmt.Errorf("role %s: %w", r.Name, err)
	}
	p.line("note", r.Name, "its practice is off: remove the function if it is still there, then delete this role")
	return nil
}

// policyMade describes the policies that this command makes, and tells them from others'.
const policyMade = "What an ecsguard function may do. Made by ecsguard prepare."

// read keeps what the custom policy says; nothing, if there is none.
func (p *preparation) read(ctx context.Context, name string) error {
	var have struct {
		DefaultPolicyVersion struct{ PolicyDocument string }
	}
	err := p.call(ctx, &have, "ram", "GetPolicy", "PolicyName", name, "PolicyType", "Custom")
	if err != nil && !absent(err) {
		return fmt.Errorf("policy %s: %w", name, err)
	}
	p.have[name] = have.DefaultPolicyVersion.PolicyDocument
	return nil
}

// policy makes the custom policy, or gives it a new version that counts.
func (p *preparation) policy(ctx context.Context, name, document string) error {
	switch have := p.have[name]; {
	case have == "":
		return p.change(ctx, "policy", name, "made", func(ctx context.Context) error {
			return p.create(ctx, "CreatePolicy", "PolicyName", name, "PolicyDocument", document,
				"Description", policyMade)
		})
	case cloud.SameDocument(have, document):
		return p.isGood("policy", name)
	}
	return p.change(ctx, "policy", name, "updated", func(ctx context.Context) error {
		// RAM keeps five versions and takes no sixth, unless the oldest may go.
		return p.call(ctx, nil, "ram", "CreatePolicyVersion", "PolicyName", name, "PolicyDocument", document,
			"SetAsDefault", "true", "RotateStrategy", "DeleteOldestNonDefaultVersionWhenLimitExceeded")
	})
}

// trusted makes the role, or says anew who may take it.
func (p *preparation) trusted(ctx context.Context, name, trust string) error {
	var have struct {
		Role struct{ AssumeRolePolicyDocument string }
	}
	err := p.call(ctx, &have, "ram", "GetRole", "RoleName", name)
	switch {
	case absent(err):
		return p.change(ctx, "role", name, "made", func(ctx context.Context) error {
			return p.create(ctx, "CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust,
				"Description", "The ecsguard function of this name. Made by ecsguard prepare.")
		})
	case err != nil:
		return fmt.Errorf("role %s: %w", name, err)
	case cloud.SameDocument(have.Role.AssumeRolePolicyDocument, trust):
		return p.isGood("role", name)
	}
	return p.change(ctx, "role", name, "updated (who may take it)", func(ctx context.Context) error {
		return p.call(ctx, nil, "ram", "UpdateRole", "RoleName", name, "NewAssumeRolePolicyDocument", trust)
	})
}

// attached ties the policies to their role, and takes off those that an earlier version
// of ecsguard gave it. It tells of others that the role has: with one of them it may do more
// than its mode says.
func (p *preparation) attached(ctx context.Context, r ram.Role) error {
	var have struct {
		Policies struct {
			Policy []struct{ PolicyName, PolicyType, Description string }
		}
	}
	// In a plan there may be no role yet.
	if err := p.call(ctx, &have, "ram", "ListPoliciesForRole", "RoleName", r.Name); err != nil && !absent(err) {
		return fmt.Errorf("policies of role %s: %w", r.Name, err)
	}
	tied := map[string]bool{}
	var outdated []string
	for _, policy := range have.Policies.Policy {
		name, custom := policy.PolicyName, policy.PolicyType == "Custom"
		switch {
		case custom && slices.ContainsFunc(r.Policies, func(w ram.Policy) bool { return w.Name == name }):
			tied[name] = true
		case custom && policy.Description == policyMade && strings.HasPrefix(name, r.Name+"-"):
			outdated = append(outdated, name)
		default:
			p.line("note", r.Name, fmt.Sprintf("also has the policy %s, which is not ecsguard's: left", name))
		}
	}
	for _, policy := range r.Policies {
		if tied[policy.Name] {
			if err := p.isGood("attachment", policy.Name); err != nil {
				return err
			}
			continue
		}
		err := p.change(ctx, "attachment", policy.Name, "made", func(ctx context.Context) error {
			return p.create(ctx, "AttachPolicyToRole", "RoleName", r.Name, "PolicyName", policy.Name, "PolicyType", "Custom")
		})
		if err != nil {
			return err
		}
	}
	for _, name := range outdated { // last: what the role may do has moved into the others
		err := p.change(ctx, "attachment", name, "taken off: "+r.Name+" no longer needs this policy, which may be deleted", func(ctx context.Context) error {
			err := p.call(ctx, nil, "ram", "DetachPolicyFromRole", "RoleName", r.Name, "PolicyName", name, "PolicyType", "Custom")
			if absent(err) { // the answer to an earlier try was lost
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// create makes what was not there a moment ago. If it is there now, the answer to an
// earlier try was lost.
func (p *preparation) create(ctx context.Context, action string, params ...string) error {
	err := p.call(ctx, nil, "ram", action, params...)
	if strings.HasPrefix(cloud.Code(err), "EntityAlreadyExist") {
		return nil
	}
	return err
}

// compact leaves out the layout: RAM counts every byte of a document.
func compact(document string) (string, error) {
	var b bytes.Buffer
	err := json.Compact(&b, []byte(document))
	return b.String(), err
}
