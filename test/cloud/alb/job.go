package alb

import (
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// job is an asynchronous change of Application Load Balancer.
// It always succeeds: what could fail was refused at once.
type job struct {
	id, action, kind, resource string
	created                    time.Time
}

// The name is the API's, without the ch.
var jobActions = []action{
	{
		Name: "ListAsynJobs", Do: listJobs,
		Params: "ApiName BeginTime:Long EndTime:Long JobIds:Array MaxResults:Long NextToken ResourceIds:Array ResourceType",
	},
}

// done notes a change and answers with its job.
func (q *request) done(kind, id string, answer map[string]any) (any, error) {
	j := job{id: strings.ToLower(q.c.Random.Uuid()), action: q.Action.Name, kind: kind, resource: id, created: q.c.Clock()}
	q.c.kept.jobs = append(q.c.kept.jobs, j)
	answer["JobId"] = j.id
	return answer, nil
}

// Times are in milliseconds, unlike elsewhere in this API.
func listJobs(q *request) (any, error) {
	views := []any{}
	for _, j := range q.c.kept.jobs {
		if !q.ChosenBy("JobIds", j.id) || !q.ChosenBy("ResourceIds", j.resource) || !q.Matches("ApiName", j.action) || !q.Matches("ResourceType", j.kind) {
			continue
		}
		status := "Succeeded"
		if !q.c.Settled(j.created) {
			status = "Processing"
		}
		views = append(views, map[string]any{
			"Id": j.id, "ApiName": j.action, "ResourceType": j.kind, "ResourceId": j.resource, "Status": status,
			"CreateTime": j.created.UnixMilli(), "ModifyTime": j.created.UnixMilli(), "OperateType": "", "ErrorCode": "", "ErrorMessage": "",
		})
	}
	return kernel.NamedPage(q.Request, "Jobs", views)
}
