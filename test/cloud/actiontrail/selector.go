package actiontrail

import (
	"encoding/json"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// Which events of data, not of management, a trail delivers. This cloud makes none of
// them, so nothing but the setting itself is here.
var selectorActions = []action{
	{Name: "GetDataEventSelector", Do: getSelector, Params: "TrailName!"},
	{Name: "PutDataEventSelector", Write: true, Do: putSelector, Params: "TrailName! EventSelectors! TrailRegionIds IsTrailAllRegion:Boolean"},
	{Name: "DeleteDataEventSelector", Write: true, Do: deleteSelector, Params: "TrailName!"},
	{Name: "DescribeRegions", Do: kernel.DescribeRegions[*request], Params: "AcceptLanguage"},
}

// trailNamed finds the trail of a call that says TrailName.
func (q *request) trailNamed() (*Trail, error) {
	for _, t := range q.c.Trails {
		if t.Name == q.Str("TrailName") && t.HomeRegion == q.Region {
			q.Touch(TrailKind, t.Name)
			return t, nil
		}
	}
	return nil, kernel.Refuse(404, "TrailNotFoundException", "The specified Trail does not exist.")
}

func getSelector(q *request) (any, error) {
	t, err := q.trailNamed()
	if err != nil {
		return nil, err
	}
	return t.selectorView(), nil
}

func (t *Trail) selectorView() map[string]any {
	view := map[string]any{"TrailName": t.Name, "HomeRegion": t.HomeRegion}
	if t.selectors != "" {
		view["DataEventSelectors"], view["EventSelectors"], view["TrailRegionIds"] = t.selectors, t.selectors, t.selectorRegions
	}
	return view
}

// Selectors are JSON in text, and are kept as they were written.
func putSelector(q *request) (any, error) {
	t, err := q.trailNamed()
	switch {
	case err != nil:
		return nil, err
	case !json.Valid([]byte(q.Str("EventSelectors"))):
		return nil, kernel.Refuse(400, "InvalidParameterValue.EventSelectors", "The specified EventSelectors is invalid: it is not JSON.")
	}
	t.selectors, t.selectorRegions = q.Str("EventSelectors"), q.Str("TrailRegionIds")
	if q.Is("IsTrailAllRegion") {
		t.selectorRegions = "All"
	}
	return t.selectorView(), nil
}

func deleteSelector(q *request) (any, error) {
	t, err := q.trailNamed()
	if err != nil {
		return nil, err
	}
	t.selectors, t.selectorRegions = "", ""
	return kernel.Done()
}
