package cloud

const groupKind = "ACS::ECS::SecurityGroup"

const diskKind = "ACS::ECS::Disk"

const instanceKind = "ACS::ECS::Instance"

const nicKind = "ACS::ECS::NetworkInterface"
