package cms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/test/product"
)

const document = `cms:
  points:
    - id: point-1
      name: reads
      namespace: acs_some
      instance: i-1
      minutes-ago: 30
      count: 3
    - id: point-2
      name: reads
      namespace: acs_some
      instance: i-2
      count: 4
`

// What a document says is what it dumps, and one that cannot be is refused by its line.
func TestState(t *testing.T) {
	c := product.Start(t, document)
	if got := product.Dump(t, c); !strings.Contains(got, document) {
		t.Errorf("it dumps\n%s", got)
	}
	if err := c.Load([]byte(strings.ReplaceAll(document, "instance: i-1", "instance: ''"))); err == nil || !strings.Contains(err.Error(), "cms.points[0]") {
		t.Errorf("it loads a point of nothing: %v", err)
	}
}

// It is read as practices read it: one instance's, within the time, over more than a page, and by who may.
func TestRead(t *testing.T) {
	more := document
	for n := range 1500 {
		more += fmt.Sprintf("    - {id: point-m%d, name: many, namespace: acs_some, instance: i-1, minutes-ago: %d, count: 1}\n", n, n+1)
	}
	c := product.Start(t, more)
	reader := product.As(t, c, "reader", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:QueryMetricList","Resource":"*"}]}`)
	for _, want := range []struct {
		name, instance string
		minutes, found int
	}{{"reads", "i-1", 60, 1}, {"reads", "i-1", 10, 0}, {"reads", "i-3", 60, 0}, {"other", "i-1", 60, 0}, {"many", "i-1", 2000, 1500}} {
		points, err := resource.Metric(t.Context(), reader, c.Region, "acs_some", want.name, want.instance, c.Clock().Add(-time.Duration(want.minutes)*time.Minute), c.Clock())
		if err != nil || len(points) != want.found {
			t.Errorf("%+v: %d points, %v", want, len(points), err)
		}
	}
	none := product.As(t, c, "none", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:DescribeMetricList","Resource":"*"}]}`)
	if _, err := resource.Metric(t.Context(), none, c.Region, "acs_some", "reads", "i-1", c.Clock().Add(-time.Hour), c.Clock()); !cloud.Forbidden(err) {
		t.Errorf("a read under the name of the call, which is not that of its permission: %v", err)
	}
}
