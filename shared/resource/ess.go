package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

var _ = cloud.Add("ess", cloud.Product{Version: "2014-08-28", RAM: "ess", Host: essHost, Page: "Ess"})

// essHost: the older regions share one endpoint, to which the region is a parameter.
func essHost(region string) string {
	switch region {
	case "cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-qingdao", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-west-1", "us-east-1",
		"cn-shanghai-finance-1", "cn-shenzhen-finance-1", "cn-wuhan", "cn-fujian":
		return "ess.aliyuncs.com"
	}
	return cloud.Regional("ess")(region)
}

// TypeScalingConfiguration is the type of a scaling configuration of Auto Scaling.
const TypeScalingConfiguration = "ACS::ESS::ScalingConfiguration"

var _ = add(Kind{Type: TypeScalingConfiguration, Words: "scaling configuration", Param: "ScalingConfigurationId", Prefix: "asc-"})

// A ScalingConfiguration is what a scaling group makes its instances from. The tags are theirs: it has none of its own.
type ScalingConfiguration struct {
	ScalingConfigurationID, ScalingConfigurationName, ScalingGroupID string
	LifecycleState                                                   string // Active: its group uses it; or Inactive
	ImageID, HTTPTokens, HTTPEndpoint                                string
	Tags                                                             cloud.Tags
}

// About says which one it is. What a cluster makes its nodes from is the cluster's.
func (c ScalingConfiguration) About() About {
	tags := c.Tags.Map()
	return About{Type: TypeScalingConfiguration, ID: c.ScalingConfigurationID, Name: c.ScalingConfigurationName, Tags: tags, Managed: Owner(tags)}
}

type scalingConfigurationPage struct {
	ScalingConfigurations struct{ ScalingConfiguration []ScalingConfiguration }
}

func (p scalingConfigurationPage) Items() []ScalingConfiguration {
	return p.ScalingConfigurations.ScalingConfiguration
}

// ScalingConfigurations reads those of a region that the parameters choose.
func ScalingConfigurations(ctx context.Context, r cloud.Reader, region string, params ...string) ([]ScalingConfiguration, error) {
	return cloud.ReadNumbered[scalingConfigurationPage](ctx, r, cloud.New("ess", "DescribeScalingConfigurations", region, params...))
}
