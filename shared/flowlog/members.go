package flowlog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// mostMembers bounds what is read, and the length of the query that names them: some
// 11 kB. The documentation names no limit.
const mostMembers = 200

// member is a network interface of a group.
type member struct {
	id, vswitch, vpc string
	ipv6             bool // it has such addresses
}

type members struct {
	all  []member
	more bool
}

func (m *members) add(found member) {
	if found.id != "" && !slices.ContainsFunc(m.all, func(known member) bool { return known.id == found.id }) {
		m.all = append(m.all, found)
	}
}

// enough tells whether there are enough, and the next page is not needed.
func (m *members) enough(more bool) bool {
	m.more = len(m.all) >= mostMembers && more
	return m.more
}

// readMembers reads the interfaces in a group. Of the primary ones only the
// description of their instances tells by group.
func readMembers(ctx context.Context, pass *practice.Pass, q Question) (members, error) {
	var primary, secondary members
	by := []string{"SecurityGroupId", q.Group, "MaxResults", "100"}
	err := pass.Together(ctx,
		func(ctx context.Context) error {
			return resource.InstancePages(ctx, pass, q.Region, func(page []resource.Instance, more bool) bool {
				for _, i := range page {
					for _, n := range i.NetworkInterfaces.NetworkInterface {
						if n.Primary() { // the others may be in other groups
							primary.add(member{n.NetworkInterfaceID, i.VpcAttributes.VSwitchID, i.VpcAttributes.VpcID, len(n.IPv6()) > 0})
						}
					}
				}
				return primary.enough(more)
			}, by...)
		},
		func(ctx context.Context) error {
			return resource.InterfacePages(ctx, pass, q.Region, func(page []resource.Interface, more bool) bool {
				for _, n := range page {
					secondary.add(member{n.NetworkInterfaceID, n.VSwitchID, n.VpcID, len(n.IPv6()) > 0})
				}
				return secondary.enough(more)
			}, by...)
		})
	if err != nil {
		return primary, fmt.Errorf("reading the members of security group %s: %w", q.Group, err)
	}
	for _, m := range secondary.all {
		primary.add(m)
	}
	primary.more = primary.more || secondary.more || len(primary.all) > mostMembers
	primary.all = primary.all[:min(len(primary.all), mostMembers)]
	return primary, nil
}

// readLogs reads the flow logs that run and hold what was let in from everywhere. One
// that is not delivered lacks whoever came since.
func readLogs(ctx context.Context, pass *practice.Pass, region string) ([]resource.FlowLog, error) {
	logs, err := resource.FlowLogs(ctx, pass, region, "Status", "Active")
	if err != nil {
		return nil, fmt.Errorf("reading the flow logs of %s: %w", region, err)
	}
	return slices.DeleteFunc(logs, func(l resource.FlowLog) bool {
		return l.Status != "Active" || l.FlowLogDeliverStatus == "FAILED" || l.TrafficType == "Drop" || !l.Everywhere()
	}), nil
}

// store is a logstore and the interfaces that it is asked about.
type store struct {
	project, logstore string
	since             time.Time // of its flow log that was made last
	interfaces        []string
	unseen6           int // of the interfaces, those with IPv6 addresses in a log of IPv4
}

// mostStores is how many logstores are asked.
const mostStores = 5

// covering gives each member to one logstore: its VPC's, its vSwitch's or its own. In
// two its traffic would be counted twice.
func covering(all []member, logs []resource.FlowLog) (stores []store) {
	for _, m := range all {
		l := logOf(m, logs)
		if l == nil {
			continue
		}
		i := slices.IndexFunc(stores, func(s store) bool { return s.project == l.ProjectName && s.logstore == l.LogStoreName })
		if i < 0 && len(stores) == mostStores {
			continue
		}
		if i < 0 {
			i = len(stores)
			stores = append(stores, store{project: l.ProjectName, logstore: l.LogStoreName})
		}
		stores[i].interfaces = append(stores[i].interfaces, m.id)
		if m.ipv6 && l.IPVersion != "DualStack" { // what is not known to be of both is taken for IPv4
			stores[i].unseen6++
		}
		if begun := l.Begun(); begun.After(stores[i].since) {
			stores[i].since = begun
		}
	}
	return stores
}

func logOf(m member, logs []resource.FlowLog) *resource.FlowLog {
	for _, id := range []string{m.vpc, m.vswitch, m.id} {
		for i := range logs {
			if logs[i].ResourceID == id && id != "" {
				return &logs[i]
			}
		}
	}
	return nil
}

func asked(stores []store) (n int) {
	for _, s := range stores {
		n += len(s.interfaces)
	}
	return n
}
