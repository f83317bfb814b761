package vpc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// FlowLog writes the traffic of a VPC, a vSwitch or an interface to the log
// service. Traffic there is none: it only says where it would go.
// resourceType follows from the id in a document, and is said in a call. Its tags and name are as
// usual; cross-account delivery is left out. Active is a pointer since a document that leaves it
// out means true.
type FlowLog struct {
	kernel.Resource `yaml:"common,inline"` // named, or the library takes it for the field resource
	On              string                 `yaml:"resource"`
	Traffic         string                 `yaml:"traffic,omitempty"` // All (default), Allow or Drop
	Paths           []string               `yaml:"paths,omitempty"`   // default all
	Project         string                 `yaml:"project"`
	Logstore        string                 `yaml:"logstore"`
	Interval        int                    `yaml:"interval,omitempty"` // minutes; default 10
	Active          *bool                  `yaml:"active,omitempty"`   // default true; never nil once loaded

	resourceType, version string
	changed               time.Time
}

var flowLogRows = kernel.Kind{Key: "flow-logs", Prefix: "fl", Tagged: "flowlog", Type: flowLogKind}

func (l *FlowLog) Defaults(*Service) {
	l.Traffic, l.Interval = cmp.Or(l.Traffic, "All"), cmp.Or(l.Interval, 10)
	if len(l.Paths) == 0 {
		l.Paths = []string{"all"}
	}
	if l.Active == nil {
		l.Active = new(true)
	}
}

// It also settles resourceType, which Complete and the answers need. An interface is looked for
// among what is being loaded.
func (l *FlowLog) Check(c *Service) error {
	l.resourceType = map[string]string{"vpc": "VPC", "vsw": "VSwitch", "eni": "NetworkInterface"}[strings.SplitN(l.On, "-", 2)[0]]
	var known bool
	switch l.resourceType {
	case "VPC":
		known = kernel.Has(c.VPCs, l.On)
	case "VSwitch":
		known = kernel.Has(c.Switches, l.On)
	case "NetworkInterface":
		_, known = c.loading.host(l.resourceType, l.On)
	}
	switch {
	case !known:
		return fmt.Errorf("no resource %q", l.On)
	case l.Project == "" || l.Logstore == "":
		return errors.New("a flow log needs a project and a logstore")
	case !slices.Contains([]string{"All", "Allow", "Drop"}, l.Traffic):
		return fmt.Errorf("traffic is %q, not All, Allow or Drop", l.Traffic)
	}
	return checkInterval(l.Interval)
}

// A month before the loading.
func (l *FlowLog) Complete(*kernel.Loader, *Service) error {
	l.version, l.Created = "IPv4", l.Created.AddDate(0, -1, 0) // old enough to have something to tell
	return nil
}

const flowLogKind = "ACS::VPC::FlowLog"

var onFlowLog = InVPC("flowlog", "FlowLogId")

// The service has to be opened once in an account before the first log can be made. The names
// Active and Deactive are the API's.
var flowLogActions = []action{
	{Name: "OpenFlowLogService", Write: true, Do: openFlowLogService, Params: "RegionId! ClientToken"},
	{Name: "GetFlowLogServiceStatus", Do: getFlowLogServiceStatus, Params: "RegionId! ClientToken"},
	{
		// A resource may have several. TrafficType is All, Allow or Drop; a practice wants All or
		// Drop.
		Name: "CreateFlowLog", Write: true, Do: createFlowLog, On: InVPC("flowlog", ""),
		Params: `RegionId! ResourceId! ResourceType!=NetworkInterface|VSwitch|VPC TrafficType!=All|Allow|Drop ProjectName LogStoreName
			FlowLogName Description AggregationInterval:Integer IpVersion ResourceGroupId TrafficPath:RepeatList Tag:RepeatList(Key Value)`,
	},
	{
		Name: "ModifyFlowLogAttribute", Write: true, Do: modifyFlowLog, On: onFlowLog,
		Params: "RegionId! FlowLogId! FlowLogName Description AggregationInterval:Integer IpVersion",
	},
	{Name: "DeleteFlowLog", Write: true, Do: deleteFlowLog, On: onFlowLog, Params: "RegionId! FlowLogId!"},
	{Name: "ActiveFlowLog", Write: true, Do: setFlowLog(true), On: onFlowLog, Params: "RegionId! FlowLogId!"},
	{Name: "DeactiveFlowLog", Write: true, Do: setFlowLog(false), On: onFlowLog, Params: "RegionId! FlowLogId!"},
	{
		Name: "DescribeFlowLogs", Do: describeFlowLogs, On: onFlowLog,
		Params: `RegionId! FlowLogId FlowLogName Description ResourceId ResourceType TrafficType ProjectName LogStoreName Status VpcId
			ResourceGroupId Tags:RepeatList(Key Value)` + byNumber,
	},
}

// To open it twice is no error.
func openFlowLogService(q *request) (any, error) {
	q.c.FlowLogService = true
	return map[string]any{"OrderId": "", "Code": "", "Message": "", "Success": true}, nil
}

func getFlowLogServiceStatus(q *request) (any, error) {
	return map[string]any{"Enabled": q.c.FlowLogService}, nil
}

// flowLog finds the flow log of a call.
// It is for changes: a flow log on which one is being carried out is refused.
func (q *request) flowLog() (*FlowLog, error) {
	l, ok := kernel.Find(q.Request, q.c.FlowLogs, q.Str("FlowLogId"))
	if !ok {
		return nil, kernel.Refuse(404, "ResourceNotFound.FlowLog", "The specified resource of FlowLog is not found.")
	}
	q.Touch(flowLogKind, l.ID)
	if !q.c.Settled(l.changed) {
		return nil, kernel.Refuse(400, "IncorrectStatus.flowlog", "The status of the flow log does not support this operation.")
	}
	return l, nil
}

// Project and logstore are optional in the metadata and needed by the service. Whether they exist
// is not asked: a log that goes nowhere can be made, and only its view says so. TrafficPath is all
// unless said.
func createFlowLog(q *request) (any, error) {
	l := &FlowLog{
		Resource: q.NewResource("fl", q.Str("FlowLogName")), On: q.Str("ResourceId"), resourceType: q.Str("ResourceType"),
		Traffic: q.Str("TrafficType"), Project: q.Str("ProjectName"), Logstore: q.Str("LogStoreName"), version: q.OrElse("IpVersion", "IPv4"),
		Paths: q.List("TrafficPath"), Interval: q.Num("AggregationInterval", 10), Active: new(true), changed: q.c.Clock(),
	}
	if len(l.Paths) == 0 {
		l.Paths = []string{"all"}
	}
	known := map[string]bool{
		"VPC": kernel.Has(q.c.VPCs, l.On), "VSwitch": kernel.Has(q.c.Switches, l.On), "NetworkInterface": q.c.hasHost("NetworkInterface", l.On),
	}
	switch {
	case !q.c.FlowLogService:
		return nil, kernel.Refuse(400, "OperationDenied.ServiceNotOpen", "The flow log service is not activated.")
	case l.Project == "":
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter ProjectName.")
	case l.Logstore == "":
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter LogStoreName.")
	case !known[l.resourceType]:
		return nil, kernel.Refuse(404, "ResourceNotFound."+l.resourceType, "The specified resource of %s is not found.", l.resourceType)
	}
	if err := checkInterval(l.Interval); err != nil {
		return nil, err
	}
	q.c.FlowLogs = append(q.c.FlowLogs, l)
	q.Touch(flowLogKind, l.ID)
	return map[string]any{"FlowLogId": l.ID, "Success": "true", "ResourceGroupId": ""}, nil
}

// Minutes. Only these three exist.
func checkInterval(minutes int) error {
	if !slices.Contains([]int{1, 5, 10}, minutes) {
		return kernel.Refuse(400, "IllegalParam.AggregationInterval", "The specified AggregationInterval is invalid.")
	}
	return nil
}

func modifyFlowLog(q *request) (any, error) {
	l, err := q.flowLog()
	if err != nil {
		return nil, err
	}
	interval := q.Num("AggregationInterval", l.Interval)
	if err := checkInterval(interval); err != nil {
		return nil, err
	}
	l.Name, l.Description, l.Interval, l.version = q.OrElse("FlowLogName", l.Name), q.OrElse("Description", l.Description), interval, q.OrElse("IpVersion", l.version)
	return map[string]any{"Success": "true"}, nil
}

func deleteFlowLog(q *request) (any, error) {
	l, err := q.flowLog()
	if err != nil {
		return nil, err
	}
	q.c.FlowLogs = kernel.Without(q.c.FlowLogs, l.ID)
	return map[string]any{"Success": "true"}, nil
}

// To switch it to what it is already is refused with the code of its status.
func setFlowLog(active bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		l, err := q.flowLog()
		switch {
		case err != nil:
			return nil, err
		case *l.Active == active:
			return nil, kernel.Refuse(400, "IncorrectStatus.flowlog", "The status of the flow log does not support this operation.")
		}
		l.Active, l.changed = new(active), q.c.Clock()
		return map[string]any{"Success": "true"}, nil
	}
}

// The two states on the way are as long as Settled says.
func (c *Service) flowLogStatus(l *FlowLog) string {
	if *l.Active {
		return c.Status(l.changed, "Activating", "Active")
	}
	return c.Status(l.changed, "Deactivating", "Inactive")
}

// vpcOf is the VPC that a flow log is about.
// Where it is not the log of a vSwitch or of an interface, it is the id itself.
func (c *Service) vpcOf(l *FlowLog) string {
	for _, v := range c.Switches {
		if v.ID == l.On {
			return v.VPC
		}
	}
	if h, ok := hostNamed(c.hosts(), "NetworkInterface", l.On, ""); ok {
		return h.VPC
	}
	return l.On
}

func describeFlowLogs(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.FlowLogs, func(l *FlowLog) bool {
		return q.Matches("FlowLogId", l.ID) && q.Matches("FlowLogName", l.Name) && q.Matches("Description", l.Description) &&
			q.Matches("ResourceId", l.On) && q.Matches("ResourceType", l.resourceType) && q.Matches("TrafficType", l.Traffic) &&
			q.Matches("ProjectName", l.Project) && q.Matches("LogStoreName", l.Logstore) && q.Matches("Status", q.c.flowLogStatus(l)) &&
			q.Matches("VpcId", q.c.vpcOf(l)) && l.HasTags(q.Request)
	})
	answer, err := kernel.InWords(kernel.Numbered(q.Request, kept, 10, "FlowLogs", "FlowLog", q.flowLogView))
	if err == nil {
		answer.(map[string]any)["Success"] = "true"
	}
	return answer, err
}

// Whether it is delivered is found out anew each time from the log service (LogState): a logstore
// that was deleted makes a log FAILED though it is Active. That is a hole in the record which a
// practice looks for. Success is text in all these answers.
func (q *request) flowLogView(l *FlowLog) map[string]any {
	delivery, problem := "SUCCESS", ""
	if code := q.c.LogState(l.Project, l.Logstore, l.Region); code != "" {
		name := l.Project
		if code == "LogStoreNotExist" {
			name = l.Logstore
		}
		delivery, problem = "FAILED", code+": "+name
	}
	return map[string]any{
		"FlowLogId": l.ID, "FlowLogName": l.Name, "Description": l.Description, "RegionId": l.Region, "CreationTime": kernel.Stamp(l.Created),
		"ResourceType": l.resourceType, "ResourceId": l.On, "TrafficType": l.Traffic, "ProjectName": l.Project, "LogStoreName": l.Logstore,
		"AggregationInterval": l.Interval, "IpVersion": l.version, "Status": q.c.flowLogStatus(l), "BusinessStatus": "Normal",
		"FlowLogDeliverStatus": delivery, "FlowLogDeliverErrorMessage": problem, "ServiceType": "", "ResourceGroupId": "",
		"TrafficPath": map[string]any{"TrafficPathList": l.Paths}, "Tags": vpcTags(&l.Resource),
	}
}
