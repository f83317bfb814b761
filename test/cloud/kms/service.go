// Package kms is Key Management Service, API version 2016-01-20, as far as keys and secrets are
// described and kept: the state of a key, its protection against deletion, its rotation, and which
// secrets there are and how they rotate.
//
// Nothing is encrypted, and the value of a secret is never kept: what it is, nobody who looks after
// an account needs to know. Aliases, versions, certificates, instances and their policies are left out.
// Which call is refused in which state is from the page "Impact of CMK states on API call"; what refuses
// a deletion that protection forbids no page says, and it is refused here as a wrong state is.
package kms

import (
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Service is the product: what it keeps, and what it asks of others.
type Service struct {
	*kernel.Cloud
	kept state
}

// state is what a document says of the product.
type state struct {
	Account string                `yaml:"account,omitempty"` // Enabled (default), NotEnabled or InDebt
	Keys    kernel.Table[*key]    `yaml:"keys,omitempty"`
	Secrets kernel.Table[*secret] `yaml:"secrets,omitempty"`
}

// tables are the resources in the order in which they are loaded: each may refer to those
// before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{kernel.RowsOf(&c.kept.Keys, keyRows), kernel.RowsOf(&c.kept.Secrets, secretRows)}
}

// request is one call of an action.
type request struct {
	*kernel.Request
	c *Service
}

type action = kernel.Action[*request]

// New adds the product to a cloud.
func New(k *kernel.Cloud) *Service {
	c := &Service{Cloud: k}
	kernel.Keep(k, c, "kms", func(c *Service) *state { return &c.kept }, (*Service).tables)
	kernel.Serve(k, func(q *kernel.Request) *request { return &request{q, c} }, &kernel.Product{
		Code: "Kms", Ram: "kms", Version: "2016-01-20", Endpoint: kernel.Regional("kms"), ByHost: true,
	}, slices.Concat(keyActions, secretActions))
	return c
}
