package ram

import (
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// recycleBin has the users and their keys that were deleted. They are gone for good after binAge.
// No document writes it: what is deleted is not there.
type recycleBin struct {
	users []binned[*ramUser]
	keys  []binned[binnedKey]
}

type binned[T any] struct {
	what T
	at   time.Time
}

// binnedKey remembers whose it was by number: a user may be deleted, and another made of its name.
type binnedKey struct {
	*kernel.SigningKey
	number string
}

const binAge = 30 * 24 * time.Hour

func (b binned[T]) view(view map[string]any) map[string]any {
	view["RecycleDate"], view["DeleteDate"] = kernel.Stamp(b.at), kernel.Stamp(b.at.Add(binAge))
	return view
}

// kept are those of a list that have not been in the bin for too long.
func kept[T any](c *Service, all []binned[T]) []binned[T] {
	var left []binned[T]
	for _, b := range all {
		if c.Clock().Before(b.at.Add(binAge)) {
			left = append(left, b)
		}
	}
	return left
}

// imsBinActions are authorised for everything or nothing: the users are not there to be named.
var imsBinActions = []action{
	{Name: "ListUsersInRecycleBin", Do: listBinnedUsers, Params: "Filter Marker MaxItems:Integer=1..100"},
	{Name: "GetUserInRecycleBin", Do: getBinnedUser, Params: "UserId UserAccessKeyId"},
	{Name: "RestoreUserFromRecycleBin", Write: true, Do: restoreUser, Params: "UserId"},
	{Name: "DeleteUserInRecycleBin", Write: true, Do: deleteBinnedUser, Params: "UserId"},
	{Name: "ListAccessKeysInRecycleBin", Do: listBinnedKeys, Params: "UserId"},
	{Name: "GetAccessKeyInfoInRecycleBin", Do: getBinnedKey, Params: "UserAccessKeyId!"},
	{Name: "RestoreAccessKeyFromRecycleBin", Write: true, Do: restoreKey, Params: "UserId UserAccessKeyId"},
	{Name: "DeleteAccessKeyInRecycleBin", Write: true, Do: deleteBinnedKey, Params: "UserId UserAccessKeyId"},
}

func (q *request) binnedUserView(b binned[*ramUser]) map[string]any {
	u := b.what
	return b.view(q.named(map[string]any{"UserId": u.number, "DisplayName": u.DisplayName, "CreateDate": kernel.Stamp(u.Created)}, u))
}

// listBinnedUsers: the filter is "UserPrincipalName eq alice@….onaliyun.com".
func listBinnedUsers(q *request) (any, error) {
	wanted, filtered := strings.CutPrefix(q.Str("Filter"), "UserPrincipalName eq ")
	if q.Has("Filter") && !filtered {
		return nil, kernel.Refuse(400, "InvalidParameter.Filter", "The parameter Filter is not of the form UserPrincipalName eq <name>.")
	}
	var chosen []binned[*ramUser]
	for _, b := range kept(q.c, q.c.bin.users) {
		if !filtered || strings.EqualFold(strings.TrimSpace(wanted), q.c.principalName(b.what.Name)) {
			chosen = append(chosen, b)
		}
	}
	return markedPage(q, chosen, "Users", "User", func(b binned[*ramUser]) any { return q.binnedUserView(b) })
}

// userInBin finds the user of a call in the bin.
func (q *request) userInBin() (int, error) {
	number := q.Str("UserId")
	if q.Has("UserAccessKeyId") {
		if i, err := q.keyInBin(""); err == nil {
			number = q.c.bin.keys[i].what.number
		}
	}
	if number == "" {
		return 0, kernel.MissingAtGateway("UserId")
	}
	q.c.bin.users = kept(q.c, q.c.bin.users)
	for i, b := range q.c.bin.users {
		if b.what.number == number {
			q.touchUser(b.what)
			return i, nil
		}
	}
	return 0, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", number)
}

func getBinnedUser(q *request) (any, error) {
	i, err := q.userInBin()
	if err != nil {
		return nil, err
	}
	return map[string]any{"User": q.binnedUserView(q.c.bin.users[i])}, nil
}

// restoreUser brings a user back as it was when it was deleted: without keys, groups and policies, which had
// to go before it. Its keys are restored one by one.
func restoreUser(q *request) (any, error) {
	i, err := q.userInBin()
	if err != nil {
		return nil, err
	}
	u := q.c.bin.users[i].what
	if q.c.User(u.Name) != nil {
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User", "The user does already EXIST: %s.", u.Name) // sic
	}
	q.c.bin.users = append(q.c.bin.users[:i:i], q.c.bin.users[i+1:]...)
	q.c.Users = append(q.c.Users, u)
	return kernel.Done()
}

// deleteBinnedUser takes the user's keys along.
func deleteBinnedUser(q *request) (any, error) {
	i, err := q.userInBin()
	if err != nil {
		return nil, err
	}
	number := q.c.bin.users[i].what.number
	q.c.bin.users = append(q.c.bin.users[:i:i], q.c.bin.users[i+1:]...)
	var left []binned[binnedKey]
	for _, b := range q.c.bin.keys {
		if b.what.number != number {
			left = append(left, b)
		}
	}
	q.c.bin.keys = left
	return kernel.Done()
}

// binOwner is the user whose keys a call is about: the caller, where it names none.
func (q *request) binOwner() (string, error) {
	switch {
	case q.Has("UserId"):
		return q.Str("UserId"), nil
	case q.Who.Type == "ram-user":
		return q.Who.ID, nil
	}
	return "", kernel.MissingAtGateway("UserId")
}

func listBinnedKeys(q *request) (any, error) {
	owner, err := q.binOwner()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, b := range kept(q.c, q.c.bin.keys) {
		if b.what.number == owner {
			views = append(views, b.view(map[string]any{"AccessKeyId": b.what.ID, "CreateDate": kernel.Stamp(b.what.Created)}))
		}
	}
	return map[string]any{"AccessKeys": map[string]any{"AccessKey": views}}, nil
}

// keyInBin finds the key of a call in the bin, of one owner or of any.
func (q *request) keyInBin(owner string) (int, error) {
	id := q.Str("UserAccessKeyId")
	if id == "" {
		return 0, kernel.MissingAtGateway("UserAccessKeyId")
	}
	q.c.bin.keys = kept(q.c, q.c.bin.keys)
	for i, b := range q.c.bin.keys {
		if b.what.ID == id && (owner == "" || b.what.number == owner) {
			q.Touch(keyKind, id)
			return i, nil
		}
	}
	return 0, kernel.Refuse(404, "EntityNotExist.User.AccessKey", "The user access key does not exist: %s.", id)
}

func getBinnedKey(q *request) (any, error) {
	i, err := q.keyInBin("")
	if err != nil {
		return nil, err
	}
	b := q.c.bin.keys[i]
	view := map[string]any{"AccessKeyId": b.what.ID, "CreateDate": kernel.Stamp(b.what.Created), "UserId": b.what.number, "UserRecycled": q.c.numbered(b.what.number) == nil}
	name := b.what.Who.Name
	if u := q.c.numbered(b.what.number); u != nil {
		name = u.Name // it may have been renamed since
	}
	view["UserPrincipalName"] = q.c.principalName(name)
	return map[string]any{"AccessKey": b.view(view)}, nil
}

// numbered finds a user by the id that answers have.
func (c *Service) numbered(number string) *ramUser {
	for _, u := range c.Users {
		if u.number == number {
			return u
		}
	}
	return nil
}

// restoreKey gives a key back to its user, who has to be there and to have room for it. It works again if it
// did when it was deleted, with the secret that it had.
func restoreKey(q *request) (any, error) {
	owner, err := q.binOwner()
	if err != nil {
		return nil, err
	}
	i, err := q.keyInBin(owner)
	if err != nil {
		return nil, err
	}
	u := q.c.numbered(owner)
	switch {
	case u == nil:
		return nil, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", owner)
	case len(q.c.KeysOf(u.ID)) >= accessKeysPerUser:
		return nil, kernel.Refuse(409, "LimitExceeded.User.AccessKey", "The access key count of the user access keys beyond the current limits.") // sic
	}
	k := q.c.bin.keys[i].what.SigningKey
	k.User, k.Who.Name = u.ID, u.Name
	q.c.Keys.ByID[k.ID] = k
	q.c.bin.keys = append(q.c.bin.keys[:i:i], q.c.bin.keys[i+1:]...)
	q.touchUser(u)
	return kernel.Done()
}

func deleteBinnedKey(q *request) (any, error) {
	owner, err := q.binOwner()
	if err != nil {
		return nil, err
	}
	i, err := q.keyInBin(owner)
	if err != nil {
		return nil, err
	}
	q.c.bin.keys = append(q.c.bin.keys[:i:i], q.c.bin.keys[i+1:]...)
	return kernel.Done()
}
