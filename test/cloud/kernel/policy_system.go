package kernel

// SystemPolicies are those of RAM's own policies that something here attaches.
var SystemPolicies = map[string]Policy{
	"AdministratorAccess":         allowAll("*"),
	"AliyunECSFullAccess":         allowAll("ecs:*"),
	"AliyunECSReadOnlyAccess":     allowAll("ecs:Describe*", "ecs:List*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
	"AliyunRAMFullAccess":         allowAll("ram:*"),
	"AliyunRAMReadOnlyAccess":     allowAll("ram:Get*", "ram:List*"),
	"AliyunSTSAssumeRoleAccess":   allowAll("sts:AssumeRole"),
	"AliyunLogFullAccess":         allowAll("log:*"),
	"AliyunActionTrailFullAccess": allowAll("actiontrail:*"),
	"AliyunFCFullAccess":          allowAll("fc:*"),
	"AliyunEventBridgeFullAccess": allowAll("eventbridge:*"),
}

func allowAll(actions ...string) Policy {
	return Policy{Version: "1", Statement: []Statement{{Effect: "Allow", Action: actions, Resource: TextList{"*"}}}}
}
