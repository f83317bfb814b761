package scenario

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Recorded are the calls that triggers may name although neither the local cloud nor an SDK
// has them, each with where the name comes from.
var Recorded = map[string]string{
	"AasCustomer ConsoleSignin":             "ActionTrail, management events, sign-in: no API's call",
	"Ecs ConfigureSecurityGroupPermissions": "ECS API 2016-03-14, by which the console edits rules; ActionTrail lists it among the events of ECS",
	"Eventbridge UpdateTargets":             "the RAM action eventbridge:UpdateTargets, which deploying a trigger needs; no page of the API has it",
	"Fc DeleteFunctionAsyncInvokeConfig":    "ActionTrail, audit events of Function Compute; Function Compute API 2021-04-06",
	"Fc DisableFunctionInvocation":          "Function Compute API 2023-03-30; newer than the pinned SDK",
	"Fc PutFunctionAsyncInvokeConfig":       "ActionTrail, audit events of Function Compute; Function Compute API 2021-04-06",
	"Sls ClearLogStoreStorage":              "ActionTrail, auditable events of Log Service",
	"Sls DeleteLogstore":                    "the Log Service's command line and pages before API 2020-12-30 write it so",
	"Sls UpdateLogstore":                    "the Log Service's command line and pages before API 2020-12-30 write it so",
}

// Misnamed says which triggers of a practice no event can meet: nothing has a call of that
// service and name, or the call has none of the parameters, or fields of an answer, where
// the resource is looked for. A misspelt trigger would otherwise be silence.
func Misnamed(t *testing.T, p *practice.Practice) (faults []string) {
	t.Helper()
	for _, trigger := range p.Triggers {
		name := trigger.Service + " " + trigger.Name
		switch {
		case trigger.Service == practice.Every && trigger.Name == practice.Every:
		case strings.EqualFold(trigger.Service, "Config"):
			// A change of a resource, or a rule, which the practice has to name as its source.
			if resource.KindOf(trigger.Name).Words == "" && !cites(p, trigger.Name) {
				faults = append(faults, fmt.Sprintf("%s is neither a type of shared/resource nor a rule that Cites names: is it misspelt?", name))
			}
		default:
			fields, known := fieldsOf(t, trigger.Service, trigger.Name)
			if !known && Recorded[name] == "" {
				faults = append(faults, fmt.Sprintf("no API has the call %s: is it misspelt? "+
					"If only ActionTrail has it, add it to Recorded in test/scenario/names.go, with where that is said", name))
			}
			if looked := looksFor(trigger.Resource); fields != nil && len(looked) > 0 && !slices.ContainsFunc(looked, func(f string) bool { return fields[f] }) {
				faults = append(faults, fmt.Sprintf("%s has none of %s, where its trigger looks for the resource: is it misspelt?", name, strings.Join(looked, ", ")))
			}
		}
	}
	return faults
}

func cites(p *practice.Practice, rule string) bool {
	return slices.ContainsFunc(p.Cites, func(c string) bool {
		return slices.Contains(strings.FieldsFunc(c, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }), rule)
	})
}

// looksFor are the parameters and the fields of an answer that a place names, as
// params.RegionId. What stands elsewhere in an event, such as region, is no field of a call.
func looksFor(place string) (fields []string) {
	for _, path := range strings.Split(place, "|") {
		where, rest, _ := strings.Cut(path, ".")
		first, _, _ := strings.Cut(rest, ".")
		if where == "params" || where == "response" {
			fields = append(fields, where+"."+first)
		}
	}
	return fields
}

var (
	sdkAction = regexp.MustCompile(`Init\w+\("[^"]*", "[^"]*", "(\w+)"`)
	sdkParam  = regexp.MustCompile(`position:"\w+" +name:"([^".]+)`)
	sdkField  = regexp.MustCompile(`json:"([^",]+)`)
)

// fieldsOf is what a call's request and answer have, as params.RegionId. They are nil where
// only the name of the call is known.
func fieldsOf(t *testing.T, service, name string) (fields map[string]bool, known bool) {
	t.Helper()
	folder := filepath.Join(moduleOf(t, "github.com/aliyun/alibaba-cloud-sdk-go"), "services", strings.ToLower(service))
	for _, file := range filesOf(folder)[strings.ToLower(name)] {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		if action := sdkAction.FindSubmatch(text); action == nil || string(action[1]) != name {
			continue
		}
		fields = map[string]bool{"params.RegionId": true} // every call may have that
		for _, m := range sdkParam.FindAllSubmatch(text, -1) {
			fields["params."+string(m[1])] = true
		}
		for _, m := range sdkField.FindAllSubmatch(text, -1) {
			fields["response."+string(m[1])] = true
		}
		return fields, true
	}
	switch strings.ToLower(service) {
	case "fc":
		return nil, has(t, filepath.Join(moduleOf(t, "github.com/alibabacloud-go/fc-20230330/v4"), "client", "client.go"), `tea.String("`+name+`")`)
	case "sls":
		return nil, has(t, filepath.Join(moduleOf(t, "github.com/aliyun/aliyun-log-go-sdk"), "client_interface.go"), "\t"+name+"(")
	}
	return nil, slices.Contains(local(t), strings.ToLower(service)+" "+name)
}

// local are the calls of the local cloud that change something.
func local(t *testing.T) []string {
	t.Helper()
	if names, known := modules.Load("local"); known {
		return names.([]string)
	}
	c := start(t, true)
	defer c.Close()
	var names []string
	for _, name := range c.Writes() {
		service, call, _ := strings.Cut(name, " ")
		names = append(names, strings.ToLower(service)+" "+call)
	}
	modules.Store("local", names)
	return names
}

func has(t *testing.T, file, text string) bool {
	t.Helper()
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(all), text)
}

// filesOf are the files of an SDK's folder by their names without underscores, by which a
// call is found: run_instances.go has RunInstances. There are none of an unknown service.
func filesOf(folder string) map[string][]string {
	files := map[string][]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return files
	}
	for _, e := range entries {
		call := strings.ReplaceAll(strings.TrimSuffix(e.Name(), ".go"), "_", "")
		files[call] = append(files[call], e.Name())
	}
	return files
}

// modules are the folders of modules and, under local, the calls of the local cloud: both
// are asked for once a process.
var modules sync.Map

// moduleOf is the folder of a module that this project needs.
func moduleOf(t *testing.T, path string) string {
	t.Helper()
	if folder, known := modules.Load(path); known {
		return folder.(string)
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	folder := strings.TrimSpace(string(out))
	if err != nil || folder == "" {
		t.Fatalf("the module %s is not there, and with it the names of calls (go mod download): %v", path, err)
	}
	modules.Store(path, folder)
	return folder
}
