// Package ram is Resource Access Management: RAM (2015-05-01), IMS (2019-08-15), which is what
// its console speaks, and STS (2015-04-01). They are three APIs over one state: users with their keys,
// passwords and MFA devices, groups, policies, roles, what holds for the account, the recycle bin.
//
// SSO, OIDC and SAML providers, applications and passkeys are left out. Sign-ins are made by SignIn,
// not over HTTP. A key that idles is not disabled by itself.
//
// Names, types and limits of parameters are those of the published API metadata
// (api.aliyun.com/product/Ram and Ims); error codes and messages are those of RAM's list of errors
// (help.aliyun.com/zh/ram/developer-reference). An error that the list does not have says so where it stands.
package ram

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	state

	loading *loading // while the state is being read from a document
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

func (c *Service) request(q *kernel.Request) *request { return &request{q, c} }

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	c.register()
	return c
}
