package guest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// runs answers what was run in an instance, the newest first, and what became of each.
type runs []ran

type ran struct {
	about  string
	ago    time.Duration
	result string // JSON; empty: there is none yet
	as     string // "Username":"somebody", or a container
}

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func (r runs) Read(_ context.Context, call cloud.Call, out any) error {
	var list []string
	for n, run := range r {
		id := fmt.Sprintf("t-%d", n)
		if call.Action == "DescribeInvocations" {
			list = append(list, fmt.Sprintf(`{"InvokeId":%q,"CommandName":"ecsguard-sshd","CommandDescription":%q,"CreationTime":%q%s}`, id, run.about, now.Add(-run.ago).Format("2006-01-02T15:04:05Z"), run.as))
		} else if call.Params["InvokeId"] == id && run.result != "" {
			list = append(list, run.result)
		}
	}
	text := `{"Invocations":{"Invocation":[%s]}}`
	if call.Action != "DescribeInvocations" {
		text = `{"Invocation":{"InvocationResults":{"InvocationResult":[%s]}}}`
	}
	return json.Unmarshal(fmt.Appendf(nil, text, strings.Join(list, ",")), out)
}

func ended(report string) string {
	return `{"InstanceId":"i-1","InvocationStatus":"Success","ExitCode":0,"Output":"` + base64.StdEncoding.EncodeToString([]byte(report)) + `"}`
}

const running = `{"InstanceId":"i-1","InvocationStatus":"Running"}`

func TestLook(t *testing.T) {
	bad := strings.Replace(good, "default no", "default yes", 1)
	refusal := `{"InstanceId":"i-1","InvocationStatus":"Failed","ErrorCode":"ExitCodeNonzero","ExitCode":3,"Output":""}`
	off := `{"InstanceId":"i-1","InvocationStatus":"Aborted","ErrorCode":"ClientNotRunning"}`
	for name, c := range map[string]struct {
		runs    runs
		in      string // the param
		os      string
		waits   bool
		reports string // the keys of findings
		says    string // default of the report
	}{
		"nothing was run":                  {in: "inspect", reports: "inspection"},
		"nothing may be run":               {in: "nothing"},
		"Windows":                          {in: "inspect", os: "windows"},
		"it runs":                          {runs: runs{{lookAtSSHD.About, time.Minute, running, ""}}, in: "inspect", waits: true},
		"it has not come there":            {runs: runs{{lookAtSSHD.About, time.Minute, "", ""}}, in: "inspect", waits: true},
		"it runs for ever":                 {runs: runs{{lookAtSSHD.About, time.Hour, running, ""}}, in: "inspect", reports: "unknown"},
		"it never came there":              {runs: runs{{lookAtSSHD.About, time.Hour, "", ""}}, in: "inspect", reports: "unknown"},
		"it runs, and may not any more":    {runs: runs{{lookAtSSHD.About, time.Minute, running, ""}}, in: "nothing", waits: true},
		"a report":                         {runs: runs{{lookAtSSHD.About, time.Hour, ended(bad), ""}}, in: "inspect", says: "yes"},
		"an old report":                    {runs: runs{{lookAtSSHD.About, 7 * 24 * time.Hour, ended(bad), ""}}, in: "inspect", says: "yes", reports: "inspection"},
		"an old report, nothing may run":   {runs: runs{{lookAtSSHD.About, 7 * 24 * time.Hour, ended(bad), ""}}, in: "nothing", says: "yes"},
		"the newest counts":                {runs: runs{{PasswordsOff.About, time.Hour, ended(good), ""}, {lookAtSSHD.About, 2 * time.Hour, ended(bad), ""}}, in: "inspect", says: "no"},
		"failed, and known before":         {runs: runs{{lookAtSSHD.About, time.Hour, off, ""}, {lookAtSSHD.About, 2 * time.Hour, ended(bad), ""}}, in: "inspect", says: "yes", reports: "unknown"},
		"failed last week":                 {runs: runs{{lookAtSSHD.About, 7 * 24 * time.Hour, off, ""}}, in: "inspect", reports: "inspection"},
		"taken back":                       {runs: runs{{PasswordsOn.About, time.Hour, ended("taken back\n"), ""}, {PasswordsOff.About, 2 * time.Hour, ended(good), ""}}, in: "inspect", reports: "inspection"},
		"taking back fails":                {runs: runs{{PasswordsOn.About, time.Hour, off, ""}, {PasswordsOff.About, 2 * time.Hour, ended(good), ""}}, in: "inspect", reports: "undo inspection"},
		"taking back is refused":           {runs: runs{{PasswordsOn.About, time.Hour, refusal, ""}}, in: "nothing", reports: "undo"},
		"taking back failed, looked since": {runs: runs{{lookAtSSHD.About, 1, ended(good), ""}, {PasswordsOn.About, time.Hour, off, ""}}, in: "inspect", reports: "undo", says: "no"},
		"taking back failed long ago":      {runs: runs{{lookAtSSHD.About, 1, ended(good), ""}, {PasswordsOn.About, 8 * 24 * time.Hour, off, ""}}, in: "inspect", says: "no"},
		"taken back after a failure":       {runs: runs{{lookAtSSHD.About, 1, ended(good), ""}, {PasswordsOn.About, time.Hour, ended(""), ""}, {PasswordsOn.About, 2 * time.Hour, off, ""}}, in: "inspect", says: "no"},
		"somebody's run of the same name":  {runs: runs{{"mine", time.Hour, ended("hello"), ""}, {lookAtSSHD.About, 2 * time.Hour, ended(bad), ""}}, in: "inspect", says: "yes"},
		"as somebody else":                 {runs: runs{{lookAtSSHD.About, time.Hour, ended(good), `,"Username":"nobody"`}, {lookAtSSHD.About, 2 * time.Hour, ended(bad), `,"Username":"root"`}}, in: "inspect", says: "yes"},
		"in a container":                   {runs: runs{{lookAtSSHD.About, time.Hour, ended(good), `,"Username":"root","ContainerName":"web"`}, {lookAtSSHD.About, 2 * time.Hour, running, `,"ContainerId":"4e1"`}}, in: "inspect", reports: "inspection"},
		"many of the same name":            {runs: runs{{"a", 1, ended(good), ""}, {"b", 2, ended(good), ""}, {"c", 3, ended(good), ""}, {lookAtSSHD.About, 4, ended(bad), ""}}, in: "inspect", says: "yes"},
		"many failures before what is old": {runs: runs{{lookAtSSHD.About, 1, off, ""}, {lookAtSSHD.About, 2, off, ""}, {lookAtSSHD.About, 3, off, ""}, {lookAtSSHD.About, 4, ended(bad), ""}}, in: "inspect", reports: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &practice.Practice{ID: "p", Resource: resource.TypeInstance, Reads: Reads, Params: Params}
			pass := practice.NewPass(p, practice.Resource{Type: resource.TypeInstance, ID: "i-1", Region: "cn-hangzhou"}, nil, now, c.runs, map[string][]string{"in-guest": {c.in}})
			i := resource.Instance{InstanceID: "i-1", Status: "Running", OSType: "linux"}
			if c.os != "" {
				i.OSType = c.os
			}
			look, err := SSHD.Look(t.Context(), pass, i)
			if errors.Is(err, practice.ErrNotYet) != c.waits || err != nil && !c.waits {
				t.Fatal(err)
			}
			var keys []string
			for _, f := range pass.Findings() {
				keys = append(keys, f.Key)
			}
			if got := strings.Join(keys, " "); got != c.reports || look.Values["default"] != c.says {
				t.Errorf("reports %q, says %q", got, look.Values["default"])
			}
		})
	}
}
