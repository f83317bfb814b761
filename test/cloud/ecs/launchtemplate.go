package ecs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// launchTemplate holds what a launch may leave unsaid. A version is never
// changed: a change is a new one.
type launchTemplate struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Default         int                `yaml:"default-version,omitempty"`  // default 1
	Versions        []*templateVersion `yaml:"versions" dump:"after tags"` // in the order of their numbers
}

var templateRows = kernel.Kind{Key: "launch-templates", Prefix: "lt", Tagged: "launchtemplate", Type: templateKind}

// Defaults numbers the versions one after the other.
func (t *launchTemplate) Defaults(*Service) {
	t.Default = cmp.Or(t.Default, 1)
	last := 0
	for _, v := range t.Versions {
		v.Number = cmp.Or(v.Number, last+1)
		last = v.Number
	}
}

// The numbers of versions only grow, but need not be without gaps, since versions can be deleted.
// Parameters are looked up by name, so that a misspelled one is found on loading and not at a
// launch.
func (t *launchTemplate) Check(*Service) error {
	spec, last, preferred := kernel.ParseParams(templateParams), 0, false
	for _, v := range t.Versions {
		if v.Number <= last {
			return fmt.Errorf("version %d comes after version %d", v.Number, last)
		}
		last, preferred = v.Number, preferred || v.Number == t.Default
		v.created = t.Created
		for _, name := range kernel.SortedKeys(v.Parameters) {
			if kernel.FindParam(spec, name) == nil {
				return fmt.Errorf("a launch template has no parameter %s", name)
			}
		}
	}
	switch {
	case t.Name == "":
		return errors.New("a launch template needs a name")
	case !preferred:
		return fmt.Errorf("no version %d", t.Default)
	}
	return nil
}

// templateVersion keeps its parameters flat, as they were given.
type templateVersion struct {
	Number      int               `yaml:"number,omitempty"` // default the next
	Description string            `yaml:"description,omitempty"`
	Parameters  map[string]string `yaml:"parameters,omitempty"` // flat, as the API names them

	created time.Time
}

// What a template can say is what a launch can, but for a password and the number of instances.
const (
	templateKind   = "ACS::ECS::LaunchTemplate"
	templateParams = `ImageId ImageOwnerAlias InstanceName InstanceType Description HostName ZoneId VSwitchId VpcId NetworkType SecurityGroupId SecurityGroupIds:RepeatList
		PrivateIpAddress KeyPairName PasswordInherit:Boolean RamRoleName UserData VersionDescription EnableVmOsConfig:Boolean DeletionProtection:Boolean
		HttpTokens HttpEndpoint HttpPutResponseHopLimit:Integer=1..64 ImageOptions:Struct(LoginAsNonRoot) SecurityOptions:Struct(TrustedSystemMode ConfidentialComputingMode)
		InternetMaxBandwidthIn:Integer InternetMaxBandwidthOut:Integer=0..200 InternetChargeType Ipv6AddressCount:Integer
		InstanceChargeType Period:Integer PeriodUnit AutoRenew:Boolean AutoRenewPeriod:Integer AutoReleaseTime
		SpotStrategy SpotPriceLimit:Float SpotDuration:Integer IoOptimized CreditSpecification SecurityEnhancementStrategy DeploymentSetId ResourceGroupId
		SystemDisk.AutoSnapshotPolicyId SystemDisk.BurstingEnabled:Boolean SystemDisk.Category SystemDisk.DeleteWithInstance:Boolean SystemDisk.Description
		SystemDisk.DiskName SystemDisk.Encrypted SystemDisk.Iops:Integer SystemDisk.KMSKeyId SystemDisk.PerformanceLevel SystemDisk.ProvisionedIops:Long
		SystemDisk.Size:Integer Tag:RepeatList(Key Value)
		DataDisk:RepeatList(AutoSnapshotPolicyId BurstingEnabled:Boolean Category DeleteWithInstance:Boolean Description Device DiskName Encrypted KMSKeyId
			PerformanceLevel ProvisionedIops:Long Size:Integer SnapshotId)
		NetworkInterface:RepeatList(DeleteOnRelease:Boolean Description InstanceType NetworkInterfaceName NetworkInterfaceTrafficMode PrimaryIpAddress
			SecurityGroupId SecurityGroupIds:RepeatList VSwitchId) `
)

var onTemplate = onEach("launchtemplate", kernel.Named("LaunchTemplateId"))

// A template is a place from which an unsafe setting comes back: one without HttpTokens starts
// machines on which the old metadata service is open. DeleteLaunchTemplateVersion is left out.
var templateActions = []action{
	{
		Name: "CreateLaunchTemplate", Write: true, Do: createTemplate, On: onEach("launchtemplate", kernel.Named()),
		Params: "RegionId! LaunchTemplateName! TemplateResourceGroupId TemplateTag:RepeatList(Key Value) " + templateParams,
	},
	{
		Name: "CreateLaunchTemplateVersion", Write: true, Do: createTemplateVersion, On: onTemplate,
		Params: "RegionId! LaunchTemplateId LaunchTemplateName " + templateParams,
	},
	{
		Name: "DescribeLaunchTemplates", Do: describeTemplates, On: onEach("launchtemplate", kernel.Repeated("LaunchTemplateId")),
		Params: `RegionId! LaunchTemplateId:RepeatList LaunchTemplateName:RepeatList TemplateResourceGroupId TemplateTag:RepeatList(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
	{
		Name: "DescribeLaunchTemplateVersions", Do: describeTemplateVersions, On: onTemplate,
		Params: `RegionId! LaunchTemplateId LaunchTemplateName LaunchTemplateVersion:RepeatList DefaultVersion:Boolean DetailFlag:Boolean MinVersion:Long MaxVersion:Long
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
	{
		Name: "ModifyLaunchTemplateDefaultVersion", Write: true, Do: setDefaultVersion, On: onTemplate,
		Params: "RegionId! LaunchTemplateId LaunchTemplateName DefaultVersionNumber:Long!",
	},
	{
		Name: "DeleteLaunchTemplate", Write: true, Do: deleteTemplate, On: onTemplate,
		Params: "RegionId! LaunchTemplateId LaunchTemplateName",
	},
}

// template finds the launch template of a call, by its id or its name.
// With both, the two have to be of one template.
func (q *request) template() (*launchTemplate, error) {
	id, name := q.Str("LaunchTemplateId"), q.Str("LaunchTemplateName")
	if id == "" && name == "" {
		return nil, kernel.MissingInECS("LaunchTemplateId")
	}
	for _, t := range kernel.Within(q.Request, q.c.LaunchTemplates, func(t *launchTemplate) bool { return (id == "" || t.ID == id) && (name == "" || t.Name == name) }) {
		q.Touch(templateKind, t.ID)
		return t, nil
	}
	return nil, kernel.Refuse(404, "InvalidLaunchTemplate.NotFound", "The specified LaunchTemplate is not exist.") // sic
}

// addVersion takes what a call says of a launch.
// A template has at most 30 versions. What is not said stays unsaid: no default is put in, as that
// is the launch's business.
func (t *launchTemplate) addVersion(q *request) (any, error) {
	if err := checkMetadata(q.Str("HttpTokens"), q.Str("HttpEndpoint")); err != nil {
		return nil, err
	}
	if len(t.Versions) >= 30 {
		return nil, kernel.Refuse(403, "LaunchTemplateVersionLimitExceed", "The limit on launch template version quota exceeds.")
	}
	v := &templateVersion{Number: 1, Description: q.Str("VersionDescription"), Parameters: map[string]string{}, created: q.c.Clock()}
	if n := len(t.Versions); n > 0 {
		v.Number = t.Versions[n-1].Number + 1
	}
	spec := kernel.ParseParams(templateParams)
	for name, value := range q.Params {
		if value != "" && name != "VersionDescription" && kernel.FindParam(spec, name) != nil {
			v.Parameters[name] = value
		}
	}
	t.Versions = append(t.Versions, v)
	return map[string]any{"LaunchTemplateId": t.ID, "LaunchTemplateVersionNumber": v.Number}, nil
}

// TemplateTag is for the template, and Tag for what is launched of it. The description is that of
// the instances, too: the template has none.
func createTemplate(q *request) (any, error) {
	name := q.Str("LaunchTemplateName")
	switch {
	case !kernel.ValidName(name):
		return nil, kernel.Refuse(400, "InvalidLaunchTemplateName.Malformed", "The specified parameter LaunchTemplateName is not valid.")
	case slices.ContainsFunc(q.c.LaunchTemplates, func(t *launchTemplate) bool { return t.Region == q.Region && t.Name == name }):
		return nil, kernel.Refuse(400, "InvalidLaunchTemplateName.Duplicated", "The specified LaunchTemplateName is duplicated.")
	}
	t := &launchTemplate{Resource: q.NewResource("lt", name), Default: 1}
	t.Description, t.Tags = "", map[string]string{}
	for _, tag := range q.Items("TemplateTag") {
		t.Tags[tag["Key"]] = tag["Value"]
	}
	answer, err := t.addVersion(q)
	if err != nil {
		return nil, err
	}
	q.c.LaunchTemplates = append(q.c.LaunchTemplates, t)
	q.Touch(templateKind, t.ID)
	return answer, nil
}

// The new version does not become the default one.
func createTemplateVersion(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	return t.addVersion(q)
}

// A launch that names no version takes the default one from then on. Instances that are there do not change.
func setDefaultVersion(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	number := q.Num("DefaultVersionNumber", 0)
	if !slices.ContainsFunc(t.Versions, func(v *templateVersion) bool { return v.Number == number }) {
		return nil, kernel.Refuse(404, "InvalidLaunchTemplateVersion.NotFound", "The specified LaunchTemplateVersion is not exist.") // sic
	}
	t.Default = number
	return map[string]any{"LaunchTemplateId": t.ID}, nil
}

// All versions go. Instances made of it stay.
func deleteTemplate(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	q.c.LaunchTemplates = kernel.Without(q.c.LaunchTemplates, t.ID)
	return kernel.Done()
}

// The newest version's time is when the template was changed.
func describeTemplates(q *request) (any, error) {
	ids, names := q.List("LaunchTemplateId"), q.List("LaunchTemplateName")
	wanted := map[string]string{}
	for _, tag := range q.Items("TemplateTag") {
		wanted[tag["Key"]] = tag["Value"]
	}
	kept := kernel.Within(q.Request, q.c.LaunchTemplates, func(t *launchTemplate) bool {
		for key, value := range wanted {
			if have, ok := t.Tags[key]; !ok || value != "" && have != value {
				return false
			}
		}
		return (ids == nil || slices.Contains(ids, t.ID)) && (names == nil || slices.Contains(names, t.Name))
	})
	return kernel.Numbered(q.Request, kept, 10, "LaunchTemplateSets", "LaunchTemplateSet", func(t *launchTemplate) map[string]any {
		latest := t.Versions[len(t.Versions)-1]
		return map[string]any{
			"LaunchTemplateId": t.ID, "LaunchTemplateName": t.Name, "DefaultVersionNumber": t.Default, "LatestVersionNumber": latest.Number,
			"CreateTime": kernel.Stamp(t.Created), "ModifiedTime": kernel.Stamp(latest.created), "CreatedBy": q.c.Account, "ResourceGroupId": "",
			"Tags": map[string]any{"Tag": kernel.TagViews(t.Tags, "TagKey", "TagValue")},
		}
	})
}

// The newest comes first. DetailFlag is true unless the call says otherwise.
func describeTemplateVersions(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	numbers := q.List("LaunchTemplateVersion")
	var kept []*templateVersion
	for _, v := range slices.Backward(t.Versions) {
		if (numbers == nil || slices.Contains(numbers, strconv.Itoa(v.Number))) && v.Number >= q.Num("MinVersion", 0) &&
			v.Number <= q.Num("MaxVersion", v.Number) && (!q.Is("DefaultVersion") || v.Number == t.Default) {
			kept = append(kept, v)
		}
	}
	return kernel.Numbered(q.Request, kept, 10, "LaunchTemplateVersionSets", "LaunchTemplateVersionSet", func(v *templateVersion) map[string]any {
		view := map[string]any{
			"LaunchTemplateId": t.ID, "LaunchTemplateName": t.Name, "VersionNumber": v.Number, "VersionDescription": v.Description,
			"DefaultVersion": v.Number == t.Default, "CreateTime": kernel.Stamp(v.created), "ModifiedTime": kernel.Stamp(v.created), "CreatedBy": q.c.Account,
		}
		if !q.Has("DetailFlag") || q.Is("DetailFlag") {
			view["LaunchTemplateData"] = v.view()
		}
		return view
	})
}

// view has the parameters in their types and the lists in their wrappers.
func (v *templateVersion) view() map[string]any {
	spec, q := kernel.ParseParams(templateParams), &kernel.Request{Params: v.Parameters}
	view := map[string]any{}
	for _, p := range spec {
		switch {
		case p.Kind == "RepeatList":
		case p.Kind == "Struct":
			inner := map[string]any{}
			for _, f := range p.Fields {
				if value := v.Parameters[p.Name+"."+f.Name]; value != "" {
					inner[f.Name] = typed(value)
				}
			}
			if len(inner) > 0 {
				view[p.Name] = inner
			}
		case v.Parameters[p.Name] != "":
			view[p.Name] = kernel.JSONValue(&p, v.Parameters[p.Name])
		}
	}
	list := func(outer, inner, name string) {
		views := []any{}
		fields := spec[slices.IndexFunc(spec, func(p kernel.Param) bool { return p.Name == name })].Fields
		for _, item := range q.Items(name) {
			one := map[string]any{}
			for _, f := range fields {
				if value := item[f.Name]; value != "" && f.Kind != "RepeatList" {
					one[f.Name] = kernel.JSONValue(&f, value)
				}
			}
			if name == "NetworkInterface" {
				groups := &kernel.Request{Params: item}
				one["SecurityGroupIds"] = map[string]any{"SecurityGroupId": kernel.ListOf(groups.List("SecurityGroupIds"))}
			}
			views = append(views, one)
		}
		view[outer] = map[string]any{inner: views}
	}
	// Outside and inside, lists have other names than in the call.
	list("DataDisks", "DataDisk", "DataDisk")
	list("NetworkInterfaces", "NetworkInterface", "NetworkInterface")
	list("Tags", "InstanceTag", "Tag")
	view["SecurityGroupIds"] = map[string]any{"SecurityGroupId": kernel.ListOf(q.List("SecurityGroupIds"))}
	return view
}

// typed is a boolean where the text is one.
func typed(s string) any {
	if b, err := strconv.ParseBool(s); err == nil {
		return b
	}
	return s
}

// withTemplate gives the parameters of a launch with what its template says
// where the call says nothing. A list is taken as a whole or not at all.
func (q *request) withTemplate() (map[string]string, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	number := q.Num("LaunchTemplateVersion", t.Default)
	n := slices.IndexFunc(t.Versions, func(v *templateVersion) bool { return v.Number == number })
	if n < 0 {
		return nil, kernel.Refuse(404, "InvalidLaunchTemplateVersion.NotFound", "The specified LaunchTemplateVersion is not exist.") // sic
	}
	// The parameter that a name belongs to as a whole: "Tag" for "Tag.1.Key", but
	// "SystemDisk.Size" as it is, since fields of the system disk are taken one by one.
	head := func(name string) string {
		if first, rest, ok := strings.Cut(name, "."); ok && first != "SystemDisk" {
			if _, err := strconv.Atoi(strings.SplitN(rest, ".", 2)[0]); err == nil {
				return first
			}
		}
		return name
	}
	said := map[string]bool{}
	for name, value := range q.Params {
		if value != "" {
			said[head(name)] = true
		}
	}
	// One names a group in two ways.
	group := said["SecurityGroupId"] || said["SecurityGroupIds"]
	said["SecurityGroupId"], said["SecurityGroupIds"] = group, group
	merged := maps.Clone(q.Params)
	for name, value := range t.Versions[n].Parameters {
		// Of a template's parameters RunInstances does not have all: those that describe the
		// version itself.
		if !said[head(name)] && kernel.FindParam(q.Action.Spec, name) != nil {
			merged[name] = cmp.Or(merged[name], value)
		}
	}
	return merged, nil
}
