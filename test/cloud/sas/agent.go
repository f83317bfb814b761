package sas

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Instances have the agent and it is online, but for those that a document names (without-agent) and those that do
// not run. An agent is there as soon as it is installed, which takes minutes in the real service.
var sasAgentActions = []action{
	{
		Name: "DescribeCloudCenterInstances", Do: describeMachines,
		Params: `RegionId Criteria LogicalExp=AND|OR MachineTypes=ecs|cloud_product Importance:Integer Flags Lang NoGroupTrace:Boolean CurrentPage:Integer=1..1000000
			PageSize:Integer=1..1000 NextToken UseNextToken:Boolean ResourceDirectoryAccountId:Long`,
	},
	{Name: "OperateAgentClientInstall", Write: true, Do: func(q *request) (any, error) { return q.agents(true) }, Params: "Uuids InstanceIds Os=linux|windows Region Lang"},
	{Name: "AddUninstallClientsByUuids", Write: true, Do: func(q *request) (any, error) { return q.agents(false) }, Params: "Uuids! Region Feedback CallMethod SourceIp"},
}

// Of the criteria, instanceId alone is known.
func describeMachines(q *request) (any, error) {
	var criteria []struct{ Name, Value string }
	if q.Has("Criteria") {
		if err := json.Unmarshal([]byte(q.Str("Criteria")), &criteria); err != nil {
			return nil, kernel.Refuse(400, "ConsoleError", "The specified Criteria is not valid.")
		}
	}
	abroad := strings.Contains(q.HTTP.Host, "ap-southeast-1")
	views := []any{}
	for _, i := range q.c.ecs.Instances {
		wanted := strings.Contains(centre(i.Region), "ap-southeast-1") == abroad
		for _, c := range criteria {
			wanted = wanted && (c.Name != "instanceId" || c.Value == i.ID)
		}
		if !wanted {
			continue
		}
		status := "online"
		if i.Status != "Running" || slices.Contains(q.c.Agentless, i.ID) {
			status = "offline"
		}
		views = append(views, map[string]any{
			"InstanceId": i.ID, "InstanceName": i.Name, "Uuid": sasUUID(i.ID), "ClientStatus": status, "Status": i.Status, "RegionId": i.Region, "Os": "linux",
			"MachineType": "ecs", "IntranetIp": i.PrivateIP,
		})
	}
	page, info, err := sasPage(q, views)
	return map[string]any{"Instances": page, "PageInfo": info, "Success": true}, err
}

// agents installs the agent on machines, or takes it off.
func (q *request) agents(install bool) (any, error) {
	list := []any{}
	for _, i := range q.c.ecs.Instances {
		if !slices.Contains(strings.Split(q.Str("Uuids"), ","), sasUUID(i.ID)) {
			continue
		}
		q.c.Agentless = slices.DeleteFunc(q.c.Agentless, func(id string) bool { return id == i.ID })
		if !install {
			q.c.Agentless = append(q.c.Agentless, i.ID)
		}
		list = append(list, map[string]any{"InstanceId": i.ID, "Uuid": sasUUID(i.ID), "RecordId": 1})
	}
	if install {
		return map[string]any{"AegisCelintInstallResposeList": list}, nil // sic
	}
	return map[string]any{}, nil
}
