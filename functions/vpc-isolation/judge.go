package vpcisolation

import (
	"fmt"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// judge says what is wrong with the place of an instance in a VPC of the level; a
// finding without a key is none. Where one side has no level nobody has said anything.
func judge(i resource.Instance, level, key string) (f practice.Finding, err error) {
	f.Tags = i.Tags.Map()
	own, vpc := f.Tags[key], i.VpcAttributes.VpcID
	switch {
	case i.InstanceNetworkType == "classic":
		f.Key, f.Title = "classic", "The instance is in the classic network"
		f.Advice = "Make an image of it, launch that in a VPC, and give this instance up. The classic network ended on 2025-02-28."
	case i.InstanceNetworkType != "vpc" || vpc == "":
		return f, fmt.Errorf("reading instance %s: the answer does not say which network it is in", i.InstanceID)
	case own != "" && level != "" && own != level:
		f.Key, f.Title = key, fmt.Sprintf("The instance has the tag %s=%s, and its VPC %s has %s=%s", key, own, vpc, key, level)
		f.Advice = "Stop it and move it into a VPC of its level (ModifyInstanceVpcAttribute), or correct the tag that is wrong."
	}
	return f, nil
}
