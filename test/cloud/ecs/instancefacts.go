package ecs

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Page numbers of calls that allow 100 on a page. Those that allow 50 have it written out.
const byECSNumber = " PageNumber:Integer=1..1000000 PageSize:Integer=1..100"

// What a launch wizard, Terraform or a person at the console asks about one instance. Calls about
// RAM roles name their instances as a JSON array; DeleteInstances names them one a parameter;
// DescribeInstanceAutoRenewAttribute with commas.
var instanceFactActions = []action{
	{
		Name: "DeleteInstances", Write: true, On: onEach("instance", kernel.Repeated("InstanceId")), Do: deleteInstances,
		Params: "RegionId! InstanceId:RepeatList! Force:Boolean ForceStop:Boolean TerminateSubscription:Boolean DryRun:Boolean ClientToken",
	},
	{Name: "DescribeUserData", On: onInstance, Do: describeUserData, Params: "RegionId! InstanceId!"},
	{Name: "DescribeInstanceVncUrl", On: onInstance, Do: describeVNC, Params: "RegionId! InstanceId!"},
	{
		Name: "DescribeInstanceAutoRenewAttribute", On: onEach("instance", namesWithCommas("InstanceId")), Do: describeAutoRenew,
		Params: "RegionId! InstanceId RenewalStatus=AutoRenewal|Normal|NotRenewal PageNumber PageSize",
	},
	{
		Name: "DescribeInstanceMaintenanceAttributes", On: onEach("instance", kernel.Repeated("InstanceId")), Do: describeMaintenance,
		Params: "RegionId! InstanceId:RepeatList PageNumber:Long PageSize:Long",
	},
	{
		Name: "DescribeInstanceRamRole", On: onEach("instance", kernel.NamedIn("InstanceIds")), Do: describeInstanceRoles,
		Params: "RegionId! InstanceIds RamRoleName" + byECSNumber,
	},
	{
		Name: "AttachInstanceRamRole", Write: true, On: onEach("instance", kernel.NamedIn("InstanceIds")), Do: attachInstanceRole,
		Params: "RegionId! InstanceIds! RamRoleName! Policy",
	},
	{
		Name: "DetachInstanceRamRole", Write: true, On: onEach("instance", kernel.NamedIn("InstanceIds")), Do: detachInstanceRole,
		Params: "RegionId! InstanceIds! RamRoleName",
	},
}

// namesWithCommas takes ids from a parameter that has them on one line.
func namesWithCommas(name string) func(*kernel.Request) []string {
	return func(q *kernel.Request) []string {
		return strings.FieldsFunc(q.Str(name), func(r rune) bool { return r == ',' || r == ' ' })
	}
}

// those are the instances of a call, in its order: all that it names have to exist.
// Lists elsewhere pass over an id that does not exist; these calls refuse it.
func (q *request) those(ids []string) ([]*instance, error) {
	var all []*instance
	for _, id := range ids {
		i, ok := kernel.Find(q.Request, q.c.Instances, id)
		if !ok || !q.c.Visible(&i.Resource) {
			return nil, kernel.Refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
		}
		all = append(all, i)
	}
	return all, nil
}

// deleteInstances releases all that it names, or none of them.
func deleteInstances(q *request) (any, error) {
	ids := q.List("InstanceId")
	if len(ids) > 100 {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter \"InstanceId\" is not valid: at most 100.")
	}
	all, err := q.those(ids)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if err := q.releasable(i); err != nil {
			return nil, err
		}
	}
	for _, i := range all {
		q.Touch(kernel.InstanceKind, i.ID)
		q.releaseInstance(i)
	}
	return kernel.Done()
}

// describeUserData answers what was given, which is in Base64.
func describeUserData(q *request) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceId": i.ID, "RegionId": i.Region, "UserData": i.UserData}, nil
}

// describeVNC answers the address of a console that nobody serves, which changes with
// the instance and not with the call.
func describeVNC(q *request) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.Status != "Running":
		return nil, kernel.Refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	sum := sha256.Sum256([]byte(i.ID))
	return map[string]any{"VncUrl": "wss://" + q.Region + "-vnc.ecs.aliyuncs.com/?s=" + hex.EncodeToString(sum[:])}, nil
}

// describeAutoRenew: every instance of this cloud is paid for by use, and is not renewed.
func describeAutoRenew(q *request) (any, error) {
	ids := namesWithCommas("InstanceId")(q.Request)
	if len(ids) > 100 {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter \"InstanceId\" is not valid: at most 100.")
	}
	all, err := q.those(ids)
	if err != nil {
		return nil, err
	}
	if q.Has("RenewalStatus") && q.Str("RenewalStatus") != "Normal" {
		all = nil
	}
	return kernel.Numbered(q.Request, all, 10, "InstanceRenewAttributes", "InstanceRenewAttribute", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.ID, "AutoRenewEnabled": false, "RenewalStatus": "Normal", "Duration": 0, "PeriodUnit": "Month"}
	})
}

// Nobody can set a maintenance attribute here: all have what a new instance has.
func describeMaintenance(q *request) (any, error) {
	all := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool { return q.c.Visible(&i.Resource) })
	if ids := q.List("InstanceId"); ids != nil {
		var err error
		if all, err = q.those(ids); err != nil {
			return nil, err
		}
	}
	return kernel.Numbered(q.Request, all, 10, "MaintenanceAttributes", "MaintenanceAttribute", func(i *instance) map[string]any {
		return map[string]any{
			"InstanceId": i.ID, "NotifyOnMaintenance": false, "MaintenanceWindows": map[string]any{"MaintenanceWindow": []any{}},
			"ActionOnMaintenance": map[string]any{
				"Value": "AutoRecover", "DefaultValue": "AutoRecover",
				"SupportedValues": map[string]any{"SupportedValue": []string{"Stop", "AutoRecover", "AutoRedeploy"}},
			},
		}
	})
}

// The answer has TotalCount, and no page number, although the call may name one.
func describeInstanceRoles(q *request) (any, error) {
	ids, err := q.JSONList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	if ids == nil && !q.Has("RamRoleName") {
		return nil, kernel.MissingInECS("InstanceIds")
	}
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool {
		return (ids == nil || slices.Contains(ids, i.ID)) && q.Matches("RamRoleName", i.RAMRole)
	})
	views := []any{}
	page, _, err := kernel.AnyPage(q.Request, kept, 10)
	for _, i := range page {
		views = append(views, map[string]any{"InstanceId": i.ID, "RamRoleName": i.RAMRole})
	}
	return map[string]any{
		"RegionId": q.Region, "TotalCount": len(kept), "InstanceRamRoleSets": map[string]any{"InstanceRamRoleSet": views},
	}, err
}

// onInstancesOf does something to each instance of a call that names them as JSON, and
// answers as the calls about their roles do: with a line for each, in a list that is called
// after the call.
// An instance on which it fails does not fail the call: the HTTP status is 200, FailCount tells
// how many did, and a client that looks at the status alone misses it.
func (q *request) onInstancesOf(list string, do func(i *instance) error) (any, error) {
	ids, err := q.JSONList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	all, err := q.those(ids)
	if err != nil {
		return nil, err
	}
	results, failed := []any{}, 0
	for _, i := range all {
		result := map[string]any{"InstanceId": i.ID, "Success": true, "Code": "200", "Message": "success"}
		if err := do(i); err != nil {
			e := kernel.AsError(err)
			result["Success"], result["Code"], result["Message"] = false, e.Code, e.Message
			failed++
		}
		q.Touch(kernel.InstanceKind, i.ID)
		results = append(results, result)
	}
	return map[string]any{"TotalCount": len(all), "FailCount": failed, "RamRoleName": q.Str("RamRoleName"), list + "s": map[string]any{list: results}}, nil
}

// The role and its trust are checked once for the call, and refuse it; the instance's network and
// present role are checked for each, and are told in its line. RAM would also ask for ram:PassRole
// on the role: that check is left out, and Policy, which narrows the role, is not kept.
func attachInstanceRole(q *request) (any, error) {
	role := q.c.ram.Role(q.Str("RamRoleName"))
	switch {
	case role == nil:
		return nil, kernel.Refuse(404, "InvalidRamRole.NotFound", "The specified RamRoleName does not exist.")
	case !role.Trusts("Service", "ecs.aliyuncs.com"):
		return nil, kernel.Refuse(403, "InvalidRamRole.NotEcsRole", "The specified ram role is not authorized for ecs, please check your role policy.")
	}
	return q.onInstancesOf("AttachInstanceRamRoleResult", func(i *instance) error {
		if i.network() == "classic" {
			return kernel.Refuse(403, "InvalidNetworkType.MismatchRamRole", "The specified instance network type is not support RAM role.") // sic
		}
		if i.RAMRole != "" {
			return kernel.Refuse(400, "InstanceRamRole.Exists", "The instance has already bound a RAM role.")
		}
		i.RAMRole = role.Name
		return nil
	})
}

// A role that is named has to be the one that is attached.
func detachInstanceRole(q *request) (any, error) {
	return q.onInstancesOf("DetachInstanceRamRoleResult", func(i *instance) error {
		if i.RAMRole == "" || q.Has("RamRoleName") && !strings.EqualFold(i.RAMRole, q.Str("RamRoleName")) {
			return kernel.Refuse(400, "InstanceRamRole.NotFound", "The instance is not bound to the RAM role.")
		}
		i.RAMRole = ""
		return nil
	})
}

// checkUserData refuses what is no Base64 or too long.
// The limit of 32 KB holds for the data itself, not for its Base64. Empty is not refused, and
// means none.
func checkUserData(text string) error {
	plain, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return kernel.Refuse(400, "InvalidUserData.Base64FormatInvalid", "The specified UserData is not valid Base64.")
	case len(plain) > 32<<10:
		return kernel.Refuse(400, "InvalidUserData.SizeExceeded", "The specified UserData is too long.")
	}
	return nil
}
