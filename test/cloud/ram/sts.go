package ram

import (
	"regexp"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// GetCallerIdentity needs no permission, and so everybody can find out whose a key is.
var stsActions = []action{
	{
		// A write in name only: ActionTrail lists it as a read.
		// RAM judges it by the role's ARN. DurationSeconds is 15 minutes up to the role's own
		// limit.
		Name: "AssumeRole", Do: stsAssumeRole,
		Params: "RoleArn! RoleSessionName! DurationSeconds:Long Policy ExternalId SourceIdentity",
		On: func(q *kernel.Request) []string {
			return []string{strings.Replace(q.Str("RoleArn"), "acs:ram::", "acs:ram:*:", 1)}
		},
	},
	{Name: "GetCallerIdentity", Open: true, Do: getCallerIdentity, Params: ""},
}

func (c *Service) startSTS() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Sts", Ram: "sts", Version: "2015-04-01", Endpoint: kernel.Regional("sts")}, stsActions,
		"sts.aliyuncs.com", "sts-vpc.*.aliyuncs.com")
}

var sessionNames = regexp.MustCompile(`^[a-zA-Z0-9.@_-]{2,64}$`)

// The trust policy and the caller's own policies have to allow it, each by itself: the latter were
// judged before this. A root account may not assume roles at all. ExternalId is accepted, and
// conditions of the trust policy are not judged. The session policy only takes away.
func stsAssumeRole(q *request) (any, error) {
	if q.Who.Type == "root-account" {
		return nil, kernel.Refuse(403, "NoPermission", "Roles may not be assumed by root accounts.")
	}
	role, err := q.c.RoleByARN(q.Str("RoleArn"))
	if err != nil {
		return nil, err
	}
	session := q.Str("RoleSessionName")
	if !sessionNames.MatchString(session) {
		return nil, kernel.Refuse(400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
	}
	d := time.Duration(q.Num("DurationSeconds", 3600)) * time.Second
	if d < 15*time.Minute || d > role.MaxSession {
		return nil, kernel.Refuse(400, "InvalidParameter.DurationSeconds", "The Min/Max value of DurationSeconds is 15min/%v.", role.MaxSession)
	}
	if !role.Trusts("RAM", "acs:ram::"+q.c.Account+":root", q.callerARN()) {
		return nil, kernel.Refuse(403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM.")
	}
	var policy *kernel.Policy
	if q.Has("Policy") {
		p, err := kernel.ParsePolicy([]byte(q.Str("Policy")))
		if err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check: %v.", err)
		}
		policy = &p
	}
	// The session's rights are the role's, not the caller's.
	k := q.c.addSession(role, session, d, policy)
	return map[string]any{
		"AssumedRoleUser": map[string]any{"Arn": q.c.RoleARN(role.Name) + "/" + session, "AssumedRoleId": k.Who.ID},
		"Credentials": map[string]any{
			"AccessKeyId": k.ID, "AccessKeySecret": k.Secret, "SecurityToken": k.Token, "Expiration": kernel.Stamp(k.Expires),
		},
	}, nil
}

// callerARN names the caller as trust policies do: a session is its role.
func (q *request) callerARN() string {
	prefix := "acs:ram::" + q.c.Account + ":"
	switch q.Who.Type {
	case "ram-user":
		return prefix + "user/" + q.Who.Name
	case "assumed-role":
		role, _, _ := strings.Cut(q.Who.Name, ":")
		return prefix + "role/" + role
	}
	return prefix + "root"
}

func getCallerIdentity(q *request) (any, error) {
	answer := map[string]any{"AccountId": q.c.Account, "PrincipalId": q.Who.ID, "Arn": q.callerARN()}
	switch q.Who.Type {
	case "ram-user":
		answer["IdentityType"], answer["UserId"] = "RAMUser", q.Who.ID
	case "assumed-role":
		roleID, _, _ := strings.Cut(q.Who.ID, ":")
		answer["IdentityType"], answer["RoleId"] = "AssumedRoleUser", roleID
		answer["Arn"] = "acs:ram::" + q.c.Account + ":assumed-role/" + strings.Replace(q.Who.Name, ":", "/", 1)
	default:
		answer["IdentityType"] = "Account"
	}
	return answer, nil
}
