package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeUser is the type of a RAM user. Its id is the name before the @, in lower case: people
// know each other by it, and exemptions and settings name it. RAM finds names whatever their
// case.
const TypeUser = "ACS::RAM::User"

var _ = add(Kind{Type: TypeUser, Words: "RAM user", Global: true, Written: UserName,
	// The page of a user needs the number, not the name.
	Page: "https://ram.console.aliyun.com/users/detail?userId={id}", Unnumbered: "https://ram.console.aliyun.com/users"})

// UserName is the one name of a RAM user: "alice", of RAM's UserName "Alice", of IMS's
// UserPrincipalName "alice@1234.onaliyun.com" with whatever domain, and of the ARN
// "acs:ram::1234:user/alice". A UserId is a number and stays one; UserOf has the name.
func UserName(named string) string {
	if _, name, ok := strings.Cut(named, ":user/"); ok {
		named = name
	}
	named, _, _ = strings.Cut(named, "@")
	return strings.ToLower(strings.TrimSpace(named))
}

// A User is a RAM user.
type User struct {
	UserID, UserPrincipalName, DisplayName string
	CreateDate, LastLoginDate, Status      string
}

// Name is the id of the user's resource.
func (u User) Name() string { return UserName(u.UserPrincipalName) }

type userPage struct {
	cloud.Marked
	Users struct{ User []User }
}

func (p userPage) Items() []User { return p.Users.User }

// Users reads all users of the account.
func Users(ctx context.Context, r cloud.Reader) ([]User, error) {
	return cloud.ReadList[userPage](ctx, r, cloud.New("ims", "ListUsers", "", "MaxItems", "1000"))
}

// UserOf reads one user by the name or the number; none: there is no such user. Where one is
// called by the number of another nobody can tell who is meant, which is an error: whoever takes
// such a name is not to be judged as the other.
func UserOf(ctx context.Context, r cloud.Reader, id string) (found []User, err error) {
	if numbered(id) {
		if found, err = userBy(ctx, r, "UserId", id); err != nil {
			return nil, err
		}
	}
	principal, err := Principal(ctx, r, id)
	if err != nil {
		return nil, err
	}
	called, err := userBy(ctx, r, "UserPrincipalName", principal)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return called, nil
	case len(called) > 0 && called[0].UserPrincipalName != found[0].UserPrincipalName:
		return nil, fmt.Errorf("%s is the number of the user %s, and the name of another: rename that one", id, found[0].Name())
	}
	return found, nil
}

// KeyOwner reads the user who has an AccessKey; none: no user has it.
func KeyOwner(ctx context.Context, r cloud.Reader, key string) ([]User, error) {
	return userBy(ctx, r, "UserAccessKeyId", key)
}

func userBy(ctx context.Context, r cloud.Reader, param, value string) ([]User, error) {
	var answer struct{ User *User }
	err := r.Read(ctx, cloud.New("ims", "GetUser", "", param, value), &answer)
	switch {
	case cloud.NotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case answer.User == nil || answer.User.UserPrincipalName == "":
		return nil, fmt.Errorf("ram:GetUser: the answer does not say who %s is", value)
	}
	return []User{*answer.User}, nil
}

// numbered tells whether an id has the form of a UserId. Somebody may be called by a number
// as well.
func numbered(id string) bool { return len(id) >= 10 && strings.Trim(id, "0123456789") == "" }

// Principal is the whole name by which IMS knows a user: alice@1234.onaliyun.com.
func Principal(ctx context.Context, r cloud.Reader, name string) (string, error) {
	var answer struct{ DefaultDomainName string }
	if err := r.Read(ctx, cloud.New("ims", "GetDefaultDomain", ""), &answer); err != nil {
		return "", err
	}
	if answer.DefaultDomainName == "" {
		return "", errors.New("ram:GetDefaultDomain: the answer does not name the account's domain")
	}
	return UserName(name) + "@" + answer.DefaultDomainName, nil
}

// A LoginProfile lets a user sign in to the console with a password.
type LoginProfile struct {
	Status, LastLoginTime                  string
	CreateDate, UpdateDate                 string
	MFABindRequired, PasswordResetRequired *bool
}

// SignsIn tells whether the profile is in use. One that somebody has made inactive is not.
func (p LoginProfile) SignsIn() (bool, error) {
	switch p.Status {
	case "Active":
		return true, nil
	case "Inactive":
		return false, nil
	}
	return false, fmt.Errorf("the answer does not say whether the user can sign in: the status is %q", p.Status)
}

// SignedIn is when somebody last signed in as a user, by any way; zero: never. Of those who sign in
// by another identity provider the profile does not say it.
func (p LoginProfile) SignedIn(u User) (last time.Time, _ error) {
	for _, said := range []string{p.LastLoginTime, u.LastLoginDate} {
		at := cloud.Time(said)
		switch {
		case said == "" || said == "-" || said == "N/A": // never
		case at.IsZero():
			return at, fmt.Errorf("%q is no time at which %s has signed in", said, u.UserPrincipalName)
		case at.After(last):
			last = at
		}
	}
	return last, nil
}

// Given is when the user was last given the profile: when it was made, or changed since.
func (p LoginProfile) Given(u User) (time.Time, error) {
	at, changed := cloud.Time(p.CreateDate), cloud.Time(p.UpdateDate)
	if at.IsZero() {
		return at, fmt.Errorf("the answer does not say since when %s can sign in: %q", u.UserPrincipalName, p.CreateDate)
	}
	if changed.After(at) {
		at = changed
	}
	return at, nil
}

// Login reads the login profile of a user, by the whole name; none: the user has none.
func Login(ctx context.Context, r cloud.Reader, principal string) ([]LoginProfile, error) {
	var answer struct{ LoginProfile *LoginProfile }
	err := r.Read(ctx, cloud.New("ims", "GetLoginProfile", "", "UserPrincipalName", principal), &answer)
	switch {
	case cloud.Code(err) == "EntityNotExist.User.LoginProfile":
		return nil, nil
	case err != nil:
		return nil, err
	case answer.LoginProfile == nil:
		return nil, fmt.Errorf("ram:GetLoginProfile: the answer has no profile, and no error, for %s", principal)
	}
	return []LoginProfile{*answer.LoginProfile}, nil
}

// HasMFA tells whether a user, by the whole name, has bound a device for a second factor.
func HasMFA(ctx context.Context, r cloud.Reader, principal string) (bool, error) {
	var answer struct {
		IsMFAEnable *bool
		MFADevice   struct{ SerialNumber string }
	}
	err := r.Read(ctx, cloud.New("ims", "GetUserMFAInfo", "", "UserPrincipalName", principal), &answer)
	switch {
	case cloud.Code(err) == "EntityNotExist.User.MFADevice":
		return false, nil
	case err != nil:
		return false, err
	case answer.IsMFAEnable != nil:
		return *answer.IsMFAEnable, nil
	case answer.MFADevice.SerialNumber != "":
		return true, nil
	}
	return false, fmt.Errorf("ram:GetUserMFAInfo: the answer does not say whether %s has a second factor", principal)
}
