package cloud

import (
	"strings"
	"time"
)

// Resource Manager: the roles that services make for themselves, and the one resource
// group that every account has.
var resourceManagerActions = []rpcAction{
	{name: "CheckServiceLinkedRoleExistence", do: checkServiceRole, params: "ServiceName!"},
	{
		name: "CreateServiceLinkedRole", write: true, do: createServiceRole,
		params: "ServiceName! CustomSuffix Description",
	},
	{
		name: "ListResourceGroups", do: listResourceGroups,
		params: `Status=Creating|OK|PendingDelete Name DisplayName ResourceGroupId ResourceGroupIds:Array IncludeTags:Boolean Tag:Array(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
	{name: "GetResourceDirectory", do: getResourceDirectory, params: ""},
}

func (c *Cloud) startResourceManager() {
	c.serveRPC(&rpcProduct{code: "ResourceManager", ram: "resourcemanager", version: "2020-03-31", global: true, missing: missingAtGateway}, resourceManagerActions,
		"resourcemanager.aliyuncs.com", "resourcemanager.*.aliyuncs.com")
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
func (q *rpcRequest) serviceRole() (string, error) {
	name, known := serviceRoles[strings.ToLower(q.str("ServiceName"))]
	if !known {
		return "", refuse(404, "EntityNotExist.Service", "The service does not exist: %s.", q.str("ServiceName"))
	}
	return name, nil
}

func checkServiceRole(q *rpcRequest) (any, error) {
	name, err := q.serviceRole()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Exists": q.c.ram.roles[strings.ToLower(name)] != nil}, nil
}

func createServiceRole(q *rpcRequest) (any, error) {
	name, err := q.serviceRole()
	if err != nil {
		return nil, err
	}
	if q.has("CustomSuffix") {
		name += "_" + q.str("CustomSuffix")
	}
	if q.c.ram.roles[strings.ToLower(name)] != nil {
		return nil, refuse(409, "EntityAlreadyExists.Role", "The role already exists: %s.", name)
	}
	trust, err := ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["` + q.str("ServiceName") + `"]}}]}`))
	if err != nil {
		return nil, refuse(400, "InvalidParameter.ServiceName", "The parameter ServiceName is wrongly formed.")
	}
	r := q.c.addRole(name, trust)
	r.description, r.maxSession = q.str("Description"), time.Hour
	q.touch("ACS::RAM::Role", name)
	view := q.c.roleView(r, true)
	view["RolePrincipalName"], view["IsServiceLinkedRole"] = name+"@role."+q.c.Account+".onaliyunservice.com", true
	return map[string]any{"Role": view}, nil
}

func listResourceGroups(q *rpcRequest) (any, error) {
	id := q.c.resourceGroup()
	all := []string{id}
	if !q.matches("ResourceGroupId", id) || !q.matches("Name", "default") || !q.matches("DisplayName", "default resource group") ||
		!q.matches("Status", "OK") || !q.chosenBy("ResourceGroupIds", id) || len(q.tags()) > 0 {
		all = nil
	}
	return numbered(q, all, 10, "ResourceGroups", "ResourceGroup", func(id string) map[string]any {
		return map[string]any{"Id": id, "Name": "default", "DisplayName": "default resource group", "AccountId": q.c.Account, "Status": "OK", "CreateDate": "2020-01-01T00:00:00+08:00"}
	})
}

// getResourceDirectory: the account stands by itself.
func getResourceDirectory(*rpcRequest) (any, error) {
	return nil, refuse(404, "ResourceDirectoryNotInUse", "The resource directory for the account is not enabled.")
}
