package actiontrail

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is the account's trails, as a document writes them, and its events: what every write
// became.
type state struct {
	Trails []*Trail         `yaml:"trails"`
	Uses   []*use           `yaml:"key-uses,omitempty"`
	Past   []*past          `yaml:"past-events,omitempty"`
	events []map[string]any // ActionTrail records, in order
}

// Trail delivers events to a log project or a bucket. It is in no table: its name is its id in
// all regions, and its region is the one that it watches, not the one that it was made in.
// What no document says are the roles by which it delivers, data event selectors, and when it was
// changed, started and stopped. An organization's trail is a flag here: there are no members'
// events.
type Trail struct {
	Name          string `yaml:"name"`
	Logging       bool   `yaml:"logging"`
	Events        string `yaml:"events,omitempty"`      // All (default), Read or Write: EventRW
	Region        string `yaml:"region,omitempty"`      // those it covers: TrailRegion; default All
	HomeRegion    string `yaml:"home-region,omitempty"` // where it was made; default the cloud's
	SLSProjectARN string `yaml:"sls-project-arn,omitempty"`
	OSSBucket     string `yaml:"oss-bucket,omitempty"`
	Organization  bool   `yaml:"organization,omitempty"`

	fresh                            bool // never started
	projectRole                      string
	bucketPrefix, bucketRole         string
	computeProject, computeRole      string
	selectors, selectorRegions       string // of events of data, as they were written
	created, updated, started, ended time.Time

	storeIn       string // the project in which ActionTrail has made its logstore
	delivered     time.Time
	deliveryError string
}

// status is Fresh until the trail is started for the first time.
func (t *Trail) status() string {
	switch {
	case t.Logging:
		return "Enable"
	case t.fresh:
		return "Fresh"
	}
	return "Disable"
}

// A trail of a document with logging on was started long ago, so it has delivered nothing of what
// came before.
func (c *Service) load(f *state, _ map[string]any) (func(), error) {
	for i, t := range f.Trails {
		if t == nil {
			t = &Trail{}
		}
		t.HomeRegion, t.Events, t.Region = cmp.Or(t.HomeRegion, c.Region), cmp.Or(t.Events, "All"), cmp.Or(t.Region, "All")
		t.created, t.updated = c.LongAgo(), c.LongAgo()
		if t.Logging {
			t.started = c.LongAgo()
		}
		if err := t.check(); err != nil {
			return nil, kernel.At(err, "$.actiontrail.trails[%d]", i)
		}
	}
	for i, u := range f.Uses {
		if u == nil {
			u = &use{}
		}
		if err := u.check(); err != nil {
			return nil, kernel.At(err, "$.actiontrail.key-uses[%d]", i)
		}
		u.at = c.Clock().Add(-time.Duration(u.HoursAgo) * time.Hour)
	}
	for i, p := range f.Past {
		if p == nil {
			p = &past{}
		}
		if err := p.check(); err != nil {
			return nil, kernel.At(err, "$.actiontrail.past-events[%d]", i)
		}
		p.at = c.Clock().AddDate(0, 0, -p.DaysAgo)
	}
	return func() { c.Trails, c.Uses, c.Past = f.Trails, f.Uses, f.Past }, nil
}

// check refuses what a document must not say.
func (t *Trail) check() error {
	switch {
	case t.Name == "":
		return errors.New("a trail needs a name")
	case !slices.Contains([]string{"All", "Read", "Write"}, t.Events):
		return fmt.Errorf("events is %q, not All, Read or Write", t.Events)
	case !slices.Contains(kernel.Regions, t.HomeRegion):
		return fmt.Errorf("no region %q", t.HomeRegion)
	}
	return nil
}

// dump writes the trails by name; mu is held.
// It writes whether trails are there, even where there are none: trails is not left out, as an
// account without any is a finding.
func (c *Service) dump() (*state, error) {
	f := &state{Trails: []*Trail{}, Uses: c.Uses, Past: c.Past}
	for _, t := range c.Trails {
		short := *t
		short.HomeRegion = kernel.Unless(t.HomeRegion, c.Region)
		f.Trails = append(f.Trails, &short)
	}
	slices.SortStableFunc(f.Trails, func(a, b *Trail) int { return strings.Compare(a.Name, b.Name) })
	return f, nil
}

const (
	TrailKind   = "ACS::ActionTrail::Trail"
	trailParams = `EventRW=Write|Read|All TrailRegion SlsProjectArn SlsWriteRoleArn OssBucketName OssKeyPrefix OssWriteRoleArn
		MaxComputeProjectArn MaxComputeWriteRoleArn`
)

// ActionTrail grants operations, not single trails: the resource is always "*".
var actionTrailActions = []action{
	{Name: "CreateTrail", Write: true, Do: createTrail, Params: "Name! IsOrganizationTrail:Boolean " + trailParams},
	{Name: "UpdateTrail", Write: true, Do: updateTrail, Params: "Name! " + trailParams},
	{Name: "DeleteTrail", Write: true, Do: deleteTrail, Params: "Name!"},
	{Name: "StartLogging", Write: true, Do: startLogging, Params: "Name!"},
	{Name: "StopLogging", Write: true, Do: stopLogging, Params: "Name!"},
	{Name: "DescribeTrails", Do: describeTrails, Params: "NameList IncludeShadowTrails:Boolean IncludeOrganizationTrail:Boolean"},
	{Name: "GetTrailStatus", Do: getTrailStatus, Params: "Name! IsOrganizationTrail:Boolean"},
	{
		Name: "LookupEvents", Do: lookupEvents,
		Params: "StartTime EndTime MaxResults NextToken Direction=FORWARD|BACKWARD LookupAttribute:RepeatList(Key Value)",
	},
}

// ByHost: a trail is made in the region of the endpoint, and RegionId is not asked.
func (c *Service) register() {
	c.OnRecord = append(c.OnRecord, c.noteRecord)
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Actiontrail", Ram: "actiontrail", Version: "2020-07-06", ByHost: true, Endpoint: kernel.Regional("actiontrail")}, slices.Concat(actionTrailActions, selectorActions, useActions),
		"actiontrail.aliyuncs.com")
	c.Inventory = append(c.Inventory, c.trailInventory)
	c.AddSection(kernel.SectionOf("actiontrail", c.load, c.dump))
}

// trail finds the trail of a call. A trail can be written to in its home
// region only; elsewhere there is but its shadow.
func (q *request) trail() (*Trail, error) {
	i := slices.IndexFunc(q.c.Trails, func(t *Trail) bool { return t.Name == q.Str("Name") && t.HomeRegion == q.Region })
	if i < 0 {
		return nil, kernel.Refuse(404, "TrailNotFoundException", "The specified Trail does not exist.")
	}
	q.Touch(TrailKind, q.Str("Name"))
	return q.c.Trails[i], nil
}

// fill takes what a call says of a trail and leaves the rest.
// Empty text leaves what was there: a destination cannot be taken away by UpdateTrail.
func (t *Trail) fill(q *request) {
	for name, field := range map[string]*string{
		"EventRW": &t.Events, "TrailRegion": &t.Region, "SlsProjectArn": &t.SLSProjectARN, "SlsWriteRoleArn": &t.projectRole,
		"OssBucketName": &t.OSSBucket, "OssKeyPrefix": &t.bucketPrefix, "OssWriteRoleArn": &t.bucketRole,
		"MaxComputeProjectArn": &t.computeProject, "MaxComputeWriteRoleArn": &t.computeRole,
	} {
		*field = q.OrElse(name, *field)
	}
}

func (t *Trail) view() map[string]any {
	return map[string]any{
		"Name": t.Name, "HomeRegion": t.HomeRegion, "EventRW": t.Events, "TrailRegion": t.Region,
		"SlsProjectArn": t.SLSProjectARN, "SlsWriteRoleArn": t.projectRole,
		"OssBucketName": t.OSSBucket, "OssKeyPrefix": t.bucketPrefix, "OssWriteRoleArn": t.bucketRole,
		"MaxComputeProjectArn": t.computeProject, "MaxComputeWriteRoleArn": t.computeRole,
	}
}

// It does not deliver before StartLogging: a trail that was made and not started is Fresh, which a
// practice finds. Roles and projects are not looked up: a trail to nowhere can be made, and its
// status tells.
func createTrail(q *request) (any, error) {
	name := q.Str("Name")
	switch {
	case slices.ContainsFunc(q.c.Trails, func(t *Trail) bool { return t.Name == name }):
		return nil, kernel.Refuse(409, "TrailAlreadyExistsException", "The specified Trail already exists.")
	case !q.Has("SlsProjectArn") && !q.Has("OssBucketName") && !q.Has("MaxComputeProjectArn"):
		return nil, kernel.Refuse(400, "MissingDeliveryDestination", "One of OssBucketName, SlsProjectArn and MaxComputeProjectArn is mandatory.")
	}
	t := &Trail{
		Name: name, HomeRegion: q.Region, Events: "All", Region: "All", Organization: q.Is("IsOrganizationTrail"),
		fresh: true, created: q.c.Clock(), updated: q.c.Clock(),
	}
	t.fill(q)
	q.c.logstoreOf(t)
	q.c.Trails = append(q.c.Trails, t)
	q.Touch(TrailKind, name)
	return t.view(), nil
}

func updateTrail(q *request) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	t.fill(q)
	q.c.logstoreOf(t)
	t.updated = q.c.Clock()
	return t.view(), nil
}

// Its logstore stays, with what was delivered.
func deleteTrail(q *request) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	q.c.Trails = slices.DeleteFunc(q.c.Trails, func(o *Trail) bool { return o == t })
	return kernel.Done()
}

// To start what runs is no error, and counts as a new start. Without it nothing is recorded in the
// destination, but LookupEvents still answers.
func startLogging(q *request) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	t.Logging, t.fresh, t.started = true, false, q.c.Clock()
	q.c.logstoreOf(t)
	return kernel.Done()
}

func stopLogging(q *request) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	t.Logging, t.fresh, t.ended = false, false, q.c.Clock()
	return kernel.Done()
}

// It does not page. Trails of other regions are listed as shadows, and those of an organization,
// only when asked for.
func describeTrails(q *request) (any, error) {
	views := []any{}
	for _, t := range q.c.Trails {
		shadow := t.HomeRegion != q.Region
		switch {
		case q.Has("NameList") && !slices.Contains(strings.Split(q.Str("NameList"), ","), t.Name),
			shadow && !q.Is("IncludeShadowTrails"), t.Organization && !q.Is("IncludeOrganizationTrail"):
			continue
		}
		view := t.view()
		view["Status"], view["IsOrganizationTrail"], view["Region"] = t.status(), t.Organization, q.Region
		view["IsShadowTrail"] = map[bool]int{true: 1, false: 0}[shadow]
		view["TrailArn"] = "acs:actiontrail:" + t.HomeRegion + ":" + q.c.Account + ":trail/" + t.Name
		view["CreateTime"], view["UpdateTime"] = kernel.Stamp(t.created), kernel.Stamp(t.updated)
		view["StartLoggingTime"], view["StopLoggingTime"] = kernel.Stamp(t.started), kernel.Stamp(t.ended)
		views = append(views, view)
	}
	return map[string]any{"TrailList": views}, nil
}

// IsLogging may be true while nothing arrives: the delivery error has to be read, too.
func getTrailStatus(q *request) (any, error) {
	t, err := q.trail()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"IsLogging": t.Logging, "StartLoggingTime": kernel.Stamp(t.started), "StopLoggingTime": kernel.Stamp(t.ended),
		"LatestDeliveryError": "", "LatestDeliveryTime": "",
		"LatestDeliveryLogServiceError": t.deliveryError, "LatestDeliveryLogServiceTime": kernel.Stamp(t.delivered),
		"OssBucketStatus": t.OSSBucket != "", "SlsLogStoreStatus": t.SLSProjectARN != "",
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
// An exact comparison, without wildcards.
func listed(have any, want string) bool {
	text, _ := have.(string)
	if text == want {
		return true
	}
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }), want)
}

// lookupEvents answers from the writes and sign-ins of this cloud, the newest
// first: it records no reads.
func lookupEvents(q *request) (any, error) {
	now := q.c.Clock()
	from, to := q.OrElse("StartTime", kernel.Stamp(now.Add(-7*24*time.Hour))), q.OrElse("EndTime", kernel.Stamp(now))
	filters := q.Items("LookupAttribute")
	switch {
	case q.Has("StartTime") != q.Has("EndTime"):
		return nil, kernel.Refuse(400, "InvalidParameterCombination", "StartTime and EndTime have to be given together.")
	case from > to:
		return nil, kernel.Refuse(400, "InvalidTimeRangeException", "The specified StartTime must be earlier than EndTime.")
	case len(filters) > 2:
		return nil, kernel.Refuse(400, "InvalidQueryParameter", "No more than two LookupAttribute may be specified.")
	}
	if size := q.Num("MaxResults", 20); size < 1 || size > 50 {
		return nil, kernel.Refuse(400, "InvalidMaxResultsException", "The specified MaxResults must be between 1 and 50.")
	}
	found := []map[string]any{}
	for _, e := range slices.Backward(q.c.history()) {
		at := e["eventTime"].(string)
		keep := at >= from && at <= to
		for _, a := range filters {
			value := lookupKeys[a["Key"]]
			if value == nil {
				return nil, kernel.Refuse(400, "InvalidQueryParameter", "The specified query parameter %s is invalid.", a["Key"])
			}
			keep = keep && listed(value(e), a["Value"])
		}
		// StartTime and EndTime are compared as text, which works since both are UTC in one
		// format.
		if keep {
			found = append(found, e)
		}
	}
	if q.Str("Direction") == "FORWARD" {
		slices.Reverse(found)
	}
	page, next, err := kernel.TokenPage(q.Request, found, 20)
	return map[string]any{"Events": page, "NextToken": next, "StartTime": from, "EndTime": to}, err
}
