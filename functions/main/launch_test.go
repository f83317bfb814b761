package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// Somebody launches a server on the console and leaves everything as the console proposes it. One
// event says so, and each practice that is about a launch says what is wrong in it.
func TestALaunchFromTheConsole(t *testing.T) {
	event, err := os.ReadFile(filepath.Join(root, "events", "samples", "actiontrail", "run-instances-console.json"))
	if err != nil {
		t.Fatal(err)
	}
	if event, err = (scenario.Mistake{Event: event}).Now(); err != nil {
		t.Fatal(err)
	}
	state := []byte(`
vpc:
  vpcs:
    - {id: vpc-web, name: web, cidr: 10.0.0.0/16}
  vswitches:
    - {id: vsw-bp1guard0vsw0000000, vpc: vpc-web, cidr: 10.0.1.0/24}
ecs:
  security-groups:
    - id: sg-bp1guard0web00000001
      name: web
      vpc: vpc-web
      rules: [{id: sgr-ssh, direction: ingress, policy: Accept, protocol: TCP, ports: 22/22, source: 0.0.0.0/0, priority: 1}]
  instances:
    - id: i-bp1guard0inst00000001
      name: web-20260204
      image: aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd
      vswitch: vsw-bp1guard0vsw0000000
      security-groups: [sg-bp1guard0web00000001]
      public-ip: 203.0.113.80
      http-tokens: optional
  disks:
    - {id: d-system, type: system, category: cloud_essd, encrypted: false, instance: i-bp1guard0inst00000001}
`)
	said := map[string][]string{}
	synctest.Test(t, func(t *testing.T) {
		w := &campaign{t: t}
		var err error
		w.cloud, err = account.Start(account.Options{Root: root, State: state, Observe: true, Clock: time.Now, Seed: 1, Instance: w.instance})
		if err != nil {
			t.Fatal(err)
		}
		defer w.cloud.Close()
		w.cloud.Emit(event)
		w.goOn(5)
		var told string
		for _, m := range w.told() {
			told += m.Title + "\n" + m.Text + "\n"
		}
		for _, r := range w.records() {
			if r.Kind != ledger.Result || r.Outcome == practice.Good || r.Outcome == practice.Deferred {
				continue
			}
			said[r.Practice] = append(said[r.Practice], string(r.Outcome)+" "+r.Resource)
			if !strings.Contains(told, r.Resource) || !strings.Contains(told, r.Practice) {
				t.Errorf("no message has %s and %s:\n%s", r.Practice, r.Resource, told)
			}
		}
	})
	server, disk := "i-bp1guard0inst00000001", "d-system"
	want := map[string][]string{
		"ecs-disk-encrypted":          {"awaiting " + disk},
		"ecs-imdsv2":                  {"observed " + server},
		"ecs-keypair-login":           {"awaiting " + server},
		"ecs-nonroot-login":           {"awaiting " + server},
		"ecs-public-ip":               {"awaiting " + server},
		"ecs-public-vswitch":          {"awaiting vsw-bp1guard0vsw0000000"},
		"ecs-snapshot-policy":         {"awaiting " + disk},
		"sg-public-ingress":           {"observed sg-bp1guard0web00000001"},
		"ecs-disk-default-encryption": {"observed cn-hangzhou"},
		"cloud-assistant-delivery":    {"awaiting cn-hangzhou", "awaiting cn-hangzhou"},
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		if !slices.Equal(said[id], want[id]) {
			t.Errorf("%s says %q, want %q", id, said[id], want[id])
		}
	}
	for id := range want {
		if said[id] == nil {
			t.Errorf("%s says nothing of the launch", id)
		}
	}
}
