package akusagemonitor

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ak-usage-monitor.
var Practice = &practice.Practice{
	ID:       "ak-usage-monitor",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeAccount, // one search is about all keys
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"CIS Alibaba Cloud 2.16", "MLPS 8.1.5.2, 8.1.4.3"},
	Sweep:    practice.Hourly(practice.TheAccount),
	Reads:    []string{"actiontrail:DescribeTrails", "log:GetLogStoreLogs"},
	Alone:    true, // nobody else may search
	Params: []practice.Param{
		{Name: "allowed", Kind: practice.AddressBlocks, Doc: "addresses and blocks that are expected for every key: offices, runners whose addresses change"},
		{Name: "denied", Kind: practice.Number, Default: []string{"5"}, Least: 1, Most: 10000, Doc: "how many refused calls of a key in two hours are told"},
	},
	Check: check,
}

const (
	recent = 2 * time.Hour // a sweep and what comes late
	month  = 30 * 24 * time.Hour
	learnt = 7 * 24 * time.Hour
	most   = 10000 // rows
	many   = 5     // new places of a key that are told one by one
)

// query asks what each key was used for, from where, since when, and how often it was refused of late.
const query = `* | SELECT "event.userIdentity.accessKeyId" AS key, max("event.userIdentity.userName") AS name, "event.sourceIpAddress" AS ip, ` +
	`"event.serviceName" AS service, min(__time__) AS begun, max(__time__) AS seen, sum(if(__time__ >= %d AND ` +
	`regexp_like(coalesce("event.errorCode", ''), '^(NoPermission|Forbidden|AccessDenied|InvalidAccessKeyId|InvalidSecurityToken|SignatureDoesNotMatch|IncompleteSignature)'), 1, 0)) AS denied ` +
	`WHERE "event.userIdentity.accessKeyId" LIKE 'LTAI%%' GROUP BY 1, 3, 4 ORDER BY seen DESC LIMIT %d`

// use is what is known of a key.
type use struct {
	user   string
	begun  time.Time
	before map[string]bool // where and for what it was used before: "from 198.51.100.7", "for Ecs"
	now    map[string]bool
	denied int
}

func check(ctx context.Context, pass *practice.Pass) error {
	trails, err := resource.Trails(ctx, pass, pass.Home, "")
	if err != nil {
		return fmt.Errorf("reading where the events are: %w", err)
	}
	i := slices.IndexFunc(trails, func(t resource.Trail) bool { _, _, store := t.Logstore(); return store != "" })
	if i < 0 {
		pass.Report(practice.Finding{
			Key: "blind", Severity: practice.Low, Title: "Nothing shows from where AccessKeys are used",
			Advice: "No trail of this region delivers all events of all regions to the log service. ecsguard's prepare makes one.",
		})
		return nil
	}
	region, project, store := trails[i].Logstore()
	since := pass.Now.Add(-recent)
	rows, err := pass.Search(ctx, practice.Search{
		Region: region, Project: project, Logstore: store, Query: fmt.Sprintf(query, since.Unix(), most), From: pass.Now.Add(-month), To: pass.Now,
	})
	if err == nil && len(rows) >= most {
		err = fmt.Errorf("keys were used in more than %d ways", most)
	}
	if err != nil {
		return fmt.Errorf("reading how keys were used: %w", err)
	}
	keys, err := uses(rows, since)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		report(pass, id, keys[id])
	}
	return nil
}

func uses(rows []map[string]string, since time.Time) (map[string]*use, error) {
	keys := map[string]*use{}
	for _, row := range rows {
		var numbers [2]int64
		for i, name := range []string{"begun", "denied"} {
			n, err := strconv.ParseInt(cmp.Or(row[name], "0"), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("reading how keys were used: %s is %q, no number", name, row[name])
			}
			numbers[i] = n
		}
		begun := time.Unix(numbers[0], 0)
		k := keys[row["key"]]
		if k == nil {
			k = &use{user: row["name"], begun: begun, before: map[string]bool{}, now: map[string]bool{}}
			keys[row["key"]] = k
		}
		if begun.Before(k.begun) {
			k.begun = begun
		}
		of := k.before
		if !begun.Before(since) {
			of = k.now
		}
		of["from "+row["ip"]], of["for "+row["service"]] = true, true
		k.denied += int(numbers[1])
	}
	return keys, nil
}

func report(pass *practice.Pass, id string, k *use) {
	tell := func(key, title string) {
		pass.Report(practice.Finding{
			Key: key, Title: title, Resource: pass.Named(resource.TypeAccessKey, id, resource.UserName(k.user)),
			Advice: "If nobody of yours knows of it, disable the key (aliyun ims UpdateAccessKey), look in ActionTrail for what it was used for, and give its programs another.",
		})
	}
	if k.denied >= pass.Int("denied") {
		tell("denied", fmt.Sprintf("Calls of an AccessKey are refused: %d or more in two hours", pass.Int("denied")))
	}
	if pass.Now.Sub(k.begun) < learnt {
		return
	}
	var fresh []string
	for _, what := range slices.Sorted(maps.Keys(k.now)) {
		from, place := strings.CutPrefix(what, "from ")
		addr, err := netip.ParseAddr(from)
		expected := slices.ContainsFunc(pass.Blocks("allowed"), func(b netip.Prefix) bool { return err == nil && b.Contains(addr.Unmap()) })
		if !k.before[what] && !expected && (!place || err == nil) { // a service that calls for somebody is no place
			fresh = append(fresh, what)
		}
	}
	if len(fresh) > many {
		tell("many", "An AccessKey is used from or for much that is new: "+practice.Few(fresh, many, ", "))
		return
	}
	for _, what := range fresh {
		tell(what, "An AccessKey is used "+what+" for the first time")
	}
}
