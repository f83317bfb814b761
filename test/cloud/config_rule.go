package cloud

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// configRule judges resources: by a rule that Cloud Config brings along, or by
// a function.
type configRule struct {
	id, name, description   string
	owner, source           string // ALIYUN and the rule's identifier, or CUSTOM_FC and the function's ARN
	types                   []string
	triggers                string
	risk                    int
	regions, excluded       string
	parameters              map[string]any
	stopped                 bool
	created, updated, asked time.Time
	results                 map[string]*configResult // by the key of the item
}

// configResult is what a rule says of a resource.
type configResult struct {
	item              *configItem
	compliance        string // COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE
	annotation        any
	message           string // what it was asked for
	recorded, ordered time.Time
	lastBad           time.Time
}

const (
	compliant    = "COMPLIANT"
	nonCompliant = "NON_COMPLIANT"
)

// managedRule is a rule that Cloud Config brings along. It returns what is
// wrong, nil if nothing is.
type managedRule struct {
	kind string
	// also names a type whose changes a rule about the account is judged on.
	also  string
	judge func(*Cloud, *configItem) *finding
}

// finding is the annotation of a resource that does not comply.
type finding struct {
	Configuration any    `json:"configuration"`
	DesiredValue  any    `json:"desiredValue"`
	Operator      string `json:"operator"`
	Property      string `json:"property"`
}

var managedRules = map[string]managedRule{
	"sg-public-access-check": {kind: groupKind, judge: judgePublicAccess},
	"ecs-disk-encrypted": {kind: diskKind, judge: func(_ *Cloud, i *configItem) *finding {
		if i.configuration["Encrypted"] == true {
			return nil
		}
		return &finding{"false", "true", "StringEquals", "$.Encrypted"}
	}},
	"ecs-instance-meta-data-mode-check": {kind: instanceKind, judge: func(_ *Cloud, i *configItem) *finding {
		options, _ := i.configuration["MetadataOptions"].(map[string]any)
		if options["HttpTokens"] == "required" || options["HttpEndpoint"] == "disabled" {
			return nil
		}
		return &finding{options["HttpTokens"], "required", "StringEquals", "$.MetadataOptions.HttpTokens"}
	}},
	"actiontrail-enabled": {kind: accountKind, also: trailKind, judge: func(c *Cloud, _ *configItem) *finding {
		if slices.ContainsFunc(c.trails.trails, func(t *trail) bool { return t.status == "Enable" }) {
			return nil
		}
		return &finding{"", "Enable", "StringEquals", "$.Trails[*].Status"}
	}},
	"root-ak-check": {kind: accountKind, judge: func(c *Cloud, _ *configItem) *finding {
		if n := len(c.keysOf(rootOwner)); n > 0 {
			return &finding{strconv.Itoa(n), "0", "Equals", "$.AccessKeys"}
		}
		return nil
	}},
}

// judgePublicAccess is as documented: every port to every address, unless a
// rule of better priority refuses it. It is not what is exposed: a group open
// on all but one port complies.
func judgePublicAccess(_ *Cloud, i *configItem) *finding {
	permissions, _ := i.configuration["Permissions"].(map[string]any)
	list, _ := permissions["Permission"].([]any)
	open := func(v any, policy string) (priority int, ok bool) {
		r, _ := v.(map[string]any)
		text := func(name string) string { s, _ := r[name].(string); return s }
		priority, _ = strconv.Atoi(strings.Trim(jsonText(r["Priority"]), `"`))
		return priority, text("Direction") == "ingress" && strings.EqualFold(text("Policy"), policy) &&
			text("SourceCidrIp") == "0.0.0.0/0" && text("PortRange") == "-1/-1"
	}
	for _, r := range list {
		priority, ok := open(r, "Accept")
		if !ok {
			continue
		}
		refused := slices.ContainsFunc(list, func(o any) bool {
			p, ok := open(o, "Drop")
			return ok && p <= priority
		})
		if !refused {
			return &finding{"0.0.0.0/0", "-1/-1", "NotExists", "$.Permissions.Permission[*]"}
		}
	}
	return nil
}

// configWork is what an evaluation leads to, to be done without mu: events, and
// functions to be asked.
type configWork struct {
	events [][]byte
	asks   []asyncItem
}

func (w *configWork) do(c *Cloud) {
	for _, e := range w.events {
		c.emit(e)
	}
	for _, a := range w.asks {
		a.id = c.random.uuid()
		if err := c.enqueue(a); err != nil {
			c.log.Error("a custom rule was not asked", "function", a.function, "error", err)
		}
	}
}

// judgeChanges judges what has changed by the rules that are told of changes.
// mu is held.
func (c *Cloud) judgeChanges(changed []*configItem) *configWork {
	w := &configWork{}
	const message = "ConfigurationItemChangeNotification"
	for _, r := range c.configRules {
		if r.stopped || !strings.Contains(r.triggers, message) {
			continue
		}
		if also := managedRules[r.source].also; also != "" && slices.ContainsFunc(changed, func(i *configItem) bool { return i.kind == also }) {
			c.evaluate(w, r, c.account(), message)
		}
		for _, i := range changed {
			if !i.deleted && r.covers(i) {
				c.evaluate(w, r, i, message)
			}
		}
	}
	return w
}

// judgeAll judges everything that a rule is about. mu is held.
func (c *Cloud) judgeAll(r *configRule, message string) *configWork {
	w := &configWork{}
	for _, i := range append(c.discovered(), c.account()) {
		if !i.deleted && r.covers(i) {
			c.evaluate(w, r, i, message)
		}
	}
	return w
}

func (r *configRule) covers(i *configItem) bool {
	if managed, ok := managedRules[r.source]; ok && managed.kind != i.kind {
		return false
	}
	return slices.Contains(r.types, i.kind) && inList(r.regions, i.region) &&
		(r.excluded == "" || !inList(r.excluded, i.id))
}

func (c *Cloud) evaluate(w *configWork, r *configRule, i *configItem, message string) {
	r.asked = c.clock()
	if r.owner == "CUSTOM_FC" {
		w.asks = append(w.asks, c.askFunction(r, i, message))
		return
	}
	compliance, annotation := compliant, any("")
	if found := managedRules[r.source].judge(c, i); found != nil {
		compliance, annotation = nonCompliant, found
	}
	c.keepResult(w, r, &configResult{item: i, compliance: compliance, annotation: annotation, message: message, ordered: c.clock()})
}

// askFunction is the invocation of a custom rule: nested, times as numbers.
func (c *Cloud) askFunction(r *configRule, i *configItem, message string) asyncItem {
	token := c.random.text(160, alnum)
	if c.configTokens == nil {
		c.configTokens = map[string]*configRule{}
	}
	c.configTokens[token] = r
	size, configuration := "COMMON", i.text()
	if len(configuration) > maxAsyncBody/2 {
		size, configuration = "OVERSIZE", "" // it has to be asked for: GetDiscoveredResource
	}
	now := c.clock().UnixMilli()
	body := jsonText(map[string]any{
		"orderingTimestamp": now, "resultToken": token, "ruleParameters": r.parameters,
		"invokingEvent": map[string]any{
			"messageType": message, "configurationType": size, "notificationCreationTimestamp": now, "accountId": c.Account,
			"configurationItem": map[string]any{
				"accountId": c.Account, "availabilityZone": "", "regionId": i.region, "configuration": configuration, "captureTime": i.captured.UnixMilli(),
				"resourceCreateTime": i.created.UnixMilli(), "resourceId": i.id, "resourceName": i.name, "resourceType": i.kind, "tags": jsonText(i.tags),
			},
		},
	})
	m := functionEndpoint.FindStringSubmatch(r.source)
	return asyncItem{function: m[3], region: m[1], body: []byte(body), trigger: "config"}
}

// keepResult keeps what a rule says, and tells what does not comply. mu is held.
func (c *Cloud) keepResult(w *configWork, r *configRule, result *configResult) {
	result.recorded = c.clock()
	before := r.results[result.item.key()]
	r.results[result.item.key()] = result
	if result.compliance != nonCompliant {
		return
	}
	result.lastBad = result.recorded
	c.configEvents++
	annotation := result.annotation
	if (c.configEvents+c.random.first)%2 == 0 {
		annotation = textOf(annotation) // some channels have it as text
	}
	data := map[string]any{
		"dataType": "NonCompliantNotification", "eventName": "NonCompliant", "eventType": "ResourceCompliance", "complianceType": nonCompliant,
		"accountId": c.Account, "requestId": c.random.uuid(), "riskLevel": []string{"", "Critical", "Warning", "Info"}[r.risk],
		"annotation": annotation, "invokingEventMessageType": result.message, "notificationCreationTime": millis(result.recorded),
		"evaluationResultIdentifier": r.identifier(c, result),
	}
	if before != nil && !before.lastBad.IsZero() {
		data["lastNonCompliantRecordTimestamp"] = millis(before.lastBad)
	}
	w.events = append(w.events, c.configEvent("config", "NonCompliantNotification", result.item, data))
}

// identifier says which rule and which resource a result is about.
func (r *configRule) identifier(c *Cloud, result *configResult) map[string]any {
	i := result.item
	return map[string]any{
		"orderingTimestamp": result.ordered.UnixMilli(),
		"evaluationResultQualifier": map[string]any{
			"resourceId": i.id, "resourceName": i.name, "resourceType": i.kind, "regionId": i.region, "resourceOwnerId": c.accountNumber(),
			"configRuleId": r.id, "configRuleName": r.name, "configRuleArn": r.arn(c), "sourceIdentifier": r.source,
			"captureTime": i.captured.UnixMilli(),
		},
	}
}

func (r *configRule) arn(c *Cloud) string { return "acs:config::" + c.Account + ":rule/" + r.id }

func (c *Cloud) accountNumber() json.Number { return json.Number(c.Account) }

// textOf is an annotation as text.
func textOf(annotation any) string {
	if s, ok := annotation.(string); ok {
		return s
	}
	return jsonText(annotation)
}

// forgetResults drops what rules say of a resource that is no more. mu is held.
func (c *Cloud) forgetResults(i *configItem) {
	for _, r := range c.configRules {
		delete(r.results, i.key())
	}
}
