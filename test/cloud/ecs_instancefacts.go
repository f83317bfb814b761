package cloud

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

const byECSNumber = " PageNumber:Integer=1..1000000 PageSize:Integer=1..100"

var instanceFactActions = []rpcAction{
	{
		name: "DeleteInstances", write: true, on: onEach("instance", repeated("InstanceId")), do: deleteInstances,
		params: "RegionId! InstanceId:RepeatList! Force:Boolean ForceStop:Boolean TerminateSubscription:Boolean DryRun:Boolean ClientToken",
	},
	{name: "DescribeUserData", on: onInstance, do: describeUserData, params: "RegionId! InstanceId!"},
	{name: "DescribeInstanceVncUrl", on: onInstance, do: describeVNC, params: "RegionId! InstanceId!"},
	{
		name: "DescribeInstanceAutoRenewAttribute", on: onEach("instance", namesWithCommas("InstanceId")), do: describeAutoRenew,
		params: "RegionId! InstanceId RenewalStatus=AutoRenewal|Normal|NotRenewal PageNumber PageSize",
	},
	{
		name: "DescribeInstanceMaintenanceAttributes", on: onEach("instance", repeated("InstanceId")), do: describeMaintenance,
		params: "RegionId! InstanceId:RepeatList PageNumber:Long PageSize:Long",
	},
	{
		name: "DescribeInstanceRamRole", on: onEach("instance", namedIn("InstanceIds")), do: describeInstanceRoles,
		params: "RegionId! InstanceIds RamRoleName" + byECSNumber,
	},
	{
		name: "AttachInstanceRamRole", write: true, on: onEach("instance", namedIn("InstanceIds")), do: attachInstanceRole,
		params: "RegionId! InstanceIds! RamRoleName! Policy",
	},
	{
		name: "DetachInstanceRamRole", write: true, on: onEach("instance", namedIn("InstanceIds")), do: detachInstanceRole,
		params: "RegionId! InstanceIds! RamRoleName",
	},
}

// namesWithCommas takes ids from a parameter that has them on one line.
func namesWithCommas(name string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		return strings.FieldsFunc(q.str(name), func(r rune) bool { return r == ',' || r == ' ' })
	}
}

// those are the instances of a call, in its order: all that it names have to exist.
func (q *rpcRequest) those(ids []string) ([]*instance, error) {
	var all []*instance
	for _, id := range ids {
		i, ok := find(q, q.c.ecs.instances, id)
		if !ok || !q.c.visible(&i.ecsResource) {
			return nil, refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
		}
		all = append(all, i)
	}
	return all, nil
}

// deleteInstances releases all that it names, or none of them.
func deleteInstances(q *rpcRequest) (any, error) {
	ids := q.list("InstanceId")
	if len(ids) > 100 {
		return nil, refuse(400, "InvalidParameter", "The specified parameter \"InstanceId\" is not valid: at most 100.")
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
		q.touch(instanceKind, i.id)
		q.releaseInstance(i)
	}
	return done()
}

// describeUserData answers what was given, which is in Base64.
func describeUserData(q *rpcRequest) (any, error) {
	i, err := q.instance()
	if err != nil {
		return nil, err
	}
	return map[string]any{"InstanceId": i.id, "RegionId": i.region, "UserData": i.userData}, nil
}

// describeVNC answers the address of a console that nobody serves, which changes with
// the instance and not with the call.
func describeVNC(q *rpcRequest) (any, error) {
	i, err := q.instance()
	switch {
	case err != nil:
		return nil, err
	case i.status != "Running":
		return nil, refuse(403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.")
	}
	sum := sha256.Sum256([]byte(i.id))
	return map[string]any{"VncUrl": "wss://" + q.region + "-vnc.ecs.aliyuncs.com/?s=" + hex.EncodeToString(sum[:])}, nil
}

// describeAutoRenew: every instance of this cloud is paid for by use, and is not renewed.
func describeAutoRenew(q *rpcRequest) (any, error) {
	ids := namesWithCommas("InstanceId")(q)
	if len(ids) > 100 {
		return nil, refuse(400, "InvalidParameter", "The specified parameter \"InstanceId\" is not valid: at most 100.")
	}
	all, err := q.those(ids)
	if err != nil {
		return nil, err
	}
	if q.has("RenewalStatus") && q.str("RenewalStatus") != "Normal" {
		all = nil
	}
	return numbered(q, all, 10, "InstanceRenewAttributes", "InstanceRenewAttribute", func(i *instance) map[string]any {
		return map[string]any{"InstanceId": i.id, "AutoRenewEnabled": false, "RenewalStatus": "Normal", "Duration": 0, "PeriodUnit": "Month"}
	})
}

func describeMaintenance(q *rpcRequest) (any, error) {
	all := within(q, q.c.ecs.instances, func(i *instance) bool { return q.c.visible(&i.ecsResource) })
	if ids := q.list("InstanceId"); ids != nil {
		var err error
		if all, err = q.those(ids); err != nil {
			return nil, err
		}
	}
	return numbered(q, all, 10, "MaintenanceAttributes", "MaintenanceAttribute", func(i *instance) map[string]any {
		return map[string]any{
			"InstanceId": i.id, "NotifyOnMaintenance": false, "MaintenanceWindows": map[string]any{"MaintenanceWindow": []any{}},
			"ActionOnMaintenance": map[string]any{
				"Value": "AutoRecover", "DefaultValue": "AutoRecover",
				"SupportedValues": map[string]any{"SupportedValue": []string{"Stop", "AutoRecover", "AutoRedeploy"}},
			},
		}
	})
}

func describeInstanceRoles(q *rpcRequest) (any, error) {
	ids, err := q.jsonList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	if ids == nil && !q.has("RamRoleName") {
		return nil, missingInECS("InstanceIds")
	}
	kept := within(q, q.c.ecs.instances, func(i *instance) bool {
		return (ids == nil || slices.Contains(ids, i.id)) && q.matches("RamRoleName", i.ramRole)
	})
	views := []any{}
	page, _, err := anyPage(q, kept, 10)
	for _, i := range page {
		views = append(views, map[string]any{"InstanceId": i.id, "RamRoleName": i.ramRole})
	}
	return map[string]any{
		"RegionId": q.region, "TotalCount": len(kept), "InstanceRamRoleSets": map[string]any{"InstanceRamRoleSet": views},
	}, err
}

// onInstancesOf does something to each instance of a call that names them as JSON, and
// answers as the calls about their roles do: with a line for each.
func (q *rpcRequest) onInstancesOf(do func(i *instance) error) (any, error) {
	ids, err := q.jsonList("InstanceIds", 100)
	if err != nil {
		return nil, err
	}
	all, err := q.those(ids)
	if err != nil {
		return nil, err
	}
	results, failed := []any{}, 0
	for _, i := range all {
		result := map[string]any{"InstanceId": i.id, "Success": true, "Code": "200", "Message": "success"}
		if err := do(i); err != nil {
			e := asError(err)
			result["Success"], result["Code"], result["Message"] = false, e.Code, e.Message
			failed++
		}
		q.touch(instanceKind, i.id)
		results = append(results, result)
	}
	return map[string]any{"TotalCount": len(all), "FailCount": failed, "RamRoleName": q.str("RamRoleName"), "results": results}, nil
}

func attachInstanceRole(q *rpcRequest) (any, error) {
	role := q.c.ram.roles[strings.ToLower(q.str("RamRoleName"))]
	switch {
	case role == nil:
		return nil, refuse(404, "InvalidRamRole.NotFound", "The specified RamRoleName does not exist.")
	case !role.trusts("Service", "ecs.aliyuncs.com"):
		return nil, refuse(403, "InvalidRamRole.NotEcsRole", "The specified ram role is not authorized for ecs, please check your role policy.")
	}
	return q.onInstancesOf(func(i *instance) error {
		if i.ramRole != "" {
			return refuse(400, "InstanceRamRole.Exists", "The instance has already bound a RAM role.")
		}
		i.ramRole = role.name
		return nil
	})
}

func detachInstanceRole(q *rpcRequest) (any, error) {
	return q.onInstancesOf(func(i *instance) error {
		if i.ramRole == "" || q.has("RamRoleName") && !strings.EqualFold(i.ramRole, q.str("RamRoleName")) {
			return refuse(400, "InstanceRamRole.NotFound", "The instance is not bound to the RAM role.")
		}
		i.ramRole = ""
		return nil
	})
}

// checkUserData refuses what is no Base64 or too long.
func checkUserData(text string) error {
	plain, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return refuse(400, "InvalidUserData.Base64FormatInvalid", "The specified UserData is not valid Base64.")
	case len(plain) > 32<<10:
		return refuse(400, "InvalidUserData.SizeExceeded", "The specified UserData is too long.")
	}
	return nil
}
