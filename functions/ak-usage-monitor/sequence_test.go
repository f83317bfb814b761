package akusagemonitor_test

import (
	"strings"
	"testing"

	akusagemonitor "github.com/ecsguard/ecsguard/functions/ak-usage-monitor"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// The hourly sweeps look at two hours each: what is new is told once all the same.
func TestWhatIsNewIsToldOnce(t *testing.T) {
	state := `actiontrail:
  trails:
    - {name: main, logging: true, sls-project-arn: "acs:log:cn-hangzhou:1098765432101234:project/trail-logs"}
logs:
  - project: trail-logs
    logstore: actiontrail_main
    trail: true
    logs:
      - {ago: 400h, accessKeyId: LTAI5tCi, userName: ci, sourceIpAddress: 198.51.100.7, serviceName: Ecs, eventName: DescribeInstances}
      - {ago: 30m, accessKeyId: LTAI5tCi, userName: ci, sourceIpAddress: 203.0.113.99, serviceName: Ecs, eventName: DescribeInstances}
`
	later := "sample timer/sweep\n" + `/triggerTime = "2026-07-01T05:00:00Z"` + "\n"
	told := scenario.Sequence(t, akusagemonitor.Practice, practice.Observe, state, scenario.Step{Event: "sample timer/sweep\n"}, scenario.Step{Event: later})
	if !strings.Contains(told[0].Alert, "from 203.0.113.99 for the first time") || told[1].Alert != "" {
		t.Errorf("%s\nand then %s", told[0].Alert, told[1].Alert)
	}
}
