package resource

// owners are tags by which a service marks the machines that it makes and unmakes by
// itself; what people change on one it may miss, change back or trip over. From the
// pages of the services: ACK, node pools; Auto Scaling, system tags; E-MapReduce, tags.
var owners = []struct{ tag, words string }{
	{"ack.aliyun.com", "the Kubernetes cluster"},
	{"acs:emr:clusterId", "the E-MapReduce cluster"},
	{"acs:autoscaling:scalingGroupId", "the scaling group"}, // also of the nodes of a cluster: last
}

// Owner is whose machine it is by its tags, for About.Managed; empty: its account's.
func Owner(tags map[string]string) string {
	for _, o := range owners {
		if id, ok := tags[o.tag]; ok {
			return o.words + " " + id
		}
	}
	return ""
}
