package sas

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// weakness is what a baseline check has found on a machine: a password that is easy to guess.
// Of baselines only this type is here. Who has the password, DescribeCheckWarningDetail would say; it is left out.
type weakness struct {
	Instance string `yaml:"instance"`
	Risk     string `yaml:"risk,omitempty"`   // default usualRisk
	High     int    `yaml:"high,omitempty"`   // how many; where none is said, one
	Medium   int    `yaml:"medium,omitempty"` // likewise, of less weight
}

const usualRisk = "SSH weak password"

func (w weakness) risk() string { return cmp.Or(w.Risk, usualRisk) }

func (w weakness) high() int {
	if w.High == 0 && w.Medium == 0 {
		return 1
	}
	return w.High
}

var sasBaselineActions = []action{
	{
		Name: "DescribeCheckWarningSummary", Do: describeWarningSummary,
		Params: `ClusterId ContainerFieldName ContainerFieldValue CurrentPage:Integer=1..1000000 GroupId:Long Lang PageSize:Integer=1..1000 RiskName
			RiskStatus:Integer SourceIp Status StrategyId:Long TargetType TypeName Uuids`,
	},
	{
		Name: "DescribeWarningMachines", Do: describeWarningMachines,
		Params: `ClusterId ContainerFieldName ContainerFieldValue CurrentPage:Integer=1..1000000 GroupId:Long HaveRisk:Integer Lang MachineName
			PageSize:Integer=1..1000 RiskId:Long! SourceIp StrategyId:Long TargetType Uuids`,
	},
}

// risks are the names of what was found, each once; the id of one is its place, after 100.
func (c *Service) risks() (names []string) {
	for _, w := range c.Weak {
		if !slices.Contains(names, w.risk()) {
			names = append(names, w.risk())
		}
	}
	return names
}

// describeWarningSummary lists the risks that were found, of a type. The free edition has no baselines.
func describeWarningSummary(q *request) (any, error) {
	if q.c.free() {
		return nil, kernel.Refuse(400, "FreeVersionNotPermit", "Sorry, your version does not support this feature.")
	}
	views := []any{}
	for n, risk := range q.c.risks() {
		high, medium, machines := 0, 0, map[string]bool{}
		for _, w := range q.c.Weak {
			if w.risk() == risk {
				high, medium, machines[w.Instance] = high+w.high(), medium+w.Medium, true
			}
		}
		if q.OneOf("TypeName", "weak_password") && q.Matches("RiskName", risk) {
			views = append(views, map[string]any{"RiskId": 100 + n, "RiskName": risk, "TypeAlias": "Weak password", "SubTypeAlias": risk, "Level": "high",
				"HighWarningCount": high, "MediumWarningCount": medium, "LowWarningCount": 0, "WarningMachineCount": len(machines), "CheckCount": 1,
				"LastFoundTime": q.c.Clock().UTC().Format("2006-01-02 15:04:05"), "CheckExploit": false, "DatabaseRisk": false})
		}
	}
	return numbered(q, "WarningSummarys", views), nil // sic
}

// describeWarningMachines lists the machines on which a risk was found.
func describeWarningMachines(q *request) (any, error) {
	if q.c.free() {
		return nil, kernel.Refuse(400, "FreeVersionNotPermit", "Sorry, your version does not support this feature.")
	}
	views, all := []any{}, q.c.risks()
	for _, w := range q.c.Weak {
		if id := strconv.Itoa(100 + slices.Index(all, w.risk())); q.Has("RiskId") && q.Str("RiskId") != id {
			continue
		}
		for _, i := range q.c.ecs.Instances {
			if i.ID == w.Instance && q.Matches("Uuids", sasUUID(i.ID)) {
				views = append(views, map[string]any{"InstanceId": i.ID, "InstanceName": i.Name, "RegionId": i.Region, "Uuid": sasUUID(i.ID), "Status": 1,
					"HighWarningCount": w.high(), "MediumWarningCount": w.Medium, "LowWarningCount": 0, "PassCount": 0, "IntranetIp": i.PrivateIP, "InternetIp": i.PublicIP,
					"Bind": true, "AuthVersion": 3, "PortOpen": false})
			}
		}
	}
	return numbered(q, "WarningMachines", views), nil
}

func numbered(q *request, name string, views []any) map[string]any {
	size, number := q.Num("PageSize", 20), q.Num("CurrentPage", 1)
	from, _ := kernel.PageOf(number, size, len(views))
	to := min(from+size, len(views))
	page := views[min(from, to):to]
	return map[string]any{name: page, "Count": len(page), "TotalCount": len(views), "CurrentPage": number, "PageSize": size}
}

func (s *state) checkWeak() error {
	for n, w := range s.Weak {
		if w.Instance == "" || w.High < 0 || w.Medium < 0 {
			return fmt.Errorf("weak-passwords[%d] names an instance, and numbers from 0", n)
		}
	}
	return nil
}
