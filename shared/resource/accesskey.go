package resource

import (
	"context"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeAccessKey is the type of an AccessKey. Its id is the AccessKey ID, which is no secret:
// every signed call shows it.
const TypeAccessKey = "ACS::RAM::AccessKey"

var _ = add(Kind{Type: TypeAccessKey, Words: "AccessKey", Global: true, Page: "https://ram.console.aliyun.com/users"})

// An AccessKey is one of a RAM user.
type AccessKey struct{ AccessKeyID, Status, CreateDate, UpdateDate string }

// Active tells whether the key signs calls.
func (k AccessKey) Active() (bool, error) {
	switch k.Status {
	case "Active":
		return true, nil
	case "Inactive":
		return false, nil
	}
	return false, fmt.Errorf("the answer does not say whether the AccessKey %s is active: the status is %q", k.AccessKeyID, k.Status)
}

// Created is when the key was made.
func (k AccessKey) Created() (time.Time, error) {
	t := cloud.Time(k.CreateDate)
	if t.IsZero() {
		return t, fmt.Errorf("the answer does not say when the AccessKey %s was made: %q", k.AccessKeyID, k.CreateDate)
	}
	return t, nil
}

// AccessKeys reads the keys of a user, by the whole name. There are two at most, on one page.
func AccessKeys(ctx context.Context, r cloud.Reader, principal string) ([]AccessKey, error) {
	var answer struct {
		AccessKeys struct{ AccessKey []AccessKey }
	}
	call := cloud.New("ims", "ListAccessKeys", "", "UserPrincipalName", principal)
	if err := r.Read(ctx, call, &answer); err != nil {
		return nil, err
	}
	if answer.AccessKeys.AccessKey == nil {
		return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	return answer.AccessKeys.AccessKey, nil
}

// LastUse is when a key was last used, and for which service; a zero time: never. What the
// cloud says of it is up to an hour old: see UseLag.
type LastUse struct {
	At      time.Time
	Service string
}

// UseLag is how old what the cloud says of the last use of a key may be.
const UseLag = time.Hour

// LastUsed reads when a key of a user, by the whole name, was last used.
func LastUsed(ctx context.Context, r cloud.Reader, principal, key string) (LastUse, error) {
	var answer struct {
		AccessKeyLastUsed *struct{ LastUsedDate, ServiceName string }
	}
	call := cloud.New("ims", "GetAccessKeyLastUsed", "", "UserPrincipalName", principal, "UserAccessKeyId", key)
	if err := r.Read(ctx, call, &answer); err != nil {
		return LastUse{}, err
	}
	if answer.AccessKeyLastUsed == nil {
		return LastUse{}, fmt.Errorf("%s: the answer does not say whether %s was used", call.RAM(), key)
	}
	use := LastUse{Service: answer.AccessKeyLastUsed.ServiceName}
	switch said := answer.AccessKeyLastUsed.LastUsedDate; said {
	case "", "-", "N/A": // never
	default:
		if use.At = cloud.Time(said); use.At.IsZero() {
			return LastUse{}, fmt.Errorf("%s: %q is no time at which %s was used", call.RAM(), said, key)
		}
	}
	return use, nil
}
