package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/actiontrail"
	"github.com/ecsguard/ecsguard/test/cloud/eventbridge"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// configRule judges resources: by a rule that Cloud Config brings along, or by
// a function.
// The results follow from what is there, so no document has them. asked is when it judged last.
type configRule struct {
	kernel.Resource `yaml:",inline" dump:"no region, no tags"`
	Source          string         `yaml:"source"`             // a managed rule, or the ARN of a function
	Types           []string       `yaml:"types,omitempty"`    // default that of the managed rule
	Triggers        string         `yaml:"triggers,omitempty"` // default ConfigurationItemChangeNotification
	Risk            int            `yaml:"risk,omitempty"`     // 1 to 3; default 1
	Regions         string         `yaml:"regions,omitempty"`
	Excluded        string         `yaml:"excluded-resources,omitempty"`
	Parameters      map[string]any `yaml:"parameters,omitempty"`
	Stopped         bool           `yaml:"stopped,omitempty"`

	owner          string // ALIYUN, or CUSTOM_FC for a function
	updated, asked time.Time
	results        map[string]*configResult // by the key of the item
}

// rules are what a document says of Cloud Config: what they find follows from the rest.
type rules struct {
	Rules kernel.Table[*configRule] `yaml:"rules"`
}

func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Rules, kernel.Kind{Key: "rules", Prefix: "cr", Type: ruleKind})}
}

const (
	ruleKind     = "ACS::Config::Rule"
	usualTrigger = "ConfigurationItemChangeNotification"
)

// Risk 1 is the highest.
func (r *configRule) Defaults(*Service) {
	r.owner = "ALIYUN"
	if strings.HasPrefix(r.Source, "acs:fc:") {
		r.owner = "CUSTOM_FC"
	}
	if len(r.Types) == 0 && r.owner == "ALIYUN" {
		r.Types = []string{managedRules[r.Source].kind}
	}
	r.Triggers, r.Risk = cmp.Or(r.Triggers, usualTrigger), cmp.Or(r.Risk, 1)
	if r.Parameters == nil {
		r.Parameters = map[string]any{}
	}
}

func (r *configRule) Check(c *Service) error {
	before := c.kept.Rules[:slices.Index(c.kept.Rules, r)]
	switch {
	case len(r.Types) == 0:
		return errors.New("a rule of a function needs types")
	case r.Name == "":
		return errors.New("a rule needs a name")
	case r.Risk < 1 || r.Risk > 3:
		return fmt.Errorf("risk is %d, not 1, 2 or 3", r.Risk)
	case slices.ContainsFunc(before, func(o *configRule) bool { return o.Name == r.Name }):
		return fmt.Errorf("the name of the rule %q is used twice", r.Name)
	}
	return r.check()
}

func (r *configRule) Complete(*kernel.Loader, *Service) error {
	r.updated, r.results = r.Created, map[string]*configResult{}
	return nil
}

// load builds the rules of a document, and has them say what they said before it was written.
func (c *Service) load(f *rules, _ map[string]any) (func(), error) {
	next, l := *c, c.NewLoader()
	next.kept = *f
	if err := kernel.LoadTables(&l, &next, "$.config", next.tables()); err != nil {
		return nil, err
	}
	return func() { c.kept = next.kept; c.judgeLoaded() }, nil
}

// judgeLoaded has the managed rules judge what is there, and tells nobody. mu is held.
func (c *Service) judgeLoaded() {
	for _, r := range c.kept.Rules {
		if r.owner == "ALIYUN" && !r.Stopped {
			r.results = map[string]*configResult{}
			c.judgeAll(r, usualTrigger)
		}
	}
}

// configResult is what a rule says of a resource.
// ordered is the time of the question, by which late answers are told from new ones.
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
	NonCompliant = "NON_COMPLIANT"
)

// managedRule is a rule that Cloud Config brings along. It returns what is
// wrong, nil if nothing is.
// It judges what Cloud Config recorded, not what is there now. Of the several hundred real ones
// only these five are here.
type managedRule struct {
	kind string
	// also names a type whose changes a rule about the account is judged on.
	also  string
	judge func(*Service, *configItem) *finding
}

// finding is the annotation of a resource that does not comply.
type finding struct {
	Configuration any    `json:"configuration"`
	DesiredValue  any    `json:"desiredValue"`
	Operator      string `json:"operator"`
	Property      string `json:"property"`
}

var managedRules = map[string]managedRule{
	"sg-public-access-check": {kind: kernel.GroupKind, judge: judgePublicAccess},
	"ecs-disk-encrypted": {kind: kernel.DiskKind, judge: func(_ *Service, i *configItem) *finding {
		if i.configuration["Encrypted"] == true {
			return nil
		}
		return &finding{"false", "true", "StringEquals", "$.Encrypted"}
	}},
	"ecs-instance-meta-data-mode-check": {kind: kernel.InstanceKind, judge: func(_ *Service, i *configItem) *finding {
		options, _ := i.configuration["MetadataOptions"].(map[string]any)
		if options["HttpTokens"] == "required" || options["HttpEndpoint"] == "disabled" {
			return nil
		}
		return &finding{options["HttpTokens"], "required", "StringEquals", "$.MetadataOptions.HttpTokens"}
	}},
	"actiontrail-enabled": {kind: AccountKind, also: actiontrail.TrailKind, judge: func(c *Service, _ *configItem) *finding {
		if slices.ContainsFunc(c.trails.Trails, func(t *actiontrail.Trail) bool { return t.Logging }) {
			return nil
		}
		return &finding{"", "Enable", "StringEquals", "$.Trails[*].Status"}
	}},
	"root-ak-check": {kind: AccountKind, judge: func(c *Service, _ *configItem) *finding {
		if n := len(c.ram.KeysOf(kernel.RootOwner)); n > 0 {
			return &finding{strconv.Itoa(n), "0", "Equals", "$.AccessKeys"}
		}
		return nil
	}},
}

// judgePublicAccess is as documented: every port to every address, unless a
// rule of better priority refuses it. It is not what is exposed: a group open
// on all but one port complies.
func judgePublicAccess(_ *Service, i *configItem) *finding {
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
	asks   []fc.AsyncItem
}

func (w *configWork) do(c *Service) {
	for _, e := range w.events {
		c.Publish(e)
	}
	for _, a := range w.asks {
		a.ID = c.Random.Uuid()
		if err := c.fc.Enqueue(a); err != nil {
			c.Log.Error("a custom rule was not asked", "function", a.Function, "error", err)
		}
	}
}

// judgeChanges judges what has changed by the rules that are told of changes.
// mu is held.
func (c *Service) judgeChanges(changed []*configItem) *configWork {
	w := &configWork{}
	const message = "ConfigurationItemChangeNotification"
	for _, r := range c.kept.Rules {
		if r.Stopped || !strings.Contains(r.Triggers, message) {
			continue
		}
		if also := managedRules[r.Source].also; also != "" && slices.ContainsFunc(changed, func(i *configItem) bool { return i.kind == also }) {
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
func (c *Service) judgeAll(r *configRule, message string) *configWork {
	w := &configWork{}
	for _, i := range append(c.discovered(), c.account()) {
		if !i.deleted && r.covers(i) {
			c.evaluate(w, r, i, message)
		}
	}
	return w
}

// A scope that is empty means everything, and an exclusion that is empty nothing.
func (r *configRule) covers(i *configItem) bool {
	if managed, ok := managedRules[r.Source]; ok && managed.kind != i.kind {
		return false
	}
	return slices.Contains(r.Types, i.kind) && kernel.InList(r.Regions, i.region) &&
		(r.Excluded == "" || !kernel.InList(r.Excluded, i.id))
}

// mu is held. A rule of a function has no result before the function has answered by
// PutEvaluations.
func (c *Service) evaluate(w *configWork, r *configRule, i *configItem, message string) {
	r.asked = c.Clock()
	if r.owner == "CUSTOM_FC" {
		w.asks = append(w.asks, c.askFunction(r, i, message))
		return
	}
	compliance, annotation := compliant, any("")
	if found := managedRules[r.Source].judge(c, i); found != nil {
		compliance, annotation = NonCompliant, found
	}
	c.keepResult(w, r, &configResult{item: i, compliance: compliance, annotation: annotation, message: message, ordered: c.Clock()})
}

// askFunction is the invocation of a custom rule: nested, times as numbers.
// The token is good for as long as the cloud lives, and names the rule.
func (c *Service) askFunction(r *configRule, i *configItem, message string) fc.AsyncItem {
	token := c.Random.Text(160, kernel.Alnum)
	if c.configTokens == nil {
		c.configTokens = map[string]*configRule{}
	}
	c.configTokens[token] = r
	size, configuration := "COMMON", i.text()
	if len(configuration) > fc.MaxAsyncBody/2 {
		size, configuration = "OVERSIZE", "" // it has to be asked for: GetDiscoveredResource
	}
	now := c.Clock().UnixMilli()
	body := jsonText(map[string]any{
		"orderingTimestamp": now, "resultToken": token, "ruleParameters": r.Parameters,
		"invokingEvent": map[string]any{
			"messageType": message, "configurationType": size, "notificationCreationTimestamp": now, "accountId": c.Account,
			"configurationItem": map[string]any{
				"accountId": c.Account, "availabilityZone": "", "regionId": i.region, "configuration": configuration, "captureTime": i.captured.UnixMilli(),
				"resourceCreateTime": i.created.UnixMilli(), "resourceId": i.id, "resourceName": i.name, "resourceType": i.kind, "tags": jsonText(i.tags),
			},
		},
	})
	m := eventbridge.FunctionEndpoint.FindStringSubmatch(r.Source)
	return fc.AsyncItem{Function: m[3], Region: m[1], Body: []byte(body), Trigger: "config"}
}

// keepResult keeps what a rule says, and tells what does not comply. mu is held.
func (c *Service) keepResult(w *configWork, r *configRule, result *configResult) {
	result.recorded = c.Clock()
	before := r.results[result.item.key()]
	r.results[result.item.key()] = result
	if result.compliance != NonCompliant {
		return
	}
	result.lastBad = result.recorded
	c.configEvents++
	annotation := result.annotation
	if (c.configEvents+c.Random.First)%2 == 0 {
		annotation = textOf(annotation) // some channels have it as text
	}
	data := map[string]any{
		"dataType": "NonCompliantNotification", "eventName": "NonCompliant", "eventType": "ResourceCompliance", "complianceType": NonCompliant,
		"accountId": c.Account, "requestId": c.Random.Uuid(), "riskLevel": []string{"", "Critical", "Warning", "Info"}[r.Risk],
		"annotation": annotation, "invokingEventMessageType": result.message, "notificationCreationTime": millis(result.recorded),
		"evaluationResultIdentifier": r.identifier(c, result),
	}
	if before != nil && !before.lastBad.IsZero() {
		data["lastNonCompliantRecordTimestamp"] = millis(before.lastBad)
	}
	w.events = append(w.events, c.configEvent("config", "NonCompliantNotification", result.item, data))
}

// identifier says which rule and which resource a result is about.
func (r *configRule) identifier(c *Service, result *configResult) map[string]any {
	i := result.item
	return map[string]any{
		"orderingTimestamp": result.ordered.UnixMilli(),
		"evaluationResultQualifier": map[string]any{
			"resourceId": i.id, "resourceName": i.name, "resourceType": i.kind, "regionId": i.region, "resourceOwnerId": c.accountNumber(),
			"configRuleId": r.ID, "configRuleName": r.Name, "configRuleArn": r.arn(c), "sourceIdentifier": r.Source,
			"captureTime": i.captured.UnixMilli(),
		},
	}
}

func (r *configRule) arn(c *Service) string { return "acs:config::" + c.Account + ":rule/" + r.ID }

func (c *Service) accountNumber() json.Number { return json.Number(c.Account) }

// textOf is an annotation as text.
func textOf(annotation any) string {
	if s, ok := annotation.(string); ok {
		return s
	}
	return jsonText(annotation)
}

// forgetResults drops what rules say of a resource that is no more. mu is held.
func (c *Service) forgetResults(i *configItem) {
	for _, r := range c.kept.Rules {
		delete(r.results, i.key())
	}
}
