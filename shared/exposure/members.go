package exposure

import "slices"

// nobodys are the senders that are in no source group.
const nobodys = ""

// sourceGroups are the groups that rules name, and more.
func sourceGroups(rules []Rule, more []string) []string {
	groups := slices.Clone(more)
	for i := range rules {
		if g := rules[i].Group; g != "" {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// concerns tells whether a rule can match members of a group, or senders of none.
func (r *Rule) concerns(protocol, group string) bool {
	return r.covers(protocol) && (r.Group == "" || r.Group == group)
}

// reach is the ports on which members of a group may fare unlike senders in none, or
// every port for these.
func reach(rules []Rule, protocol, group string) []PortRange {
	if group == nobodys {
		return everyPort
	}
	var ports []PortRange
	for i := range rules {
		if r := &rules[i]; r.Group == group && r.covers(protocol) {
			ports = append(ports, r.ports()...)
		}
	}
	return mergePorts(ports)
}
