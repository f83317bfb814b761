package bss

import "github.com/ecsguard/ecsguard/test/cloud/kernel"

// The amounts are made up: clients want to know that the account is one of this site.
var bssActions = []action{
	{Name: "QueryAccountBalance", Do: queryBalance, Params: ""},
	{
		Name: "QueryAvailableInstances", Do: queryBoughtInstances,
		Params: `Region ProductCode ProductType SubscriptionType=Subscription|PayAsYouGo InstanceIDs CreateTimeStart CreateTimeEnd EndTimeStart EndTimeEnd
			RenewStatus PageNum:Integer=1..1000000 PageSize:Integer=1..300`,
	},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "BssOpenApi", Ram: "bss", Version: "2017-12-14", Global: true, Endpoint: kernel.Host("business.aliyuncs.com"), Names: []string{"bss"}}, bssActions,
		"business.*.aliyuncs.com")
}

// Every answer of billing has this envelope.
func bssAnswer(data map[string]any) map[string]any {
	return map[string]any{"Code": "Success", "Message": "Successful!", "Success": true, "Data": data}
}

func queryBalance(*request) (any, error) {
	return bssAnswer(map[string]any{
		"AvailableAmount": "10000.00", "AvailableCashAmount": "10000.00", "CreditAmount": "0.00", "MybankCreditAmount": "0.00", "Currency": "CNY",
	}), nil
}

// queryBoughtInstances lists subscriptions, of which this account has none: what it has
// is paid for by use.
func queryBoughtInstances(q *request) (any, error) {
	return bssAnswer(map[string]any{
		"PageNum": q.Num("PageNum", 1), "PageSize": q.Num("PageSize", 20), "TotalCount": 0, "InstanceList": []any{},
	}), nil
}
