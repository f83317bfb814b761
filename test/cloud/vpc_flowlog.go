package cloud

import (
	"slices"
	"time"
)

// flowLog writes the traffic of a VPC, a vSwitch or an interface to the log
// service. Traffic there is none: it only says where it would go.
type flowLog struct {
	ecsResource
	resource, resourceType, traffic, project, store, version string
	paths                                                    []string
	interval                                                 int // minutes
	active                                                   bool
	changed                                                  time.Time
}

const flowLogKind = "ACS::VPC::FlowLog"

var onFlowLog = inVPC("flowlog", "FlowLogId")

var flowLogActions = []rpcAction{
	{name: "OpenFlowLogService", write: true, do: openFlowLogService, params: "RegionId! ClientToken"},
	{name: "GetFlowLogServiceStatus", do: getFlowLogServiceStatus, params: "RegionId! ClientToken"},
	{
		name: "CreateFlowLog", write: true, do: createFlowLog, on: inVPC("flowlog", ""),
		params: `RegionId! ResourceId! ResourceType!=NetworkInterface|VSwitch|VPC TrafficType!=All|Allow|Drop ProjectName LogStoreName
			FlowLogName Description AggregationInterval:Integer IpVersion ResourceGroupId TrafficPath:RepeatList Tag:RepeatList(Key Value)`,
	},
	{
		name: "ModifyFlowLogAttribute", write: true, do: modifyFlowLog, on: onFlowLog,
		params: "RegionId! FlowLogId! FlowLogName Description AggregationInterval:Integer IpVersion",
	},
	{name: "DeleteFlowLog", write: true, do: deleteFlowLog, on: onFlowLog, params: "RegionId! FlowLogId!"},
	{name: "ActiveFlowLog", write: true, do: setFlowLog(true), on: onFlowLog, params: "RegionId! FlowLogId!"},
	{name: "DeactiveFlowLog", write: true, do: setFlowLog(false), on: onFlowLog, params: "RegionId! FlowLogId!"},
	{
		name: "DescribeFlowLogs", do: describeFlowLogs, on: onFlowLog,
		params: `RegionId! FlowLogId FlowLogName Description ResourceId ResourceType TrafficType ProjectName LogStoreName Status VpcId
			ResourceGroupId Tags:RepeatList(Key Value)` + byNumber,
	},
}

func openFlowLogService(q *rpcRequest) (any, error) {
	q.c.vpc.flowLogService = true
	return map[string]any{"OrderId": "", "Code": "", "Message": "", "Success": true}, nil
}

func getFlowLogServiceStatus(q *rpcRequest) (any, error) {
	return map[string]any{"Enabled": q.c.vpc.flowLogService}, nil
}

// flowLog finds the flow log of a call.
func (q *rpcRequest) flowLog() (*flowLog, error) {
	l, ok := find(q, q.c.vpc.flowLogs, q.str("FlowLogId"))
	if !ok {
		return nil, refuse(404, "ResourceNotFound.FlowLog", "The specified resource of FlowLog is not found.")
	}
	q.touch(flowLogKind, l.id)
	if !q.c.settled(l.changed) {
		return nil, refuse(400, "IncorrectStatus.flowlog", "The status of the flow log does not support this operation.")
	}
	return l, nil
}

func createFlowLog(q *rpcRequest) (any, error) {
	l := &flowLog{
		ecsResource: q.newResource("fl", q.str("FlowLogName")), resource: q.str("ResourceId"), resourceType: q.str("ResourceType"),
		traffic: q.str("TrafficType"), project: q.str("ProjectName"), store: q.str("LogStoreName"), version: q.orElse("IpVersion", "IPv4"),
		paths: q.list("TrafficPath"), interval: q.num("AggregationInterval", 10), active: true, changed: q.c.clock(),
	}
	if len(l.paths) == 0 {
		l.paths = []string{"all"}
	}
	known := map[string]bool{
		"VPC": has(q.c.vpc.vpcs, l.resource), "VSwitch": has(q.c.vpc.switches, l.resource), "NetworkInterface": q.c.hasHost("NetworkInterface", l.resource),
	}
	switch {
	case !q.c.vpc.flowLogService:
		return nil, refuse(400, "OperationDenied.ServiceNotOpen", "The flow log service is not activated.")
	case l.project == "":
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter ProjectName.")
	case l.store == "":
		return nil, refuse(400, "MissingParameter", "Missing mandatory parameter LogStoreName.")
	case !known[l.resourceType]:
		return nil, refuse(404, "ResourceNotFound."+l.resourceType, "The specified resource of %s is not found.", l.resourceType)
	}
	if err := checkInterval(l.interval); err != nil {
		return nil, err
	}
	q.c.vpc.flowLogs = append(q.c.vpc.flowLogs, l)
	q.touch(flowLogKind, l.id)
	return map[string]any{"FlowLogId": l.id, "Success": "true", "ResourceGroupId": ""}, nil
}

func checkInterval(minutes int) error {
	if !slices.Contains([]int{1, 5, 10}, minutes) {
		return refuse(400, "IllegalParam.AggregationInterval", "The specified AggregationInterval is invalid.")
	}
	return nil
}

func modifyFlowLog(q *rpcRequest) (any, error) {
	l, err := q.flowLog()
	if err != nil {
		return nil, err
	}
	interval := q.num("AggregationInterval", l.interval)
	if err := checkInterval(interval); err != nil {
		return nil, err
	}
	l.name, l.description, l.interval, l.version = q.orElse("FlowLogName", l.name), q.orElse("Description", l.description), interval, q.orElse("IpVersion", l.version)
	return map[string]any{"Success": "true"}, nil
}

func deleteFlowLog(q *rpcRequest) (any, error) {
	l, err := q.flowLog()
	if err != nil {
		return nil, err
	}
	q.c.vpc.flowLogs = without(q.c.vpc.flowLogs, l.id)
	return map[string]any{"Success": "true"}, nil
}

func setFlowLog(active bool) func(*rpcRequest) (any, error) {
	return func(q *rpcRequest) (any, error) {
		l, err := q.flowLog()
		switch {
		case err != nil:
			return nil, err
		case l.active == active:
			return nil, refuse(400, "IncorrectStatus.flowlog", "The status of the flow log does not support this operation.")
		}
		l.active, l.changed = active, q.c.clock()
		return map[string]any{"Success": "true"}, nil
	}
}

func (c *Cloud) flowLogStatus(l *flowLog) string {
	if l.active {
		return c.status(l.changed, "Activating", "Active")
	}
	return c.status(l.changed, "Deactivating", "Inactive")
}

// vpcOf is the VPC that a flow log is about.
func (c *Cloud) vpcOf(l *flowLog) string {
	for _, v := range c.vpc.switches {
		if v.id == l.resource {
			return v.vpc
		}
	}
	if h, ok := hostNamed(c.vpcHosts(), "NetworkInterface", l.resource, ""); ok {
		return h.vpc
	}
	return l.resource
}

func describeFlowLogs(q *rpcRequest) (any, error) {
	kept := within(q, q.c.vpc.flowLogs, func(l *flowLog) bool {
		return q.matches("FlowLogId", l.id) && q.matches("FlowLogName", l.name) && q.matches("Description", l.description) &&
			q.matches("ResourceId", l.resource) && q.matches("ResourceType", l.resourceType) && q.matches("TrafficType", l.traffic) &&
			q.matches("ProjectName", l.project) && q.matches("LogStoreName", l.store) && q.matches("Status", q.c.flowLogStatus(l)) &&
			q.matches("VpcId", q.c.vpcOf(l)) && l.hasTags(q)
	})
	answer, err := inWords(numbered(q, kept, 10, "FlowLogs", "FlowLog", q.flowLogView))
	if err == nil {
		answer.(map[string]any)["Success"] = "true"
	}
	return answer, err
}

func (q *rpcRequest) flowLogView(l *flowLog) map[string]any {
	delivery, problem := "SUCCESS", ""
	if code := q.c.logState(l.project, l.store, l.region); code != "" {
		name := l.project
		if code == "LogStoreNotExist" {
			name = l.store
		}
		delivery, problem = "FAILED", code+": "+name
	}
	return map[string]any{
		"FlowLogId": l.id, "FlowLogName": l.name, "Description": l.description, "RegionId": l.region, "CreationTime": stamp(l.created),
		"ResourceType": l.resourceType, "ResourceId": l.resource, "TrafficType": l.traffic, "ProjectName": l.project, "LogStoreName": l.store,
		"AggregationInterval": l.interval, "IpVersion": l.version, "Status": q.c.flowLogStatus(l), "BusinessStatus": "Normal",
		"FlowLogDeliverStatus": delivery, "FlowLogDeliverErrorMessage": problem, "ServiceType": "", "ResourceGroupId": "",
		"TrafficPath": map[string]any{"TrafficPathList": l.paths}, "Tags": vpcTags(&l.ecsResource),
	}
}
