package publicpath

import (
	"errors"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// unread is what may lead to something and may not be read. It is no reason to hide what
// is known, and what it would have shown is neither bad nor good.
type unread struct{ errs []error }

func (u *unread) Error() string { return errors.Join(u.errs...).Error() }

func (u *unread) Unwrap() []error { return u.errs }

// Unread makes one error of what could not be read: one that IsUnread where all of it is
// refused, and otherwise one that another attempt may get past.
func Unread(missed ...error) error {
	missed = slices.DeleteFunc(missed, func(err error) bool { return err == nil })
	if len(missed) == 0 {
		return nil
	}
	for _, err := range missed {
		if !practice.Refused(err) {
			return err
		}
	}
	return &unread{missed}
}

// IsUnread is err where it says that some of what may lead to something may not be read,
// and nil otherwise.
func IsUnread(err error) error {
	if _, ok := errors.AsType[*unread](err); ok {
		return err
	}
	return nil
}

// Doubt reports that it cannot be told whether the internet reaches something, because of
// an error that IsUnread. The finding says what it is about, and what hangs on it.
func Doubt(pass *practice.Pass, f practice.Finding, err error) {
	var actions []string
	f.Key, f.Facts = "unread", map[string]string{}
	for _, e := range func() []error { u, _ := errors.AsType[*unread](err); return u.errs }() {
		if failed, ok := errors.AsType[*cloud.Error](e); ok && !slices.Contains(actions, failed.Action) {
			actions = append(actions, failed.Action)
			f.Facts[failed.Action] = failed.Action + ": " + failed.Code // the same each time
		}
	}
	slices.Sort(actions)
	f.Title = "Whether the internet reaches it cannot be told: " + strings.Join(actions, ", ") + " is refused"
	f.Advice = "Let the function make these reads (prepare says what its role lacks), or look yourself. Everything that can be read was looked at. " + f.Advice
	f.Changes, f.Wants = nil, nil
	pass.Report(f)
}
