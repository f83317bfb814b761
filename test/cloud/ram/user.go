package ram

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ramUser is a user of the account, with what lets it in: keys and a console login.
// number is what principalId in events is, and stays when the user is renamed.
type ramUser struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region"`
	AccessKeys      int        `yaml:"access-keys,omitempty"` // a test may give a user more than RAM would
	Policies        []string   `yaml:"policies,omitempty"`    // attached to the user, and not by a group
	Console         bool       `yaml:"console,omitempty"`     // has a password; which, no file says
	Login           login      `yaml:"login,omitempty"`       // of a user of the console
	Keys            []keyFacts `yaml:"keys,omitempty"`        // what is special about them
	CreatedDaysAgo  int        `yaml:"created-days-ago,omitempty"`
	DisplayName     string     `yaml:"display-name,omitempty"` // default the name
	Comments        string     `yaml:"comments,omitempty"`
	Email           string     `yaml:"email,omitempty"`
	Phone           string     `yaml:"phone,omitempty"`
	Number          string     `yaml:"user-id,omitempty"` // so that a scenario can name it; made up otherwise

	number  string // the id that answers have
	changed time.Time
	console consoleLogin
	said    bool // by the document that is being loaded
}

const userKind = "ACS::RAM::User"

var userRows = kernel.Kind{Key: "users", Type: userKind}

func (u *ramUser) Defaults(*Service) {
	u.ID = strings.ToLower(u.Name)
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	for i, name := range u.Policies { // a clone: a dump calls this on a copy
		if i == 0 {
			u.Policies = slices.Clone(u.Policies)
		}
		u.Policies[i] = strings.TrimSpace(name)
	}
}

// Groups say who is in them, so nothing about them is checked here.
func (u *ramUser) Check(s *Service) error {
	if twice(s.Users, u) {
		return fmt.Errorf("the user %q is there twice", u.Name)
	}
	if !u.Console && u.Login != (login{}) {
		return fmt.Errorf("the user %q has a login, but no console", u.Name)
	}
	if err := checkFacts(u.Keys, u.AccessKeys); err != nil {
		return err
	}
	return s.knowPolicies(u.Policies)
}

// knowPolicies refuses policies that nobody has.
func (c *Service) knowPolicies(names []string) error {
	for _, name := range names {
		if c.Policy(name) == nil {
			return fmt.Errorf("no policy %q", name)
		}
	}
	return nil
}

// Complete keeps who the user was, if there was one of this name.
func (u *ramUser) Complete(_ *kernel.Loader, s *Service) error {
	u.said = true
	before := s.loading.before.User(u.Name)
	if before != nil {
		u.Name = before.Name // in its own case
		u.number, u.changed, u.console, u.Created = before.number, before.changed, before.console, before.Created
	} else {
		u.number, u.changed = "2"+s.Random.Text(17, kernel.Digits), s.Clock()
	}
	u.number = cmp.Or(u.Number, u.number)
	if u.CreatedDaysAgo > 0 {
		u.Created = s.daysAgo(u.CreatedDaysAgo)
	}
	if u.Console {
		u.console.load(s, u.Login)
	}
	return nil
}

// Abridged counts the keys, which are the kernel's.
func (u *ramUser) Abridged(s *Service) *ramUser {
	c := *u
	c.Policies = slices.Sorted(slices.Values(u.Policies))
	c.AccessKeys, c.Keys = len(s.KeysOf(u.ID)), s.factsOf(u.ID)
	return &c
}

func (c *Service) daysAgo(n int) time.Time { return c.Clock().Add(-time.Duration(n) * 24 * time.Hour) }

// onRAM gives the ARNs of named users, roles or policies. RAM has no region.
func onRAM(kind, param string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string {
		return []string{"acs:ram:*:" + q.C.Account + ":" + kind + "/" + q.OrElse(param, "*")}
	}
}

var onUser = onRAM("user", "UserName")

// onPrincipal is the user of a call to IMS. A call about the caller itself names nobody.
func onPrincipal(q *kernel.Request) []string {
	if !q.Has("UserPrincipalName") {
		return []string{"*"}
	}
	return []string{"acs:ram:*:" + q.C.Account + ":user/" + loginName(q.Str("UserPrincipalName"))}
}

const pageOf1000 = " Marker MaxItems:Integer=1..1000"

// DeleteUser wants the user to be empty first: six kinds of refusals, in a fixed order.
var ramUserActions = []action{
	{
		Name: "CreateUser", Write: true, On: onRAM("user", ""), Do: createUser,
		Params: "UserName DisplayName Comments Email MobilePhone",
	},
	{Name: "GetUser", On: onUser, Do: getUser, Params: "UserName"},
	{Name: "ListUsers", On: onRAM("user", ""), Do: listUsers, Params: "Marker MaxItems:Integer=1..1000"},
	{
		// NewUserName renames. What is left out stays, and what is empty becomes empty.
		Name: "UpdateUser", Write: true, On: onUser, Do: updateUser,
		Params: "UserName NewUserName NewDisplayName NewComments NewEmail NewMobilePhone",
	},
	// Keys, policies, groups, login and device have to go first.
	{Name: "DeleteUser", Write: true, On: onUser, Do: deleteUser, Params: "UserName"},
}

var imsUserActions = []action{
	{
		Name: "CreateUser", Write: true, On: onRAM("user", ""), Do: createUser,
		Params: "UserPrincipalName! DisplayName! Comments Email MobilePhone Tag:RepeatList(Key Value)",
	},
	// Of the three one names the user; without any it is the caller.
	{Name: "GetUser", On: onPrincipal, Do: getUser, Params: "UserPrincipalName UserId UserAccessKeyId"},
	{Name: "ListUsers", On: onRAM("user", ""), Do: listUsers, Params: "Status=active|freeze|active,freeze Tag:RepeatList(Key Value)" + pageOf1000},
	{Name: "ListUserBasicInfos", On: onRAM("user", ""), Do: listBasicInfos, Params: "Status=active|freeze|active,freeze Tag:RepeatList(Key Value)" + pageOf1000},
	{
		Name: "UpdateUser", Write: true, On: onPrincipal, Do: updateUser,
		Params: "UserPrincipalName UserId NewUserPrincipalName NewDisplayName NewComments NewEmail NewMobilePhone",
	},
	{Name: "DeleteUser", Write: true, On: onPrincipal, Do: deleteUser, Params: "UserPrincipalName UserId"},
}

// ims says that a call is to IMS, which has other names for the same things.
func (q *request) ims() bool { return q.Product.Code == "Ims" }

// user finds the user of a call. Without a name it is the user who calls.
// IMS takes a number or a key instead of a name for some calls.
func (q *request) user() (*ramUser, error) {
	name := q.Str("UserName")
	if q.ims() {
		name = loginName(q.Str("UserPrincipalName"))
	}
	switch {
	case name != "":
	case q.Has("UserId"):
		for _, u := range q.c.Users {
			if u.number == q.Str("UserId") {
				name = u.Name
			}
		}
	case q.Has("UserAccessKeyId") && q.Action.Name == "GetUser":
		if k := q.c.Keys.ByID[q.Str("UserAccessKeyId")]; k != nil {
			name = k.User
		}
	case q.Who.Type == "ram-user":
		name = q.Who.Name
	default:
		return nil, kernel.MissingAtGateway(q.nameParam())
	}
	u := q.c.User(name)
	if u == nil {
		return nil, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", name)
	}
	q.touchUser(u)
	return u, nil
}

// namedUser is the user of a call that has to name it.
func (q *request) namedUser() (*ramUser, error) {
	if !q.Has(q.nameParam()) {
		return nil, kernel.MissingAtGateway(q.nameParam())
	}
	return q.user()
}

func (q *request) nameParam() string {
	if q.ims() {
		return "UserPrincipalName"
	}
	return "UserName"
}

// touchUser names a user in the event as the API that was called does.
func (q *request) touchUser(u *ramUser) {
	if q.ims() {
		q.Touch(userKind, q.c.principalName(u.Name))
	} else {
		q.Touch(userKind, u.Name)
	}
}

// named is the name of a user in an answer.
func (q *request) named(view map[string]any, u *ramUser) map[string]any {
	if q.ims() {
		view["UserPrincipalName"] = q.c.principalName(u.Name)
	} else {
		view["UserName"] = u.Name
	}
	return view
}

// Email and telephone are answered in full.
func (q *request) userView(u *ramUser) map[string]any {
	view := u.view()
	if q.ims() {
		view["ProvisionType"], view["Status"], view["ExternalId"] = "Manual", "active", ""
		view["Tags"] = map[string]any{"Tag": kernel.TagViews(u.Tags, "TagKey", "TagValue")}
	}
	return q.named(view, u)
}

func (u *ramUser) view() map[string]any {
	return map[string]any{
		"UserId": u.number, "DisplayName": u.DisplayName, "Comments": u.Comments, "Email": u.Email, "MobilePhone": u.Phone,
		"CreateDate": kernel.Stamp(u.Created), "UpdateDate": kernel.Stamp(u.changed), "LastLoginDate": kernel.Stamp(u.console.last),
	}
}

// checkName refuses what RAM takes for no name, by the parameter that brings it.
func checkName(param, name string, most int) error {
	switch {
	case len(name) > most:
		return kernel.Refuse(400, "InvalidParameter."+param+".Length", "The parameter - %q beyond the length limit.", param) // sic
	case strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "":
		return kernel.Refuse(400, "InvalidParameter."+param+".InvalidChars", "The parameter - %q contains invalid chars.", param)
	}
	return nil
}

// What an address and a telephone number look like: 86-18600008888.
var (
	emails = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
	phones = regexp.MustCompile(`^\d{1,4}-\d{4,20}$`)
)

// checkPerson refuses what a call may not say about a person. prefix is "New" where it changes one.
func (q *request) checkPerson(prefix string) error {
	for _, p := range []struct {
		param  string
		most   int
		format *regexp.Regexp
	}{{"DisplayName", 128, nil}, {"Comments", 128, nil}, {"Email", 0, emails}, {"MobilePhone", 0, phones}} {
		param := prefix + p.param
		value := q.Str(param)
		switch {
		case p.most > 0 && utf8.RuneCountInString(value) > p.most:
			return kernel.Refuse(400, "InvalidParameter."+param+".Length", "The parameter - %q beyond the length limit.", param) // sic
		case p.format != nil && value != "" && !p.format.MatchString(value):
			return kernel.Refuse(400, "InvalidParameter."+param+".Format", "The format of the parameter - %q is incorrect.", param)
		}
	}
	return nil
}

// It has neither keys nor a login: those are made by further calls, each with an event of its own.
func createUser(q *request) (any, error) {
	param := q.nameParam()
	name := loginName(q.Str(param))
	if name == "" {
		return nil, kernel.MissingAtGateway(param)
	}
	if err := checkName(param, name, 64); err != nil {
		return nil, err
	}
	if err := q.checkPerson(""); err != nil {
		return nil, err
	}
	switch {
	case q.c.User(name) != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.User", "The user does already EXIST: %s.", name) // sic
	case len(q.c.Users) >= quotas["UsersQuota"]:
		return nil, kernel.Refuse(409, "LimitExceeded.User", "The count of users beyond the current limits.") // sic
	}
	u := q.c.addUser(name, q.OrElse("DisplayName", name))
	u.Comments, u.Email, u.Phone, u.Tags = q.Str("Comments"), q.Str("Email"), q.Str("MobilePhone"), q.Tags()
	q.touchUser(u)
	return map[string]any{"User": q.userView(u)}, nil
}

// Without a name it is the caller, where that is a user.
func getUser(q *request) (any, error) {
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	return map[string]any{"User": q.userView(u)}, nil
}

// usersOf are the users that a list asks for, by name. All users of this cloud are active.
func (q *request) usersOf() []*ramUser {
	var kept []*ramUser
	for _, u := range kernel.ByID(q.c.Users) {
		if q.Str("Status") != "freeze" && u.HasTags(q.Request) {
			kept = append(kept, u)
		}
	}
	return kept
}

func listUsers(q *request) (any, error) {
	return markedPage(q, q.usersOf(), "Users", "User", func(u *ramUser) any { return q.userView(u) })
}

func listBasicInfos(q *request) (any, error) {
	return markedPage(q, q.usersOf(), "UserBasicInfos", "UserBasicInfo", func(u *ramUser) any {
		return q.named(map[string]any{"UserId": u.number, "DisplayName": u.DisplayName, "Status": "active"}, u)
	})
}

// markedPage is a page as RAM cuts it: MaxItems, from a Marker on.
func markedPage[T any](q *request, all []T, outer, inner string, view func(T) any) (any, error) {
	from := 0
	if q.Has("Marker") {
		var err error
		if from, err = kernel.ReadToken(q.Str("Marker"), q.Action.Name); err != nil {
			return nil, err
		}
	}
	size := q.Num("MaxItems", 100)
	if q.ims() && q.Action.Name == "ListUsers" {
		size = q.Num("MaxItems", 1000)
	}
	to := min(from+size, len(all))
	answer := map[string]any{"IsTruncated": to < len(all)}
	if to < len(all) {
		answer["Marker"] = kernel.MakeToken(to, q.Action.Name)
	}
	views := []any{}
	for _, one := range all[min(from, to):to] {
		views = append(views, view(one))
	}
	answer[outer] = map[string]any{inner: views}
	return answer, nil
}

// updateUser changes what a call names. A new name takes keys and groups along.
func updateUser(q *request) (any, error) {
	if !q.Has(q.nameParam()) && !q.Has("UserId") {
		return nil, kernel.MissingAtGateway(q.nameParam())
	}
	u, err := q.user()
	if err != nil {
		return nil, err
	}
	if err := q.checkPerson("New"); err != nil {
		return nil, err
	}
	if name := loginName(q.Str("New" + q.nameParam())); name != "" {
		if err := q.rename(u, name); err != nil {
			return nil, err
		}
	}
	for name, into := range map[string]*string{
		"NewDisplayName": &u.DisplayName, "NewComments": &u.Comments, "NewEmail": &u.Email, "NewMobilePhone": &u.Phone,
	} {
		if value, given := q.Params[name]; given { // what a call names as empty is empty
			*into = value
		}
	}
	u.changed = q.c.Clock()
	q.touchUser(u)
	return map[string]any{"User": q.userView(u)}, nil
}

// rename gives a user another name.
// Names are kept in lower case at groups, keys and devices, and are changed there, too. Policies
// do not name users by ARN here.
func (q *request) rename(u *ramUser, name string) error {
	if err := checkName("New"+q.nameParam(), name, 64); err != nil {
		return err
	}
	before, after := u.ID, strings.ToLower(name)
	if before != after && q.c.User(after) != nil {
		return kernel.Refuse(409, "EntityAlreadyExists.User", "The user does already EXIST: %s.", name) // sic
	}
	u.Name, u.ID = name, after
	for _, k := range q.c.Keys.ByID {
		if k.User == before && k.User != kernel.RootOwner {
			k.User, k.Who.Name = after, name
		}
	}
	for _, g := range q.c.UserGroups {
		if i := slices.Index(g.Users, before); i >= 0 {
			g.Users[i] = after
		}
	}
	for _, d := range q.c.MFADevices {
		if d.User == before {
			d.User = after
		}
	}
	return nil
}

// deleteUser refuses as long as the user has anything. A user that was deleted is in the recycle bin.
func deleteUser(q *request) (any, error) {
	if !q.Has(q.nameParam()) && !q.Has("UserId") {
		return nil, kernel.MissingAtGateway(q.nameParam())
	}
	u, err := q.user()
	switch {
	case err != nil:
		return nil, err
	case len(q.c.KeysOf(u.ID)) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.User.AccessKey", "The user CAN NOT has any access key while deleting the user.") // sic
	case len(u.Policies) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.User.Policy", "The user CAN NOT has any attached policy while deleting the user.") // sic
	case len(q.c.groupsOf(u.ID)) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.User.Group", "The user CAN NOT be in any group while deleting the user.")
	case u.Console:
		return nil, kernel.Refuse(409, "DeleteConflict.User.LoginProfile", "The user CAN NOT has any login profile while deleting the user.") // sic
	case q.c.deviceOf(u) != nil:
		return nil, kernel.Refuse(409, "DeleteConflict.User.MFADevice", "The user CAN NOT has any mfa device while deleting the user.") // sic
	}
	q.c.Users = kernel.Without(q.c.Users, u.ID)
	q.c.bin.users = append(q.c.bin.users, binned[*ramUser]{u, q.c.Clock()})
	return kernel.Done()
}

// ramInventory is what Cloud Config sees of RAM. mu is held.
func (c *Service) ramInventory(add kernel.NoteItem) {
	for _, u := range kernel.ByID(c.Users) {
		view, keys := u.view(), []any{}
		for _, k := range c.KeysOf(u.ID) {
			keys = append(keys, keyView(k, false))
		}
		view["UserName"] = u.Name
		view["AccessKeys"], view["Policies"] = map[string]any{"AccessKey": keys}, append([]string{}, u.Policies...)
		add(userKind, u.number, u.Name, "global", u.Created, nil, view)
	}
}
