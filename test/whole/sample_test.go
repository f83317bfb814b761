package whole

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/account"
)

// launched is what the launch of the samples has made, in which a lot is wrong.
const launched = `
ecs:
  disk-encryption-by-default: true
  security-groups: [{id: sg-web, name: web, vpc: vpc-1}]
  instances:
    - {id: i-bp1guard0inst00000001, name: web-1, image: aliyun_3_9_x64_20G_uefi_alibase_20231219.vhd, created-at: "2026-02-04T01:39:10Z", http-tokens: optional, security-groups: [sg-web]}
  disks:
    - {id: d-system, type: system, created-at: "2026-02-04T01:39:10Z", instance: i-bp1guard0inst00000001}
`

// A launch from the console, as it really came to a bus, finds what is wrong in what it made, and nothing that is
// not. Of what else came, no function fails.
func TestRealEventsFindWhatIsWrong(t *testing.T) {
	all, err := filepath.Glob(filepath.Join(root, "events", "samples", "*", "*.json"))
	if err != nil || len(all) < 20 {
		t.Fatal(all, err)
	}
	launch := filepath.Join(root, "events", "samples", "actiontrail", "run-instances-console.json")
	all = slices.DeleteFunc(all, func(file string) bool { return file == launch })
	wrong := emitted(t, launch)
	want := "cloud-assistant-delivery ecs-disk-encrypted ecs-imdsv2 ecs-keypair-login ecs-nonroot-login ecs-snapshot-policy"
	if got := strings.Join(wrong, " "); got != want {
		t.Errorf("the launch is found wrong by %s, want %s", got, want)
	}
	emitted(t, all...)
}

// emitted gives the practices that say that something is wrong when events come.
func emitted(t *testing.T, files ...string) (wrong []string) {
	t.Helper()
	c := start(t, account.Options{State: []byte(launched)})
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c.Emit(event)
	}
	quiet(t, c)
	for _, r := range records(t, c, ledger.Result) {
		if r.Outcome == practice.Failed {
			t.Errorf("%s of %s: %s, %s %s", r.Practice, r.Resource, r.Finding, r.Reason, r.Error)
		}
		wrong = append(wrong, r.Practice)
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}
