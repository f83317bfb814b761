package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guard"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// Reads are the RAM actions that the rules may call. A practice whose findings have a Lock
// has them among its own: Reads: append([]string{…}, identity.Reads...).
var Reads = []string{
	"ram:GetDefaultDomain", "ram:GetAccessKeyLastUsed", "ram:GetLoginProfile", "ram:ListAccessKeys",
	"ram:ListPolicies", "ram:GetPolicy", "ram:ListEntitiesForPolicy", "ram:ListUsersForGroup", "ram:GetRole",
}

// inUse is how long ago a key that counts as in use was last used.
const inUse = time.Hour

// Rules decide what may be taken from whom, on the present state of the cloud.
type Rules struct {
	Settings settings.Settings
	Reader   cloud.Reader
	Event    *events.Event
	Now      time.Time
	Pending  []practice.Lock // what others have announced before: it counts as done
}

// May says whether a finding's changes may be made. An error is a transient one; if something
// cannot be read for another reason, nothing is changed, and the decision says why.
func (r Rules) May(ctx context.Context, lock practice.Lock) (guard.Decision, error) {
	if why := r.named(lock); why != "" {
		return guard.Decision{Outcome: practice.Awaiting, Reason: why}, nil
	}
	for _, ask := range []func(context.Context, practice.Lock) (string, error){r.used, r.last} {
		why, err := ask(ctx, lock)
		switch {
		case cloud.Retryable(err):
			return guard.Decision{}, err
		case err != nil:
			return guard.Decision{Outcome: practice.Failed, Cause: err.Error(),
				Reason: "it could not be read whether this would lock out somebody who is needed, so nothing was changed"}, nil
		case why != "":
			return guard.Decision{Outcome: practice.Awaiting, Reason: why}, nil
		}
	}
	return guard.Decision{Act: true}, nil
}

// byHand ends a reason: the message has the commands.
const byHand = ". If you are sure, run the command below yourself"

// named is the reason why the settings, or the name itself, protect somebody from being
// touched.
func (r Rules) named(lock practice.Lock) string {
	if len(r.Settings.Protected) == 0 {
		return "nobody is named under protected in ecsguard.yaml: as long as it is not known who deploys ecsguard, no key and no user is touched" + byHand
	}
	for _, user := range lock.Users() {
		switch {
		case slices.Contains(r.Settings.Users, user):
			return "the user " + user + " is a break-glass user, whom no practice locks out" + byHand
		case slices.Contains(r.Settings.Protected, user):
			return "the user " + user + " is named under protected in ecsguard.yaml" + byHand
		}
	}
	if lock.Key != "" && slices.Contains(r.Settings.Protected, lock.Key) {
		return "the AccessKey " + lock.Key + " is named under protected in ecsguard.yaml" + byHand
	}
	switch {
	case lock.Role == "":
	case strings.HasPrefix(lock.Role, practice.FunctionName("")) && !lock.Back:
		return "the role " + lock.Role + " is ecsguard's own" + byHand
	case slices.Contains(r.Settings.Protected, "role/"+lock.Role):
		return "the role " + lock.Role + " is named under protected in ecsguard.yaml" + byHand
	}
	return ""
}

// used is why a key counts as in use. The cloud's last-use time is up to an hour old, so a key
// certainly has not been used for an hour only once that time is two hours ago.
func (r Rules) used(ctx context.Context, lock practice.Lock) (string, error) {
	if lock.Key == "" || lock.Leaked || lock.Fewer {
		return "", nil
	}
	last := time.Time{}
	if e := r.Event; e != nil && e.Actor.AccessKeyID == lock.Key {
		last = e.Time
	}
	if lock.User != "" {
		principal, err := resource.Principal(ctx, r.Reader, lock.User)
		if err != nil {
			return "", err
		}
		use, err := resource.LastUsed(ctx, r.Reader, principal, lock.Key)
		if err != nil {
			return "", err
		}
		if use.At.After(last) {
			last = use.At
		}
	}
	if last.IsZero() || r.Now.Sub(last) > inUse+resource.UseLag {
		return "", nil
	}
	return fmt.Sprintf("the AccessKey %s is in use: it was last used at %s, according to information that may be up to an hour old%s",
		lock.Key, last.UTC().Format("2006-01-02 15:04 UTC"), byHand), nil
}
