package sas

import "github.com/ecsguard/ecsguard/test/cloud/ecs"

var sasVersionActions = []action{
	{Name: "DescribeVersionConfig", Do: describeSASVersion, Params: "SourceIp ResourceDirectoryAccountId:Long"},
}

// describeSASVersion says which edition of Security Center the account has: 1 is the
// free one, 3 the enterprise edition.
func describeSASVersion(q *request) (any, error) {
	version, cores := 3, 0
	for _, i := range q.c.ecs.Instances {
		cores += ecs.CoresOf(i.Kind)
	}
	answer := map[string]any{
		"IsPaidUser": !q.c.free(), "IsTrialVersion": 0, "IsOverBalance": false, "IsSasOpening": true, "IsNewContainerVersion": false,
		"AllowPartialBuy": 1, "AssetLevel": 1, "VmCores": cores, "MVAuthCount": len(q.c.ecs.Instances), "MVUnusedAuthCount": 0, "SasLog": 1, "SasScreen": 0, "WebLock": 0,
		"WebLockAuthCount": 0, "UserDefinedAlarms": 1, "HoneypotCapacity": 0, "ImageScanCapacity": 0, "SlsCapacity": 0, "LogCapacity": 0, "LogTime": 180,
		"AppWhiteList": 0, "AppWhiteListAuthCount": 0, "AvdsFlag": 0, "Flag": 1, "InstanceId": "sas-" + q.c.Account,
	}
	if q.c.free() {
		version, answer["InstanceId"] = 1, ""
	}
	answer["Version"], answer["HighestVersion"] = version, version
	return answer, nil
}
