package artefacts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	fc "github.com/alibabacloud-go/fc-20230330/v4/client"
	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ecsguard/ecsguard/deploy/generate/output"
	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// deployed is s.yaml as Serverless Devs reads it, without what no test asks for.
type deployed struct {
	Edition   string
	Template  map[string]map[string]any
	Resources map[string]struct {
		Component string
		Extend    struct {
			Name   string
			Ignore []string
		}
		Props map[string]any
	}
}

// extended are the props of a resource with those of its template: what both have the
// resource decides, and maps are joined.
func (d deployed) extended(t *testing.T, name string) []byte {
	t.Helper()
	r := d.Resources[name]
	base, ok := d.Template[r.Extend.Name]
	if !ok {
		t.Errorf("%s: there is no template %q", name, r.Extend.Name)
	}
	text, err := json.Marshal(joined(without(base, r.Extend.Ignore, ""), r.Props))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func without(m map[string]any, ignored []string, prefix string) map[string]any {
	left := map[string]any{}
	for key, value := range m {
		if slices.Contains(ignored, prefix+key) {
			continue
		}
		if inner, ok := value.(map[string]any); ok {
			value = without(inner, ignored, prefix+key+".")
		}
		left[key] = value
	}
	return left
}

func joined(base, over map[string]any) map[string]any {
	for key, value := range over {
		low, isMap := base[key].(map[string]any)
		if high, ok := value.(map[string]any); ok && isMap {
			value = joined(low, high)
		}
		base[key] = value
	}
	return base
}

type props struct {
	FunctionName         string
	Code, Role           string
	Timeout              int
	EnvironmentVariables map[string]string
	ConcurrencyConfig    struct{ ReservedConcurrency int }
	AsyncInvokeConfig    struct {
		AsyncTask         bool
		DestinationConfig struct{ OnFailure struct{ Destination string } }
	}
	Triggers []struct {
		TriggerName, TriggerType, Qualifier, SourceArn string
		TriggerConfig                                  json.RawMessage
	}
}

var variable = regexp.MustCompile(`\$\{(?:vars\.(\w+)|env\('(\w+)'(?:,'([^']*)')?\))\}`)

// resolve does what Serverless Devs does with ${…} once it has read the file, for
// somebody who has set nothing but the account.
func resolve(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = resolve(t, v[key])
		}
	case []any:
		for i := range v {
			v[i] = resolve(t, v[i])
		}
	case string:
		text := variable.ReplaceAllStringFunc(v, func(found string) string {
			switch m := variable.FindStringSubmatch(found); {
			case m[1] == "region":
				return "cn-hangzhou"
			case m[2] == "ACCOUNT_ID":
				return "1234567890123456"
			case m[2] != "" && strings.Contains(found, ","):
				return m[3]
			}
			return found
		})
		if strings.Contains(text, "${") {
			t.Errorf("%s has no value", text)
		}
		return text
	}
	return v
}

func parse(t *testing.T, made output.Output) (deployed, map[string]props) {
	t.Helper()
	var whole any
	if err := yaml.Unmarshal([]byte(made.Files["s.yaml"]), &whole); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(resolve(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	var d deployed
	if err := json.Unmarshal(asJSON, &d); err != nil {
		t.Fatal(err)
	}
	functions := map[string]props{}
	for name := range d.Resources {
		var p props
		if err := json.Unmarshal(d.extended(t, name), &p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		functions[p.FunctionName] = p
	}
	return d, functions
}

// Each function's props are what the fc3 component takes. Its schema is not part of
// the project, and says nothing of triggers: see TestTriggers.
func TestSchema(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "..", "shared", "fc3-schema.json"))
	if err != nil {
		t.Skipf("no schema to compare with: %v", err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("fc3.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("fc3.json")
	if err != nil {
		t.Fatal(err)
	}
	bridge, err := compiler.Compile("fc3.json#/definitions/IEventBridge")
	if err != nil {
		t.Fatal(err)
	}
	both(t, func(t *testing.T, _ []*practice.Practice, made output.Output) {
		d, functions := parse(t, made)
		for name := range d.Resources {
			validate(t, name, schema, d.extended(t, name))
			for _, trigger := range functions[name].Triggers {
				if trigger.TriggerType == "eventbridge" {
					validate(t, name+"'s trigger", bridge, trigger.TriggerConfig)
				}
			}
		}
	})
}

func validate(t *testing.T, name string, schema *jsonschema.Schema, text []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// Each practice has its function, and each function a role with a policy.
func TestFunctions(t *testing.T) {
	both(t, func(t *testing.T, practices []*practice.Practice, made output.Output) {
		d, functions := parse(t, made)
		if d.Edition != "3.0.0" {
			t.Errorf("edition %q", d.Edition)
		}
		want := []string{notify, triage}
		for _, p := range practices {
			want = append(want, practice.FunctionName(p.ID))
		}
		if len(functions) != len(want) {
			t.Errorf("%d functions, want %v", len(functions), want)
		}
		for _, name := range want {
			f := functions[name]
			if f.FunctionName != name || f.Code != "./target/ecsguard" || f.EnvironmentVariables["ECSGUARD_FUNCTION"] != practice.OfFunction(name) || f.Timeout == 0 {
				t.Errorf("%s: %+v", name, f)
			}
			if f.Role != "acs:ram::1234567890123456:role/"+name {
				t.Errorf("%s has the role %s", name, f.Role)
			}
			file := practice.OfFunction(name)
			if name == triage || name == notify {
				file = name
			}
			if made.Files["deploy/ram/"+file+".json"] == "" {
				t.Errorf("%s: no policy deploy/ram/%s.json for its role", name, file)
			}
			if strings.ToLower(f.Role) != f.Role {
				t.Errorf("%s: fc3 makes the role %s lower case", name, f.Role)
			}
			destination := strings.TrimPrefix(f.AsyncInvokeConfig.DestinationConfig.OnFailure.Destination, "acs:fc:cn-hangzhou:1234567890123456:functions/")
			goes, special := map[string]string{notify: triage, triage: notify}[name]
			if !special {
				goes = triage
			}
			if destination != goes {
				t.Errorf("%s: what has failed goes to %q, want %q", name, destination, goes)
			}
			if capped := f.ConcurrencyConfig.ReservedConcurrency > 0; capped != special {
				t.Errorf("%s: capped is %t", name, capped)
			}
			if !f.AsyncInvokeConfig.AsyncTask {
				t.Errorf("%s: without asyncTask nothing that triage asks for twice, itself included, is refused", name)
			}
			if f.EnvironmentVariables["ECSGUARD_MODE"] != "observe" {
				t.Errorf("%s: without a choice the mode is %q", name, f.EnvironmentVariables["ECSGUARD_MODE"])
			}
		}
	})
}

// Serverless Devs checks no triggerConfig, so they are read as strictly as can be
// into the types of Function Compute's own SDK.
func TestTriggers(t *testing.T) {
	both(t, func(t *testing.T, practices []*practice.Practice, made output.Output) {
		_, functions := parse(t, made)
		for name, f := range functions {
			for i, trigger := range f.Triggers {
				if trigger.Qualifier != "LATEST" || trigger.TriggerName == "" {
					t.Errorf("%s: trigger %+v", name, trigger)
				}
				var err error
				switch trigger.TriggerType {
				case "timer":
					err = timerTrigger(trigger.TriggerConfig)
				case "log":
					err = logTrigger(trigger.TriggerConfig)
				case "eventbridge":
					err = bridge(trigger.TriggerConfig)
					if name != triage || i != len(f.Triggers)-1 {
						err = fmt.Errorf("fc3 forgets the triggers after one of EventBridge: one, in triage, last")
					}
				default:
					err = fmt.Errorf("type %q", trigger.TriggerType)
				}
				if err != nil {
					t.Errorf("%s: trigger %s: %v", name, trigger.TriggerName, err)
				}
			}
		}
		want := []string{"cases @every 1m"}
		for _, p := range practices {
			if n := len(functions[practice.FunctionName(p.ID)].Triggers); n > 0 {
				t.Errorf("%s has %d triggers, and is woken by triage", p.ID, n)
			}
			if d := p.Sweep.Every; d != 0 {
				cron, err := every(d)
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, practice.SweepTimer(d)+" "+cron)
			}
		}
		var got []string
		for _, trigger := range functions[triage].Triggers {
			if trigger.TriggerType == "timer" {
				var c fc.TimerTriggerConfig
				if err := json.Unmarshal(trigger.TriggerConfig, &c); err != nil {
					t.Fatal(err)
				}
				got = append(got, trigger.TriggerName+" "+*c.CronExpression)
			}
		}
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(slices.Sorted(slices.Values(got)), want) || len(functions[triage].Triggers) != len(want)+2 {
			t.Errorf("triage has the timers %v, want %v, a log trigger and a rule", got, want)
		}
		// fc3 deploys nothing behind a rule that has not changed.
		log, last := functions[triage].Triggers[len(want)], functions[triage].Triggers[len(want)+1]
		if log.TriggerName != "trail" || log.TriggerType != "log" || !strings.Contains(string(log.TriggerConfig), `"actiontrail_ecsguard"`) || last.TriggerType != "eventbridge" {
			t.Errorf("the log lane: %+v, and then %+v", log, last)
		}
		n := functions[notify].Triggers
		if len(n) != 2 || n[0].TriggerName != "watch" || !strings.Contains(string(n[0].TriggerConfig), "\"@every 2m\"") || n[1].TriggerType != "log" {
			t.Fatalf("notify has a timer and a log trigger: %+v", n)
		}
		if arn := n[1].SourceArn; arn != "acs:log:cn-hangzhou:1234567890123456:project/ecsguard-1234567890123456" {
			t.Errorf("notify reads from %s", arn)
		}
	})
}

func strictly(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

func timerTrigger(text []byte) error {
	var c fc.TimerTriggerConfig
	if err := strictly(text, &c); err != nil {
		return err
	}
	if c.Enable == nil || !*c.Enable || c.Payload == nil || c.CronExpression == nil {
		return fmt.Errorf("incomplete: %s", text)
	}
	interval, ok := strings.CutPrefix(*c.CronExpression, "@every ")
	if d, err := time.ParseDuration(interval); !ok || err != nil || d < time.Minute {
		return fmt.Errorf("cronExpression %q", *c.CronExpression)
	}
	return nil
}

func logTrigger(text []byte) error {
	var c fc.SLSTriggerConfig
	if err := strictly(text, &c); err != nil {
		return err
	}
	if c.Enable == nil || !*c.Enable || c.FunctionParameter == nil || c.JobConfig == nil || c.LogConfig == nil || c.SourceConfig == nil {
		return fmt.Errorf("incomplete: %s", text)
	}
	if *c.SourceConfig.Logstore == *c.LogConfig.Logstore {
		return fmt.Errorf("the trigger's own log goes to the logstore it reads, %s: it would start itself for ever", *c.LogConfig.Logstore)
	}
	if n := *c.JobConfig.TriggerInterval; n < 3 || n > 600 {
		return fmt.Errorf("triggerInterval %d is not among 3 to 600", n)
	}
	if n := *c.JobConfig.MaxRetryTime; n < 0 || n > 100 {
		return fmt.Errorf("maxRetryTime %d is not among 0 to 100", n)
	}
	return nil
}

func bridge(text []byte) error {
	var c fc.EventBridgeTriggerConfig
	if err := strictly(text, &c); err != nil {
		return err
	}
	if c.TriggerEnable == nil || !*c.TriggerEnable || c.AsyncInvocationType == nil || !*c.AsyncInvocationType {
		return fmt.Errorf("not enabled, or not asynchronous: %s", text)
	}
	if c.EventSourceConfig == nil || *c.EventSourceConfig.EventSourceType != "Default" {
		return fmt.Errorf("its source is not the bus of Alibaba Cloud's own events")
	}
	_, err := events.ParsePattern([]byte(*c.EventRuleFilterPattern))
	return err
}

func TestEvery(t *testing.T) {
	for d, want := range map[time.Duration]string{time.Hour: "@every 1h", 24 * time.Hour: "@every 24h", 90 * time.Minute: "@every 90m", time.Second: "", 90 * time.Second: ""} {
		if got, err := every(d); got != want || (err != nil) != (want == "") {
			t.Errorf("every %s: %q, %v", d, got, err)
		}
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{`a "b": c`, `back\slash # no comment`, "日本 | ${x}", strings.Repeat("ж", 300)} {
		var got string
		if err := yaml.Unmarshal([]byte(quote(s)), &got); err != nil || !strings.HasPrefix(s, got) || len([]rune(got)) > 256 {
			t.Errorf("%q became %q: %v", s, got, err)
		}
	}
}

// A misspelt variable would be set and never read; one that is missing could not be
// set at all.
func TestEnvironment(t *testing.T) {
	root, err := output.Root()
	if err != nil {
		t.Fatal(err)
	}
	read := named(t, root, "shared", "functions")
	both(t, func(t *testing.T, _ []*practice.Practice, made output.Output) {
		_, functions := parse(t, made)
		for name, f := range functions {
			for variable := range f.EnvironmentVariables {
				if !read[variable] {
					t.Errorf("%s: nothing reads %s", name, variable)
				}
			}
		}
	})
	both(t, func(t *testing.T, _ []*practice.Practice, made output.Output) {
		_, functions := parse(t, made)
		for _, variable := range channel.Variables(channels) { // triage tells when notify is gone
			if _, set := functions[triage].EnvironmentVariables[variable]; !set {
				t.Errorf("triage is not told %s", variable)
			}
		}
	})
	text, err := serverless(fakes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for variable := range named(t, root, "shared/channel") {
		if !strings.Contains(text, "#   "+variable+" ") || !slices.Contains(channel.Variables(channels), variable) {
			t.Errorf("a channel reads %s, and s.yaml neither sets nor explains it", variable)
		}
	}
	for _, variable := range regexp.MustCompile(`ECSGUARD_\w+`).FindAllString(serverlessText, -1) {
		if !read[variable] {
			t.Errorf("s.yaml speaks of %s, and nothing reads it", variable)
		}
	}
}

var literal = regexp.MustCompile(`"(ECSGUARD_\w+)"`)

// named are the environment's variables in the code of folders.
func named(t *testing.T, root string, folders ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
				found[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// rule is what the function's last trigger, of EventBridge, is configured with.
func rule(f props) string { return string(f.Triggers[len(f.Triggers)-1].TriggerConfig) }

// A practice that is off is not deployed. Everything else is as with it: to switch it on
// needs no new rule and no new policy.
func TestOff(t *testing.T) {
	all := fakes()
	whole, err := Output(all, inUse(all), nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := Output(all, all[1:2], nil)
	if err != nil {
		t.Fatal(err)
	}
	_, functions := parse(t, made)
	if _, there := functions[practice.FunctionName(all[0].ID)]; there || len(functions) != 3 {
		t.Errorf("%d functions, with %s among them: %t", len(functions), all[0].ID, there)
	}
	_, before := parse(t, whole)
	if a, b := rule(before[triage]), rule(functions[triage]); a != b {
		t.Errorf("the rule was %s and is %s", a, b)
	}
	for path, text := range whole.Files {
		if path != "s.yaml" && made.Files[path] != text {
			t.Errorf("%s has changed", path)
		}
	}
}

// Whoever tells people is there before anything runs, and nothing is started before what
// it starts is there.
func TestOrder(t *testing.T) {
	both(t, func(t *testing.T, practices []*practice.Practice, made output.Output) {
		names := regexp.MustCompile(`(?m)^  ([a-z0-9-]+):\n    component: fc3$`).FindAllStringSubmatch(made.Files["s.yaml"], -1)
		var order []string
		for _, m := range names {
			order = append(order, m[1])
		}
		if len(order) != len(practices)+2 || order[0] != notify || order[len(order)-1] != triage || !slices.IsSorted(order[1:len(order)-1]) {
			t.Errorf("the order is %v", order)
		}
	})
}
