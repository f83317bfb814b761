package main

import (
	"cmp"
	"slices"
	"time"
)

// A span is how long a call took, as the cloud saw it.
type span struct{ begin, end time.Time }

// chain is how many spans can follow one another at most, none beginning before the
// one in front has ended: the round trips that are made one after the other.
func chain(spans []span) (n int) {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b span) int { return a.end.Compare(b.end) })
	var last time.Time
	for _, s := range spans {
		if n == 0 || !s.begin.Before(last) {
			n, last = n+1, s.end
		}
	}
	return n
}

// stages tells for each span how many had to end before it began, one after the other.
// Spans of one stage were under way at the same time, or could have been.
func stages(spans []span) []int {
	order := make([]int, len(spans))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return spans[a].begin.Compare(spans[b].begin) })
	stage := make([]int, len(spans))
	for n, i := range order {
		for _, before := range order[:n] {
			if !spans[before].end.After(spans[i].begin) {
				stage[i] = max(stage[i], stage[before]+1)
			}
		}
	}
	return stage
}

// Figure is a measure of several repeats.
type Figure struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

func figure(values []float64) Figure {
	if len(values) == 0 {
		return Figure{}
	}
	v := slices.Sorted(slices.Values(values))
	mid := v[len(v)/2]
	if len(v)%2 == 0 {
		mid = (v[len(v)/2-1] + mid) / 2
	}
	return Figure{v[0], mid, v[len(v)-1]}
}

// sample is what one repeat measured, by name.
type sample map[string]float64

// figures joins the repeats.
func figures(prefix string, samples []sample, into map[string]Figure) {
	values := map[string][]float64{}
	for _, s := range samples {
		for name, v := range s {
			values[name] = append(values[name], v)
		}
	}
	for name, v := range values {
		into[prefix+"."+name] = figure(v)
	}
}

// latest is the last of times, the zero time where there is none.
func latest(times []time.Time) (t time.Time) {
	if len(times) == 0 {
		return t
	}
	return slices.MaxFunc(times, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
}
