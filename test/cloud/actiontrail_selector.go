package cloud

import "encoding/json"

// Which events of data, not of management, a trail delivers. This cloud makes none of
// them, so nothing but the setting itself is here.
var selectorActions = []rpcAction{
	{name: "GetDataEventSelector", do: getSelector, params: "TrailName!"},
	{name: "PutDataEventSelector", write: true, do: putSelector, params: "TrailName! EventSelectors! TrailRegionIds IsTrailAllRegion:Boolean"},
	{name: "DeleteDataEventSelector", write: true, do: deleteSelector, params: "TrailName!"},
	{name: "DescribeRegions", do: describeRegionsOf[*rpcRequest]("actiontrail"), params: "AcceptLanguage"},
}

// trailNamed finds the trail of a call that says TrailName.
func (q *rpcRequest) trailNamed() (*trail, error) {
	for _, t := range q.c.trails.trails {
		if t.name == q.str("TrailName") && t.home == q.region {
			q.touch(trailKind, t.name)
			return t, nil
		}
	}
	return nil, refuse(404, "TrailNotFoundException", "The specified Trail does not exist.")
}

func getSelector(q *rpcRequest) (any, error) {
	t, err := q.trailNamed()
	if err != nil {
		return nil, err
	}
	return t.selectorView(), nil
}

func (t *trail) selectorView() map[string]any {
	view := map[string]any{"TrailName": t.name, "HomeRegion": t.home}
	if t.selectors != "" {
		view["DataEventSelectors"], view["EventSelectors"], view["TrailRegionIds"] = t.selectors, t.selectors, t.selectorRegions
	}
	return view
}

func putSelector(q *rpcRequest) (any, error) {
	t, err := q.trailNamed()
	switch {
	case err != nil:
		return nil, err
	case !json.Valid([]byte(q.str("EventSelectors"))):
		return nil, refuse(400, "InvalidParameterValue.EventSelectors", "The specified EventSelectors is invalid: it is not JSON.")
	}
	t.selectors, t.selectorRegions = q.str("EventSelectors"), q.str("TrailRegionIds")
	if q.is("IsTrailAllRegion") {
		t.selectorRegions = "All"
	}
	return t.selectorView(), nil
}

func deleteSelector(q *rpcRequest) (any, error) {
	t, err := q.trailNamed()
	if err != nil {
		return nil, err
	}
	t.selectors, t.selectorRegions = "", ""
	return done()
}
