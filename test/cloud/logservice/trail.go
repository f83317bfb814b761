package logservice

import sls "github.com/aliyun/aliyun-log-go-sdk"

// TrailIndex is the index that a trail's logstore comes with: full text, and the
// fields that the documentation of its logs lists.
func TrailIndex() *sls.Index {
	x := sls.CreateDefaultIndex()
	fields := map[string]*sls.JsonKey{}
	for _, name := range []string{
		"acsRegion", "apiVersion", "errorCode", "errorMessage", "eventCategory", "eventId", "eventName", "eventRW", "eventSource", "eventTime",
		"eventType", "eventVersion", "isGlobal", "recipientAccountId", "requestId", "requestParameterJson", "resourceName", "resourceType",
		"serviceName", "sourceIpAddress", "userAgent", "vpcId",
		"additionalEventData.isMFAChecked", "additionalEventData.mfaChecked", "additionalEventData.loginAccount",
		"userIdentity.accessKeyId", "userIdentity.accountId", "userIdentity.principalId", "userIdentity.type", "userIdentity.userName",
		"userIdentity.sessionContext.attributes.mfaAuthenticated",
	} {
		fields[name] = &sls.JsonKey{Type: "text", DocValue: true}
	}
	x.Keys = map[string]sls.IndexKey{"event": {Type: "json", Token: x.Line.Token, DocValue: true, JsonKeys: fields}}
	return x
}
