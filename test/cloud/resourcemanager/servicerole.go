package resourcemanager

import (
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// serviceRoleActions are those of the roles that services make for themselves.
// They make and delete RAM's roles; the trust names the service and cannot be chosen.
var serviceRoleActions = []action{
	{Name: "CheckServiceLinkedRoleExistence", Do: checkServiceRole, Params: "ServiceName!"},
	{
		Name: "CreateServiceLinkedRole", Write: true, Do: createServiceRole,
		Params: "ServiceName! CustomSuffix Description",
	},
	{Name: "DeleteServiceLinkedRole", Write: true, Do: deleteServiceRole, Params: "RoleName!"},
	{Name: "GetServiceLinkedRoleDeletionStatus", Do: serviceRoleDeletion, Params: "DeletionTaskId"},
}

// serviceRoles are the roles of the services that this cloud knows, by the service.
var serviceRoles = map[string]string{
	"sendevent-fc.eventbridge.aliyuncs.com":       "AliyunServiceRoleForEventBridgeSendToFC",
	"source-cms.eventbridge.aliyuncs.com":         "AliyunServiceRoleForEventBridgeSourceCMS",
	"source-actiontrail.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSourceActionTrail",
	"actiontrail.aliyuncs.com":                    "AliyunServiceRoleForActionTrail",
	"audit.log.aliyuncs.com":                      "AliyunServiceRoleForSLSAudit",
	"fc.aliyuncs.com":                             "AliyunServiceRoleForFC",
	"config.aliyuncs.com":                         "AliyunServiceRoleForConfig",
	"alb.aliyuncs.com":                            "AliyunServiceRoleForAlb",
	"nat.aliyuncs.com":                            "AliyunServiceRoleForNatgw",
	"autoscaling.aliyuncs.com":                    "AliyunServiceRoleForAutoScaling",
}

// serviceRole is the name of the role of a call's service.
func (q *request) serviceRole() (string, error) {
	name, known := serviceRoles[strings.ToLower(q.Str("ServiceName"))]
	if !known {
		return "", kernel.Refuse(404, "EntityNotExist.Service", "The service does not exist: %s.", q.Str("ServiceName"))
	}
	return name, nil
}

// A role with a suffix does not count.
func checkServiceRole(q *request) (any, error) {
	name, err := q.serviceRole()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Exists": q.c.ram.Role(name) != nil}, nil
}

// A suffix is for services that allow several.
func createServiceRole(q *request) (any, error) {
	name, err := q.serviceRole()
	if err != nil {
		return nil, err
	}
	if q.Has("CustomSuffix") {
		name += "_" + q.Str("CustomSuffix")
	}
	if q.c.ram.Role(name) != nil {
		return nil, kernel.Refuse(409, "EntityAlreadyExists.Role", "The role already exists: %s.", name)
	}
	trust, err := kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["` + q.Str("ServiceName") + `"]}}]}`))
	if err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter.ServiceName", "The parameter ServiceName is wrongly formed.")
	}
	r := q.c.ram.MakeRole(name, trust)
	r.Description, r.MaxSession = q.Str("Description"), time.Hour
	q.Touch("ACS::RAM::Role", name)
	view := q.c.ram.RoleView(r, true)
	view["RolePrincipalName"], view["IsServiceLinkedRole"] = name+"@role."+q.c.Account+".onaliyunservice.com", true
	return map[string]any{"Role": view}, nil
}

// deleteServiceRole is done at once, and what it is done by is a task that has succeeded.
func deleteServiceRole(q *request) (any, error) {
	r := q.c.ram.Role(q.Str("RoleName"))
	if r == nil || !strings.HasPrefix(r.Name, "AliyunServiceRoleFor") {
		return nil, kernel.Refuse(404, "EntityNotExist.Role", "The role not exists: %s.", q.Str("RoleName"))
	}
	q.Touch("ACS::RAM::Role", r.Name)
	q.c.ram.RemoveRole(r)
	return map[string]any{"DeletionTaskId": "task/" + r.Name + "/" + q.c.Random.Uuid()}, nil
}

// Any task that looks like one has succeeded.
func serviceRoleDeletion(q *request) (any, error) {
	if !strings.HasPrefix(q.Str("DeletionTaskId"), "task/") {
		return nil, kernel.Refuse(404, "EntityNotExist.DeletionTask", "The deletion task does not exist: %s.", q.Str("DeletionTaskId"))
	}
	return map[string]any{"Status": "SUCCEEDED"}, nil
}
