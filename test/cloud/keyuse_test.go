package cloud

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/actiontrail"
)

// ActionTrail's audit of AccessKeys says of each service and each address when a key was used last,
// also where the key is gone, and counts what was called in this cloud.
func TestActionTrailKnowsWhereAKeyWasUsed(t *testing.T) {
	c := startCloud(t)
	var uses strings.Builder
	for i := range 25 {
		fmt.Fprintf(&uses, "    - {key: LTAI5tGone, from: 198.51.100.%d, hours-ago: %d}\n", i+1, i+1)
	}
	load(t, c, "actiontrail:\n  trails: []\n  key-uses:\n"+uses.String()+"    - {key: LTAI5tGone, service: Oss, from: Internal, hours-ago: 300}\n    - {key: LTAI5tGone, from: 198.51.100.1, hours-ago: 400}\n")
	client := trailClient(t, c, admin(c))

	products := actiontrail.CreateGetAccessKeyLastUsedProductsRequest()
	products.AccessKey = "LTAI5tGone"
	answer := must[*actiontrail.GetAccessKeyLastUsedProductsResponse](t)(client.GetAccessKeyLastUsedProducts(products))
	if len(answer.Products) != 2 || answer.Products[0].ServiceName != "Ecs" || answer.Products[1].ServiceName != "Oss" {
		t.Errorf("%+v", answer.Products)
	}
	seen := map[string]bool{}
	for token, pages := "", 0; pages == 0 || token != ""; pages++ {
		ips := actiontrail.CreateGetAccessKeyLastUsedIpsRequest()
		ips.AccessKey, ips.ServiceName, ips.NextToken = "LTAI5tGone", "Ecs", token
		page := must[*actiontrail.GetAccessKeyLastUsedIpsResponse](t)(client.GetAccessKeyLastUsedIps(ips))
		if pages > 1 || len(page.Ips) > 20 {
			t.Fatalf("page %d has %d", pages, len(page.Ips))
		}
		for _, one := range page.Ips {
			if seen[one.Ip] || time.Since(time.UnixMilli(one.UsedTimestamp)) < 50*time.Minute {
				t.Errorf("%+v", one)
			}
			seen[one.Ip] = true
		}
		token = page.NextToken
	}
	if len(seen) != 25 {
		t.Errorf("%d addresses", len(seen))
	}

	info := actiontrail.CreateGetAccessKeyLastUsedInfoRequest()
	for key, service := range map[string]string{"LTAI5tGone": "Ecs", "LTAI5tNever": ""} {
		info.AccessKey = key
		if last := must[*actiontrail.GetAccessKeyLastUsedInfoResponse](t)(client.GetAccessKeyLastUsedInfo(info)); last.ServiceName != service || last.UsedTimestamp == 0 == (service != "") {
			t.Errorf("%s: %+v", key, last)
		}
	}
	k := admin(c)
	r := rawFor(t, c, k)
	r.call("ims:CreateUser", "UserPrincipalName", principal(c, "alice"), "DisplayName", "Alice")
	info.AccessKey = k.AccessKeyID
	if last := must[*actiontrail.GetAccessKeyLastUsedInfoResponse](t)(client.GetAccessKeyLastUsedInfo(info)); last.ServiceName != "Ims" {
		t.Errorf("%+v", last)
	}
	if _, err := c.Dump(); err != nil {
		t.Error(err)
	}
}
