package cloudassistantdelivery

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is cloud-assistant-delivery.
var Practice = &practice.Practice{
	ID:       "cloud-assistant-delivery",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeRegion, // what it judges are settings of the region
	Guide:    []string{"Cloud Assistantを使用したリソースチャネルのO&Mの自動化"},
	Cites:    []string{"CIS Alibaba Cloud 2.3", "MLPS 8.1.4.3, 8.1.5.2"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "ModifyCloudAssistantSettings", Resource: "params.RegionId|region"},
		{Service: "Ecs", Name: "RunInstances", Resource: "region"}, // it may be the first of the region
		{Service: "Ecs", Name: "CreateInstance", Resource: "region"},
	},
	Sweep:  practice.Daily(practice.TheRegion),
	Reads:  []string{"ecs:DescribeCloudAssistantSettings", "ecs:DescribeInstances"},
	Writes: []string{"ecs:ModifyCloudAssistantSettings"},
	Params: []practice.Param{
		{Name: "project", Kind: practice.OneWord, Doc: "the project of Simple Log Service, in the region, that the records go to; none: only tell where they go nowhere"},
		{Name: "logstore", Kind: practice.OneWord, Default: []string{"cloud-assistant"}, Doc: "the logstore in that project"},
	},
	Check: check,
}

// sorts are what can be delivered, in the order in which it is told.
var sorts = []struct{ setting, words string }{
	{resource.InvocationDelivery, "Records of what Cloud Assistant runs"},
	{resource.SessionDelivery, "Records of Cloud Assistant's sessions"},
}

func check(ctx context.Context, pass *practice.Pass) error {
	region, project := pass.Resource.ID, pass.Word("project")
	all, err := resource.DeliveriesOf(ctx, pass, region)
	if err != nil {
		return fmt.Errorf("reading where Cloud Assistant's records of %s go: %w", region, err)
	}
	var wrong []practice.Finding
	var unknown error
	for _, s := range sorts {
		to := all[s.setting]
		on, err := to.On(func(d resource.Delivery) bool { return d.BucketName != "" || project == "" || d.ProjectName == project })
		switch {
		case err != nil:
			unknown = err
		case !on:
			wrong = append(wrong, finding(pass, s.setting, s.words, to.SLS))
		}
	}
	if len(wrong) == 0 {
		return unknown
	}
	if n, err := resource.CountInstances(ctx, pass, region); err != nil || n == 0 {
		return err // where nothing is, nothing is run
	}
	for _, f := range wrong {
		if unknown != nil {
			f.Facts["unread"] = unknown.Error()
		}
		pass.Report(f)
	}
	return nil
}

// finding is that one sort of records goes nowhere, or past the project that the settings name.
func finding(pass *practice.Pass, setting, words string, now *resource.Delivery) practice.Finding {
	old := config{}
	if now != nil {
		old = config{now.Enabled != nil && *now.Enabled, now.ProjectName, now.LogstoreName}
	}
	f := practice.Finding{Key: setting, Title: words + " in " + pass.Resource.ID + " are delivered nowhere", Facts: map[string]string{"project": old.ProjectName, "logstore": old.LogstoreName}}
	to := config{true, cmp.Or(pass.Word("project"), "YOUR-PROJECT"), pass.Word("logstore")}
	if old.Enabled {
		f.Title = words + " in " + pass.Resource.ID + " go to another project than yours"
	}
	call := func(c config) cloud.Call {
		text, _ := json.Marshal(c) // words always encode
		return cloud.New("ecs", "ModifyCloudAssistantSettings", pass.Resource.ID, "SettingType", setting, "SlsDeliveryConfig", string(text))
	}
	if pass.Word("project") == "" {
		f.Advice = "Name a project under project of " + pass.Practice.ID + ", or deliver them yourself: " + call(to).String() + "."
		return f
	}
	f.Changes = practice.Reversible("deliver them to the project "+to.ProjectName, call(to), call(old))
	return f
}

// config is where records go, as the API takes it: JSON in a parameter.
type config struct {
	Enabled      bool
	ProjectName  string `json:",omitempty"`
	LogstoreName string `json:",omitempty"`
}
