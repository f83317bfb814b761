package resource_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/resource"
)

// What a version says is said again under the names of the call, and what the call has no name for is not passed over.
func TestTemplateDataIsSaidAgain(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"InstanceType":"ecs.g7.large","DeletionProtection":false,"SystemDisk.Size":40,"ImageId":""}`:              {"DeletionProtection=false ImageId= InstanceType=ecs.g7.large SystemDisk.Size=40", ""},
		`{"SystemDisk.ProvisionedIops":12345678901234567}`:                                                          {"SystemDisk.ProvisionedIops=12345678901234567", ""},
		`{"Tags":{"InstanceTag":[{"Key":"a","Value":"b"}]},"SecurityGroupIds":{"SecurityGroupId":["sg-2","sg-1"]}}`: {"SecurityGroupIds.1=sg-2 SecurityGroupIds.2=sg-1 Tag.1.Key=a Tag.1.Value=b", ""},
		`{"NetworkInterfaces":{"NetworkInterface":[{"VSwitchId":"vsw-1","SecurityGroupIds":{"SecurityGroupId":["sg-1"]},"Colour":"red"}]}}`: {
			"NetworkInterface.1.SecurityGroupIds.1=sg-1 NetworkInterface.1.VSwitchId=vsw-1", "NetworkInterface.1.Colour"},
		`{"CpuOptions":{"Core":2},"Colour":"red","Shape":[1],"Empty":{},"Nothing":null}`: {"", "CpuOptions Colour Shape"},
		`{"SecurityOptions":{"TrustedSystemMode":"vTPM","Other":"x"}}`:                   {"SecurityOptions.TrustedSystemMode=vTPM", "SecurityOptions.Other"},
	} {
		var d resource.TemplateData
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		params, unsaid := d.Params()
		var said []string
		for pair := range slices.Chunk(params, 2) {
			said = append(said, pair[0]+"="+pair[1])
		}
		if got := [2]string{strings.Join(said, " "), strings.Join(unsaid, " ")}; got != want {
			t.Errorf("%s\nsays %q\nwant %q", text, got, want)
		}
	}
}
