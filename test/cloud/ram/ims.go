package ram

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// RAM and IMS have most things alike, under other names: one function serves both where it can. IMS is what the
// RAM console speaks. Its calls are authorised as RAM's, and it alone knows the keys of the root account.

// RAM is one service for all regions (Global): its events are kept in Hangzhou, and those of IMS
// in Shanghai.
func (c *Service) startRAM() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Ram", Ram: "ram", Version: "2015-05-01", Global: true, Endpoint: kernel.Host("ram.aliyuncs.com")},
		slices.Concat(ramUserActions, ramKeyActions, ramLoginActions, ramMFAActions, ramGroupActions, ramRoleActions, ramPolicyActions,
			ramAttachmentActions, ramAccountActions, ramTagActions),
		"ram.*.aliyuncs.com")
	c.Inventory = append(c.Inventory, c.ramInventory)
	c.AddSection(kernel.StateSection("ram", func(f *state, _ map[string]any) (func(), error) {
		next, err := c.load(f)
		return func() { c.place(next) }, err
	}, c.dump))
}

// Its product is Ims in events, while its permissions are those of ram.
func (c *Service) startIMS() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Ims", Ram: "ram", Version: "2019-08-15", Global: true, Endpoint: kernel.Host("ims.aliyuncs.com")},
		slices.Concat(imsUserActions, imsKeyActions, imsLoginActions, imsMFAActions, imsGroupActions, imsAccountActions, imsBinActions,
			imsReportActions, imsTagActions),
		"ims.*.aliyuncs.com")
}

// loginName is the part of "alice@1000000000000001.onaliyun.com" before the @.
// A name without the @ is taken, too.
func loginName(principal string) string {
	name, _, _ := strings.Cut(principal, "@")
	return name
}

func (c *Service) principalName(name string) string { return name + "@" + c.Account + ".onaliyun.com" }
