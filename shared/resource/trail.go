package resource

import (
	"context"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeTrail is the type of a trail of ActionTrail.
const TypeTrail = "ACS::ActionTrail::Trail"

var _ = add(Kind{Type: TypeTrail, Words: "trail", Param: "Name", Page: "https://actiontrail.console.aliyun.com/{region}/trails/{id}"})

// A Trail delivers events somewhere. Only its home region can change it.
type Trail struct{ Name, EventRW, TrailRegion, HomeRegion, SLSProjectARN string }

// About says which trail it is. Only its home region can change it.
func (t Trail) About() About {
	return About{Type: TypeTrail, ID: t.Name, Region: t.HomeRegion}
}

// Trails reads one trail of the account, also where it is the organisation's, or all of the
// account's own where name is empty. One that does not exist is none.
func Trails(ctx context.Context, r cloud.Reader, region, name string) ([]Trail, error) {
	call := cloud.New("actiontrail", "DescribeTrails", region)
	if name != "" {
		call = call.With("NameList", name).With("IncludeOrganizationTrail", "true")
	}
	var answer struct{ TrailList []Trail }
	err := r.Read(ctx, call, &answer)
	if cloud.NotFound(err) {
		return nil, nil
	}
	return answer.TrailList, err
}

// TrailLogs tells whether a trail logs.
func TrailLogs(ctx context.Context, r cloud.Reader, region, name string) (bool, error) {
	var status struct{ IsLogging *bool }
	if err := r.Read(ctx, cloud.New("actiontrail", "GetTrailStatus", region, "Name", name), &status); err != nil {
		return false, err
	}
	if status.IsLogging == nil {
		return false, fmt.Errorf("the answer does not say whether trail %s logs", name)
	}
	return *status.IsLogging, nil
}

// Logstore is where a trail that delivers every event to the log service has them; empty where it
// does not.
func (t Trail) Logstore() (region, project, logstore string) {
	parts := strings.Split(t.SLSProjectARN, ":") // acs:log:region:account:project/name
	if len(parts) != 5 || t.EventRW != "All" || t.TrailRegion != "All" {
		return "", "", ""
	}
	return parts[2], strings.TrimPrefix(parts[4], "project/"), "actiontrail_" + t.Name
}
