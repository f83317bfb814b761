package events

import (
	"regexp"
	"strings"
)

// tools are what callers of the cloud's APIs say of themselves, in words. The first that
// fits counts: programs name the SDK that they use beside themselves, often before.
var tools = []struct{ sign, words string }{
	{"terraform", "Terraform"},
	{"opentofu", "OpenTofu"},
	{"pulumi", "Pulumi"},
	{"crossplane", "Crossplane"},
	{"packer", "Packer"},
	{"ansible", "Ansible"},
	{"cloud-custodian", "Cloud Custodian"},
	{"custodian", "Cloud Custodian"},
	{"ecsguard", "ecsguard"},
	{"cloudshell", "Cloud Shell"},
	{"cloud shell", "Cloud Shell"},
	{"api-explorer", "the API Explorer"},
	{"openapi explorer", "the API Explorer"},
	{"api.aliyun.com", "the API Explorer"},
	{"api.alibabacloud.com", "the API Explorer"},
	{"aliyun-cli", "the command line"},
	{"aliyuncli", "the command line"},
	{"alibabacloud cli", "the command line"},
	{"alibaba cloud cli", "the command line"},
	{"ossutil", "ossutil"},
	{"cluster-autoscaler", "the cluster autoscaler of Kubernetes"},
	{"cloud-controller-manager", "the cloud controller of Kubernetes"},
	{"kubernetes", "Kubernetes"},
	{"ros.aliyuncs.com", "Resource Orchestration (ROS)"},
	{"aliyun-ros", "Resource Orchestration (ROS)"},
	{"oos.aliyuncs.com", "Operation Orchestration (OOS)"},
	{"postman", "Postman"},
	{"curl/", "curl"},
	{"aliyunconsole", "the console"},
	{".console.aliyun.com", "the console"},
	{".console.alibabacloud.com", "the console"},
	{"alipayclient", "a browser, so most likely the console"},
	{"mozilla/", "a browser, so most likely the console"},
	{"boto", "a Python program"},
	{"python-requests", "a Python program"},
}

// languages are those of the official SDKs, which name themselves AlibabaCloud, and of
// what programs use without one.
var (
	languages = []struct{ sign, words string }{
		{"golang/", "Go"}, {"go-http-client/", "Go"}, {"java/", "Java"}, {"jakarta", "Java"}, {"apache-httpclient", "Java"}, {"okhttp", "Java"},
		{"python/", "Python"}, {"node.js/", "Node.js"}, {"node/", "Node.js"}, {"php/", "PHP"}, {".net", ".NET"}, {"csharp", ".NET"}, {"ruby", "Ruby"}, {"c++", "C++"}, {"cpp", "C++"}, {"swift", "Swift"},
	}
	agentOfService = regexp.MustCompile(`^[a-z][a-z0-9-]*\.aliyuncs\.com$`)
)

// named are the words of all tools: where an agent is too long to be kept, they stand for it.
var named = func() map[string]string {
	words := map[string]string{}
	for _, t := range tools {
		words[strings.ToLower(t.words)] = t.words
	}
	for _, l := range languages {
		for _, w := range []string{"the SDK for " + l.words, "a program in " + l.words} {
			words[strings.ToLower(w)] = w
		}
	}
	return words
}()

// Tool names in words what a user agent stands for, or gives "" where that is not known. It
// reads all of it: what a program is called often comes last.
func Tool(userAgent string) string {
	agent := strings.ToLower(strings.TrimSpace(userAgent))
	if named[agent] != "" {
		return named[agent] // in words already
	}
	for _, t := range tools {
		if strings.Contains(agent, t.sign) {
			return t.words
		}
	}
	if name := strings.TrimPrefix(agent, "the service "); agentOfService.MatchString(name) {
		return "the service " + name
	}
	for _, l := range languages {
		if strings.Contains(agent, l.sign) {
			if strings.Contains(agent, "alibabacloud") || strings.Contains(agent, "teadsl") || strings.Contains(agent, "aliyun") {
				return "the SDK for " + l.words
			}
			return "a program in " + l.words
		}
	}
	return ""
}
