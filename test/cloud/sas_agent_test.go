package cloud

import "testing"

// The agent is installed and taken off by the id that Security Center gives a machine.
func TestTheAgentOfAMachine(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
sas: {without-agent: [i-1]}
ecs:
  instances: [{id: i-1}, {id: i-2}, {id: i-3, status: Stopped}]
`)
	n := networkOf(t, c)
	status := func(id string) (uuid, status string) {
		i := n.do("sas:DescribeCloudCenterInstances", "MachineTypes", "ecs", "Criteria", `[{"name":"instanceId","value":"`+id+`"}]`)["Instances"].([]any)[0].(answer)
		return i["Uuid"].(string), i["ClientStatus"].(string)
	}
	before := dump(t, c)
	for id, want := range map[string]string{"i-1": "offline", "i-2": "online", "i-3": "offline"} {
		if _, got := status(id); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
	uuid, _ := status("i-1")
	n.do("sas:OperateAgentClientInstall", "Uuids", uuid)
	if _, got := status("i-1"); got != "online" {
		t.Error(got)
	}
	isReadBack(t, c)
	n.do("sas:AddUninstallClientsByUuids", "Uuids", uuid)
	if after := dump(t, c); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
