package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

var _ = cloud.Add("cms", cloud.Product{Version: "2019-01-01", RAM: "cms", Host: cloud.Regional("metrics"), Page: "Cms"})

// A MetricPoint is what CloudMonitor has of a metric in one period. Which of the numbers it has depends on the metric.
type MetricPoint struct {
	Timestamp                    int64 // milliseconds
	Value, Sum, Average, Maximum float64
}

// Count is how much was counted in the period, as far as any of the numbers says.
func (p MetricPoint) Count() float64 { return max(p.Value, p.Sum, p.Average, p.Maximum) }

type metricPage struct {
	NextToken, Code string
	Success         *bool
	Datapoints      string // JSON in text
}

// Metric reads what CloudMonitor has of a metric of one instance, in periods of a quarter of an hour.
func Metric(ctx context.Context, r cloud.Reader, region, namespace, name, instance string, from, to time.Time) (points []MetricPoint, err error) {
	dimensions, err := json.Marshal([]map[string]string{{"instanceId": instance}})
	if err != nil {
		return nil, err
	}
	const stamp = "2006-01-02T15:04:05Z"
	call := cloud.New("cms", "DescribeMetricList", region, "Namespace", namespace, "MetricName", name, "Dimensions", string(dimensions),
		"StartTime", from.UTC().Format(stamp), "EndTime", to.UTC().Format(stamp), "Period", "900", "Length", "1440")
	for pages := 0; ; pages++ {
		var page metricPage
		if err := r.Read(ctx, call, &page); err != nil {
			return nil, err
		}
		if page.Code != "" && page.Code != "200" {
			return nil, fmt.Errorf("%s: the metric %s of %s is answered with the code %s", call.RAM(), name, namespace, page.Code)
		}
		var some []MetricPoint
		if page.Datapoints != "" {
			if err := json.Unmarshal([]byte(page.Datapoints), &some); err != nil {
				return nil, fmt.Errorf("%s: the data points of %s are no list: %w", call.RAM(), name, err)
			}
		}
		if points = append(points, some...); page.NextToken == "" || pages > 20 {
			return points, nil
		}
		call = call.With("NextToken", page.NextToken)
	}
}
