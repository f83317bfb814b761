package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A BinnedKey is an AccessKey of a user that was deleted, and can be restored for 30 days. Those of
// the root account are not kept.
type BinnedKey struct {
	AccessKeyID, UserID, UserPrincipalName, RecycleDate, DeleteDate string

	UserRecycled *bool // the user was deleted as well
}

// A BinnedUser is a RAM user that was deleted, and can be restored for 30 days.
type BinnedUser struct{ UserID, UserPrincipalName, RecycleDate, DeleteDate string }

// KeyInBin reads a deleted key by its id; none: it is not in the recycle bin.
func KeyInBin(ctx context.Context, r cloud.Reader, id string) ([]BinnedKey, error) {
	var answer struct{ AccessKey *BinnedKey }
	call := cloud.New("ims", "GetAccessKeyInfoInRecycleBin", "", "UserAccessKeyId", id)
	err := r.Read(ctx, call, &answer)
	switch {
	case cloud.NotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case answer.AccessKey == nil || answer.AccessKey.UserID == "" || answer.AccessKey.UserRecycled == nil:
		return nil, fmt.Errorf("%s: the answer does not say whose key %s was", call.RAM(), id)
	}
	return []BinnedKey{*answer.AccessKey}, nil
}

type binnedUsers struct {
	cloud.Marked
	Users struct{ User []BinnedUser }
}

func (p binnedUsers) Items() []BinnedUser { return p.Users.User }

// UsersInBin reads the deleted users of a name; there may be several, of different days.
func UsersInBin(ctx context.Context, r cloud.Reader, name string) ([]BinnedUser, error) {
	principal, err := Principal(ctx, r, name)
	if err != nil {
		return nil, err
	}
	return cloud.ReadList[binnedUsers](ctx, r, cloud.New("ims", "ListUsersInRecycleBin", "", "Filter", "UserPrincipalName eq "+principal))
}

// KeysInBin reads the deleted keys of a user, who may be deleted as well, by the number.
func KeysInBin(ctx context.Context, r cloud.Reader, number string) ([]BinnedKey, error) {
	var answer struct {
		AccessKeys struct{ AccessKey []BinnedKey }
	}
	call := cloud.New("ims", "ListAccessKeysInRecycleBin", "", "UserId", number)
	if err := r.Read(ctx, call, &answer); err != nil {
		return nil, err
	}
	if answer.AccessKeys.AccessKey == nil {
		return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	return answer.AccessKeys.AccessKey, nil
}
