package vpc

import (
	"cmp"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// haVip is a private address that instances of a vSwitch share: one answers for it
// at a time.
// Which of its holders answers (the master) is not known here, as nothing runs.
type haVip struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	VSwitch         string   `yaml:"vswitch,omitempty"`   // default vsw-1
	IP              string   `yaml:"ip,omitempty"`        // default 172.16.255.2
	Holders         []string `yaml:"instances,omitempty"` // and interfaces that may answer for it

	VPC string `yaml:"-"` // that of the vSwitch
}

var haVipRows = kernel.Kind{Key: "ha-vips", Prefix: "havip", Type: haVipKind}

func (h *haVip) Defaults(*Service) {
	h.VSwitch, h.IP = cmp.Or(h.VSwitch, "vsw-1"), cmp.Or(h.IP, "172.16.255.2")
}

// It also fills in the VPC, which is the vSwitch's.
func (h *haVip) Check(c *Service) error {
	v, err := kernel.ByItsID(c.Switches, "vSwitch", h.VSwitch)
	if err == nil {
		h.VPC = v.VPC
	}
	return err
}

const haVipKind = "ACS::VPC::HaVip"

// DescribeHaVips filters by Filter.n only: any of the values of one key, and all of the keys.
var haVipActions = []action{
	{
		Name: "CreateHaVip", Write: true, Do: createHaVip, On: InVPC("havip", ""),
		Params: "RegionId! VSwitchId! IpAddress Name Description ResourceGroupId ClientToken Tag:RepeatList(Key Value)",
	},
	{Name: "DeleteHaVip", Write: true, Do: deleteHaVip, On: InVPC("havip", "HaVipId"), Params: "RegionId! HaVipId! ClientToken"},
	{
		Name: "AssociateHaVip", Write: true, Do: associateHaVip, On: InVPC("havip", "HaVipId"),
		Params: "RegionId! HaVipId! InstanceId! InstanceType=EcsInstance|NetworkInterface ClientToken",
	},
	{
		Name: "DescribeHaVips", Do: describeHaVips, On: InVPC("havip", ""),
		Params: "RegionId! ResourceGroupId Filter:RepeatList(Key Value:RepeatList) Tags:RepeatList(Key Value)" + byNumber,
	},
}

// kindOf is what holders are: all of one kind.
func (c *Service) kindOf(holders []string) string {
	if len(holders) == 0 {
		return ""
	}
	return targetOf(holders[0])
}

// Without an address the first free one of the vSwitch is taken.
func createHaVip(q *request) (any, error) {
	v := q.c.SwitchOf(q.Region, q.Str("VSwitchId"))
	if v == nil {
		return nil, kernel.Refuse(404, "InvalidVSwitchId.NotFound", "Specified virtual switch does not exist.")
	}
	ip, err := v.Address(q.c, q.Str("IpAddress"))
	if err != nil {
		return nil, err
	}
	h := &haVip{Resource: q.NewResource("havip", q.Str("Name")), VPC: v.VPC, VSwitch: v.ID, IP: ip}
	q.c.HaVips = append(q.c.HaVips, h)
	q.Touch(haVipKind, h.ID)
	return map[string]any{"HaVipId": h.ID, "IpAddress": h.IP}, nil
}

// The kind of holder that the call names is not compared with the id. All holders should be of one
// kind, and the answers say that of the first.
func associateHaVip(q *request) (any, error) {
	h, ok := kernel.Find(q.Request, q.c.HaVips, q.Str("HaVipId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidHaVipId.NotFound", "The specified HaVipId does not exist.")
	}
	q.Touch(haVipKind, h.ID)
	id := q.Str("InstanceId")
	_, instance := hostNamed(q.c.hosts(), "EcsInstance", id, q.Region)
	_, nic := hostNamed(q.c.hosts(), "NetworkInterface", id, q.Region)
	switch {
	case !instance && !nic:
		return nil, kernel.Refuse(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
	case slices.Contains(h.Holders, id):
		return nil, kernel.Refuse(400, "InvalidInstanceId.Duplicate", "The instance is associated already.")
	}
	h.Holders = append(h.Holders, id)
	return kernel.Done()
}

// Only an EIP keeps it; instances that hold it do not.
func deleteHaVip(q *request) (any, error) {
	h, ok := kernel.Find(q.Request, q.c.HaVips, q.Str("HaVipId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidHaVipId.NotFound", "The specified HaVipId does not exist.")
	}
	q.Touch(haVipKind, h.ID)
	if q.c.EIPOn(h.ID, "") != nil {
		return nil, kernel.Refuse(400, "DependencyViolation", "The HaVip has an EIP.")
	}
	q.c.HaVips = kernel.Without(q.c.HaVips, h.ID)
	return kernel.Done()
}

func describeHaVips(q *request) (any, error) {
	for _, f := range q.Items("Filter") {
		if !slices.Contains([]string{"VpcId", "VSwitchId", "Status", "HaVipId", "HaVipAddress"}, f["Key"]) {
			return nil, kernel.Refuse(400, "InvalidFilterKey.ValueNotSupported", "The specified filter key %q is not supported.", f["Key"])
		}
	}
	kept := kernel.Within(q.Request, q.c.HaVips, func(h *haVip) bool {
		have := map[string]string{
			"VpcId": h.VPC, "VSwitchId": h.VSwitch, "HaVipId": h.ID, "HaVipAddress": h.IP, "Status": q.c.Status(h.Created, "Creating", "Available"),
		}
		return h.HasTags(q.Request) && !slices.ContainsFunc(q.Items("Filter"), func(f kernel.FieldsOf) bool {
			for name, value := range f {
				if name != "Key" && value == have[f["Key"]] {
					return false // one of the values is enough
				}
			}
			return true
		})
	})
	return kernel.Numbered(q.Request, kept, 10, "HaVips", "HaVip", func(h *haVip) map[string]any {
		eips := []string{}
		if e := q.c.EIPOn(h.ID, ""); e != nil {
			eips = append(eips, e.Address)
		}
		return map[string]any{
			"HaVipId": h.ID, "Name": h.Name, "Description": h.Description, "RegionId": h.Region, "VpcId": h.VPC, "VSwitchId": h.VSwitch, "IpAddress": h.IP,
			"Status": q.c.Status(h.Created, "Creating", "Available"), "CreateTime": kernel.Stamp(h.Created), "ChargeType": "PostPaid", "ResourceGroupId": "",
			"AssociatedInstanceType": q.c.kindOf(h.Holders), "MasterInstanceId": "", "Tags": vpcTags(&h.Resource),
			"AssociatedEipAddresses": map[string]any{"associatedEipAddresse": eips}, // sic
			"AssociatedInstances":    map[string]any{"associatedInstance": kernel.ListOf(h.Holders)},
		}
	})
}
