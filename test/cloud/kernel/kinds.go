package kernel

const GroupKind = "ACS::ECS::SecurityGroup"

const DiskKind = "ACS::ECS::Disk"

const InstanceKind = "ACS::ECS::Instance"

const NICKind = "ACS::ECS::NetworkInterface"
