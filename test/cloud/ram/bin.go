package ram

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// recycleBin has the users and their keys that were deleted. They are gone for good after binAge.
// A document may put something into it, and none writes it: what is deleted is not there.
type recycleBin struct {
	users []binned[*ramUser]
	keys  []binned[binnedKey]
}

// at is when it was deleted.
type binned[T any] struct {
	what T
	at   time.Time
}

// binnedKey remembers whose it was by number: a user may be deleted, and another made of its name.
type binnedKey struct {
	*kernel.SigningKey
	number string
}

// recycled is what a document puts into the bin, as deleted a moment ago.
type recycled struct {
	Users []recycledUser `yaml:"users,omitempty"`
	Keys  []recycledKey  `yaml:"keys,omitempty"`
}

type recycledUser struct {
	Name   string `yaml:"name"`
	Number string `yaml:"user-id"`
}

// Its id is said, as nothing else would name it.
type recycledKey struct {
	ID             string `yaml:"id"`
	User           string `yaml:"user"` // who is there, or in the bin too
	CreatedDaysAgo int    `yaml:"created-days-ago,omitempty"`
	Inactive       bool   `yaml:"inactive,omitempty"`
}

func (k recycledKey) facts() keyFacts {
	return keyFacts{ID: k.ID, CreatedDaysAgo: k.CreatedDaysAgo, Inactive: k.Inactive}
}

// recycle puts into the bin what a document says. mu is held.
// A document replaces what was in the bin.
func (c *Service) recycle(r *recycled) {
	if r == nil {
		return
	}
	c.bin = recycleBin{}
	for _, u := range r.Users {
		c.bin.users = append(c.bin.users, binned[*ramUser]{
			&ramUser{Resource: c.resource(u.Name), DisplayName: u.Name, Number: u.Number, number: u.Number, changed: c.Clock()}, c.Clock()})
	}
	for _, f := range r.Keys {
		u := c.User(f.User)
		for _, b := range c.bin.users {
			if strings.EqualFold(b.what.Name, f.User) {
				u = b.what
			}
		}
		k := &kernel.SigningKey{ID: f.ID, Secret: c.Random.Text(30, kernel.Alnum), Who: c.userPrincipal(u), User: u.ID, Active: !f.Inactive, Created: c.daysAgo(f.CreatedDaysAgo)}
		k.Who.AccessKeyID = f.ID
		if c.facts == nil {
			c.facts = map[string]*keyFacts{}
		}
		facts := f.facts()
		c.facts[f.ID] = &facts
		c.bin.keys = append(c.bin.keys, binned[binnedKey]{binnedKey{k, u.number}, c.Clock()})
	}
}

// check refuses what is in no bin.
func (r *recycled) check(users kernel.Table[*ramUser]) error {
	if r == nil {
		return nil
	}
	for i, f := range r.Keys {
		theirs := func(name string) bool { return strings.EqualFold(name, f.User) }
		there := slices.ContainsFunc(users, func(u *ramUser) bool { return theirs(u.Name) })
		if err := checkFacts([]keyFacts{f.facts()}, 1); err != nil || f.ID == "" {
			return kernel.At(cmp.Or(err, errors.New("a key in the bin needs an id")), ".keys[%d]", i)
		}
		if !there && !slices.ContainsFunc(r.Users, func(u recycledUser) bool { return theirs(u.Name) }) {
			return kernel.At(fmt.Errorf("no user %q, here or in the bin", f.User), ".keys[%d]", i)
		}
	}
	for i, u := range r.Users {
		if u.Name == "" || u.Number == "" {
			return kernel.At(errors.New("a user in the bin needs a name and a user-id"), ".users[%d]", i)
		}
	}
	return nil
}

// 30 days, as the console says.
const binAge = 30 * 24 * time.Hour

// DeleteDate is when it will be gone for good.
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

// Keys of a user who is in the bin as well are listed by that user's number.
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

// UserRecycled tells whether its user is in the bin, too.
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

// It is gone for good, and nobody can sign with it again.
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
