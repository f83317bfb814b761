package cloud

import (
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
)

// commandLine does with arguments what the official command line's parser does, as far as it
// bears on ours: a flag takes the word after it unless that looks like a flag, or what
// follows "=". What its metadata does not know is refused, unless it is forced.
func commandLine(args []string) (product, action, region string, params map[string]string, err error) {
	params = map[string]string{}
	var words []string
	forced := false
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		switch {
		case !strings.HasPrefix(name, "-"):
			words = append(words, args[i])
			continue
		case name == "--force":
			forced = true
			continue
		case !strings.HasPrefix(name, "--"):
			return "", "", "", nil, fmt.Errorf("unknown flag %s", name)
		case !given && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			i++
			value = args[i]
		}
		if name = strings.TrimPrefix(name, "--"); name == "region" {
			region = value
		} else {
			params[name] = value
		}
	}
	if len(words) != 2 {
		return "", "", "", nil, fmt.Errorf("want a product and an action, got %q", words)
	}
	if words[1] == "SetAccessKeyPolicy" && !forced {
		return "", "", "", nil, fmt.Errorf("unknown action %s", words[1])
	}
	for name := range params {
		if strings.HasPrefix(name, "Permissions.") && !forced {
			return "", "", "", nil, fmt.Errorf("unknown parameter --%s", name)
		}
	}
	return words[0], words[1], region, params, nil
}

// What is printed, pasted into a shell, makes the same call in the official command line.
func TestCommandsRunAsPrinted(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Call{
		New("ecs", "AuthorizeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-1", "Permissions.1.PortRange", "-1/-1", "Permissions.1.SourceCidrIp", "0.0.0.0/0", "Permissions.1.Description", "it's --force"),
		New("ecs", "RevokeSecurityGroupEgress", "cn-hangzhou", "SecurityGroupId", "sg-1", "Permissions.12.IpProtocol", "ALL"),
		New("ecs", "RevokeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-1", "SecurityGroupRuleId.1", "sgr-1"),
		New("ecs", "ModifySecurityGroupRule", "cn-hangzhou", "PortRange", "-1/-1", "SecurityGroupRuleId", "sgr-1").With("Description", ""),
		New("ecs", "CancelAutoSnapshotPolicy", "cn-hangzhou", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-1", "diskIds", `["d-1"]`),
		New("ecs", "ModifyAutoSnapshotPolicyEx", "cn-hangzhou", "regionId", "cn-hangzhou", "autoSnapshotPolicyId", "sp-1", "retentionDays", "-1", "repeatWeekdays", `["1"]`),
		New("ecs", "ModifyImageSharePermission", "cn-hangzhou", "ImageId", "m-1", "AddAccount.1", "2000000000000001", "AddAccount.10", "2000000000000010"),
		New("vpc", "DeleteFlowLog", "cn-hangzhou", "FlowLogId", "{FlowLogId}"),
		New("ecs", "TagResources", "cn-hangzhou", "Tag.1.Key", "-h", "Tag.1.Value", "--x=y", "ResourceId.1", "@/etc/passwd"),
		New("tag", "TagResources", "cn-hangzhou", "ResourceARN.1", "acs:ecs:cn-hangzhou:1:securitygroup/sg-1", "Tags", `{"ecsguard:exempt:a":"2026-12-31 say why"}`),
		New("ram", "DeleteAccessKey", "", "UserAccessKeyId", "$(touch x)", "UserName", "a b; c | d & e > f"),
		New("ims", "SetAccessKeyPolicy", "", "UserAccessKeyId", "LTAI5t", "AccessKeyPolicy", `{"Version":1,"Status":"Inactive","Statements":[]}`),
		New("actiontrail", "StartLogging", "cn-hangzhou", "Name", "main\nsecond line"),
	} {
		out, err := exec.Command(bash, "-c", `aliyun() { printf '%s\0' "$@"; }; `+c.String()).Output()
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		product, action, region, params, err := commandLine(args)
		if err != nil || product != c.Product || action != c.Action || region != c.Region || !maps.Equal(params, c.Params) {
			t.Errorf("%s\nmakes %s %s in %q with %q (%v)", c, product, action, region, params, err)
		}
	}
}
