package vpc

import (
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// FlowLog writes the traffic of a VPC, a vSwitch or an interface to the log
// service. Traffic there is none: it only says where it would go.
type FlowLog struct {
	kernel.Resource
	On, resourceType, traffic, project, store, version string
	paths                                              []string
	interval                                           int // minutes
	active                                             bool
	changed                                            time.Time
}

const flowLogKind = "ACS::VPC::FlowLog"

var onFlowLog = InVPC("flowlog", "FlowLogId")

var flowLogActions = []action{
	{Name: "OpenFlowLogService", Write: true, Do: openFlowLogService, Params: "RegionId! ClientToken"},
	{Name: "GetFlowLogServiceStatus", Do: getFlowLogServiceStatus, Params: "RegionId! ClientToken"},
	{
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

func openFlowLogService(q *request) (any, error) {
	q.c.flowLogService = true
	return map[string]any{"OrderId": "", "Code": "", "Message": "", "Success": true}, nil
}

func getFlowLogServiceStatus(q *request) (any, error) {
	return map[string]any{"Enabled": q.c.flowLogService}, nil
}

// flowLog finds the flow log of a call.
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

func createFlowLog(q *request) (any, error) {
	l := &FlowLog{
		Resource: q.NewResource("fl", q.Str("FlowLogName")), On: q.Str("ResourceId"), resourceType: q.Str("ResourceType"),
		traffic: q.Str("TrafficType"), project: q.Str("ProjectName"), store: q.Str("LogStoreName"), version: q.OrElse("IpVersion", "IPv4"),
		paths: q.List("TrafficPath"), interval: q.Num("AggregationInterval", 10), active: true, changed: q.c.Clock(),
	}
	if len(l.paths) == 0 {
		l.paths = []string{"all"}
	}
	known := map[string]bool{
		"VPC": kernel.Has(q.c.vpcs, l.On), "VSwitch": kernel.Has(q.c.Switches, l.On), "NetworkInterface": q.c.hasHost("NetworkInterface", l.On),
	}
	switch {
	case !q.c.flowLogService:
		return nil, kernel.Refuse(400, "OperationDenied.ServiceNotOpen", "The flow log service is not activated.")
	case l.project == "":
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter ProjectName.")
	case l.store == "":
		return nil, kernel.Refuse(400, "MissingParameter", "Missing mandatory parameter LogStoreName.")
	case !known[l.resourceType]:
		return nil, kernel.Refuse(404, "ResourceNotFound."+l.resourceType, "The specified resource of %s is not found.", l.resourceType)
	}
	if err := checkInterval(l.interval); err != nil {
		return nil, err
	}
	q.c.FlowLogs = append(q.c.FlowLogs, l)
	q.Touch(flowLogKind, l.ID)
	return map[string]any{"FlowLogId": l.ID, "Success": "true", "ResourceGroupId": ""}, nil
}

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
	interval := q.Num("AggregationInterval", l.interval)
	if err := checkInterval(interval); err != nil {
		return nil, err
	}
	l.Name, l.Description, l.interval, l.version = q.OrElse("FlowLogName", l.Name), q.OrElse("Description", l.Description), interval, q.OrElse("IpVersion", l.version)
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

func setFlowLog(active bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		l, err := q.flowLog()
		switch {
		case err != nil:
			return nil, err
		case l.active == active:
			return nil, kernel.Refuse(400, "IncorrectStatus.flowlog", "The status of the flow log does not support this operation.")
		}
		l.active, l.changed = active, q.c.Clock()
		return map[string]any{"Success": "true"}, nil
	}
}

func (c *Service) flowLogStatus(l *FlowLog) string {
	if l.active {
		return c.Status(l.changed, "Activating", "Active")
	}
	return c.Status(l.changed, "Deactivating", "Inactive")
}

// vpcOf is the VPC that a flow log is about.
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
			q.Matches("ResourceId", l.On) && q.Matches("ResourceType", l.resourceType) && q.Matches("TrafficType", l.traffic) &&
			q.Matches("ProjectName", l.project) && q.Matches("LogStoreName", l.store) && q.Matches("Status", q.c.flowLogStatus(l)) &&
			q.Matches("VpcId", q.c.vpcOf(l)) && l.HasTags(q.Request)
	})
	answer, err := kernel.InWords(kernel.Numbered(q.Request, kept, 10, "FlowLogs", "FlowLog", q.flowLogView))
	if err == nil {
		answer.(map[string]any)["Success"] = "true"
	}
	return answer, err
}

func (q *request) flowLogView(l *FlowLog) map[string]any {
	delivery, problem := "SUCCESS", ""
	if code := q.c.LogState(l.project, l.store, l.Region); code != "" {
		name := l.project
		if code == "LogStoreNotExist" {
			name = l.store
		}
		delivery, problem = "FAILED", code+": "+name
	}
	return map[string]any{
		"FlowLogId": l.ID, "FlowLogName": l.Name, "Description": l.Description, "RegionId": l.Region, "CreationTime": kernel.Stamp(l.Created),
		"ResourceType": l.resourceType, "ResourceId": l.On, "TrafficType": l.traffic, "ProjectName": l.project, "LogStoreName": l.store,
		"AggregationInterval": l.interval, "IpVersion": l.version, "Status": q.c.flowLogStatus(l), "BusinessStatus": "Normal",
		"FlowLogDeliverStatus": delivery, "FlowLogDeliverErrorMessage": problem, "ServiceType": "", "ResourceGroupId": "",
		"TrafficPath": map[string]any{"TrafficPathList": l.paths}, "Tags": vpcTags(&l.Resource),
	}
}
