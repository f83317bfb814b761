package sas

import (
	"cmp"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// leak is an AccessKey that Security Center has found where everybody can read it.
// It stays a leak when the key is deleted: what was published is not taken back.
type leak struct {
	Key    string `yaml:"key"` // its ID
	User   string `yaml:"user,omitempty"`
	Root   bool   `yaml:"root,omitempty"`
	URL    string `yaml:"url,omitempty"`
	Status string `yaml:"status,omitempty"` // pending (default), or dealt with
}

var sasLeakActions = []action{
	// It is older than the product's name, and so is the prefix of its permission.
	{Name: "DescribeAccesskeyLeakList", Ram: "yundun-aegis", Do: describeLeaks, Params: "CurrentPage:Integer!=1..1000000 PageSize:Integer!=1..100 Query StartTs:Long Status ResourceDirectoryAccountId:Long"},
}

// It is answered in the free edition, too. Times are those of the call, as a document has none.
func describeLeaks(q *request) (any, error) {
	views := []any{}
	for i, l := range q.c.Leaks {
		status := cmp.Or(l.Status, "pending")
		if !q.Matches("Status", status) {
			continue
		}
		kind := "RAM"
		if l.Root {
			kind = "Aliyun"
		}
		views = append(views, map[string]any{
			"Id": i + 1, "AccesskeyId": l.Key, "AliUserName": l.User, "UserType": kind, "Status": status, "Type": "github",
			"Url": cmp.Or(l.URL, "https://github.com/example/example"), "GmtModified": q.c.Clock().UnixMilli(), "GmtCreate": q.c.Clock().UnixMilli(),
		})
	}
	size, number := q.Num("PageSize", 20), q.Num("CurrentPage", 1)
	from, _ := kernel.PageOf(number, size, len(views))
	to := min(from+size, len(views))
	return map[string]any{
		"AccessKeyLeakList": views[min(from, to):to], "AkLeakCount": len(views), "TotalCount": len(views), "CurrentPage": number, "PageSize": size,
	}, nil
}
