package ram

import (
	"cmp"
	"strconv"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// SignIn says how somebody signs in to the console. Every field may be left
// out.
type SignIn struct {
	MFA   bool   // a second factor was asked for, and given
	IP    string // default: the cloud's SourceIP
	Agent string // default: a browser
	Fail  bool   // with a wrong password
}

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.164 Safari/537.36"

// SignIn signs a user in to the console, the root account if the name is
// empty. The keys of the console session sign what the user does there; a
// sign-in that fails gives none.
//
// ActionTrail records a sign-in and delivers it to the trails. EventBridge does
// not get it: its page of ActionTrail events has no type for it.
func (c *Service) SignIn(user string, s SignIn) (kernel.Credentials, error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	who, owner := c.rootPrincipal(), kernel.RootOwner
	if user != "" {
		u := c.User(user)
		if u == nil {
			return kernel.Credentials{}, kernel.Refuse(404, "EntityNotExist.User", "The user does not exist: %s.", user)
		}
		who, owner = c.userPrincipal(u), u.ID
	}
	who.MFA = s.MFA
	c.KeepRecord(c.signInRecord(who, s))
	if s.Fail {
		return kernel.Credentials{}, nil
	}
	if u := c.User(user); u != nil {
		u.console.last = c.Clock()
	}
	return kernel.CredentialsOf(c.AddKey("TMP.3K"+c.Random.Text(40, kernel.Alnum), who, owner)), nil
}

// signInRecord has the forms that are documented: one for the root account, of
// Account Logon, and one for RAM users.
func (c *Service) signInRecord(who kernel.Principal, s SignIn) map[string]any {
	id := c.Random.Uuid()
	record := map[string]any{
		"eventId": id, "requestId": id, "eventName": "ConsoleSignin", "eventType": "ConsoleSignin", "eventTime": kernel.Stamp(c.Clock()),
		// The documented samples have neither of these two: they are older.
		"eventRW": "Write", "eventCategory": "Management",
		"acsRegion": "cn-hangzhou", "isGlobal": true, "recipientAccountId": c.Account,
		"sourceIpAddress": cmp.Or(s.IP, c.SourceIP), "userAgent": cmp.Or(s.Agent, browser),
		"userIdentity": map[string]any{"type": who.Type, "principalId": who.ID, "accountId": who.Account, "userName": who.Name},
	}
	mfa := strconv.FormatBool(s.MFA)
	if who.Type == "root-account" {
		record["serviceName"], record["eventVersion"] = "AasCustomer", 1
		record["eventSource"] = "http://account.aliyun.com/login/login_aliyun.htm"
		record["additionalEventData"] = map[string]any{"loginAccount": "root@" + c.Account, "isMFAChecked": mfa}
	} else {
		record["serviceName"], record["eventVersion"] = "AasSub", "1"
		record["eventSource"], record["errorCode"], record["errorMessage"] = "signin.aliyun.com", "", ""
		record["additionalEventData"] = map[string]any{"callbackUrl": "https://homenew.console.aliyun.com/", "mfaChecked": mfa}
	}
	if s.Fail {
		// No sample of a failure is published; that it has an error is what
		// Alibaba Cloud's own alerts go by.
		record["errorCode"], record["errorMessage"] = "InvalidPassword", "The password is incorrect."
	}
	return record
}
