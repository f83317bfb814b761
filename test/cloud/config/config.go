package config

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/test/cloud/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Cloud Config grants operations: the resource is always "*".
// Parameters are optional in the metadata of this version, and the service refuses what is missing
// (Needs).
var configActions = []action{
	{
		Name: "CreateConfigRule", Write: true, Do: createConfigRule,
		Params: `ConfigRuleName SourceOwner=ALIYUN|CUSTOM_FC SourceIdentifier ResourceTypesScope:RepeatList ConfigRuleTriggerTypes RiskLevel:Integer=1..3
			InputParameters Description MaximumExecutionFrequency ClientToken RegionIdsScope ExcludeResourceIdsScope ResourceGroupIdsScope
			TagKeyScope TagValueScope TagKeyLogicScope Conditions`,
	},
	{Name: "GetConfigRule", Do: getConfigRule, Params: "ConfigRuleId"},
	{
		Name: "ListConfigRules", Do: listConfigRules,
		Params: `ConfigRuleName ConfigRuleState ComplianceType RiskLevel:Integer=1..3 PageNumber:Integer=1..1000000 PageSize:Integer=1..100
			CompliancePackId FilterInCompliancePack:Boolean FilterInCompliancePackExcludeIds Keyword ResourceTypes ServiceChannel`,
	},
	{Name: "DeleteConfigRules", Write: true, Do: deleteConfigRules, Params: "ConfigRuleIds"},
	{Name: "ActiveConfigRules", Write: true, Do: switchConfigRules(false), Params: "ConfigRuleIds"},
	{Name: "DeactiveConfigRules", Write: true, Do: switchConfigRules(true), Params: "ConfigRuleIds"},
	{Name: "StartConfigRuleEvaluation", Write: true, Do: startConfigRuleEvaluation, Params: "ConfigRuleId CompliancePackId RevertEvaluation:Boolean"},
	{
		Name: "ListConfigRuleEvaluationResults", Do: listConfigResults,
		Params: "ConfigRuleId ComplianceType Regions ResourceTypes ResourceGroupIds CompliancePackId NextToken MaxResults:Integer=1..100",
	},
	{Name: "GetDiscoveredResource", Do: getDiscoveredResource, Params: "ResourceType ResourceId Region"},
	{
		Name: "ListDiscoveredResources", Do: listDiscoveredResources,
		Params: "ResourceTypes ResourceId Regions ResourceDeleted:Integer=0..1 NextToken MaxResults:Integer=1..100",
	},
	{Name: "PutEvaluations", Write: true, Do: putEvaluations, Params: "ResultToken Evaluations DeleteMode:Boolean"},
}

// The version before, which Alibaba Cloud's samples of custom rules still use.
var configActions2019 = []action{
	{
		Name: "ListConfigRules", Do: listConfigRules,
		Params: `ConfigRuleName ConfigRuleState ComplianceType RiskLevel:Integer=1..3 PageNumber:Integer=1..1000000 PageSize:Integer=1..100
			CompliancePackId MemberId:Long MultiAccount:Boolean`,
	},
	{Name: "DeleteConfigRules", Write: true, Do: deleteConfigRules, Params: "ConfigRuleIds!"},
	{Name: "ActiveConfigRules", Write: true, Do: switchConfigRules(false), Params: "ConfigRuleIds!"},
	{Name: "StopConfigRules", Write: true, Do: switchConfigRules(true), Params: "ConfigRuleIds!"},
	{Name: "StartConfigRuleEvaluation", Write: true, Do: startConfigRuleEvaluation, Params: "ConfigRuleId CompliancePackId RevertEvaluation:Boolean"},
	{Name: "DescribeDiscoveredResource", Do: getDiscoveredResource, Params: "ResourceType! ResourceId! Region MemberId:Long MultiAccount:Boolean"},
	{
		Name: "ListDiscoveredResources", Do: listDiscoveredResources,
		Params: `ResourceTypes ResourceId Regions ResourceDeleted:Integer=0..1 PageNumber:Integer!=1..1000000 PageSize:Integer!=1..100
			MemberId:Long MultiAccount:Boolean`,
	},
	{Name: "PutEvaluations", Write: true, Do: putEvaluations, Params: "ResultToken! Evaluations"},
}

func (c *Service) register() {
	c.AddSection(kernel.StateSection("config", c.load, func() yaml.MapSlice { return kernel.DumpTables(c, c.Region, &c.kept, c.tables()) }))
	c.BeforeLoad = append(c.BeforeLoad, func() { c.configItems = nil }) // what is loaded was there before
	c.BeforeWrite, c.AfterWrite = append(c.BeforeWrite, c.configBefore), append(c.AfterWrite, c.configAfter)
	now := &kernel.Product{Code: "Config", Ram: "config", Version: "2020-09-07", Endpoint: centre}
	before := &kernel.Product{Code: "Config", Ram: "config", Version: "2019-01-08", Endpoint: centre}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10<<20))
		if err != nil {
			http.Error(w, "the body broke off", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if _, version := kernel.ActionOf(r, kernel.FormOf(r, body)); version == before.Version {
			c.AnswerRPC(before, w, r)
			return
		}
		c.AnswerRPC(now, w, r)
	})
	// Before the two versions are served, each of which would take all calls for its own.
	c.Handle("config.aliyuncs.com", h)
	c.Handle("config.*.aliyuncs.com", h)
	kernel.Serve(c.Cloud, c.request, now, configActions)
	kernel.Serve(c.Cloud, c.request, before, configActions2019)
}

// centre is which of the two centres records a region.
func centre(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "config.cn-shanghai.aliyuncs.com"
	}
	return "config.ap-southeast-1.aliyuncs.com"
}

// The name has to be free. Scopes by tag and by resource group are accepted, and do not narrow
// anything here.
func createConfigRule(q *request) (any, error) {
	if err := q.Needs("ConfigRuleName", "SourceOwner", "SourceIdentifier", "ConfigRuleTriggerTypes", "RiskLevel", "ResourceTypesScope"); err != nil {
		return nil, err
	}
	r := &configRule{
		Resource: kernel.Resource{
			ID: "cr-" + q.c.Random.Text(20, "0123456789abcdef"), Name: q.Str("ConfigRuleName"), Description: q.Str("Description"), Created: q.c.Clock(),
		},
		owner: q.Str("SourceOwner"), Source: q.Str("SourceIdentifier"), Types: q.List("ResourceTypesScope"), Triggers: q.Str("ConfigRuleTriggerTypes"),
		Risk: q.Num("RiskLevel", 3), Regions: q.Str("RegionIdsScope"), Excluded: q.Str("ExcludeResourceIdsScope"), Parameters: map[string]any{},
		updated: q.c.Clock(), results: map[string]*configResult{},
	}
	if q.Has("InputParameters") {
		if err := json.Unmarshal([]byte(q.Str("InputParameters")), &r.Parameters); err != nil {
			return nil, kernel.Refuse(400, "Invalid.InputParameters.Value", "The specified InputParameters is invalid: %v.", err)
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(q.c.kept.Rules, func(o *configRule) bool { return o.Name == r.Name }) {
		return nil, kernel.Refuse(400, "ConfigRuleExists", "The ConfigRule already exists.")
	}
	q.c.kept.Rules = append(q.c.kept.Rules, r)
	q.Touch(ruleKind, r.ID)
	// A new rule is evaluated at once.
	q.c.later(func() { q.c.judgeRule(r, "Manual") })
	return map[string]any{"ConfigRuleId": r.ID}, nil
}

// judgeRule judges everything that a rule is about, and tells. The caller must
// not hold mu.
func (c *Service) judgeRule(r *configRule, message string) {
	c.Mu.Lock()
	w := c.judgeAll(r, message)
	c.Mu.Unlock()
	w.do(c)
}

// check refuses a rule that Cloud Config could not judge by.
func (r *configRule) check() error {
	for _, t := range strings.Split(r.Triggers, ",") {
		if t != "ConfigurationItemChangeNotification" && t != "ScheduledNotification" {
			return kernel.Refuse(400, "Invalid.ConfigRuleTriggerTypes.Value", "The specified ConfigRuleTriggerTypes %s is invalid.", t)
		}
	}
	managed, known := managedRules[r.Source]
	switch {
	case r.owner == "ALIYUN" && !known:
		return kernel.Refuse(400, "Invalid.SourceIdentifier.Value", "The specified SourceIdentifier %s is invalid. (The local cloud has the managed rules %s.)",
			r.Source, strings.Join(kernel.SortedKeys(managedRules), ", "))
	case r.owner == "ALIYUN" && !slices.Contains(r.Types, managed.kind):
		return kernel.Refuse(400, "Invalid.ResourceTypesScope.Value", "The rule %s judges resources of the type %s.", r.Source, managed.kind)
	case r.owner == "CUSTOM_FC" && eventbridge.FunctionEndpoint.FindStringSubmatch(r.Source) == nil:
		return kernel.Refuse(400, "Invalid.SourceIdentifier.Value", "The specified SourceIdentifier %s is not the ARN of a function.", r.Source)
	}
	return nil
}

func (q *request) configRule() (*configRule, error) {
	if err := q.Needs("ConfigRuleId"); err != nil {
		return nil, err
	}
	for _, r := range q.c.kept.Rules {
		if r.ID == q.Str("ConfigRuleId") {
			q.Touch(ruleKind, r.ID)
			return r, nil
		}
	}
	return nil, kernel.Refuse(400, "ConfigRuleNotExists", "The ConfigRule does not exist.")
}

// compliance sums up the results: a rule complies if all of them do.
func (r *configRule) compliance() (string, int) {
	bad := 0
	for _, result := range r.results {
		if result.compliance == NonCompliant {
			bad++
		}
	}
	switch {
	case bad > 0:
		return NonCompliant, bad
	case len(r.results) == 0:
		return "INSUFFICIENT_DATA", 0
	}
	return compliant, len(r.results)
}

func (r *configRule) view(c *Service) map[string]any {
	kind, count := r.compliance()
	return map[string]any{
		"ConfigRuleId": r.ID, "ConfigRuleName": r.Name, "ConfigRuleArn": r.arn(c), "Description": r.Description, "AccountId": c.accountNumber(),
		"ConfigRuleState": map[bool]string{true: "INACTIVE", false: "ACTIVE"}[r.Stopped], "RiskLevel": r.Risk,
		"SourceOwner": r.owner, "SourceIdentifier": r.Source, "ResourceTypesScope": strings.Join(r.Types, ","), "AutomationType": "",
		"Compliance": map[string]any{"ComplianceType": kind, "Count": count},
	}
}

func getConfigRule(q *request) (any, error) {
	r, err := q.configRule()
	if err != nil {
		return nil, err
	}
	view := r.view(q.c)
	view["CreateTimestamp"], view["ModifiedTimestamp"] = r.Created.UnixMilli(), r.updated.UnixMilli()
	view["ConfigRuleTriggerTypes"], view["InputParameters"] = r.Triggers, r.Parameters
	view["RegionIdsScope"], view["ExcludeResourceIdsScope"] = r.Regions, r.Excluded
	status := map[string]any{}
	if !r.asked.IsZero() {
		status["LastSuccessfulEvaluationTimestamp"], status["LastSuccessfulInvocationTimestamp"] = r.asked.UnixMilli(), r.asked.UnixMilli()
		status["FirstEvaluationStarted"] = true
	}
	view["ConfigRuleEvaluationStatus"] = status
	return map[string]any{"ConfigRule": view}, nil
}

func listConfigRules(q *request) (any, error) {
	views := []any{}
	for _, r := range q.c.kept.Rules {
		view := r.view(q.c)
		kind, _ := r.compliance()
		if q.Matches("ConfigRuleName", r.Name) && q.Matches("ConfigRuleState", view["ConfigRuleState"].(string)) && q.Matches("ComplianceType", kind) &&
			(!q.Has("RiskLevel") || q.Num("RiskLevel", 0) == r.Risk) &&
			(!q.Has("ResourceTypes") || slices.ContainsFunc(r.Types, func(t string) bool { return kernel.InList(q.Str("ResourceTypes"), t) })) {
			views = append(views, view)
		}
	}
	page, answer, err := kernel.AnyPage(q.Request, views, 10)
	if err != nil {
		return nil, err
	}
	answer["ConfigRuleList"] = page
	return map[string]any{"ConfigRules": answer}, nil
}

// onConfigRules does something to every rule that a call lists, and answers
// for each.
func onConfigRules(q *request, do func(*configRule)) (any, error) {
	if err := q.Needs("ConfigRuleIds"); err != nil {
		return nil, err
	}
	outcomes := []any{}
	for _, id := range strings.Split(q.Str("ConfigRuleIds"), ",") {
		outcome := map[string]any{"ConfigRuleId": id, "Success": true, "ErrorCode": ""}
		if i := slices.IndexFunc(q.c.kept.Rules, func(r *configRule) bool { return r.ID == id }); i >= 0 {
			q.Touch(ruleKind, id)
			do(q.c.kept.Rules[i])
		} else {
			outcome["Success"], outcome["ErrorCode"] = false, "ConfigRuleNotExists"
		}
		outcomes = append(outcomes, outcome)
	}
	return map[string]any{"OperateRuleResult": map[string]any{"OperateRuleItemList": outcomes}}, nil
}

func deleteConfigRules(q *request) (any, error) {
	return onConfigRules(q, func(r *configRule) {
		q.c.kept.Rules = slices.DeleteFunc(q.c.kept.Rules, func(o *configRule) bool { return o == r })
	})
}

// A stopped rule keeps its results.
func switchConfigRules(off bool) func(*request) (any, error) {
	return func(q *request) (any, error) {
		return onConfigRules(q, func(r *configRule) { r.Stopped, r.updated = off, q.c.Clock() })
	}
}

// The answer comes before the evaluation: who wants the results waits for them.
func startConfigRuleEvaluation(q *request) (any, error) {
	r, err := q.configRule()
	switch {
	case err != nil:
		return nil, err
	case r.Stopped:
		return nil, kernel.Refuse(400, "ConfigRuleStatusNotActive", "The ConfigRule is not active.")
	}
	q.c.later(func() { q.c.judgeRule(r, "Manual") })
	return map[string]any{"Result": true}, nil
}

func (r *configRule) resultView(c *Service, result *configResult) map[string]any {
	identifier := r.identifier(c, result)
	qualifier := map[string]any{}
	for k, v := range identifier["evaluationResultQualifier"].(map[string]any) {
		qualifier[strings.ToUpper(k[:1])+k[1:]] = v
	}
	return map[string]any{
		"ComplianceType": result.compliance, "Annotation": textOf(result.annotation), "RiskLevel": r.Risk, "RemediationEnabled": false,
		"InvokingEventMessageType": result.message, "ResultRecordedTimestamp": result.recorded.UnixMilli(), "ConfigRuleInvokedTimestamp": result.ordered.UnixMilli(),
		"EvaluationResultIdentifier": map[string]any{"OrderingTimestamp": result.ordered.UnixMilli(), "EvaluationResultQualifier": qualifier},
	}
}

func listConfigResults(q *request) (any, error) {
	r, err := q.configRule()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, key := range kernel.SortedKeys(r.results) {
		result := r.results[key]
		if q.Matches("ComplianceType", result.compliance) && kernel.InList(q.Str("Regions"), result.item.region) && kernel.InList(q.Str("ResourceTypes"), result.item.kind) {
			views = append(views, r.resultView(q.c, result))
		}
	}
	page, next, err := kernel.TokenPage(q.Request, views, 10)
	if err != nil {
		return nil, err
	}
	return map[string]any{"EvaluationResults": map[string]any{
		"EvaluationResultList": page, "NextToken": next, "MaxResults": q.Num("MaxResults", 10),
	}}, nil
}

func (i *configItem) view(c *Service) map[string]any {
	return map[string]any{
		"ResourceId": i.id, "ResourceName": i.name, "ResourceType": i.kind, "Region": i.region, "AccountId": c.accountNumber(),
		"ResourceOwnerId": c.accountNumber(), "AvailabilityZone": "", "ResourceStatus": "", "Tags": jsonText(i.tags), "Version": i.version,
		"ResourceCreationTime": i.created.UnixMilli(), "ResourceDeleted": map[bool]int{true: 0, false: 1}[i.deleted],
	}
}

// Configuration is JSON in text.
func getDiscoveredResource(q *request) (any, error) {
	if err := q.Needs("ResourceType", "ResourceId"); err != nil {
		return nil, err
	}
	for _, i := range q.c.discovered() {
		if i.kind == q.Str("ResourceType") && i.id == q.Str("ResourceId") && q.Matches("Region", i.region) {
			view := i.view(q.c)
			view["Configuration"] = i.text()
			return map[string]any{"DiscoveredResourceDetail": view}, nil
		}
	}
	return nil, kernel.Refuse(404, "ResourceNotExists", "The specified resource does not exist.")
}

// ResourceDeleted is 1 for what is there and 0 for what is gone.
func listDiscoveredResources(q *request) (any, error) {
	views := []any{}
	for _, i := range q.c.discovered() {
		if kernel.InList(q.Str("ResourceTypes"), i.kind) && q.Matches("ResourceId", i.id) && kernel.InList(q.Str("Regions"), i.region) &&
			i.deleted == (q.Num("ResourceDeleted", 1) == 0) {
			views = append(views, i.view(q.c))
		}
	}
	page, answer, err := kernel.AnyPage(q.Request, views, 20)
	if err != nil {
		return nil, err
	}
	answer["DiscoveredResourceProfileList"] = page
	return map[string]any{"DiscoveredResourceProfiles": answer}, nil
}

// putEvaluations takes what a custom rule says. The token says which rule.
func putEvaluations(q *request) (any, error) {
	if err := q.Needs("ResultToken"); err != nil {
		return nil, err
	}
	r := q.c.configTokens[q.Str("ResultToken")]
	if r == nil {
		return nil, kernel.Refuse(400, "Invalid.ResultToken.Value", "The specified ResultToken is invalid.")
	}
	var given []struct {
		AccountID              json.Number
		ComplianceResourceID   string
		ComplianceResourceType string
		ComplianceRegionID     string
		ComplianceType         string
		OrderingTimestamp      int64
		Annotation             any
	}
	if q.Has("Evaluations") {
		if err := json.Unmarshal([]byte(q.Str("Evaluations")), &given); err != nil {
			return nil, kernel.Refuse(400, "Invalid.Evaluations.Value", "The specified Evaluations is invalid: %v.", err)
		}
	}
	if len(given) > 100 {
		return nil, kernel.Refuse(400, "Invalid.Evaluations.Value", "The specified Evaluations is invalid: at most 100.")
	}
	kept := map[string]bool{}
	var results []*configResult
	for _, g := range given {
		switch {
		case !slices.Contains([]string{compliant, NonCompliant, "NOT_APPLICABLE", "INSUFFICIENT_DATA"}, g.ComplianceType):
			return nil, kernel.Refuse(400, "Invalid.ComplianceType.Value", "The specified ComplianceType %s is invalid.", g.ComplianceType)
		case g.ComplianceResourceID == "" || g.ComplianceResourceType == "":
			return nil, kernel.Refuse(400, "Invalid.Evaluations.Value", "The specified Evaluations is invalid: complianceResourceId and complianceResourceType are needed.")
		}
		i := &configItem{kind: g.ComplianceResourceType, id: g.ComplianceResourceID, region: g.ComplianceRegionID, captured: q.c.Clock()}
		for _, known := range q.c.discovered() {
			if known.key() == i.key() {
				i = known
			}
		}
		kept[i.key()] = true
		results = append(results, &configResult{item: i, compliance: g.ComplianceType, annotation: g.Annotation,
			message: "ConfigurationItemChangeNotification", ordered: time.UnixMilli(g.OrderingTimestamp)})
	}
	w := &configWork{}
	for _, result := range results {
		// A late answer to an earlier question does not undo a newer one.
		if before := r.results[result.item.key()]; before == nil || !result.ordered.Before(before.ordered) {
			q.c.keepResult(w, r, result)
		}
	}
	if q.Is("DeleteMode") {
		for key := range r.results {
			if !kept[key] {
				delete(r.results, key)
			}
		}
	}
	q.c.later(func() { w.do(q.c) })
	return map[string]any{"Result": true}, nil
}
