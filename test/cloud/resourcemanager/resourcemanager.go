package resourcemanager

import (
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is what Resource Management keeps, as a document writes it. The default resource group and the root folder
// of a directory are there without being written.
type state struct {
	Directory       bool                         `yaml:"directory,omitempty"` // there is one
	ControlEnabled  bool                         `yaml:"control-policies-enabled,omitempty"`
	FullAccessOff   []string                     `yaml:"full-access-detached-from,omitempty"` // folders and members
	Folders         kernel.Table[*folder]        `yaml:"folders,omitempty"`
	Members         kernel.Table[*member]        `yaml:"members,omitempty"`
	ControlPolicies kernel.Table[*controlPolicy] `yaml:"control-policies,omitempty"`
	ResourceGroups  kernel.Table[*resourceGroup] `yaml:"resource-groups,omitempty"`
	Attachments     []attachment                 `yaml:"attachments,omitempty"` // within a resource group
}

// tables are the resources in the order in which they are loaded: each may refer to those before it.
func (c *Service) tables() []kernel.Rows[*Service] {
	return []kernel.Rows[*Service]{
		kernel.RowsOf(&c.Folders, folderRows), kernel.RowsOf(&c.Members, memberRows), kernel.RowsOf(&c.ControlPolicies, controlRows),
		kernel.RowsOf(&c.ResourceGroups, groupRows),
	}
}

func (c *Service) register() {
	actions := slices.Concat(serviceRoleActions, groupActions, directoryActions, controlActions, attachmentActions)
	for _, a := range c.ram.ConsoleActions() {
		actions = append(actions, action{Name: a.Name, Params: a.Params, Write: a.Write, On: a.On, Do: func(q *request) (any, error) { return a.Do(q.Request) }})
	}
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "ResourceManager", Ram: "resourcemanager", Version: "2020-03-31", Global: true, Endpoint: kernel.Host("resourcemanager.aliyuncs.com")}, actions,
		"resourcemanager.*.aliyuncs.com")
	c.AddSection(kernel.StateSection("resource-manager", func(f *state, _ map[string]any) (func(), error) {
		next, err := c.load(f)
		return func() { c.state = next.state }, err
	}, func() yaml.MapSlice { return kernel.DumpTables(c, c.Region, &c.state, c.tables()) }))
}

// load builds the state that a document describes. Who is named in an attachment is looked up when it is listed:
// RAM's part of the document may be loaded after this one.
func (c *Service) load(f *state) (*Service, error) {
	next := &Service{Cloud: c.Cloud, ram: c.ram, state: *f}
	l := c.NewLoader()
	if err := kernel.LoadTables(&l, next, "$.resource-manager", next.tables()); err != nil {
		return nil, err
	}
	for i, a := range f.Attachments {
		if err := a.check(next); err != nil {
			return nil, kernel.At(err, "$.resource-manager.attachments[%d]", i)
		}
	}
	return next, nil
}

const numberedPage = " PageNumber:Integer=1..1000000 PageSize:Integer=1..100"
