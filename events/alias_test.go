package events

import (
	"os"
	"slices"
	"testing"
)

// testEvent reads an event that was not seen, or not read, once.
func testEvent(t *testing.T, name string) *Event {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := Decode(body)
	if err != nil || len(decoded) != 1 {
		t.Fatalf("%s: %d events, %v", name, len(decoded), err)
	}
	return &decoded[0]
}

func TestOneActHasSeveralNames(t *testing.T) {
	for _, c := range []struct {
		file, service, name, path string
		found                     []string
	}{
		{"ecs-create-vpc", "Vpc", "CreateVpc", "response.VpcId|resources.ACS::VPC::VPC", []string{"vpc-new"}},
		{"ecs-create-nat-gateway", "Vpc", "CreateNatGateway", "response.NatGatewayId", []string{"ngw-1"}},
		{"ecs-create-forward-entry", "Vpc", "CreateForwardEntry", "params.ForwardTableId", []string{"ftb-1"}},
		{"ecs-add-tags", "Ecs", "TagResources", "params.ResourceId.*", []string{"sg-web"}},
		{"tag-tag-resources", "Ecs", "TagResources", "params.ResourceId.*", []string{"sg-web", "vpc-1"}},
		{"tag-tag-resources", "Vpc", "TagResources", "params.ResourceId.*", []string{"sg-web", "vpc-1"}},
		{"tag-tag-resources", "Slb", "TagResources", "params.ResourceId.*", []string{"sg-web", "vpc-1"}},
		{"create-disks", "Ecs", "CreateDisk", "response.DiskId|resources.ACS::ECS::Disk", []string{"d-2", "d-3"}},
		{"create-auto-provisioning-group", "Ecs", "RunInstances", "params.SecurityGroupId", []string{"sg-open"}},
		{"create-auto-provisioning-group", "Ecs", "RunInstances", "response.InstanceIdSets.InstanceIdSet", []string{"i-apg1", "i-apg2"}},
		{"alb-create", "Alb", "CreateLoadBalancer", "response.LoadBalancerId|resources.ACS::ALB::LoadBalancer", []string{"alb-new"}},
		{"resource-type-list", "Ecs", "RunInstances", "response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance", []string{"i-a", "i-b"}},
	} {
		e := testEvent(t, c.file)
		if !e.Is(c.service, c.name) || e.Is(c.service, "DeleteVpc") || e.Is("Rds", c.name) {
			t.Errorf("%s is %s %s, which is not taken for %s %s", c.file, e.Service, e.Name, c.service, c.name)
		}
		if got := e.Find(c.path); !slices.Equal(got, c.found) {
			t.Errorf("%s: %s gives %v, want %v", c.file, c.path, got, c.found)
		}
	}
}

// A record may lack the name of its service, and its source names it: as an error it would
// be delivered again and again.
func TestTheSourceNamesTheService(t *testing.T) {
	if e := testEvent(t, "signin-no-service"); e.Service != "signin" || e.Name != "ConsoleSignin" || e.Actor.Type != "root-account" {
		t.Errorf("%+v", e)
	}
	if _, err := Decode([]byte(`{"eventName": "ConsoleSignin", "eventId": "1", "eventSource": "http://account.aliyun.com/login"}`)); err == nil {
		t.Error("a page is taken for a service")
	}
}

// An error code is no evidence that nothing has changed, but where it says so.
func TestOnlyARefusalIsOne(t *testing.T) {
	for code, refused := range map[string]bool{
		"": false, "Forbidden.RAM": true, "InvalidParameter": true, "Throttling.User": true,
		"InternalError": false, "ServiceUnavailable": false, "UnknownError": false, "InternalServerError": false,
	} {
		if e := (Event{ErrorCode: code}); e.Refused() != refused {
			t.Errorf("%q: refused is %v", code, e.Refused())
		}
	}
	if e := (Event{ErrorMessage: "wrong password"}); !e.Refused() {
		t.Error("a failed sign-in has a message only, and is refused")
	}
}
