package actiontrail

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// use is that an AccessKey was used, as a document writes it: for what a scenario has not called itself.
// What is called in this cloud counts as well, as far as it became an event: reads do not.
// From may be a host or the word Internal, as the answers of the real service have it.
type use struct {
	Key      string `yaml:"key"`
	Service  string `yaml:"service,omitempty"` // default Ecs
	From     string `yaml:"from,omitempty"`    // default 203.0.113.24
	Event    string `yaml:"event,omitempty"`   // default DescribeInstances
	HoursAgo int    `yaml:"hours-ago,omitempty"`

	at time.Time
}

func (u *use) check() error {
	if !strings.HasPrefix(u.Key, "LTAI") {
		return fmt.Errorf("%q is no AccessKey ID: one begins with LTAI", u.Key)
	}
	if _, err := netip.ParseAddr(cmp.Or(u.From, "203.0.113.24")); err != nil && !strings.Contains(u.From, ".") && u.From != "Internal" {
		return fmt.Errorf("from is %q, neither an address, nor a host, nor Internal", u.From)
	}
	return nil
}

// useActions are ActionTrail's audit of AccessKeys. It answers for keys that were deleted, too.
var useActions = []action{
	{Name: "GetAccessKeyLastUsedInfo", Do: lastUsedInfo, Params: "AccessKey!"},
	{Name: "GetAccessKeyLastUsedProducts", Do: lastUsedProducts, Params: "AccessKey!"},
	{Name: "GetAccessKeyLastUsedIps", Do: lastUsedIPs, Params: "AccessKey! ServiceName! NextToken PageSize"},
	{Name: "GetAccessKeyLastUsedEvents", Do: lastUsedEvents, Params: "AccessKey! ServiceName! NextToken PageSize"},
}

// uses are those of a key, the newest first: of what a key of each, only the last.
func (q *request) uses(each func(use) string) []use {
	key, service := q.Str("AccessKey"), q.Str("ServiceName")
	var all []use
	for _, u := range q.c.Uses {
		if u.Key == key {
			all = append(all, use{u.Key, cmp.Or(u.Service, "Ecs"), cmp.Or(u.From, "203.0.113.24"), cmp.Or(u.Event, "DescribeInstances"), 0, u.at})
		}
	}
	for _, e := range q.c.events {
		who, _ := e["userIdentity"].(map[string]any)
		at, err := time.Parse(time.RFC3339, fmt.Sprint(e["eventTime"]))
		if who["accessKeyId"] == key && err == nil {
			all = append(all, use{key, fmt.Sprint(e["serviceName"]), fmt.Sprint(e["sourceIpAddress"]), fmt.Sprint(e["eventName"]), 0, at})
		}
	}
	slices.SortStableFunc(all, func(a, b use) int { return b.at.Compare(a.at) })
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(u use) bool {
		is := each(u)
		twice := seen[is] || service != "" && u.Service != service
		seen[is] = true
		return twice
	})
}

func (u use) view(q *request) map[string]any {
	return map[string]any{"UsedTimestamp": u.at.UnixMilli(), "Source": "ManagementEvent", "Detail": fmt.Sprintf(
		`{"eventName":%q,"serviceName":%q,"sourceIpAddress":%q,"eventTime":%q,"acsRegion":%q}`, u.Event, u.Service, u.From, kernel.Stamp(u.at), q.c.Region)}
}

// lastUsedInfo of a key that was never used has no time. How the real service answers for one that
// it does not know is not documented.
func lastUsedInfo(q *request) (any, error) {
	answer := map[string]any{"AccessKeyId": q.Str("AccessKey"), "AccountId": q.c.Account, "OwnerId": q.c.Account, "UsedTimestamp": 0}
	if all := q.uses(func(u use) string { return u.Key }); len(all) > 0 {
		for name, value := range all[0].view(q) {
			answer[name] = value
		}
		answer["ServiceName"] = all[0].Service
	}
	return answer, nil
}

// A product once, with its last use.
func lastUsedProducts(q *request) (any, error) {
	views := []any{}
	for _, u := range q.uses(func(u use) string { return u.Service }) {
		view := u.view(q)
		view["ServiceName"] = u.Service
		views = append(views, view)
	}
	return map[string]any{"Products": views}, nil
}

func lastUsedIPs(q *request) (any, error) {
	return usesPage(q, "Ips", "Ip", func(u use) string { return u.From })
}

func lastUsedEvents(q *request) (any, error) {
	return usesPage(q, "Events", "EventName", func(u use) string { return u.Event })
}

// A use is told once for each service and value.
func usesPage(q *request, list, field string, value func(use) string) (any, error) {
	views := []map[string]any{}
	for _, u := range q.uses(func(u use) string { return u.Service + " " + value(u) }) {
		view := u.view(q)
		view[field] = value(u)
		views = append(views, view)
	}
	size, err := strconv.Atoi(cmp.Or(q.Str("PageSize"), "20")) // the API declares it a string
	if err != nil || size < 0 || size > 100 {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter %q is not valid.", "PageSize")
	}
	page, next, err := kernel.TokenPage(q.Request, views, cmp.Or(size, 20))
	return map[string]any{list: page, "NextToken": next}, err
}
