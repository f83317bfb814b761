package events

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	many := map[string]any{
		"data/requestParameters": map[string]any{
			"SecurityGroupId":                     "sg-0",
			"NetworkInterface.10.SecurityGroupId": "sg-10",
			"NetworkInterface.9.SecurityGroupId":  "sg-9",
			"NetworkInterface.2.SecurityGroupId":  "sg-9",
			"NetworkInterface.x.SecurityGroupId":  "sg-x",
			"InstanceIds":                         `["i-1","i-2","i-1",""]`,
			"Numbers":                             `[1, true, {"a":1}]`,
			"NoList":                              `[sg-1`,
			"DiskId":                              []string{"d-1", "d-2"},
			"Empty":                               "",
		},
		"data/responseElements": map[string]any{
			"InstanceIdSets": map[string]any{"InstanceIdSet": []string{"i-7", "i-8"}},
			"Items":          []any{map[string]any{"Id": "a"}, map[string]any{"Id": []string{"b", "c"}}, 5},
			"Text":           `{"Inner":{"Id":"t"}}`,
			"List":           `["l-1","l-2"]`,
			"Size":           json.Number("12345678901234567890"),
		},
	}
	inString := map[string]any{"data/responseElements": `{"InstanceIdSets":{"InstanceIdSet":["i-7"]}}`}
	for _, test := range []struct {
		sample string
		edits  map[string]any
		path   string
		want   string
	}{
		{legacy, many, "params.SecurityGroupId", "sg-0"},
		{legacy, many, "params.securitygroupid", ""},
		{legacy, many, "params.NetworkInterface.*.SecurityGroupId", "sg-9 sg-10"},
		{legacy, many, "params.NetworkInterface.9.SecurityGroupId", "sg-9"},
		{legacy, many, "params.InstanceIds", "i-1 i-2"},
		{legacy, many, "params.Numbers", "1 true"},
		{legacy, many, "params.NoList", "[sg-1"},
		{legacy, many, "params.DiskId.*", "d-1 d-2"},
		{legacy, many, "params.DiskId", ""},
		{legacy, many, "params.Empty|params.Nothing|params.SecurityGroupId|region", "sg-0"},
		{legacy, many, "response.InstanceIdSets.InstanceIdSet", "i-7 i-8"},
		{legacy, many, "response.InstanceIdSets", ""},
		{legacy, many, "response.Items.Id", "a b c"},
		{legacy, many, "response.Text.Inner.Id", "t"},
		{legacy, many, "response.List", "l-1 l-2"},
		{legacy, many, "response.Size", "12345678901234567890"},
		{legacy, many, "response.Size.More", ""},
		{legacy, inString, "response.InstanceIdSets.InstanceIdSet", "i-7"},
		{legacy, nil, "region", "cn-hangzhou"},
		{legacy, nil, "account", account},
		{legacy, nil, "resource", ""},
		{legacy, nil, "resources.ACS::ECS::SecurityGroup", group},
		{legacy, nil, "resources.ACS::ECS::Disk | resources.ACS::ECS::SecurityGroup", group},
		{"actiontrail/create-disk", nil, "response.DiskId|resources.ACS::ECS::Disk", disk},
		{"actiontrail/system-delete-disk", nil, "params.DiskId|response.DiskId|resources.ACS::ECS::Disk", disk},
		{"config/item-change-security-group", nil, "resource", group},
		{"config/noncompliant-disk", nil, "params.DiskId|resource", disk},
		{"config/custom-rule", nil, "params.ports", "22,3389"},
		{"timer/sweep", nil, "region|account|resource", ""},
		{legacy, nil, "nonsense", ""},
	} {
		e := decodeOnly(t, edited(t, test.sample, test.edits))
		if got := e.Find(test.path); !reflect.DeepEqual(got, fields(test.want)) {
			t.Errorf("%s: %s: %q, want %q", test.sample, test.path, got, test.want)
		}
	}
}

func fields(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Fields(s)
}

func TestValidPath(t *testing.T) {
	for _, path := range []string{
		"params.SecurityGroupId", "params.NetworkInterface.*.SecurityGroupId", "params.DiskId.*",
		"params.A|response.B.C|resources.ACS::ECS::Disk|resource|region|account", "resources.ACS::::Account", "params.A | region",
	} {
		if err := ValidPath(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]string{
		"":                        "empty alternative",
		"params.A|":               "empty alternative",
		"param.A":                 `"param" is not one of`,
		"params":                  "empty name",
		"params.":                 "empty name",
		"params.A..B":             "empty name",
		"params.*":                "a * stands alone",
		"params.A*.B":             "a * stands alone",
		"response.A.*":            "no * in a response",
		"resources.Disk":          "no resource type",
		"resources":               "no resource type",
		"region.x":                "nothing follows",
		"resource.id":             "nothing follows",
		"params.A|respons.B|acco": `"respons"`,
	} {
		err := ValidPath(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "events: path ") {
			t.Errorf("%q: %v, want %s", path, err, want)
		}
	}
}
