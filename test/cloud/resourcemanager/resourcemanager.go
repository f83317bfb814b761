package resourcemanager

import (
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Resource Manager: the roles that services make for themselves, and the one resource
// group that every account has.
var resourceManagerActions = []action{
	{Name: "CheckServiceLinkedRoleExistence", Do: checkServiceRole, Params: "ServiceName!"},
	{
		Name: "CreateServiceLinkedRole", Write: true, Do: createServiceRole,
		Params: "ServiceName! CustomSuffix Description",
	},
	{
		Name: "ListResourceGroups", Do: listResourceGroups,
		Params: `Status=Creating|OK|PendingDelete Name DisplayName ResourceGroupId ResourceGroupIds:Array IncludeTags:Boolean Tag:Array(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..100`,
	},
	{Name: "GetResourceDirectory", Do: getResourceDirectory, Params: ""},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "ResourceManager", Ram: "resourcemanager", Version: "2020-03-31", Global: true, Missing: kernel.MissingAtGateway}, resourceManagerActions,
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
func (q *request) serviceRole() (string, error) {
	name, known := serviceRoles[strings.ToLower(q.Str("ServiceName"))]
	if !known {
		return "", kernel.Refuse(404, "EntityNotExist.Service", "The service does not exist: %s.", q.Str("ServiceName"))
	}
	return name, nil
}

func checkServiceRole(q *request) (any, error) {
	name, err := q.serviceRole()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Exists": q.c.ram.Role(name) != nil}, nil
}

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

func listResourceGroups(q *request) (any, error) {
	id := q.c.ResourceGroup()
	all := []string{id}
	if !q.Matches("ResourceGroupId", id) || !q.Matches("Name", "default") || !q.Matches("DisplayName", "default resource group") ||
		!q.Matches("Status", "OK") || !q.ChosenBy("ResourceGroupIds", id) || len(q.Tags()) > 0 {
		all = nil
	}
	return kernel.Numbered(q.Request, all, 10, "ResourceGroups", "ResourceGroup", func(id string) map[string]any {
		return map[string]any{"Id": id, "Name": "default", "DisplayName": "default resource group", "AccountId": q.c.Account, "Status": "OK", "CreateDate": "2020-01-01T00:00:00+08:00"}
	})
}

// getResourceDirectory: the account stands by itself.
func getResourceDirectory(*request) (any, error) {
	return nil, kernel.Refuse(404, "ResourceDirectoryNotInUse", "The resource directory for the account is not enabled.")
}
