package cloud

// Billing: clients ask it which of the two sites an account belongs to, and people ask
// what is left. Nothing costs anything here.
var bssActions = []rpcAction{
	{name: "QueryAccountBalance", do: queryBalance, params: ""},
	{
		name: "QueryAvailableInstances", do: queryBoughtInstances,
		params: `Region ProductCode ProductType SubscriptionType=Subscription|PayAsYouGo InstanceIDs CreateTimeStart CreateTimeEnd EndTimeStart EndTimeEnd
			RenewStatus PageNum:Integer=1..1000000 PageSize:Integer=1..300`,
	},
}

func (c *Cloud) startBSS() {
	c.serveRPC(&rpcProduct{code: "BssOpenApi", ram: "bss", version: "2017-12-14", global: true, missing: missingAtGateway}, bssActions,
		"business.aliyuncs.com", "business.*.aliyuncs.com")
}

func bssAnswer(data map[string]any) map[string]any {
	return map[string]any{"Code": "Success", "Message": "Successful!", "Success": true, "Data": data}
}

func queryBalance(*rpcRequest) (any, error) {
	return bssAnswer(map[string]any{
		"AvailableAmount": "10000.00", "AvailableCashAmount": "10000.00", "CreditAmount": "0.00", "MybankCreditAmount": "0.00", "Currency": "CNY",
	}), nil
}

// queryBoughtInstances lists subscriptions, of which this account has none: what it has
// is paid for by use.
func queryBoughtInstances(q *rpcRequest) (any, error) {
	return bssAnswer(map[string]any{
		"PageNum": q.num("PageNum", 1), "PageSize": q.num("PageSize", 20), "TotalCount": 0, "InstanceList": []any{},
	}), nil
}
