package functions_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Each of these events was missed by practices that look at the same act under another
// name. Listed is who is woken, and for what.
func TestEveryNameOfAnActWakesTheSame(t *testing.T) {
	for _, c := range []struct {
		file string
		as   [2]string // the act under the name that practices ask for, where it has no places of its own
		want map[string]string
	}{
		{"ecs-create-vpc", [2]string{"vpc", "CreateVpc"}, map[string]string{"vpc-flow-log": "vpc-new"}},
		{"ecs-create-nat-gateway", [2]string{"vpc", "CreateNatGateway"}, map[string]string{"vpc-critical-isolation": "ngw-1"}},
		{"ecs-create-forward-entry", [2]string{"vpc", "CreateForwardEntry"}, map[string]string{"nat-risky-dnat": "ftb-1", "sg-internet-facing-ports": "ftb-1"}},
		{"alb-create", [2]string{"alb", "CreateLoadBalancer"}, map[string]string{"vpc-critical-isolation": "alb-new"}},
		{"create-disks", [2]string{"ecs", "CreateDisk"}, map[string]string{"ecs-disk-encrypted": "d-2 d-3"}},
		{"ecs-add-tags", [2]string{}, map[string]string{"sg-egress-all": "sg-web", "sg-reference-group": "sg-web", "sg-inner-access-policy": "sg-web"}},
		{"create-auto-provisioning-group", [2]string{}, map[string]string{
			"sg-public-ingress": "sg-open", "sg-risky-port-ingress": "sg-open", "sg-internet-facing-ports": "sg-open",
			"ecs-imdsv2": "i-apg1 i-apg2", "ecs-public-ip": "i-apg1 i-apg2", "ecs-disk-encrypted": "i-apg1 i-apg2", "ecs-internet-facing-db": "i-apg1 i-apg2"}},
		{"allocate-ipv6-internet-bandwidth", [2]string{"vpc", "AllocateIpv6InternetBandwidth"}, map[string]string{"ecs-public-ip": "ipv6-1", "ecs-internet-facing-db": "ipv6-1"}},
		{"resource-type-list", [2]string{"ecs", "RunInstances"}, map[string]string{"ecs-imdsv2": "i-a i-b", "ecs-public-ip": "i-a i-b"}},
		{"signin-no-service", [2]string{}, map[string]string{}},
	} {
		body, err := os.ReadFile(filepath.Join("..", "events", "testdata", c.file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := events.Decode(body)
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		woken := wakes(&decoded[0])
		for id, want := range c.want {
			if woken[id] != want {
				t.Errorf("%s wakes %s for %q, want %q", c.file, id, woken[id], want)
			}
		}
		if c.as[0] == "" {
			continue
		}
		decoded[0].Service, decoded[0].Name = c.as[0], c.as[1]
		for id, want := range wakes(&decoded[0]) {
			if woken[id] != want {
				t.Errorf("%s wakes %s for %q, and as %s for %q", c.file, id, woken[id], c.as, want)
			}
		}
	}
}

// wakes gives the ids for which practices are woken.
func wakes(e *events.Event) map[string]string {
	woken := map[string]string{}
	for _, m := range practice.NewMatcher(functions.All).Match(e) {
		var ids []string
		for _, target := range m.Targets {
			ids = append(ids, target.Resource.ID)
		}
		slices.Sort(ids)
		woken[m.Practice.ID] = strings.Join(slices.Compact(ids), " ")
	}
	return woken
}
