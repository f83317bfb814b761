package resource

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TemplateData is what a version of a launch template says of instances: what it leaves unsaid is empty.
type TemplateData struct {
	UserData                 string // in Base64
	InstanceType, ImageID    string
	HTTPTokens, HTTPEndpoint string

	SecurityEnhancementStrategy string // Active: Security Center's agent comes at launch
	ImageOptions                ImageOptions
	SecurityOptions             struct{ TrustedSystemMode string }
	Tags                        struct{ InstanceTag cloud.TagList } // of the instances

	all map[string]any // as it was answered
}

// UnmarshalJSON keeps all that is said, also what no field is for.
func (d *TemplateData) UnmarshalJSON(text []byte) error {
	type fields TemplateData
	if err := json.Unmarshal(text, (*fields)(d)); err != nil {
		return err
	}
	whole := json.NewDecoder(bytes.NewReader(text))
	whole.UseNumber() // a large number stays what it is
	return whole.Decode(&d.all)
}

// SameBut tells whether two versions say the same, but for some fields.
func (d *TemplateData) SameBut(other *TemplateData, fields ...string) bool {
	one, two := maps.Clone(d.all), maps.Clone(other.all)
	for _, f := range fields {
		delete(one, f)
		delete(two, f)
	}
	return reflect.DeepEqual(one, two)
}

// What a version says in lists stands in the call under other names (ECS API 2014-05-26, DescribeLaunchTemplateVersions
// and CreateLaunchTemplateVersion).
var templateLists = map[string]struct{ inner, param, fields string }{
	"DataDisks": {"DataDisk", "DataDisk", "AutoSnapshotPolicyId BurstingEnabled Category DeleteWithInstance Description Device DiskName Encrypted KMSKeyId PerformanceLevel ProvisionedIops Size SnapshotId"},
	"NetworkInterfaces": {"NetworkInterface", "NetworkInterface",
		"DeleteOnRelease Description InstanceType NetworkInterfaceName NetworkInterfaceTrafficMode PrimaryIpAddress SecurityGroupId VSwitchId"},
	"Tags":             {"InstanceTag", "Tag", "Key Value"},
	"SecurityGroupIds": {"SecurityGroupId", "SecurityGroupIds", ""},
}

var (
	templateStructs = map[string]string{"ImageOptions": "LoginAsNonRoot", "SecurityOptions": "TrustedSystemMode ConfidentialComputingMode"}
	templateFields  = strings.Fields(`AutoReleaseTime AutoRenew AutoRenewPeriod CreditSpecification DeletionProtection DeploymentSetId Description EnableVmOsConfig
		HostName HttpEndpoint HttpPutResponseHopLimit HttpTokens ImageId ImageOwnerAlias InstanceChargeType InstanceName InstanceType InternetChargeType
		InternetMaxBandwidthIn InternetMaxBandwidthOut IoOptimized Ipv6AddressCount KeyPairName NetworkType PasswordInherit Period PeriodUnit PrivateIpAddress
		RamRoleName ResourceGroupId SecurityEnhancementStrategy SecurityGroupId SpotDuration SpotPriceLimit SpotStrategy SystemDisk.AutoSnapshotPolicyId
		SystemDisk.BurstingEnabled SystemDisk.Category SystemDisk.DeleteWithInstance SystemDisk.Description SystemDisk.DiskName SystemDisk.Encrypted
		SystemDisk.Iops SystemDisk.KMSKeyId SystemDisk.PerformanceLevel SystemDisk.ProvisionedIops SystemDisk.Size UserData VSwitchId VpcId ZoneId`)
)

// Params are what CreateLaunchTemplateVersion has to be told for a version that says the same. The names of what a
// call cannot say, as far as is known, come beside them: without these the version would be another.
func (d *TemplateData) Params() (params, unsaid []string) {
	say := func(where string, known []string, fields map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			switch value := fields[name].(type) {
			case nil:
			case string, bool, json.Number:
				if text := fmt.Sprint(value); slices.Contains(known, name) {
					params = append(params, where+name, text)
				} else if text != "" {
					unsaid = append(unsaid, where+name)
				}
			default:
				unsaid = append(unsaid, where+name)
			}
		}
	}
	plain := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(d.all)) {
		value := d.all[name]
		fields, isStruct := value.(map[string]any)
		list, isList := templateLists[name]
		known, isKnown := templateStructs[name]
		switch {
		case !isStruct:
			plain[name] = value
		case isList && list.fields == "":
			params = append(params, wordsOf(list.param, fields[list.inner])...)
		case isList:
			items, _ := fields[list.inner].([]any)
			for n, item := range items {
				one, _ := item.(map[string]any)
				one = maps.Clone(one)
				where := fmt.Sprintf("%s.%d.", list.param, n+1)
				if groups, ok := one["SecurityGroupIds"].(map[string]any); ok {
					params = append(params, wordsOf(where+"SecurityGroupIds", groups["SecurityGroupId"])...)
					delete(one, "SecurityGroupIds")
				}
				say(where, strings.Fields(list.fields), one)
			}
		case isKnown:
			say(name+".", strings.Fields(known), fields)
		case len(fields) > 0: // a struct that no parameter is known for
			unsaid = append(unsaid, name)
		}
	}
	say("", templateFields, plain)
	return params, unsaid
}

// wordsOf is a list of words as a call has it.
func wordsOf(param string, list any) (params []string) {
	words, _ := list.([]any)
	for n, word := range words {
		params = append(params, fmt.Sprintf("%s.%d", param, n+1), fmt.Sprint(word))
	}
	return params
}
