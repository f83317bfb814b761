package ecs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// agent is Cloud Assistant's in the guest of an instance, as far as the API tells of it.
// An instance without one in its document has it and it reports.
type agent struct {
	Missing   bool              `yaml:"missing,omitempty"`        // it never was there
	Silent    int               `yaml:"silent-minutes,omitempty"` // since it last reported
	NoSession bool              `yaml:"no-session-manager,omitempty"`
	Plugins   map[string]string `yaml:"plugins,omitempty"` // their status by name, such as ONCE_INSTALLED

	installed bool // and takes effect when the instance restarts
}

// delivery is where a region's records of one sort go.
type delivery struct {
	SLS *slsDelivery `yaml:"sls,omitempty"`
	OSS *ossDelivery `yaml:"oss,omitempty"`
}

// What is off keeps where it went, as the real answer does.
type slsDelivery struct {
	Enabled      bool   `yaml:"enabled" json:"Enabled"`
	ProjectName  string `yaml:"project,omitempty" json:"ProjectName"`
	LogstoreName string `yaml:"logstore,omitempty" json:"LogstoreName"`
}

type ossDelivery struct {
	Enabled             bool   `yaml:"enabled" json:"Enabled"`
	BucketName          string `yaml:"bucket,omitempty" json:"BucketName"`
	Prefix              string `yaml:"prefix,omitempty" json:"Prefix"`
	EncryptionType      string `yaml:"encryption,omitempty" json:"EncryptionType"`
	EncryptionAlgorithm string `yaml:"algorithm,omitempty" json:"EncryptionAlgorithm"`
	EncryptionKeyID     string `yaml:"key,omitempty" json:"EncryptionKeyId"`
}

// deliveries are the settings by region and by sort: Invocation, SessionManager.
type deliveries map[string]map[string]*delivery

// deliverySorts are the sorts by the setting that says where they go.
var deliverySorts = map[string]string{"InvocationDelivery": "Invocation", "SessionManagerDelivery": "SessionManager"}

// Nothing is installed, delivered or looked up: whether a project or a bucket exists is not asked.
// The upgrade of agents and the settings of Session Manager itself (AgentUpgradeConfig,
// SessionManagerConfig) are left out, and answered as they are when nobody has set them.
var cloudAssistantActions = []action{
	{
		Name: "DescribeCloudAssistantStatus", On: onEach("instance", kernel.Repeated("InstanceId")), Do: describeAgents,
		Params: "RegionId! InstanceId:RepeatList OSType PageNumber:Long=1..1000000 PageSize:Long=1..50 MaxResults:Integer=1..50 NextToken",
	},
	{Name: "InstallCloudAssistant", Write: true, On: onEach("instance", kernel.Repeated("InstanceId")), Do: installAgent, Params: "RegionId! InstanceId:RepeatList!"},
	{
		Name: "ListPluginStatus", On: onEach("instance", kernel.Repeated("InstanceId")), Do: listPlugins,
		Params: "RegionId! InstanceId:RepeatList Name PageNumber:Long=1..1000000 PageSize:Long=1..50 MaxResults:Integer=1..50 NextToken",
	},
	{Name: "DescribeCloudAssistantSettings", On: onEach("servicesettings", kernel.Repeated("SettingType")), Do: describeDeliveries, Params: "RegionId! SettingType:RepeatList!"},
	{
		// The settings themselves are JSON in text.
		Name: "ModifyCloudAssistantSettings", Write: true, On: onEach("servicesettings", kernel.Named("SettingType")), Do: modifyDelivery,
		Params: "RegionId! SettingType! SlsDeliveryConfig OssDeliveryConfig AgentUpgradeConfig SessionManagerConfig",
	},
}

// osType is that of the image, unless the state says it: the public ones of Windows begin so.
func (i *instance) osType() string {
	if i.OS != "" {
		return i.OS
	}
	if strings.HasPrefix(i.Image, "win") {
		return "windows"
	}
	return "linux"
}

// agentOf is never nil.
func (i *instance) agentOf() *agent {
	if i.Agent == nil {
		i.Agent = &agent{}
	}
	return i.Agent
}

// online tells whether the agent reports. It does not while the instance is stopped.
func (i *instance) online() bool {
	return i.Status == "Running" && (i.Agent == nil || !i.Agent.Missing && i.Agent.Silent == 0)
}

// The status is text, and false while nothing has reported; the times are empty then, where nothing ever has.
func describeAgents(q *request) (any, error) {
	ids := q.List("InstanceId")
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool {
		return q.c.Visible(&i.Resource) && (len(ids) == 0 || slices.Contains(ids, i.ID)) && q.Matches("OSType", i.osType())
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, i := range page {
		a := cmp.Or(i.Agent, &agent{})
		view := map[string]any{
			"InstanceId": i.ID, "OSType": i.osType(), "CloudAssistantStatus": fmt.Sprint(i.online()), "CloudAssistantVersion": "", "LastHeartbeatTime": "",
			"LastInvokedTime": "", "InvocationCount": 0, "ActiveTaskCount": 0, "SupportSessionManager": !a.Missing && !a.NoSession,
		}
		if !a.Missing {
			view["CloudAssistantVersion"] = "2.2.4.1075"
			view["LastHeartbeatTime"] = kernel.Stamp(q.c.Clock().Add(-time.Duration(a.Silent) * time.Minute))
		}
		views = append(views, view)
	}
	answer["InstanceCloudAssistantStatusSet"] = map[string]any{"InstanceCloudAssistantStatus": views}
	return answer, nil
}

// A running instance has the agent from its next start on.
func installAgent(q *request) (any, error) {
	for _, id := range q.List("InstanceId") {
		i, ok := kernel.Find(q.Request, q.c.Instances, id)
		if !ok {
			return nil, kernel.Refuse(404, "InvalidInstance.NotFound", "The specified instances do not exist.")
		}
		q.Touch(kernel.InstanceKind, id)
		i.agentOf().installed = true
	}
	return kernel.Done()
}

// restarted is called when an instance starts again.
func (i *instance) restarted() {
	if i.Agent != nil && (i.Agent.installed || !i.Agent.Missing) {
		i.Agent.Missing, i.Agent.Silent, i.Agent.installed = false, 0, false
	}
}

// An instance without the plugin has an entry with an empty list.
func listPlugins(q *request) (any, error) {
	ids := q.List("InstanceId")
	if q.Str("Name") == "" && len(ids) != 1 {
		return nil, kernel.Refuse(400, "InvalidParameter.InstanceId", "The specified parameter InstanceId is not valid.")
	}
	kept := kernel.Within(q.Request, q.c.Instances, func(i *instance) bool {
		return q.c.Visible(&i.Resource) && (len(ids) == 0 || slices.Contains(ids, i.ID))
	})
	page, answer, err := kernel.AnyPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, i := range page {
		plugins := []any{}
		if i.Agent != nil {
			for _, name := range kernel.SortedKeys(i.Agent.Plugins) {
				if q.Matches("Name", name) {
					plugins = append(plugins, map[string]any{"PluginName": name, "PluginVersion": "1.20", "PluginStatus": i.Agent.Plugins[name], "FirstHeartbeatTime": "", "LastHeartbeatTime": ""})
				}
			}
		}
		views = append(views, map[string]any{"InstanceId": i.ID, "PluginStatusSet": map[string]any{"PluginStatus": plugins}})
	}
	answer["InstancePluginStatusSet"] = map[string]any{"InstancePluginStatus": views}
	return answer, nil
}

// Entries call the sort by another word than SettingType. One that nobody has set has no entry.
func describeDeliveries(q *request) (any, error) {
	sls, oss := []any{}, []any{}
	for _, setting := range q.List("SettingType") {
		sort, ok := deliverySorts[setting]
		if !ok && setting != "AgentUpgradeConfig" && setting != "SessionManagerConfig" {
			return nil, kernel.Refuse(400, "InvalidParameter.SettingType", "The specified parameter SettingType is not valid.")
		}
		d := q.c.Deliveries[q.Region][sort]
		if d == nil {
			continue
		}
		if d.SLS != nil {
			sls = append(sls, map[string]any{"DeliveryType": sort, "Enabled": d.SLS.Enabled, "ProjectName": d.SLS.ProjectName, "LogstoreName": d.SLS.LogstoreName})
		}
		if d.OSS != nil {
			oss = append(oss, map[string]any{
				"DeliveryType": sort, "Enabled": d.OSS.Enabled, "BucketName": d.OSS.BucketName, "Prefix": d.OSS.Prefix, "EncryptionType": d.OSS.EncryptionType,
				"EncryptionAlgorithm": d.OSS.EncryptionAlgorithm, "EncryptionKeyId": d.OSS.EncryptionKeyID,
			})
		}
	}
	return map[string]any{"SlsDeliveryConfigs": map[string]any{"SlsDeliveryConfig": sls}, "OssDeliveryConfigs": map[string]any{"OssDeliveryConfig": oss}}, nil
}

// What the call leaves out stays: SLS and OSS are set by themselves.
func modifyDelivery(q *request) (any, error) {
	sort, ok := deliverySorts[q.Str("SettingType")]
	if !ok {
		return nil, kernel.Refuse(400, "InvalidParameter.SettingType", "The specified parameter SettingType is not valid.")
	}
	var sls *slsDelivery
	var oss *ossDelivery
	for name, into := range map[string]any{"SlsDeliveryConfig": &sls, "OssDeliveryConfig": &oss} {
		if !q.Has(name) {
			continue
		}
		if err := json.Unmarshal([]byte(q.Str(name)), into); err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter."+name, "The specified parameter %s is not valid.", name)
		}
	}
	switch {
	case sls == nil && oss == nil:
		return nil, kernel.MissingInECS("SlsDeliveryConfig")
	case sls != nil && sls.Enabled && (sls.ProjectName == "" || sls.LogstoreName == ""):
		return nil, kernel.Refuse(400, "InvalidParameter.SlsDeliveryConfig", "The specified parameter SlsDeliveryConfig is not valid.")
	case oss != nil && oss.Enabled && oss.BucketName == "":
		return nil, kernel.Refuse(400, "InvalidParameter.OssDeliveryConfig", "The specified parameter OssDeliveryConfig is not valid.")
	}
	if q.c.Deliveries == nil {
		q.c.Deliveries = deliveries{}
	}
	if q.c.Deliveries[q.Region] == nil {
		q.c.Deliveries[q.Region] = map[string]*delivery{}
	}
	d := q.c.Deliveries[q.Region][sort]
	if d == nil {
		d = &delivery{}
		q.c.Deliveries[q.Region][sort] = d
	}
	d.SLS, d.OSS = cmp.Or(sls, d.SLS), cmp.Or(oss, d.OSS)
	return kernel.Done()
}

// check refuses a document with settings that no call could have made.
func (d deliveries) check() error {
	for region, sorts := range d {
		if !slices.Contains(kernel.Regions, region) {
			return kernel.At(fmt.Errorf("no region %q", region), "$.ecs.cloud-assistant-delivery")
		}
		for sort, one := range sorts {
			if sort != "Invocation" && sort != "SessionManager" || one == nil {
				return kernel.At(fmt.Errorf("no records of the sort %q: Invocation and SessionManager", sort), "$.ecs.cloud-assistant-delivery.%s", region)
			}
		}
	}
	return nil
}
