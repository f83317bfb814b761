package logservice

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// among is IN, with null for not known: a null in the list is neither a match nor none.
func among(name string, v any, list []any) (any, error) {
	for _, x := range list {
		if v == nil || x == nil {
			return nil, nil
		}
		if c, err := compareSQL(name, v, x); err != nil || c == 0 {
			return true, err
		}
	}
	return false, nil
}

// compareSQL refuses to compare a number with a text, as Presto does: it would be true by accident.
func compareSQL(op string, a, b any) (int, error) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y), nil
		}
	case int64:
		switch y := b.(type) {
		case int64:
			return cmp.Compare(x, y), nil
		case float64:
			return cmp.Compare(float64(x), y), nil
		}
	case float64:
		switch y := b.(type) {
		case int64:
			return cmp.Compare(x, float64(y)), nil
		case float64:
			return cmp.Compare(x, y), nil
		}
	}
	return 0, badSQL("'%s' cannot be applied to %s, %s", op, kindOf(a), kindOf(b))
}

// The names are Presto's, as its errors have them.
func kindOf(v any) string {
	switch v.(type) {
	case int64:
		return "bigint"
	case float64:
		return "double"
	case bool:
		return "boolean"
	}
	return "varchar"
}

// calculate divides whole numbers to a whole number, and a division by zero fails the statement.
func calculate(op string, a, b any) (any, error) {
	x, ok := a.(int64)
	y, ok2 := b.(int64)
	switch {
	case !ok || !ok2:
		return nil, badSQL("'%s' cannot be applied to %s, %s", op, kindOf(a), kindOf(b))
	case y == 0 && (op == "/" || op == "%"):
		return nil, badSQL("Division by zero")
	case op == "/":
		return x / y, nil
	case op == "%":
		return x % y, nil
	}
	return map[string]int64{"+": x + y, "-": x - y, "*": x * y}[op], nil
}

// convert is CAST, which fails the statement, and TRY_CAST, which makes null of what does not convert.
func convert(name string, v any, kind string) (any, error) {
	text := fmt.Sprint(v)
	switch kind {
	case "varchar":
		return text, nil
	case "bigint":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	case "double":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f, nil
		}
	default:
		return nil, noSQL("a cast to " + kind)
	}
	if name == "try_cast" {
		return nil, nil
	}
	return nil, badSQL("Cannot cast '%s' to %s", text, kind)
}

// onText does what takes texts only. LIKE matches the whole text, REGEXP_LIKE any part of it.
func onText(name string, args []any) (any, error) {
	text, ok := args[0].(string)
	pattern, ok2 := args[len(args)-1].(string)
	if !ok || !ok2 {
		return nil, badSQL("Unexpected parameters (%s) for function %s", kindOf(args[0]), name)
	}
	switch name {
	case "lower":
		return strings.ToLower(text), nil
	case "like":
		pattern = "^" + strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(pattern)) + "$"
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, badSQL("%s", err)
	}
	return re.MatchString(text), nil
}
