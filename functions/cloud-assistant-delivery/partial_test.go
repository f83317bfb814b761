package cloudassistantdelivery_test

import (
	"context"
	"strings"
	"testing"
	"time"

	cloudassistantdelivery "github.com/ecsguard/ecsguard/functions/cloud-assistant-delivery"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// settings answers with what stands in the list of Simple Log Service, for a region with an instance.
type settings string

func (s settings) Read(_ context.Context, call cloud.Call, out any) error {
	if call.Action == "DescribeInstances" {
		return cloud.Decode(call, []byte(`{"TotalCount":1}`), out)
	}
	return cloud.Decode(call, []byte(`{"SlsDeliveryConfigs":{"SlsDeliveryConfig":[`+string(s)+`]},"OssDeliveryConfigs":{"OssDeliveryConfig":[]}}`), out)
}

// What the answer does not say of one sort hides nothing about the other, and is no fault by itself.
func TestOneSortIsNotSaid(t *testing.T) {
	for answer, want := range map[settings]string{
		`{"DeliveryType":"Invocation"},{"DeliveryType":"SessionManager","Enabled":false}`: "SessionManagerDelivery",
		`{"DeliveryType":"SessionManager"}`:                                               "InvocationDelivery",
		`{"DeliveryType":"Invocation"},{"DeliveryType":"SessionManager","Enabled":true}`:  "",
	} {
		r := practice.Resource{Type: resource.TypeRegion, ID: "cn-hangzhou", Region: "cn-hangzhou", Account: "1"}
		pass := practice.NewPass(cloudassistantdelivery.Practice, r, nil, time.Now(), answer, nil)
		err := cloudassistantdelivery.Practice.Judge(t.Context(), pass)
		var keys []string
		for _, f := range pass.Findings() {
			keys = append(keys, f.Key)
			if !strings.Contains(f.Facts["unread"], "does not say") {
				t.Errorf("%s: what was not said is not told: %v", answer, f.Facts)
			}
		}
		if strings.Join(keys, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%s: found %v, %v", answer, keys, err)
		}
	}
}
