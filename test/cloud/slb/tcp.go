package slb

const (
	tcpListenerParams = `RegionId LoadBalancerId! ListenerPort:Integer!=1..65535 AclId AclStatus=on|off AclType=white|black ConnectionDrain=on|off
		ConnectionDrainTimeout:Integer Description EstablishedTimeout:Integer=10..900 HealthCheckConnectPort:Integer HealthCheckConnectTimeout:Integer=1..300
		HealthCheckDomain HealthCheckHttpCode HealthCheckSwitch=on|off HealthCheckType=tcp|http HealthCheckURI HealthyThreshold:Integer=2..10
		MasterSlaveServerGroupId PersistenceTimeout:Integer=0..3600 ProxyProtocolV2Enabled:Boolean Scheduler=wrr|rr|sch|tch
		UnhealthyThreshold:Integer=2..10 VServerGroupId `
	udpListenerParams = `RegionId LoadBalancerId! ListenerPort:Integer!=1..65535 AclId AclStatus=on|off AclType=white|black Description
		HealthCheckConnectPort:Integer HealthCheckConnectTimeout:Integer=1..300 HealthCheckSwitch=on|off HealthyThreshold:Integer=2..10
		MasterSlaveServerGroupId ProxyProtocolV2Enabled:Boolean Scheduler=wrr|rr|sch|tch|qch UnhealthyThreshold:Integer=2..10 VServerGroupId `
	oneListener = "RegionId LoadBalancerId! ListenerPort:Integer!=1..65535"
)

// Listeners of TCP and UDP. Some of their parameters begin with a small letter in the
// calls that make them, and not in those that change them.
var tcpListenerActions = []action{
	{
		Name: "CreateLoadBalancerTCPListener", Write: true, On: onClassic, Do: createClassicListener("tcp"),
		Params: tcpListenerParams + "healthCheckInterval:Integer=1..50 BackendServerPort:Integer=1..65535 Bandwidth:Integer! " + classicTag,
	},
	{
		Name: "SetLoadBalancerTCPListenerAttribute", Write: true, On: onClassic, Do: setClassicListener("tcp"),
		Params: tcpListenerParams + "HealthCheckInterval:Integer=1..50 Bandwidth:Integer SynProxy=enable|disable MasterSlaveServerGroup=on|off VServerGroup=on|off",
	},
	{Name: "DescribeLoadBalancerTCPListenerAttribute", On: onClassic, Do: describeClassicListener("tcp"), Params: oneListener},
	{
		Name: "CreateLoadBalancerUDPListener", Write: true, On: onClassic, Do: createClassicListener("udp"),
		Params: udpListenerParams + "healthCheckInterval:Integer=1..50 healthCheckReq healthCheckExp BackendServerPort:Integer=1..65535 Bandwidth:Integer! " + classicTag,
	},
	{Name: "DescribeLoadBalancerUDPListenerAttribute", On: onClassic, Do: describeClassicListener("udp"), Params: oneListener},
}

// layer4Settings are those of a listener of TCP or UDP that a call says nothing about.
// Health checks are on by default here; for HTTP a call has to say.
func layer4Settings(protocol string) map[string]string {
	settings := map[string]string{
		"Bandwidth": "-1", "Scheduler": "wrr", "AclStatus": "off", "ConnectionDrain": "off", "HealthCheck": "on", "HealthyThreshold": "3", "UnhealthyThreshold": "3",
		"HealthCheckConnectTimeout": "5", "HealthCheckInterval": "2", "PersistenceTimeout": "0",
	}
	if protocol == "tcp" {
		settings["HealthCheckType"], settings["EstablishedTimeout"], settings["SynProxy"] = "tcp", "900", "disable"
	}
	return settings
}
