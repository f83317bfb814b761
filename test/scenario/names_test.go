package scenario

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// A trigger that no event can meet is found by its names, and what events do have is not.
func TestMisspeltTriggersAreFound(t *testing.T) {
	for _, x := range []struct {
		triggers []practice.Trigger
		want     string // what is said of it; empty: nothing
	}{
		{practice.On(resource.TypeVPC, "Vpc", "ModifyVpcAttribute"), ""},
		{practice.On(resource.TypeVPC, "Vpc", "ModifyVpcAtribute"), "no API has the call Vpc ModifyVpcAtribute"},
		{practice.On(resource.TypeVPC, "Vpc", "modifyVpcAttribute"), "no API has the call"}, // names are compared as they are
		{practice.On(resource.TypeVPC, "Vcp", "ModifyVpcAttribute"), "no API has the call Vcp"},
		{practice.On(resource.TypeVPC, "Ecs", "ModifyVpcAttribute"), ""}, // the API still has that
		{practice.Making(resource.TypeVPC, "Vpc", "CreateVpc"), ""},
		{[]practice.Trigger{{Service: "Vpc", Name: "CreateVpc", Resource: "response.VpcID"}}, "has none of response.VpcID"},
		{[]practice.Trigger{{Service: "Ecs", Name: "StopInstance", Resource: "params.InstanceIds.*"}}, "has none of params.InstanceIds"},
		{[]practice.Trigger{{Service: "Ecs", Name: "StopInstance", Resource: "params.InstanceIds.*|params.InstanceId"}}, ""},
		{[]practice.Trigger{{Service: "Ecs", Name: "RunInstances", Resource: "region"}}, ""},
		{[]practice.Trigger{{Service: "Ims", Name: "SetAccessKeyPolicy", Resource: identity.User}}, ""}, // the local cloud has it alone
		{[]practice.Trigger{{Service: "Fc", Name: "UpdateTrigger", Resource: "params.functionName"}}, ""},
		{[]practice.Trigger{{Service: "Fc", Name: "UpdateTriggers", Resource: "params.functionName"}}, "no API has the call Fc UpdateTriggers"},
		{[]practice.Trigger{{Service: "Sls", Name: "UpdateLogStore", Resource: "params.project"}}, ""},
		{[]practice.Trigger{{Service: "Sls", Name: "UpdateLogStores", Resource: "params.project"}}, "no API has the call Sls UpdateLogStores"},
		{practice.Configured(resource.TypeVPC), ""},
		{practice.Configured("ACS::VPC::Vpc"), "neither a type of shared/resource nor a rule"},
		{[]practice.Trigger{{Service: "Config", Name: "ram-user-mfa-check", Resource: "resource"}}, ""},
		{[]practice.Trigger{{Service: "Config", Name: "ram-user-mfa", Resource: "resource"}}, "neither a type of shared/resource nor a rule"},
		{[]practice.Trigger{{Service: practice.Every, Name: practice.Every, By: "root-account"}}, ""},
		{[]practice.Trigger{{Service: practice.Every, Name: "CreateVpc"}}, "no API has the call"},
		{[]practice.Trigger{{Service: "AasCustomer", Name: "ConsoleSignin", Resource: "account"}}, ""},
	} {
		p := &practice.Practice{ID: "zz", Triggers: x.triggers, Cites: []string{"Cloud Config: ram-user-mfa-check, root-mfa-check"}}
		faults := strings.Join(Misnamed(t, p), "\n")
		if (x.want == "") != (faults == "") || !strings.Contains(faults, x.want) {
			t.Errorf("%+v: %q is said, want %q", x.triggers, faults, x.want)
		}
	}
}
