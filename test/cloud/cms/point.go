package cms

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// point is what a metric of one instance has counted in a period.
type point struct {
	kernel.Resource `yaml:",inline" dump:"no description"` // the name is the metric's
	Namespace       string                                 `yaml:"namespace"`
	Instance        string                                 `yaml:"instance"`
	MinutesAgo      int                                    `yaml:"minutes-ago,omitempty"`
	Count           int                                    `yaml:"count"`
}

var pointRows = kernel.Kind{Key: "points", Prefix: "point", Type: "ACS::CMS::Point"}

func (p *point) Defaults(*Service) {}

func (p *point) Check(*Service) error {
	if p.Name == "" || p.Namespace == "" || p.Instance == "" {
		return errors.New("a point needs a name, a namespace and an instance")
	}
	return nil
}

// Its permission has the name of the older call (page "RAM authorization" of CloudMonitor).
var metricActions = []action{{
	Name: "DescribeMetricList", Ram: "cms:QueryMetricList", Do: describeMetric,
	Params: "Namespace! MetricName! Dimensions StartTime EndTime Period Length NextToken Express",
}}

// The data come as text that is JSON. A start is left out, and an end is not.
func describeMetric(q *request) (any, error) {
	var wanted []map[string]string
	if q.Has("Dimensions") {
		if err := json.Unmarshal([]byte(q.Str("Dimensions")), &wanted); err != nil {
			return nil, kernel.Refuse(400, "400", "The Dimensions are no JSON.")
		}
	}
	from, to := when(q.Str("StartTime")), when(q.Str("EndTime"))
	found := []map[string]any{}
	for _, p := range q.c.kept.Points {
		at := q.c.Clock().Add(-time.Duration(p.MinutesAgo) * time.Minute)
		if p.Region != q.Region || p.Namespace != q.Str("Namespace") || p.Name != q.Str("MetricName") || len(wanted) > 0 && wanted[0]["instanceId"] != p.Instance ||
			!from.IsZero() && !at.After(from) || !to.IsZero() && at.After(to) {
			continue
		}
		found = append(found, map[string]any{"timestamp": at.UnixMilli(), "userId": q.c.Account, "instanceId": p.Instance, "Average": p.Count, "Maximum": p.Count, "Minimum": p.Count})
	}
	begin, _ := strconv.Atoi(q.Str("NextToken"))
	length := q.Num("Length", 1000)
	if length < 1 || length > 1440 {
		return nil, kernel.Refuse(400, "400", "The Length is at most 1440.")
	}
	end := min(max(begin, 0)+length, len(found))
	text, err := json.Marshal(found[min(max(begin, 0), end):end])
	answer := map[string]any{"Code": "200", "Success": true, "Period": q.OrElse("Period", "60"), "Datapoints": string(text)}
	if end < len(found) {
		answer["NextToken"] = strconv.Itoa(end)
	}
	return answer, err
}

// when is a time of a call; zero: none that is understood.
func when(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}
