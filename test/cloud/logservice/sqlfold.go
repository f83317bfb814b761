package logservice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// fold is an aggregate over a group of rows.
// Null is left out of every aggregate but count(*). approx_distinct is exact here. max and min of
// nothing are null, and count is 0.
func (e *sqlCall) fold(rows []map[string]string) (any, error) {
	if e.name == "count" && len(e.args) == 0 {
		return int64(len(rows)), nil
	}
	if len(e.args) != 1 {
		return nil, badSQL("Unexpected parameters for function %s", e.name)
	}
	var values []any
	seen := map[any]bool{}
	for _, row := range rows {
		v, err := e.args[0].eval([]map[string]string{row})
		if err != nil {
			return nil, err
		}
		if v == nil || seen[v] && (e.distinct || e.name == "approx_distinct") {
			continue
		}
		seen[v] = true
		values = append(values, v)
	}
	switch {
	case e.name == "count" || e.name == "approx_distinct":
		return int64(len(values)), nil
	case len(values) == 0:
		return nil, nil
	case e.name == "sum":
		return total(values)
	}
	var failed error
	order := func(a, b any) int {
		c, err := compareSQL(e.name, a, b)
		failed = cmp.Or(failed, err)
		return c
	}
	if e.name == "max" {
		return slices.MaxFunc(values, order), failed
	}
	return slices.MinFunc(values, order), failed
}

// total is null of nothing, as the caller has seen to, and whole as long as all are.
func total(values []any) (any, error) {
	var whole int64
	var broken float64
	for _, v := range values {
		switch n := v.(type) {
		case int64:
			whole += n
		case float64:
			broken += n
		default:
			return nil, badSQL("Unexpected parameters (%s) for function sum. Expected: sum(bigint), sum(double)", kindOf(v))
		}
	}
	if broken != 0 {
		return broken, nil
	}
	return whole, nil
}

// answered is a row of an answer with what it is ordered by.
type answered struct {
	row  map[string]string
	keys []any
}

// run answers the statement over the logs that were found.
// Every value is text in the answer, and null is the word null.
func (s *statement) run(logs []map[string]string) ([]map[string]string, error) {
	groups, err := s.groups(logs)
	if err != nil {
		return nil, err
	}
	var all []answered
	for _, rows := range groups {
		a := answered{row: map[string]string{}}
		for _, item := range s.items {
			v, err := item.expr.eval(rows)
			if err != nil {
				return nil, err
			}
			if a.row[item.name] = fmt.Sprint(v); v == nil {
				a.row[item.name] = "null"
			}
		}
		for _, o := range s.order {
			v, err := o.expr.eval(rows)
			if err != nil {
				return nil, err
			}
			a.keys = append(a.keys, v)
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b answered) int { return s.compare(a.keys, b.keys) })
	answer := []map[string]string{}
	for _, a := range all[:min(s.limit, len(all))] {
		answer = append(answer, a.row)
	}
	return answer, nil
}

// compare orders rows; what is null comes last either way.
func (s *statement) compare(a, b []any) int {
	for i, o := range s.order {
		switch {
		case a[i] == nil && b[i] == nil:
			continue
		case a[i] == nil:
			return 1
		case b[i] == nil:
			return -1
		}
		c, _ := compareSQL("order", a[i], b[i]) // of one column, so of one type
		if o.down {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// groups puts the logs that meet the condition together; without aggregates each is
// by itself, without GROUP BY all are one.
func (s *statement) groups(logs []map[string]string) (groups [][]map[string]string, err error) {
	at := map[string]int{}
	for _, log := range logs {
		row := []map[string]string{log}
		if s.where != nil {
			ok, err := s.where.eval(row)
			if err != nil {
				return nil, err
			}
			if ok != true {
				continue
			}
		}
		if !s.aggregated() {
			groups = append(groups, row)
			continue
		}
		var key strings.Builder
		for _, g := range s.group {
			v, err := g.eval(row)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&key, "%T %v\x00", v, v)
		}
		i, ok := at[key.String()]
		if !ok {
			i = len(groups)
			at[key.String()], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], log)
	}
	if len(groups) == 0 && s.aggregated() && len(s.group) == 0 {
		groups = append(groups, nil)
	}
	return groups, nil
}
