package cloud

import (
	"slices"
	"strings"
	"time"
)

// trailState is the account's trails and its events: what every write became.
type trailState struct {
	trails []*trail
	events []map[string]any // ActionTrail records, in order
}

// trail delivers events to a log project or a bucket.
type trail struct {
	name, home                       string // home: the region it was made in
	eventRW, region                  string // region: "All" or the regions it covers
	project, projectRole             string
	bucket, bucketPrefix             string
	bucketRole                       string
	computeProject, computeRole      string
	organization                     bool
	selectors, selectorRegions       string // of events of data, as they were written
	status                           string // Fresh, Enable, Disable
	created, updated, started, ended time.Time

	storeIn       string // the project in which ActionTrail has made its logstore
	delivered     time.Time
	deliveryError string
}

const (
	trailKind   = "ACS::ActionTrail::Trail"
	trailParams = `EventRW=Write|Read|All TrailRegion SlsProjectArn SlsWriteRoleArn OssBucketName OssKeyPrefix OssWriteRoleArn
		MaxComputeProjectArn MaxComputeWriteRoleArn`
)

// ActionTrail grants operations, not single trails: the resource is always "*".
var actionTrailActions = []rpcAction{
	{name: "CreateTrail", write: true, do: createTrail, params: "Name! IsOrganizationTrail:Boolean " + trailParams},
	{name: "UpdateTrail", write: true, do: updateTrail, params: "Name! " + trailParams},
	{name: "DeleteTrail", write: true, do: deleteTrail, params: "Name!"},
	{name: "StartLogging", write: true, do: startLogging, params: "Name!"},
	{name: "StopLogging", write: true, do: stopLogging, params: "Name!"},
	{name: "DescribeTrails", do: describeTrails, params: "NameList IncludeShadowTrails:Boolean IncludeOrganizationTrail:Boolean"},
	{name: "GetTrailStatus", do: getTrailStatus, params: "Name! IsOrganizationTrail:Boolean"},
	{
		name: "LookupEvents", do: lookupEvents,
		params: "StartTime EndTime MaxResults NextToken Direction=FORWARD|BACKWARD LookupAttribute:RepeatList(Key Value)",
	},
}

func (c *Cloud) startActionTrail() {
	c.onRecord = append(c.onRecord, c.noteRecord)
	c.serveRPC(&rpcProduct{code: "Actiontrail", ram: "actiontrail", version: "2020-07-06", byHost: true, missing: missingAtGateway}, slices.Concat(actionTrailActions, selectorActions),
		"actiontrail.aliyuncs.com", "actiontrail.*.aliyuncs.com")
	c.inventory = append(c.inventory, c.trailInventory)
	c.addSection(sectionOf("actiontrail", c.loadTrails, func() (*actionTrailFile, error) { return c.dumpTrails(), nil }))
}

// trail finds the trail of a call. A trail can be written to in its home
// region only; elsewhere there is but its shadow.
func (q *rpcRequest) trail() (*trail, error) {
	i := slices.IndexFunc(q.c.trails.trails, func(t *trail) bool { return t.name == q.str("Name") && t.home == q.region })
	if i < 0 {
		return nil, refuse(404, "TrailNotFoundException", "The specified Trail does not exist.")
	}
	q.touch(trailKind, q.str("Name"))
	return q.c.trails.trails[i], nil
}

// fill takes what a call says of a trail and leaves the rest.
func (t *trail) fill(q *rpcRequest) {
	for name, field := range map[string]*string{
		"EventRW": &t.eventRW, "TrailRegion": &t.region, "SlsProjectArn": &t.project, "SlsWriteRoleArn": &t.projectRole,
		"OssBucketName": &t.bucket, "OssKeyPrefix": &t.bucketPrefix, "OssWriteRoleArn": &t.bucketRole,
		"MaxComputeProjectArn": &t.computeProject, "MaxComputeWriteRoleArn": &t.computeRole,
	} {
		*field = q.orElse(name, *field)
	}
}

func (t *trail) view() map[string]any {
	return map[string]any{
		"Name": t.name, "HomeRegion": t.home, "EventRW": t.eventRW, "TrailRegion": t.region,
		"SlsProjectArn": t.project, "SlsWriteRoleArn": t.projectRole,
		"OssBucketName": t.bucket, "OssKeyPrefix": t.bucketPrefix, "OssWriteRoleArn": t.bucketRole,
		"MaxComputeProjectArn": t.computeProject, "MaxComputeWriteRoleArn": t.computeRole,
	}
}

func createTrail(q *rpcRequest) (any, error) {
	name := q.str("Name")
	switch {
	case slices.ContainsFunc(q.c.trails.trails, func(t *trail) bool { return t.name == name }):
		return nil, refuse(409, "TrailAlreadyExistsException", "The specified Trail already exists.")
	case !q.has("SlsProjectArn") && !q.has("OssBucketName") && !q.has("MaxComputeProjectArn"):
		return nil, refuse(400, "MissingDeliveryDestination", "One of OssBucketName, SlsProjectArn and MaxComputeProjectArn is mandatory.")
	}
	t := &trail{
		name: name, home: q.region, eventRW: "All", region: "All", organization: q.is("IsOrganizationTrail"),
		status: "Fresh", created: q.c.clock(), updated: q.c.clock(),
	}
	t.fill(q)
	q.c.logstoreOf(t)
	q.c.trails.trails = append(q.c.trails.trails, t)
	q.touch(trailKind, name)
	return t.view(), nil
}

func updateTrail(q *rpcRequest) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	t.fill(q)
	q.c.logstoreOf(t)
	t.updated = q.c.clock()
	return t.view(), nil
}

func deleteTrail(q *rpcRequest) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	q.c.trails.trails = slices.DeleteFunc(q.c.trails.trails, func(o *trail) bool { return o == t })
	return done()
}

func startLogging(q *rpcRequest) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	t.status, t.started = "Enable", q.c.clock()
	q.c.logstoreOf(t)
	return done()
}

func stopLogging(q *rpcRequest) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	t.status, t.ended = "Disable", q.c.clock()
	return done()
}

func describeTrails(q *rpcRequest) (any, error) {
	views := []any{}
	for _, t := range q.c.trails.trails {
		shadow := t.home != q.region
		switch {
		case q.has("NameList") && !slices.Contains(strings.Split(q.str("NameList"), ","), t.name),
			shadow && !q.is("IncludeShadowTrails"), t.organization && !q.is("IncludeOrganizationTrail"):
			continue
		}
		view := t.view()
		view["Status"], view["IsOrganizationTrail"], view["Region"] = t.status, t.organization, q.region
		view["IsShadowTrail"] = map[bool]int{true: 1, false: 0}[shadow]
		view["TrailArn"] = "acs:actiontrail:" + t.home + ":" + q.c.Account + ":trail/" + t.name
		view["CreateTime"], view["UpdateTime"] = stamp(t.created), stamp(t.updated)
		view["StartLoggingTime"], view["StopLoggingTime"] = stamp(t.started), stamp(t.ended)
		views = append(views, view)
	}
	return map[string]any{"TrailList": views}, nil
}

func getTrailStatus(q *rpcRequest) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"IsLogging": t.status == "Enable", "StartLoggingTime": stamp(t.started), "StopLoggingTime": stamp(t.ended),
		"LatestDeliveryError": "", "LatestDeliveryTime": "",
		"LatestDeliveryLogServiceError": t.deliveryError, "LatestDeliveryLogServiceTime": stamp(t.delivered),
		"OssBucketStatus": t.bucket != "", "SlsLogStoreStatus": t.project != "",
	}, nil
}

// lookupKeys are the attributes that LookupEvents filters by, and where a
// record keeps them.
var lookupKeys = map[string]func(map[string]any) any{
	"EventName":   func(e map[string]any) any { return e["eventName"] },
	"EventId":     func(e map[string]any) any { return e["eventId"] },
	"EventType":   func(e map[string]any) any { return e["eventType"] },
	"ServiceName": func(e map[string]any) any { return e["serviceName"] },
	"EventRW":     func(e map[string]any) any { return e["eventRW"] },
	"User":        func(e map[string]any) any { return e["userIdentity"].(map[string]any)["userName"] },
	"EventAccessKeyId": func(e map[string]any) any {
		return e["userIdentity"].(map[string]any)["accessKeyId"]
	},
	"ResourceType": func(e map[string]any) any { return e["resourceType"] },
	"ResourceName": func(e map[string]any) any { return e["resourceName"] },
}

// listed says whether an attribute has a value. Those of resources list
// several.
func listed(have any, want string) bool {
	text, _ := have.(string)
	if text == want {
		return true
	}
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }), want)
}

// lookupEvents answers from the writes and sign-ins of this cloud, the newest
// first: it records no reads.
func lookupEvents(q *rpcRequest) (any, error) {
	now := q.c.clock()
	from, to := q.orElse("StartTime", stamp(now.Add(-7*24*time.Hour))), q.orElse("EndTime", stamp(now))
	filters := q.items("LookupAttribute")
	switch {
	case q.has("StartTime") != q.has("EndTime"):
		return nil, refuse(400, "InvalidParameterCombination", "StartTime and EndTime have to be given together.")
	case from > to:
		return nil, refuse(400, "InvalidTimeRangeException", "The specified StartTime must be earlier than EndTime.")
	case len(filters) > 2:
		return nil, refuse(400, "InvalidQueryParameter", "No more than two LookupAttribute may be specified.")
	}
	if size := q.num("MaxResults", 20); size < 1 || size > 50 {
		return nil, refuse(400, "InvalidMaxResultsException", "The specified MaxResults must be between 1 and 50.")
	}
	found := []map[string]any{}
	for _, e := range slices.Backward(q.c.trails.events) {
		at := e["eventTime"].(string)
		keep := at >= from && at <= to
		for _, a := range filters {
			value := lookupKeys[a["Key"]]
			if value == nil {
				return nil, refuse(400, "InvalidQueryParameter", "The specified query parameter %s is invalid.", a["Key"])
			}
			keep = keep && listed(value(e), a["Value"])
		}
		if keep {
			found = append(found, e)
		}
	}
	if q.str("Direction") == "FORWARD" {
		slices.Reverse(found)
	}
	page, next, err := tokenPage(q, found, 20)
	return map[string]any{"Events": page, "NextToken": next, "StartTime": from, "EndTime": to}, err
}
