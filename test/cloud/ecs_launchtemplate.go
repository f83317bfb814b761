package cloud

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// launchTemplate holds what a launch may leave unsaid. A version is never
// changed: a change is a new one.
type launchTemplate struct {
	ecsResource
	versions  []*templateVersion // in the order of their numbers
	preferred int                // number of the default version
}

// templateVersion keeps its parameters flat, as they were given.
type templateVersion struct {
	number      int
	description string
	params      map[string]string
	created     time.Time
}

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

var onTemplate = onEach("launchtemplate", named("LaunchTemplateId"))

var templateActions = []rpcAction{
	{
		name: "CreateLaunchTemplate", write: true, do: createTemplate, on: onEach("launchtemplate", named()),
		params: "RegionId! LaunchTemplateName! TemplateResourceGroupId TemplateTag:RepeatList(Key Value) " + templateParams,
	},
	{
		name: "CreateLaunchTemplateVersion", write: true, do: createTemplateVersion, on: onTemplate,
		params: "RegionId! LaunchTemplateId LaunchTemplateName " + templateParams,
	},
	{
		name: "DescribeLaunchTemplates", do: describeTemplates, on: onEach("launchtemplate", repeated("LaunchTemplateId")),
		params: `RegionId! LaunchTemplateId:RepeatList LaunchTemplateName:RepeatList TemplateResourceGroupId TemplateTag:RepeatList(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
	{
		name: "DescribeLaunchTemplateVersions", do: describeTemplateVersions, on: onTemplate,
		params: `RegionId! LaunchTemplateId LaunchTemplateName LaunchTemplateVersion:RepeatList DefaultVersion:Boolean DetailFlag:Boolean MinVersion:Long MaxVersion:Long
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
	{
		name: "DeleteLaunchTemplate", write: true, do: deleteTemplate, on: onTemplate,
		params: "RegionId! LaunchTemplateId LaunchTemplateName",
	},
}

// template finds the launch template of a call, by its id or its name.
func (q *rpcRequest) template() (*launchTemplate, error) {
	id, name := q.str("LaunchTemplateId"), q.str("LaunchTemplateName")
	if id == "" && name == "" {
		return nil, missingInECS("LaunchTemplateId")
	}
	for _, t := range within(q, q.c.ecs.templates, func(t *launchTemplate) bool { return (id == "" || t.id == id) && (name == "" || t.name == name) }) {
		q.touch(templateKind, t.id)
		return t, nil
	}
	return nil, refuse(404, "InvalidLaunchTemplate.NotFound", "The specified LaunchTemplate is not exist.") // sic
}

// addVersion takes what a call says of a launch.
func (t *launchTemplate) addVersion(q *rpcRequest) (any, error) {
	if err := checkMetadata(q.str("HttpTokens"), q.str("HttpEndpoint")); err != nil {
		return nil, err
	}
	if len(t.versions) >= 30 {
		return nil, refuse(403, "LaunchTemplateVersionLimitExceed", "The limit on launch template version quota exceeds.")
	}
	v := &templateVersion{number: 1, description: q.str("VersionDescription"), params: map[string]string{}, created: q.c.clock()}
	if n := len(t.versions); n > 0 {
		v.number = t.versions[n-1].number + 1
	}
	spec := parseParams(templateParams)
	for name, value := range q.params {
		if value != "" && name != "VersionDescription" && findParam(spec, name) != nil {
			v.params[name] = value
		}
	}
	t.versions = append(t.versions, v)
	return map[string]any{"LaunchTemplateId": t.id, "LaunchTemplateVersionNumber": v.number}, nil
}

func createTemplate(q *rpcRequest) (any, error) {
	name := q.str("LaunchTemplateName")
	switch {
	case !validName(name):
		return nil, refuse(400, "InvalidLaunchTemplateName.Malformed", "The specified parameter LaunchTemplateName is not valid.")
	case slices.ContainsFunc(q.c.ecs.templates, func(t *launchTemplate) bool { return t.region == q.region && t.name == name }):
		return nil, refuse(400, "InvalidLaunchTemplateName.Duplicated", "The specified LaunchTemplateName is duplicated.")
	}
	t := &launchTemplate{ecsResource: q.newResource("lt", name), preferred: 1}
	t.description, t.tags = "", map[string]string{}
	for _, tag := range q.items("TemplateTag") {
		t.tags[tag["Key"]] = tag["Value"]
	}
	answer, err := t.addVersion(q)
	if err != nil {
		return nil, err
	}
	q.c.ecs.templates = append(q.c.ecs.templates, t)
	q.touch(templateKind, t.id)
	return answer, nil
}

func createTemplateVersion(q *rpcRequest) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	return t.addVersion(q)
}

func deleteTemplate(q *rpcRequest) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	q.c.ecs.templates = without(q.c.ecs.templates, t.id)
	return done()
}

func describeTemplates(q *rpcRequest) (any, error) {
	ids, names := q.list("LaunchTemplateId"), q.list("LaunchTemplateName")
	wanted := map[string]string{}
	for _, tag := range q.items("TemplateTag") {
		wanted[tag["Key"]] = tag["Value"]
	}
	kept := within(q, q.c.ecs.templates, func(t *launchTemplate) bool {
		for key, value := range wanted {
			if have, ok := t.tags[key]; !ok || value != "" && have != value {
				return false
			}
		}
		return (ids == nil || slices.Contains(ids, t.id)) && (names == nil || slices.Contains(names, t.name))
	})
	return numbered(q, kept, 10, "LaunchTemplateSets", "LaunchTemplateSet", func(t *launchTemplate) map[string]any {
		latest := t.versions[len(t.versions)-1]
		return map[string]any{
			"LaunchTemplateId": t.id, "LaunchTemplateName": t.name, "DefaultVersionNumber": t.preferred, "LatestVersionNumber": latest.number,
			"CreateTime": stamp(t.created), "ModifiedTime": stamp(latest.created), "CreatedBy": q.c.Account, "ResourceGroupId": "",
			"Tags": map[string]any{"Tag": tagViews(t.tags, "TagKey", "TagValue")},
		}
	})
}

func describeTemplateVersions(q *rpcRequest) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	numbers := q.list("LaunchTemplateVersion")
	var kept []*templateVersion
	for _, v := range slices.Backward(t.versions) {
		if (numbers == nil || slices.Contains(numbers, strconv.Itoa(v.number))) && v.number >= q.num("MinVersion", 0) &&
			v.number <= q.num("MaxVersion", v.number) && (!q.is("DefaultVersion") || v.number == t.preferred) {
			kept = append(kept, v)
		}
	}
	return numbered(q, kept, 10, "LaunchTemplateVersionSets", "LaunchTemplateVersionSet", func(v *templateVersion) map[string]any {
		view := map[string]any{
			"LaunchTemplateId": t.id, "LaunchTemplateName": t.name, "VersionNumber": v.number, "VersionDescription": v.description,
			"DefaultVersion": v.number == t.preferred, "CreateTime": stamp(v.created), "ModifiedTime": stamp(v.created), "CreatedBy": q.c.Account,
		}
		if !q.has("DetailFlag") || q.is("DetailFlag") {
			view["LaunchTemplateData"] = v.view()
		}
		return view
	})
}

// view has the parameters in their types and the lists in their wrappers.
func (v *templateVersion) view() map[string]any {
	spec, q := parseParams(templateParams), &rpcRequest{params: v.params}
	view := map[string]any{}
	for _, p := range spec {
		switch {
		case p.kind == "RepeatList":
		case p.kind == "Struct":
			inner := map[string]any{}
			for _, f := range p.fields {
				if value := v.params[p.name+"."+f.name]; value != "" {
					inner[f.name] = typed(value)
				}
			}
			if len(inner) > 0 {
				view[p.name] = inner
			}
		case v.params[p.name] != "":
			view[p.name] = jsonValue(&p, v.params[p.name])
		}
	}
	list := func(outer, inner, name string) {
		views := []any{}
		fields := spec[slices.IndexFunc(spec, func(p param) bool { return p.name == name })].fields
		for _, item := range q.items(name) {
			one := map[string]any{}
			for _, f := range fields {
				if value := item[f.name]; value != "" && f.kind != "RepeatList" {
					one[f.name] = jsonValue(&f, value)
				}
			}
			if name == "NetworkInterface" {
				groups := &rpcRequest{params: item}
				one["SecurityGroupIds"] = map[string]any{"SecurityGroupId": listOf(groups.list("SecurityGroupIds"))}
			}
			views = append(views, one)
		}
		view[outer] = map[string]any{inner: views}
	}
	list("DataDisks", "DataDisk", "DataDisk")
	list("NetworkInterfaces", "NetworkInterface", "NetworkInterface")
	list("Tags", "InstanceTag", "Tag")
	view["SecurityGroupIds"] = map[string]any{"SecurityGroupId": listOf(q.list("SecurityGroupIds"))}
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
func (q *rpcRequest) withTemplate() (map[string]string, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	number := q.num("LaunchTemplateVersion", t.preferred)
	n := slices.IndexFunc(t.versions, func(v *templateVersion) bool { return v.number == number })
	if n < 0 {
		return nil, refuse(404, "InvalidLaunchTemplateVersion.NotFound", "The specified LaunchTemplateVersion is not exist.") // sic
	}
	head := func(name string) string {
		if first, rest, ok := strings.Cut(name, "."); ok && first != "SystemDisk" {
			if _, err := strconv.Atoi(strings.SplitN(rest, ".", 2)[0]); err == nil {
				return first
			}
		}
		return name
	}
	said := map[string]bool{}
	for name, value := range q.params {
		if value != "" {
			said[head(name)] = true
		}
	}
	// One names a group in two ways.
	group := said["SecurityGroupId"] || said["SecurityGroupIds"]
	said["SecurityGroupId"], said["SecurityGroupIds"] = group, group
	merged := maps.Clone(q.params)
	for name, value := range t.versions[n].params {
		if !said[head(name)] && findParam(q.action.spec, name) != nil {
			merged[name] = cmp.Or(merged[name], value)
		}
	}
	return merged, nil
}
