package networkadminseparation

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is network-admin-separation.
var Practice = &practice.Practice{
	ID:       "network-admin-separation",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeAccount,
	Guide:    []string{"ネットワークリソースを分離するためのセキュリティの提案に従う"},
	Cites:    []string{"CIS Alibaba Cloud 2.12, 2.13, 2.22", "MLPS 8.1.4.2, 8.1.5.1"},
	Triggers: practice.Triggers(
		of("Ecs", "AuthorizeSecurityGroup", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroup", "RevokeSecurityGroupEgress", "ModifySecurityGroupRule",
			"ModifySecurityGroupEgressRule", "ModifySecurityGroupPolicy", "CreateSecurityGroup", "DeleteSecurityGroup"),
		of("Vpc", "CreateNetworkAcl", "UpdateNetworkAclEntries", "AssociateNetworkAcl", "UnassociateNetworkAcl", "DeleteNetworkAcl",
			"CreateRouteEntry", "DeleteRouteEntry", "DeleteFlowLog", "DeactiveFlowLog", "ModifyFlowLogAttribute")),
	Reads: []string{"ram:ListGroupsForUser"},
	Params: []practice.Param{
		{Name: "groups", Doc: "the RAM user groups whose members are network administrators"},
		{Name: "roles", Doc: "the RAM roles that are: of CI, of Terraform, of people who sign in by SSO"},
	},
	Check: check,
}

// of are calls that concern the account: it counts who made them, and not of what.
func of(service string, names ...string) (all []practice.Trigger) {
	for _, name := range names {
		all = append(all, practice.Trigger{Service: service, Name: name, Resource: "account"})
	}
	return all
}

func check(ctx context.Context, pass *practice.Pass) error {
	actor := pass.Event.Actor
	role, _ := actor.Role()
	switch {
	case len(pass.Param("groups"))+len(pass.Param("roles")) == 0:
		return nil // nobody has said who they are
	case pass.Event.Kind != events.KindActionTrail, actor.Type == "system", practice.Ours(actor), strings.HasPrefix(strings.ToLower(role), "aliyunservicerolefor"):
		return nil // a later look, a service, or ecsguard
	case role != "":
		if !has(pass, "roles", resource.TypeRole, role) {
			report(pass, pass.Named(resource.TypeRole, role, ""), "The role "+role)
		}
		return nil
	case actor.Type == "root-account":
		report(pass, pass.Named(resource.TypeAccount, pass.Resource.Account, ""), "The root account")
		return nil
	case actor.Name == "":
		report(pass, pass.Named(resource.TypeUser, actor.PrincipalID, ""), "The user "+actor.PrincipalID)
		return nil
	}
	user := resource.UserName(actor.Name)
	groups, err := resource.UserGroupsOf(ctx, pass, user)
	if err != nil && !cloud.NotFound(err) { // who has been deleted since is in none
		return fmt.Errorf("reading which groups %s is in: %w", user, err)
	}
	if !slices.ContainsFunc(groups, func(g resource.UserGroup) bool { return has(pass, "groups", resource.TypeUserGroup, g.GroupName) }) {
		report(pass, pass.Named(resource.TypeUser, user, actor.Name), "The user "+user)
	}
	return nil
}

// has tells whether a param names a group or a role, in whatever case.
func has(pass *practice.Pass, param, kind, name string) bool {
	id := resource.KindOf(kind).ID
	return slices.ContainsFunc(pass.Param(param), func(word string) bool {
		return id(strings.TrimPrefix(word, "role/")) == id(name)
	})
}

// report is about who did it, so that a hundred changes are told once and not a hundred times,
// and so that an exemption is of a person or a role.
func report(pass *practice.Pass, who practice.Resource, words string) {
	e, on := pass.Event, "something"
	for _, name := range []string{"SecurityGroupId", "NetworkAclId", "RouteTableId", "FlowLogId", "VpcId"} {
		if id := e.Params[name]; id != "" {
			on = id
			break
		}
	}
	pass.Report(practice.Finding{
		Key: "changes", Resource: who, Title: words + " changes networks, and is no network administrator",
		Advice: "The first change that was seen is " + e.Name + " of " + on + "; the event history of ActionTrail has the others. If it is right, have a network administrator do the next, " +
			"add a user to one of the groups (" + practice.Few(pass.Param("groups"), 5, ", ") + "), or name a role under roles of network-admin-separation in ecsguard.yaml. If nobody knows of it, disable whoever did it and put the change back.",
	})
}
