package vpc

// The network of a scenario. The default network (vpc-1 with vsw-1) is there
// without being written.
type vpcFile struct {
	DefaultNetwork *bool            `yaml:"default-network,omitempty"` // false: only what is written here
	FlowLogService bool             `yaml:"flow-log-service,omitempty"`
	VPCs           []networkFile    `yaml:"vpcs,omitempty"`
	VSwitches      []vswitchFile    `yaml:"vswitches,omitempty"`
	RouteTables    []routeTableFile `yaml:"route-tables,omitempty"`
	EIPs           []eipFile        `yaml:"eips,omitempty"`
	NATs           []natFile        `yaml:"nat-gateways,omitempty"`
	ACLs           []aclFile        `yaml:"network-acls,omitempty"`
	FlowLogs       []flowLogFile    `yaml:"flow-logs,omitempty"`
	IPv6Gateways   []gateway6File   `yaml:"ipv6-gateways,omitempty"`
	HaVips         []haVipFile      `yaml:"ha-vips,omitempty"`
}

type networkFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	CIDR        string            `yaml:"cidr,omitempty"` // default 172.16.0.0/12
	CIDR6       string            `yaml:"ipv6-cidr,omitempty"`
	Secondary   []string          `yaml:"secondary-cidrs,omitempty"`
	User        []string          `yaml:"user-cidrs,omitempty"`
	Router      string            `yaml:"router,omitempty"` // default the id with vrt
	Tags        map[string]string `yaml:"tags,omitempty"`
}

type vswitchFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	VPC         string            `yaml:"vpc,omitempty"`  // default vpc-1
	Zone        string            `yaml:"zone,omitempty"` // default zone h
	CIDR        string            `yaml:"cidr"`
	CIDR6       string            `yaml:"ipv6-cidr,omitempty"`
	Tags        map[string]string `yaml:"tags,omitempty"`
}

type routeTableFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	VPC         string            `yaml:"vpc,omitempty"`
	System      bool              `yaml:"system,omitempty"` // the VPC's own; need not be written
	VSwitches   []string          `yaml:"vswitches,omitempty"`
	Tags        map[string]string `yaml:"tags,omitempty"`
	Entries     []routeFile       `yaml:"entries,omitempty"`
}

type routeFile struct {
	ID          string `yaml:"id,omitempty"`
	Name        string `yaml:"name,omitempty"`
	Description string `yaml:"description,omitempty"`
	CIDR        string `yaml:"cidr"`
	NextHop     string `yaml:"next-hop"`
	Type        string `yaml:"next-hop-type,omitempty"` // default Instance
	WithNAT     bool   `yaml:"with-nat-gateway,omitempty"`
}

type eipFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	Address     string            `yaml:"address,omitempty"` // default a free one
	Bandwidth   string            `yaml:"bandwidth,omitempty"`
	Instance    string            `yaml:"instance,omitempty"`      // what it is on
	Type        string            `yaml:"instance-type,omitempty"` // default by the id
	PrivateIP   string            `yaml:"private-ip,omitempty"`    // default the first of what it is on
	VPC         string            `yaml:"vpc,omitempty"`           // with the type IpAddress
	Managed     bool              `yaml:"service-managed,omitempty"`
	Segment     string            `yaml:"segment,omitempty"` // the block of addresses that it is one of
	New         bool              `yaml:"new,omitempty"`     // allocated a minute ago; default a day
	Tags        map[string]string `yaml:"tags,omitempty"`
}

type natFile struct {
	ID           string            `yaml:"id"`
	Name         string            `yaml:"name,omitempty"`
	Description  string            `yaml:"description,omitempty"`
	Region       string            `yaml:"region,omitempty"`
	VSwitch      string            `yaml:"vswitch,omitempty"` // default vsw-1
	Network      string            `yaml:"network,omitempty"` // internet (default) or intranet
	IP           string            `yaml:"ip,omitempty"`
	ForwardTable string            `yaml:"forward-table,omitempty"` // default the id with ftb
	SnatTable    string            `yaml:"snat-table,omitempty"`    // default the id with stb
	DNAT         []dnatFile        `yaml:"dnat,omitempty"`
	SNAT         []snatFile        `yaml:"snat,omitempty"`
	Tags         map[string]string `yaml:"tags,omitempty"`
}

type dnatFile struct {
	ID           string `yaml:"id,omitempty"`
	Name         string `yaml:"name,omitempty"`
	Protocol     string `yaml:"protocol"`
	ExternalIP   string `yaml:"external-ip"`
	ExternalPort string `yaml:"external-port"`
	InternalIP   string `yaml:"internal-ip"`
	InternalPort string `yaml:"internal-port"`
}

type snatFile struct {
	ID      string `yaml:"id,omitempty"`
	Name    string `yaml:"name,omitempty"`
	CIDR    string `yaml:"cidr,omitempty"`
	VSwitch string `yaml:"vswitch,omitempty"`
	IP      string `yaml:"ip"`
}

type aclFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	VPC         string            `yaml:"vpc,omitempty"`
	VSwitches   []string          `yaml:"vswitches,omitempty"`
	Tags        map[string]string `yaml:"tags,omitempty"`
	Ingress     []aclEntryFile    `yaml:"ingress,omitempty"`
	Egress      []aclEntryFile    `yaml:"egress,omitempty"`
}

type aclEntryFile struct {
	ID          string `yaml:"id,omitempty"`
	Name        string `yaml:"name,omitempty"`
	Description string `yaml:"description,omitempty"`
	Policy      string `yaml:"policy,omitempty"` // accept (default) or drop
	Protocol    string `yaml:"protocol"`
	Ports       string `yaml:"ports,omitempty"` // default -1/-1
	CIDR        string `yaml:"cidr"`
}

type flowLogFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	Resource    string            `yaml:"resource"`
	Traffic     string            `yaml:"traffic,omitempty"` // default All
	Paths       []string          `yaml:"paths,omitempty"`   // default all
	Project     string            `yaml:"project"`
	Logstore    string            `yaml:"logstore"`
	Interval    int               `yaml:"interval,omitempty"` // default 10
	Active      *bool             `yaml:"active,omitempty"`   // default true
	Tags        map[string]string `yaml:"tags,omitempty"`
}

type gateway6File struct {
	ID     string            `yaml:"id"`
	Name   string            `yaml:"name,omitempty"`
	Region string            `yaml:"region,omitempty"`
	VPC    string            `yaml:"vpc,omitempty"`
	Rules  []ipv6RuleFile    `yaml:"egress-only-rules,omitempty"`
	Tags   map[string]string `yaml:"tags,omitempty"`
}

type ipv6RuleFile struct {
	ID      string `yaml:"id"`
	Name    string `yaml:"name,omitempty"`
	Address string `yaml:"address"` // the id of an IPv6 address
}

type haVipFile struct {
	ID      string            `yaml:"id"`
	Name    string            `yaml:"name,omitempty"`
	Region  string            `yaml:"region,omitempty"`
	VSwitch string            `yaml:"vswitch,omitempty"`   // default vsw-1
	IP      string            `yaml:"ip,omitempty"`        // default 172.16.255.2
	Holders []string          `yaml:"instances,omitempty"` // and interfaces that may answer for it
	Tags    map[string]string `yaml:"tags,omitempty"`
}
