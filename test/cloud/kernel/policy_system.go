package kernel

// SystemPolicies are those of RAM's own policies that something here attaches, and some that practices look for.
// Their documents are shortened: what they allow beyond this cloud's products is left out. The
// names are the real ones.
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
	"AliyunVPCFullAccess":         allowAll("vpc:*"),
	"AliyunVPCReadOnlyAccess":     allowAll("vpc:Describe*", "vpc:List*", "vpc:Get*"),
	"AliyunSLBFullAccess":         allowAll("slb:*"),
	"AliyunKMSFullAccess":         allowAll("kms:*"),
	"AliyunOSSFullAccess":         allowAll("oss:*"),
	"AliyunConfigFullAccess":      allowAll("config:*"),
	"AliyunBSSFullAccess":         allowAll("bss:*", "bssapi:*", "efc:*"),
	"AliyunYundunSASFullAccess":   allowAll("yundun-sas:*", "yundun-aegis:*"),
	"ReadOnlyAccess":              allowAll("*:Describe*", "*:List*", "*:Get*", "*:BatchGet*", "*:Query*", "*:BatchQuery*", "actiontrail:LookupEvents"),
}

func allowAll(actions ...string) Policy {
	return Policy{Version: "1", Statement: []Statement{{Effect: "Allow", Action: actions, Resource: TextList{"*"}}}}
}
