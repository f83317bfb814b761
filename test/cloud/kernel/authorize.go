package kernel

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Decision is what a set of policies says about one call.
// RAM's answer to "no policy speaks of it" and to "a policy denies it" is the same refusal in the
// API, but for NoPermissionType in its details.
type Decision int

const (
	ImplicitDeny Decision = iota // nothing speaks of it: the default
	Allowed
	ExplicitDeny
)

// Authorize asks RAM whether p may do the action to the resource. The caller
// must not hold mu.
func (c *Cloud) Authorize(p Principal, action, resource string, r *http.Request) error {
	return c.authorizeTagged(p, action, resource, r, nil)
}

// authorizeTagged is authorize with the tags that conditions may ask for, by
// their condition keys.
func (c *Cloud) authorizeTagged(p Principal, action, resource string, r *http.Request, tags map[string]string) error {
	// The policies are copied out under the lock and judged without it: conditions ask the cloud
	// for more.
	c.Mu.Lock()
	policies, session := c.PoliciesOf(p)
	c.Mu.Unlock()
	// An AccessKey of the root account may do everything, which is why it should not exist.
	if p.Type == "root-account" || p.Type == "system" {
		return nil // RAM does not restrict the account itself
	}
	context := c.conditionContext(p, r)
	maps.Copy(context, tags)
	// The session's own policy comes second, as it only narrows.
	verdict := Judge(policies, action, resource, context)
	// A session policy can only take away: both have to allow.
	if verdict == Allowed && session != nil {
		verdict = Judge([]Policy{*session}, action, resource, context)
	}
	if verdict == Allowed {
		return nil
	}
	c.Log.Info("refused by RAM", "principal", p.Name, "action", action, "resource", resource)
	return Denial(p, action, resource, verdict)
}

// conditionContext is what a policy's conditions may ask about any call. Time is the cloud's own, which
// a test may move.
func (c *Cloud) conditionContext(p Principal, r *http.Request) map[string]string {
	return map[string]string{
		"acs:SourceIp":         c.CallerIP(r),
		"acs:SecureTransport":  fmt.Sprint(r.TLS != nil),
		"acs:MFAPresent":       fmt.Sprint(p.MFA),
		"acs:CurrentTime":      c.Clock().UTC().Format(time.RFC3339),
		"acs:ViaAliyunService": "false",
	}
}

// SourceIPHeader says, on one request, which address it comes from. It is not
// signed and no product has it: for tests of policies with acs:SourceIp.
const SourceIPHeader = "X-Local-Cloud-Source-Ip"

// CallerIP is not the address of the connection, which is this machine for every client.
func (c *Cloud) CallerIP(r *http.Request) string {
	if ip := r.Header.Get(SourceIPHeader); ip != "" {
		return ip
	}
	return c.SourceIP
}

// Judge evaluates as RAM does: a Deny wins, then an Allow, and without either
// the answer is no.
func Judge(policies []Policy, action, resource string, context map[string]string) Decision {
	verdict := ImplicitDeny
	for _, p := range policies {
		for _, s := range p.Statement {
			if !s.covers(action, resource) || !s.holds(context) {
				continue
			}
			if s.Effect == "Deny" {
				return ExplicitDeny
			}
			verdict = Allowed
		}
	}
	return verdict
}

// covers tells whether a statement is about a call, whether it allows or denies it.
// Action and resource have to fit both; a deny on one resource leaves the others alone.
func (s Statement) covers(action, resource string) bool {
	return CoveredBy(s.Action, s.NotAction, func(pattern string) bool { return ActionMatches(pattern, action) }) &&
		CoveredBy(s.Resource, s.NotResource, func(pattern string) bool { return resourceMatches(pattern, resource) })
}

// CoveredBy reads a pair such as Action and NotAction, of which a statement has one.
func CoveredBy(in, notIn TextList, match func(string) bool) bool {
	list, negated := in, false
	if len(in) == 0 {
		list, negated = notIn, true
	}
	for _, pattern := range list {
		if match(pattern) {
			return !negated
		}
	}
	return negated
}

// ActionMatches compares without case, as RAM does: ecs:describe* is ecs:Describe*.
func ActionMatches(pattern, action string) bool {
	return Wildcard(strings.ToLower(pattern), strings.ToLower(action))
}

// resourceMatches compares ARNs. Those of RAM are written with and without a
// region, and their names are compared without case.
func resourceMatches(pattern, resource string) bool {
	if strings.HasPrefix(resource, "acs:ram:") {
		pattern = strings.Replace(strings.ToLower(pattern), "acs:ram::", "acs:ram:*:", 1)
		resource = strings.ToLower(resource)
	}
	return Wildcard(pattern, resource)
}

// holds says that every condition is met. A key that the request does not have
// meets none.
func (s Statement) holds(context map[string]string) bool {
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			have, ok := context[key]
			if !ok || !meets(operator, have, wanted) {
				return false
			}
		}
	}
	return true
}

// One of several values is enough for StringEquals, and StringNotEquals needs all of them to
// differ.
func meets(operator, have string, wanted TextList) bool {
	all := negativeOperator(operator)
	for _, want := range wanted {
		ok, err := operators[operator](have, want)
		if ok = ok && err == nil; ok != all {
			return ok
		}
	}
	return all
}

// Denial words a refusal as the product that was called does.
func Denial(p Principal, action, resource string, verdict Decision) error {
	product, _, _ := strings.Cut(action, ":")
	e := &Error{Status: http.StatusForbidden, Detail: map[string]string{
		"AuthAction":               action,
		"AuthPrincipalType":        map[string]string{"ram-user": "SubUser", "assumed-role": "AssumedRoleUser"}[p.Type],
		"AuthPrincipalDisplayName": p.ID,
		"AuthPrincipalOwnerId":     p.Account,
		"NoPermissionType":         map[Decision]string{ImplicitDeny: "ImplicitDeny", ExplicitDeny: "ExplicitDeny"}[verdict],
		"PolicyType":               "AccountLevelIdentityBasedPolicy",
	}}
	// The words and codes are those of each product's own reference: clients tell a refusal by RAM
	// from another one by them.
	switch product {
	case "ecs", "vpc":
		e.Code = "Forbidden.RAM"
		e.Message = "User not authorized to operate on the specified resource, or this API doesn't support RAM."
	case "log":
		e.Status, e.Code = http.StatusUnauthorized, "Unauthorized"
		e.Message = fmt.Sprintf("denied by sts or ram, action: %s, resource: %s", action, resource)
	case "fc":
		e.Code = "AccessDenied"
		e.Message = fmt.Sprintf("the caller is not authorized to perform '%s' on resource '%s'", action, resource)
	default:
		e.Code = "NoPermission"
		e.Message = fmt.Sprintf("You are not authorized to do this action. Resource: %s Action: %s", resource, action)
	}
	return e
}
