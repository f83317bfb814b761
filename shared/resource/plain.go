package resource

// Types that are named and not read here.
const (
	TypeAccount        = "ACS::::Account"
	TypeFunction       = "ACS::FC::Function"
	TypeUser           = "ACS::RAM::User"
	TypeTrail          = "ACS::ActionTrail::Trail"
	TypeRegion         = "ACS::ECS::Region" // a setting of the region
	TypeNetworkRegion  = "ACS::VPC::Region" // all networks in a region
	TypeNetworkACL     = "ACS::VPC::NetworkAcl"
	TypePrefixList     = "ACS::ECS::PrefixList"
	TypePortList       = "ACS::ECS::PortRangeList"
	TypeSecurityPolicy = "ACS::ALB::SecurityPolicy"
)

var _ = add(
	Kind{Type: TypeAccount, Words: "account", Page: "https://ram.console.aliyun.com/overview"},
	Kind{Type: TypeFunction, Words: "function"},
	Kind{Type: TypeUser, Words: "RAM user",
		// The page of a user needs the number, not the name.
		Page: "https://ram.console.aliyun.com/users/detail?userId={id}", Unnumbered: "https://ram.console.aliyun.com/users"},
	Kind{Type: TypeTrail, Words: "trail", Page: "https://actiontrail.console.aliyun.com/{region}/trails/{id}"},
	Kind{Type: TypeRegion, Words: "default of the region"},
	Kind{Type: TypeNetworkRegion, Words: "networks of the region"},
	Kind{Type: TypeNetworkACL, Words: "network ACL", Prefix: "nacl-"},
	Kind{Type: TypePrefixList, Words: "prefix list", Prefix: "pl-"},
	Kind{Type: TypePortList, Words: "port list", Prefix: "prl-"},
	Kind{Type: TypeSecurityPolicy, Words: "TLS policy", ARN: "acs:alb:%s:%s:securitypolicy/%s"},
)
