package cloud

import (
	"encoding/base64"
	"testing"
	"time"
)

const guestState = `
ecs:
  instances: [{id: i-1}, {id: i-2, status: Stopped}, {id: i-3}, {id: i-4}]
  command-invocations:
    - {id: t-old, name: look, description: first, command: c-gone, content: "", instances: [i-1], age: 2h, results: [{instance: i-1, output: "before\n"}]}
  guests:
    - {instance: i-1, about: look*, output: "hello\n", takes: 30s}
    - {instance: i-3, command: look, output: "half", exit-code: 3, dropped: 7}
    - {instance: i-4, error-code: ClientNotRunning}
`

// What a guest prints stands in the document, and comes when its time has passed.
func TestAGuestAnswers(t *testing.T) {
	c := startCloud(t)
	load(t, c, guestState)
	now := time.Now()
	c.Clock = func() time.Time { return now }
	n := networkOf(t, c)
	run := func(description string, more ...string) string {
		return n.make("InvokeId", "ecs:RunCommand", append([]string{"Type", "RunShellScript", "Name", "look", "Description", description, "CommandContent", base64.StdEncoding.EncodeToString([]byte("id")),
			"ContentEncoding", "Base64", "InstanceId.1", "i-1", "InstanceId.2", "i-2", "InstanceId.3", "i-3", "InstanceId.4", "i-4"}, more...)...)
	}
	once := run("look at it", "ClientToken", "once")
	if again := run("look at it", "ClientToken", "once"); again != once {
		t.Errorf("one token, two runs: %s and %s", once, again)
	}
	n.refused("IdempotentParameterMismatch", "ecs:RunCommand", "Type", "RunShellScript", "CommandContent", "aWQ=", "InstanceId.1", "i-1", "ClientToken", "once")
	results := func(params ...string) []any {
		return n.do("ecs:DescribeInvocationResults", params...)["Invocation"].(answer)["InvocationResults"].(answer)["InvocationResult"].([]any)
	}
	result := func(instance string, more ...string) answer {
		return results(append([]string{"InvokeId", once, "InstanceId", instance}, more...)...)[0].(answer)
	}
	r := result("i-1")
	if _, has := r["ExitCode"]; has || r["InvocationStatus"] != "Running" || r["Output"] != "" || r["FinishedTime"] != "" {
		t.Errorf("it runs: %v", r)
	}
	if all := n.one("Invocations.Invocation", "ecs:DescribeInvocations", "InvokeId", once); all["InvocationStatus"] != "Running" {
		t.Errorf("%v", all)
	}
	now = now.Add(31 * time.Second)
	for instance, want := range map[string][5]any{
		"i-1": {"Success", 0.0, "aGVsbG8K", "", 0.0},
		"i-2": {"Aborted", 0.0, "", "InstanceNotRunning", 0.0},
		"i-3": {"Failed", 3.0, "aGFsZg==", "ExitCodeNonzero", 7.0},
		"i-4": {"Aborted", 0.0, "", "ClientNotRunning", 0.0},
	} {
		if r := result(instance); want != [5]any{r["InvocationStatus"], r["ExitCode"], r["Output"], r["ErrorCode"], r["Dropped"]} {
			t.Errorf("%s: %v", instance, r)
		}
	}
	if r := result("i-1", "ContentEncoding", "PlainText"); r["Output"] != "hello\n" {
		t.Errorf("%v", r)
	}
	if all := n.one("Invocations.Invocation", "ecs:DescribeInvocations", "InvokeId", once, "IncludeOutput", "true"); all["InvocationStatus"] != "PartialFailed" ||
		all["InvokeInstances"].(answer)["InvokeInstance"].([]any)[0].(answer)["Output"] != "aGVsbG8K" {
		t.Errorf("%v", all)
	}
	n.refused("InvalidInvokeId.NotFound", "ecs:DescribeInvocationResults", "InvokeId", "t-none")
	if rows := results("InstanceId", "i-1"); len(rows) != 2 {
		t.Errorf("of all runs: %v", rows)
	}
	old := n.one("Invocations.Invocation", "ecs:DescribeInvocations", "InvokeId", "t-old")
	if at, err := time.Parse(time.RFC3339, old["CreationTime"].(string)); err != nil || now.Sub(at) < 119*time.Minute {
		t.Errorf("%v", old)
	}
	isReadBack(t, c)
}

// What has not ended yet can be stopped, on some instances or on all.
func TestARunIsStopped(t *testing.T) {
	c := startCloud(t)
	load(t, c, guestState)
	n := networkOf(t, c)
	stopped := n.make("InvokeId", "ecs:RunCommand", "Type", "RunShellScript", "Name", "look", "Description", "look", "CommandContent", "aWQ=", "ContentEncoding", "Base64", "InstanceId.1", "i-1")
	n.do("ecs:StopInvocation", "InvokeId", stopped, "InstanceId.1", "i-3")
	if all := n.one("Invocations.Invocation", "ecs:DescribeInvocations", "InvokeId", stopped); all["InvocationStatus"] != "Running" {
		t.Errorf("stopped on another instance: %v", all)
	}
	n.do("ecs:StopInvocation", "InvokeId", stopped)
	r := n.do("ecs:DescribeInvocationResults", "InvokeId", stopped)["Invocation"].(answer)["InvocationResults"].(answer)["InvocationResult"].([]any)[0].(answer)
	if r["InvocationStatus"] != "Terminated" || r["InvokeRecordStatus"] != "Stopped" || r["Output"] != "" {
		t.Errorf("stopped: %v", r)
	}
	n.refused("InvalidInvokeId.NotFound", "ecs:StopInvocation", "InvokeId", "t-none")
}
