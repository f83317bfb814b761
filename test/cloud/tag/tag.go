package tag

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// It is another way to tag than each product's own calls. Permission is asked for by the ARNs of
// the call, as they are written.
var tagProductActions = []action{
	{Name: "TagResources", Write: true, On: onARNs, Do: tagByARN, Params: "RegionId! ResourceARN:RepeatList! Tags!"},
	{Name: "UntagResources", Write: true, On: onARNs, Do: untagByARN, Params: "RegionId! ResourceARN:RepeatList! TagKey:RepeatList!"},
	{
		Name: "ListTagResources", On: onARNs, Do: listByARN,
		Params: "RegionId! ResourceARN:RepeatList Tags Category=Custom|System PageSize:Integer=1..1000 NextToken",
	},
	{
		Name: "ListTagKeys", Do: listTagKeys,
		Params: "RegionId! Category=all|custom|system FuzzyType QueryType ResourceType TagFilter.Key PageSize:Integer=1..1000 NextToken",
	},
	{
		Name: "ListTagValues", Do: listTagValues,
		Params: "RegionId! Key! FuzzyType QueryType ResourceType TagFilter.Value PageSize:Integer=1..1000 NextToken",
	},
	{Name: "DescribeRegions", Do: kernel.DescribeRegions[*request], Params: "RegionId AcceptLanguage"},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Tag", Ram: "tag", Version: "2018-08-28", Endpoint: kernel.Regional("tag"), Missing: kernel.MissingInECS}, tagProductActions,
		"tag.aliyuncs.com")
}

func onARNs(q *kernel.Request) []string {
	if arns := q.List("ResourceARN"); len(arns) > 0 {
		return arns
	}
	return []string{"*"}
}

// taggedARN is a resource that can carry tags, with its ARN.
// tags points to the resource's own map, since a change replaces it.
type taggedARN struct {
	arn, id string
	tags    *map[string]string
}

// allTagged lists what can carry tags in the region of a call: what has a kind of its
// own in an ARN.
func (q *request) allTagged() []taggedARN {
	var all []taggedARN
	add := func(product, kind string, resources []*kernel.Resource) {
		for _, r := range resources {
			if r.Region == q.Region {
				all = append(all, taggedARN{q.ARN(product, kind+"/"+r.ID), r.ID, &r.Tags})
			}
		}
	}
	for _, list := range q.c.Taggables {
		list(add)
	}
	return all
}

// byARN finds a resource whose ARN is written with the region and the account, or
// without them.
func (q *request) byARN(all []taggedARN, arn string) *taggedARN {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) != 5 {
		return nil
	}
	for i := range all {
		have := strings.SplitN(all[i].arn, ":", 5)
		if have[1] == parts[1] && wildcardOrEmpty(parts[2], have[2]) && wildcardOrEmpty(parts[3], have[3]) && have[4] == parts[4] {
			return &all[i]
		}
	}
	return nil
}

func wildcardOrEmpty(pattern, s string) bool { return pattern == "" || kernel.Wildcard(pattern, s) }

// onEachARN does something to each resource of a call. What cannot be done is answered
// beside what could.
// The HTTP status is 200 although some have failed.
func (q *request) onEachARN(do func(tags map[string]string) (map[string]string, error)) (any, error) {
	arns := q.List("ResourceARN")
	if len(arns) > 50 {
		return nil, kernel.Refuse(400, "InvalidParameter.ResourceARN", "The ResourceARN parameter is not valid: at most 50.")
	}
	all, failed := q.allTagged(), []any{}
	for _, arn := range arns {
		r := q.byARN(all, arn)
		var err error
		if r == nil {
			err = kernel.Refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		} else {
			var tags map[string]string
			if tags, err = do(maps.Clone(*r.tags)); err == nil {
				*r.tags = tags
				q.Touch("ACS::TAG::Resource", arn)
			}
		}
		if err != nil {
			failed = append(failed, map[string]any{"ResourceARN": arn, "Result": map[string]any{"Code": kernel.AsError(err).Code, "Message": kernel.AsError(err).Message}})
		}
	}
	return map[string]any{"FailedResources": map[string]any{"FailedResource": failed}}, nil
}

// jsonTags are the tags of a call, which this product takes as one JSON object.
func (q *request) jsonTags() (map[string]string, error) {
	tags := map[string]string{}
	if !q.Has("Tags") {
		return tags, nil
	}
	if err := json.Unmarshal([]byte(q.Str("Tags")), &tags); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter.Tags", "The Tags parameter is invalid: it is not a JSON object of keys and values.")
	}
	return tags, nil
}

func tagByARN(q *request) (any, error) {
	tags, err := q.jsonTags()
	if err != nil {
		return nil, err
	}
	for key := range tags {
		if strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") || key == "" || len(key) > 128 {
			return nil, kernel.Refuse(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
		}
	}
	if len(tags) == 0 || len(tags) > 20 {
		return nil, kernel.Refuse(400, "InvalidParameter.Tags", "The Tags parameter is invalid: from 1 to 20.")
	}
	return q.onEachARN(func(have map[string]string) (map[string]string, error) {
		maps.Copy(have, tags)
		if len(have) > 20 {
			return nil, kernel.Refuse(400, "NumberExceed.Tags", "The Tags parameter's number is exceed.")
		}
		return have, nil
	})
}

// A key that is not there is no error.
func untagByARN(q *request) (any, error) {
	return q.onEachARN(func(have map[string]string) (map[string]string, error) {
		for _, key := range q.List("TagKey") {
			delete(have, key)
		}
		return have, nil
	})
}

// tagPage is a page whose size is called PageSize.
func tagPage[T any](q *request, all []T) ([]T, string, error) {
	return kernel.TokenPage(q.Request, all, q.Num("PageSize", 50))
}

func listByARN(q *request) (any, error) {
	tags, err := q.jsonTags()
	if err != nil {
		return nil, err
	}
	arns, all := q.List("ResourceARN"), q.allTagged()
	views := []any{}
	for i := range all {
		r := &all[i]
		named := len(arns) == 0 || slices.ContainsFunc(arns, func(arn string) bool { return q.byARN(all, arn) == r })
		if !named || len(*r.tags) == 0 || !kernel.Carries(*r.tags, tags) || q.Str("Category") == "System" {
			continue
		}
		list := []any{}
		for _, key := range kernel.SortedKeys(*r.tags) {
			list = append(list, map[string]any{"Key": key, "Value": (*r.tags)[key], "Category": "Custom"})
		}
		views = append(views, map[string]any{"ResourceARN": r.arn, "ResourceId": r.id, "Tags": list})
	}
	page, next, err := tagPage(q, views)
	return map[string]any{"TagResources": page, "NextToken": next}, err
}

// Keys are those in use in the region, each once, sorted.
func listTagKeys(q *request) (any, error) {
	keys := map[string]bool{}
	for _, r := range q.allTagged() {
		for key := range *r.tags {
			if q.ofType(r) && strings.Contains(key, q.Str("TagFilter.Key")) && q.Str("Category") != "system" {
				keys[key] = true
			}
		}
	}
	page, next, err := tagPage(q, kernel.SortedKeys(keys))
	views := []any{}
	for _, key := range page {
		views = append(views, map[string]any{"Key": key, "Category": "custom", "Description": ""})
	}
	return map[string]any{"Keys": map[string]any{"Key": views}, "NextToken": next}, err
}

func listTagValues(q *request) (any, error) {
	values := map[string]bool{}
	for _, r := range q.allTagged() {
		if value, ok := (*r.tags)[q.Str("Key")]; ok && q.ofType(r) && strings.Contains(value, q.Str("TagFilter.Value")) {
			values[value] = true
		}
	}
	page, next, err := tagPage(q, kernel.SortedKeys(values))
	return map[string]any{"Values": map[string]any{"Value": append([]string{}, page...)}, "NextToken": next}, err
}

// ofType compares a resource with the type of a call, "ALIYUN::ECS::INSTANCE".
func (q *request) ofType(r taggedARN) bool {
	parts := strings.SplitN(r.arn, ":", 5)
	kind, _, _ := strings.Cut(parts[4], "/")
	return !q.Has("ResourceType") || strings.EqualFold(q.Str("ResourceType"), fmt.Sprintf("ALIYUN::%s::%s", parts[1], kind))
}
