package logservice

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A value of a statement is nil, an int64, a float64, a string or a bool.
type sqlExpr interface {
	fmt.Stringer
	eval(rows []map[string]string) (any, error) // of a group, or of a row by itself
	within(group []sqlExpr) bool                // is an aggregate, or made of what is grouped by
}

type sqlLiteral struct{ value any }

func (e *sqlLiteral) String() string                            { return fmt.Sprint(e.value) }
func (e *sqlLiteral) eval([]map[string]string) (any, error)     { return e.value, nil }
func (e *sqlLiteral) within([]sqlExpr) bool                     { return true }
func (e *sqlColumn) String() string                             { return e.name }
func (e *sqlColumn) within(group []sqlExpr) bool                { return grouped(e, group) }
func (e *sqlColumn) eval(rows []map[string]string) (any, error) { return e.of(rows) }

type sqlColumn struct {
	name, kind string
	key        keyIndex // where a field of a text of JSON is
}

// of reads a field by the type of its index. "-" in a column of numbers is null, as flow logs have it.
func (e *sqlColumn) of(rows []map[string]string) (any, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	text, ok := e.key.value(rows[0], e.name)
	switch {
	case !ok:
		return nil, nil
	case e.kind == "long":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, nil // what is no number is not in the column
		}
		return n, nil
	case e.kind == "double":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, nil
		}
		return f, nil
	}
	return text, nil
}

// It is a function or an operator: both are a name and arguments.
type sqlCall struct {
	name     string
	args     []sqlExpr
	distinct bool
}

func (e *sqlCall) String() string {
	var args []string
	for _, a := range e.args {
		args = append(args, a.String())
	}
	return e.name + "(" + strings.Join(args, ", ") + ")"
}

// grouped compares expressions by their text, which has no alias and no layout.
func grouped(e sqlExpr, group []sqlExpr) bool {
	return slices.ContainsFunc(group, func(g sqlExpr) bool { return g.String() == e.String() })
}

func (e *sqlCall) within(group []sqlExpr) bool {
	if folds[e.name] || grouped(e, group) {
		return true
	}
	return !slices.ContainsFunc(e.args, func(a sqlExpr) bool { return !a.within(group) })
}

// aggregates tells whether an expression is over a group.
func aggregates(e sqlExpr) bool {
	call, ok := e.(*sqlCall)
	return ok && (folds[call.name] || slices.ContainsFunc(call.args, aggregates))
}

var (
	folds   = map[string]bool{"count": true, "sum": true, "max": true, "min": true, "approx_distinct": true}
	scalars = map[string]bool{"if": true, "coalesce": true, "regexp_like": true, "lower": true}
)

func number(text string) (sqlExpr, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, badSQL("invalid number '%s'", text)
	}
	return &sqlLiteral{n}, nil
}

// and and or look at one argument after another, and stop where it is decided.
func (e *sqlCall) eval(rows []map[string]string) (any, error) {
	if folds[e.name] {
		return e.fold(rows)
	}
	if e.name == "and" || e.name == "or" {
		return e.logic(rows)
	}
	var args []any
	for _, a := range e.args {
		v, err := a.eval(rows)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	return e.apply(args)
}

// logic is of three values: nil is not known.
func (e *sqlCall) logic(rows []map[string]string) (any, error) {
	decides := e.name == "or"
	var result any = !decides
	for _, a := range e.args {
		switch v, err := a.eval(rows); {
		case err != nil:
			return nil, err
		case v == decides:
			return decides, nil
		case v == nil:
			result = nil
		case v != !decides:
			return nil, badSQL("Logical expression term must evaluate to a boolean: %s", a)
		}
	}
	return result, nil
}

// apply is null where an argument is, but for the functions that ask for just that.
func (e *sqlCall) apply(args []any) (any, error) {
	switch e.name {
	case "if":
		if args[0] == true {
			return args[1], nil
		} else if len(args) > 2 {
			return args[2], nil
		}
		return nil, nil
	case "coalesce":
		i := slices.IndexFunc(args, func(v any) bool { return v != nil })
		return append(args, nil)[max(i, 0)], nil
	case "in":
		return among(e.name, args[0], args[1:])
	}
	if slices.Contains(args, nil) {
		return nil, nil
	}
	switch e.name {
	case "not":
		b, ok := args[0].(bool)
		if !ok {
			return nil, badSQL("Value of logical NOT expression must evaluate to a boolean")
		}
		return !b, nil
	case "between":
		low, err := compareSQL(e.name, args[0], args[1])
		high, err2 := compareSQL(e.name, args[0], args[2])
		return low >= 0 && high <= 0, cmp.Or(err, err2)
	case "cast", "try_cast":
		return convert(e.name, args[0], args[1].(string))
	case "like", "regexp_like", "lower":
		return onText(e.name, args)
	case "+", "-", "*", "/", "%":
		return calculate(e.name, args[0], args[1])
	}
	c, err := compareSQL(e.name, args[0], args[1])
	return map[string]bool{"=": c == 0, "!=": c != 0, "<>": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[e.name], err
}
