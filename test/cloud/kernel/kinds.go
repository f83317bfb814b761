package kernel

// Types of resources, as ActionTrail and Cloud Config name them, of which more than one product
// speaks.
const (
	GroupKind    = "ACS::ECS::SecurityGroup"
	DiskKind     = "ACS::ECS::Disk"
	InstanceKind = "ACS::ECS::Instance"
	NICKind      = "ACS::ECS::NetworkInterface"
)
