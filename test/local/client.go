package main

import (
	"fmt"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/ecsguard/ecsguard/test/cloud"
)

// client is the official SDK, as anybody uses it.
type client struct{ *sdk.Client }

func newClient(region string, c cloud.Credentials) (client, error) {
	var credential auth.Credential = credentials.NewAccessKeyCredential(c.AccessKeyID, c.AccessKeySecret)
	if c.SecurityToken != "" {
		credential = credentials.NewStsTokenCredential(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken)
	}
	made, err := sdk.NewClientWithOptions(region, sdk.NewConfig().WithScheme("HTTPS"), credential)
	return client{made}, err
}

// call makes a call; params are name, value pairs.
func (c client) call(host, version, action string, params ...string) error {
	r := requests.NewCommonRequest()
	r.Domain, r.Version, r.ApiName, r.Method, r.Scheme = host, version, action, "POST", "https"
	for i := 0; i < len(params); i += 2 {
		r.QueryParams[params[i]] = params[i+1]
	}
	if _, err := c.ProcessCommonRequest(r); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}
