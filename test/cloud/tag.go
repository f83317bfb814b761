package cloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tag is the product that tags the resources of all others, by their ARNs.
var tagProductActions = []rpcAction{
	{name: "TagResources", write: true, on: onARNs, do: tagByARN, params: "RegionId! ResourceARN:RepeatList! Tags!"},
	{name: "UntagResources", write: true, on: onARNs, do: untagByARN, params: "RegionId! ResourceARN:RepeatList! TagKey:RepeatList!"},
	{
		name: "ListTagResources", on: onARNs, do: listByARN,
		params: "RegionId! ResourceARN:RepeatList Tags Category=Custom|System PageSize:Integer=1..1000 NextToken",
	},
	{
		name: "ListTagKeys", do: listTagKeys,
		params: "RegionId! Category=all|custom|system FuzzyType QueryType ResourceType TagFilter.Key PageSize:Integer=1..1000 NextToken",
	},
	{
		name: "ListTagValues", do: listTagValues,
		params: "RegionId! Key! FuzzyType QueryType ResourceType TagFilter.Value PageSize:Integer=1..1000 NextToken",
	},
	{name: "DescribeRegions", do: describeRegionsOf[*rpcRequest]("tag"), params: "RegionId AcceptLanguage"},
}

func (c *Cloud) startTag() {
	c.serveRPC(&rpcProduct{code: "Tag", ram: "tag", version: "2018-08-28", missing: missingInECS}, tagProductActions,
		"tag.aliyuncs.com", "tag.*.aliyuncs.com")
}

func onARNs(q *rpcRequest) []string {
	if arns := q.list("ResourceARN"); len(arns) > 0 {
		return arns
	}
	return []string{"*"}
}

// taggedARN is a resource that can carry tags, with its ARN.
type taggedARN struct {
	arn, id string
	tags    *map[string]string
}

// allTagged lists what can carry tags in the region of a call: what has a kind of its
// own in an ARN.
func (q *rpcRequest) allTagged() []taggedARN {
	var all []taggedARN
	add := func(product, kind string, resources []*ecsResource) {
		for _, r := range resources {
			if r.region == q.region {
				all = append(all, taggedARN{q.arn(product, kind+"/"+r.id), r.id, &r.tags})
			}
		}
	}
	for _, list := range q.c.taggables {
		list(add)
	}
	return all
}

// byARN finds a resource whose ARN is written with the region and the account, or
// without them.
func (q *rpcRequest) byARN(all []taggedARN, arn string) *taggedARN {
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

func wildcardOrEmpty(pattern, s string) bool { return pattern == "" || wildcard(pattern, s) }

// onEachARN does something to each resource of a call. What cannot be done is answered
// beside what could.
func (q *rpcRequest) onEachARN(do func(tags map[string]string) (map[string]string, error)) (any, error) {
	arns := q.list("ResourceARN")
	if len(arns) > 50 {
		return nil, refuse(400, "InvalidParameter.ResourceARN", "The ResourceARN parameter is not valid: at most 50.")
	}
	all, failed := q.allTagged(), []any{}
	for _, arn := range arns {
		r := q.byARN(all, arn)
		var err error
		if r == nil {
			err = refuse(404, "InvalidResourceId.NotFound", "The specified ResourceIds are not found in our records.")
		} else {
			var tags map[string]string
			if tags, err = do(maps.Clone(*r.tags)); err == nil {
				*r.tags = tags
				q.touch("ACS::TAG::Resource", arn)
			}
		}
		if err != nil {
			failed = append(failed, map[string]any{"ResourceARN": arn, "Result": map[string]any{"Code": asError(err).Code, "Message": asError(err).Message}})
		}
	}
	return map[string]any{"FailedResources": map[string]any{"FailedResource": failed}}, nil
}

// jsonTags are the tags of a call, which this product takes as one JSON object.
func (q *rpcRequest) jsonTags() (map[string]string, error) {
	tags := map[string]string{}
	if !q.has("Tags") {
		return tags, nil
	}
	if err := json.Unmarshal([]byte(q.str("Tags")), &tags); err != nil {
		return nil, refuse(400, "InvalidParameter.Tags", "The Tags parameter is invalid: it is not a JSON object of keys and values.")
	}
	return tags, nil
}

func tagByARN(q *rpcRequest) (any, error) {
	tags, err := q.jsonTags()
	if err != nil {
		return nil, err
	}
	for key := range tags {
		if strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") || key == "" || len(key) > 128 {
			return nil, refuse(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
		}
	}
	if len(tags) == 0 || len(tags) > 20 {
		return nil, refuse(400, "InvalidParameter.Tags", "The Tags parameter is invalid: from 1 to 20.")
	}
	return q.onEachARN(func(have map[string]string) (map[string]string, error) {
		maps.Copy(have, tags)
		if len(have) > 20 {
			return nil, refuse(400, "NumberExceed.Tags", "The Tags parameter's number is exceed.")
		}
		return have, nil
	})
}

func untagByARN(q *rpcRequest) (any, error) {
	return q.onEachARN(func(have map[string]string) (map[string]string, error) {
		for _, key := range q.list("TagKey") {
			delete(have, key)
		}
		return have, nil
	})
}

// tagPage is a page whose size is called PageSize.
func tagPage[T any](q *rpcRequest, all []T) ([]T, string, error) {
	return tokenPage(q, all, q.num("PageSize", 50))
}

func listByARN(q *rpcRequest) (any, error) {
	tags, err := q.jsonTags()
	if err != nil {
		return nil, err
	}
	arns, all := q.list("ResourceARN"), q.allTagged()
	views := []any{}
	for i := range all {
		r := &all[i]
		named := len(arns) == 0 || slices.ContainsFunc(arns, func(arn string) bool { return q.byARN(all, arn) == r })
		if !named || len(*r.tags) == 0 || !carries(*r.tags, tags) || q.str("Category") == "System" {
			continue
		}
		list := []any{}
		for _, key := range sortedKeys(*r.tags) {
			list = append(list, map[string]any{"Key": key, "Value": (*r.tags)[key], "Category": "Custom"})
		}
		views = append(views, map[string]any{"ResourceARN": r.arn, "ResourceId": r.id, "Tags": list})
	}
	page, next, err := tagPage(q, views)
	return map[string]any{"TagResources": page, "NextToken": next}, err
}

func listTagKeys(q *rpcRequest) (any, error) {
	keys := map[string]bool{}
	for _, r := range q.allTagged() {
		for key := range *r.tags {
			if q.ofType(r) && strings.Contains(key, q.str("TagFilter.Key")) && q.str("Category") != "system" {
				keys[key] = true
			}
		}
	}
	page, next, err := tagPage(q, sortedKeys(keys))
	views := []any{}
	for _, key := range page {
		views = append(views, map[string]any{"Key": key, "Category": "custom", "Description": ""})
	}
	return map[string]any{"Keys": map[string]any{"Key": views}, "NextToken": next}, err
}

func listTagValues(q *rpcRequest) (any, error) {
	values := map[string]bool{}
	for _, r := range q.allTagged() {
		if value, ok := (*r.tags)[q.str("Key")]; ok && q.ofType(r) && strings.Contains(value, q.str("TagFilter.Value")) {
			values[value] = true
		}
	}
	page, next, err := tagPage(q, sortedKeys(values))
	return map[string]any{"Values": map[string]any{"Value": append([]string{}, page...)}, "NextToken": next}, err
}

// ofType compares a resource with the type of a call, "ALIYUN::ECS::INSTANCE".
func (q *rpcRequest) ofType(r taggedARN) bool {
	parts := strings.SplitN(r.arn, ":", 5)
	kind, _, _ := strings.Cut(parts[4], "/")
	return !q.has("ResourceType") || strings.EqualFold(q.str("ResourceType"), fmt.Sprintf("ALIYUN::%s::%s", parts[1], kind))
}
