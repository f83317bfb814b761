package cloud

import (
	"regexp"
	"strings"
	"time"
)

var stsActions = []rpcAction{
	{
		// A write in name only: ActionTrail lists it as a read.
		name: "AssumeRole", do: stsAssumeRole,
		params: "RoleArn! RoleSessionName! DurationSeconds:Long Policy ExternalId SourceIdentity",
		on: func(q *rpcRequest) []string {
			return []string{strings.Replace(q.str("RoleArn"), "acs:ram::", "acs:ram:*:", 1)}
		},
	},
	{name: "GetCallerIdentity", open: true, do: getCallerIdentity, params: ""},
}

func (c *Cloud) startSTS() {
	c.serveRPC(&rpcProduct{code: "Sts", ram: "sts", version: "2015-04-01", missing: missingAtGateway}, stsActions,
		"sts.aliyuncs.com", "sts.*.aliyuncs.com", "sts-vpc.*.aliyuncs.com")
}

var sessionNames = regexp.MustCompile(`^[a-zA-Z0-9.@_-]{2,64}$`)

func stsAssumeRole(q *rpcRequest) (any, error) {
	if q.who.Type == "root-account" {
		return nil, refuse(403, "NoPermission", "Roles may not be assumed by root accounts.")
	}
	role, err := q.c.roleByARN(q.str("RoleArn"))
	if err != nil {
		return nil, err
	}
	session := q.str("RoleSessionName")
	if !sessionNames.MatchString(session) {
		return nil, refuse(400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
	}
	d := time.Duration(q.num("DurationSeconds", 3600)) * time.Second
	if d < 15*time.Minute || d > role.maxSession {
		return nil, refuse(400, "InvalidParameter.DurationSeconds", "The Min/Max value of DurationSeconds is 15min/%v.", role.maxSession)
	}
	if !role.trusts("RAM", "acs:ram::"+q.c.Account+":root", q.callerARN()) {
		return nil, refuse(403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM.")
	}
	var policy *Policy
	if q.has("Policy") {
		p, err := ParsePolicy([]byte(q.str("Policy")))
		if err != nil {
			return nil, refuse(400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check: %v.", err)
		}
		policy = &p
	}
	k := q.c.addSession(role, session, d, policy)
	return map[string]any{
		"AssumedRoleUser": map[string]any{"Arn": q.c.roleARN(role.name) + "/" + session, "AssumedRoleId": k.who.ID},
		"Credentials": map[string]any{
			"AccessKeyId": k.id, "AccessKeySecret": k.secret, "SecurityToken": k.token, "Expiration": stamp(k.expires),
		},
	}, nil
}

// callerARN names the caller as trust policies do: a session is its role.
func (q *rpcRequest) callerARN() string {
	prefix := "acs:ram::" + q.c.Account + ":"
	switch q.who.Type {
	case "ram-user":
		return prefix + "user/" + q.who.Name
	case "assumed-role":
		role, _, _ := strings.Cut(q.who.Name, ":")
		return prefix + "role/" + role
	}
	return prefix + "root"
}

func getCallerIdentity(q *rpcRequest) (any, error) {
	answer := map[string]any{"AccountId": q.c.Account, "PrincipalId": q.who.ID, "Arn": q.callerARN()}
	switch q.who.Type {
	case "ram-user":
		answer["IdentityType"], answer["UserId"] = "RAMUser", q.who.ID
	case "assumed-role":
		roleID, _, _ := strings.Cut(q.who.ID, ":")
		answer["IdentityType"], answer["RoleId"] = "AssumedRoleUser", roleID
		answer["Arn"] = "acs:ram::" + q.c.Account + ":assumed-role/" + strings.Replace(q.who.Name, ":", "/", 1)
	default:
		answer["IdentityType"] = "Account"
	}
	return answer, nil
}
