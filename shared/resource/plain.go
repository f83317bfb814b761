package resource

// Types that are named and not read here.
const (
	TypeFunction      = "ACS::FC::Function"
	TypeRegion        = "ACS::ECS::Region" // a setting of the region
	TypeNetworkRegion = "ACS::VPC::Region" // all networks in a region
	TypePrefixList    = "ACS::ECS::PrefixList"
	TypePortList      = "ACS::ECS::PortRangeList"
)

var _ = add(
	Kind{Type: TypeFunction, Words: "function"},
	Kind{Type: TypeRegion, Words: "default of the region"},
	Kind{Type: TypeNetworkRegion, Words: "networks of the region"},
	Kind{Type: TypePrefixList, Words: "prefix list", Param: "PrefixListId", Prefix: "pl-"},
	Kind{Type: TypePortList, Words: "port list", Param: "PortRangeListId", Prefix: "prl-"},
)
