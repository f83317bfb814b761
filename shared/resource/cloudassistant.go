package resource

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// An Agent is what is known of Cloud Assistant's agent on an instance.
type Agent struct {
	InstanceID, CloudAssistantStatus, CloudAssistantVersion, LastHeartbeatTime, OSType string

	SupportSessionManager *bool // nil: the answer does not say
}

// Online tells whether it is there and reports; the API says so in a text. When it last did is zero
// where it never has.
func (a Agent) Online() (online bool, last time.Time, err error) {
	if a.CloudAssistantStatus != "true" && a.CloudAssistantStatus != "false" {
		return false, time.Time{}, fmt.Errorf("ecs:DescribeCloudAssistantStatus: whether the agent of %s reports is %q, which is neither true nor false", a.InstanceID, a.CloudAssistantStatus)
	}
	return a.CloudAssistantStatus == "true", cloud.Time(a.LastHeartbeatTime), nil
}

type agentPage struct {
	cloud.Page
	InstanceCloudAssistantStatusSet struct{ InstanceCloudAssistantStatus []Agent }
}

func (p agentPage) Items() []Agent {
	return p.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus
}

// Agents reads those of a region that the parameters choose.
func Agents(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Agent, error) {
	return cloud.ReadList[agentPage](ctx, r, cloud.New("ecs", "DescribeCloudAssistantStatus", region, append([]string{"MaxResults", "50"}, params...)...))
}

// AgentOf reads that of an instance.
func AgentOf(ctx context.Context, r cloud.Reader, region, instance string) (Agent, error) {
	all, err := Agents(ctx, r, region, "InstanceId.1", instance)
	if err != nil {
		return Agent{}, err
	}
	i := slices.IndexFunc(all, func(a Agent) bool { return a.InstanceID == instance })
	if i < 0 {
		return Agent{}, fmt.Errorf("ecs:DescribeCloudAssistantStatus: the answer does not say whether the agent of %s reports", instance)
	}
	return all[i], nil
}

type plugins struct {
	InstanceID      string
	PluginStatusSet *struct {
		PluginStatus []struct{ PluginName, PluginStatus string }
	}
}

type pluginPage struct {
	cloud.Page
	InstancePluginStatusSet struct{ InstancePluginStatus []plugins }
}

func (p pluginPage) Items() []plugins { return p.InstancePluginStatusSet.InstancePluginStatus }

// PluginOf reads how a plugin of Cloud Assistant is on an instance: ONCE_INSTALLED, REMOVED; empty: it is not there.
func PluginOf(ctx context.Context, r cloud.Reader, region, instance, name string) (string, error) {
	all, err := cloud.ReadList[pluginPage](ctx, r, cloud.New("ecs", "ListPluginStatus", region, "InstanceId.1", instance, "Name", name, "MaxResults", "50"))
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(p plugins) bool { return p.InstanceID == instance })
	if i < 0 || all[i].PluginStatusSet == nil {
		return "", fmt.Errorf("ecs:ListPluginStatus: the answer does not say which plugins %s has", instance)
	}
	for _, p := range all[i].PluginStatusSet.PluginStatus {
		if p.PluginName == name {
			return p.PluginStatus, nil
		}
	}
	return "", nil
}

// The records of Cloud Assistant that can be delivered, by the setting that says where they go. Answers
// call the sort by another word.
const (
	InvocationDelivery = "InvocationDelivery"
	SessionDelivery    = "SessionManagerDelivery"
)

// A Delivery is where one sort of records goes, or would.
type Delivery struct {
	DeliveryType string
	Enabled      *bool // nil: the answer does not say

	ProjectName, LogstoreName string // to Simple Log Service
	BucketName, Prefix        string // to OSS
}

// Deliveries are those of one sort: to Simple Log Service and to OSS; nil: nobody has ever set it.
type Deliveries struct{ SLS, OSS *Delivery }

// On tells whether one goes where it is wanted. What an answer does not say is an error only where it makes a difference.
func (d Deliveries) On(wanted func(Delivery) bool) (on bool, err error) {
	for _, one := range []*Delivery{d.SLS, d.OSS} {
		switch {
		case one == nil || !wanted(*one):
		case one.Enabled == nil:
			err = fmt.Errorf("ecs:DescribeCloudAssistantSettings: the answer does not say whether the records of %s go anywhere", one.DeliveryType)
		case *one.Enabled:
			return true, nil
		}
	}
	return false, err
}

// DeliveriesOf reads where a region's records go, by the settings that say so.
func DeliveriesOf(ctx context.Context, r cloud.Reader, region string) (map[string]Deliveries, error) {
	var answer struct {
		SlsDeliveryConfigs *struct{ SlsDeliveryConfig []Delivery }
		OssDeliveryConfigs *struct{ OssDeliveryConfig []Delivery }
	}
	call := cloud.New("ecs", "DescribeCloudAssistantSettings", region, "SettingType.1", InvocationDelivery, "SettingType.2", SessionDelivery)
	if err := r.Read(ctx, call, &answer); err != nil {
		return nil, err
	}
	if answer.SlsDeliveryConfigs == nil || answer.OssDeliveryConfigs == nil {
		return nil, fmt.Errorf("ecs:DescribeCloudAssistantSettings: the answer does not say where the records of %s go", region)
	}
	of := func(all []Delivery, sort string) *Delivery {
		if i := slices.IndexFunc(all, func(d Delivery) bool { return d.DeliveryType == sort }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	found := map[string]Deliveries{}
	for setting, sort := range map[string]string{InvocationDelivery: "Invocation", SessionDelivery: "SessionManager"} {
		found[setting] = Deliveries{SLS: of(answer.SlsDeliveryConfigs.SlsDeliveryConfig, sort), OSS: of(answer.OssDeliveryConfigs.OssDeliveryConfig, sort)}
	}
	return found, nil
}
