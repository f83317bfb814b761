package events

import (
	"strings"
	"testing"
)

func TestTool(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for agent, want := range map[string]string{
		"Terraform/1.9.5 Provider/1.245.0": "Terraform",
		"AlibabaCloud (linux; amd64) Golang/1.22.5 Core/0.01 TeaDSL/1 Terraform/1.9.5 Provider/1.245.0 Module/x": "Terraform",
		long + " HashiCorp-Terraform/1.9": "Terraform",
		"aliyun-cli/3.0.266":              "the command line", "AlibabaCloud CLI": "the command line", "aliyuncli/2.0.6": "the command line",
		"AlibabaCloud (linux; amd64) Golang/1.23 Core/0.01 TeaDSL/1 Aliyun-CLI/3.0.290": "the command line",
		"ecs.console.aliyun.com": "the console", "ram.console.alibabacloud.com": "the console", "AliyunConsole": "the console",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0 Safari/537.36": "a browser, so most likely the console",
		"AlibabaCloud (Mac OS X; x86_64) Java/1.8.0_252-b09 Core/4.4.6 HTTPClient/ApacheHttpClient":                  "the SDK for Java",
		"AlibabaCloud (linux; amd64) Golang/1.26 Core/0.01 TeaDSL/1":                                                 "the SDK for Go",
		"AlibabaCloud (linux; amd64) Golang/1.26 Core/0.01 TeaDSL/1 ecsguard":                                        "ecsguard",
		"Apache-HttpClient/4.5.7 (Java/1.8.0_275)":                                                                   "a program in Java", "Jakarta Commons-HttpClient/3.1": "a program in Java",
		"ecs.aliyuncs.com": "the service ecs.aliyuncs.com", "ros.aliyuncs.com": "Resource Orchestration (ROS)",
		"": "", "own-tool/1.0": "", "evil.example": "",
	} {
		if got := Tool(agent); got != want {
			t.Errorf("%.80q is %q, want %q", agent, got, want)
		}
		if got := Tool(want); got != want {
			t.Errorf("the words %q are %q", want, got)
		}
	}
}

// An event that is cut to fit still says which tool it was.
func TestTrimKeepsTheTool(t *testing.T) {
	agent := "AlibabaCloud (linux; amd64) Golang/1.22 " + strings.Repeat("Module/x ", 100) + "Terraform/1.9.5"
	event := `{"specversion":"1.0","id":"1","source":"acs.ecs","type":"ecs:ActionTrail:ApiCall","data":{"eventName":"StartInstance","eventId":"e","serviceName":"Ecs","userAgent":"` +
		agent + `","errorMessage":"` + strings.Repeat("e", 4000) + `"}}`
	cut, err := Trim([]byte(event), 1500)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Decode(cut)
	if err != nil || len(e) != 1 || e[0].Actor.UserAgent != "Terraform" {
		t.Errorf("%+v, %v", e, err)
	}
}
