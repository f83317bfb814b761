package logservice

import "strings"

// Each level reads those that bind tighter.
func (p *sqlParser) expr() (sqlExpr, error) { return p.binary(0) }

// levels are the operators that join two expressions, the loosest first.
var levels = [][]string{{"or"}, {"and"}, {"="}, {"+", "-"}, {"*", "/", "%"}}

// binary reads operators that bind as tightly as a level or more. NOT stands between AND and the
// comparisons, which do not chain.
func (p *sqlParser) binary(level int) (sqlExpr, error) {
	switch {
	case level == 2 && p.word("not"):
		e, err := p.binary(level)
		return &sqlCall{name: "not", args: []sqlExpr{e}}, err
	case level == len(levels):
		return p.primary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		if level == 2 {
			return p.compared(left)
		}
		op := ""
		for _, o := range levels[level] {
			if p.word(o) || p.sign(o) {
				op = o
				break
			}
		}
		if op == "" {
			return left, nil
		}
		var right sqlExpr
		right, err = p.binary(level + 1)
		left = &sqlCall{name: op, args: []sqlExpr{left, right}}
	}
	return left, err
}

// compared reads what may follow one side of a comparison.
func (p *sqlParser) compared(left sqlExpr) (sqlExpr, error) {
	for _, op := range []string{"=", "!=", "<>", "<", "<=", ">", ">="} {
		if p.sign(op) {
			right, err := p.binary(3)
			return &sqlCall{name: op, args: []sqlExpr{left, right}}, err
		}
	}
	negated := p.word("not")
	call := &sqlCall{args: []sqlExpr{left}}
	var err error
	switch {
	case p.word("between"):
		call.name = "between"
		err = p.operands(call, "and", 2)
	case p.word("like"):
		call.name = "like"
		err = p.operands(call, "", 1)
	case p.word("in"):
		call.name = "in"
		if err = p.expect("("); err == nil {
			err = p.arguments(call)
		}
	case negated:
		return nil, badSQL("mismatched input '%s' after NOT", p.peek().text)
	default:
		return left, nil
	}
	if negated {
		return &sqlCall{name: "not", args: []sqlExpr{call}}, err
	}
	return call, err
}

// operands reads sums and products, so that the AND of BETWEEN is not taken for the other one.
func (p *sqlParser) operands(call *sqlCall, separator string, n int) error {
	for i := range n {
		if i > 0 && !p.word(separator) {
			return badSQL("mismatched input '%s'. Expecting: '%s'", p.peek().text, separator)
		}
		e, err := p.binary(3)
		if err != nil {
			return err
		}
		call.args = append(call.args, e)
	}
	return nil
}

// arguments reads up to the closing parenthesis.
func (p *sqlParser) arguments(call *sqlCall) error {
	for !p.sign(")") {
		if len(call.args) > 0 && call.name != "in" || call.name == "in" && len(call.args) > 1 {
			if err := p.expect(","); err != nil {
				return err
			}
		}
		e, err := p.expr()
		if err != nil {
			return err
		}
		call.args = append(call.args, e)
	}
	return nil
}

// primary reads what has no operator. A reserved word where a column should be is an error, as with
// the columns start and end of a flow log.
func (p *sqlParser) primary() (sqlExpr, error) {
	t := p.take()
	switch {
	case t.kind == 's':
		return &sqlLiteral{t.text}, nil
	case t.kind == 'n':
		return number(t.text)
	case t.kind == 'o' && t.text == "(":
		e, err := p.expr()
		if err == nil {
			err = p.expect(")")
		}
		return e, err
	case t.kind == 'o' && t.text == "-" && p.peek().kind == 'n':
		return number("-" + p.take().text)
	case t.kind == 'w' && p.sign("("):
		return p.call(strings.ToLower(t.text))
	case t.kind == 'w' && strings.EqualFold(t.text, "null"):
		return &sqlLiteral{nil}, nil
	case t.kind == 'w' && strings.EqualFold(t.text, "case"):
		return nil, noSQL("CASE")
	case t.kind == 'w' && reserved[strings.ToLower(t.text)]:
		return nil, badSQL("mismatched input '%s'", t.text) // a column of that name stands in double quotes
	case t.kind == 'w' || t.kind == 'q':
		return p.column(t.text)
	}
	return nil, badSQL("mismatched input '%s'", t.text)
}

// reserved are words that name no column unless quoted.
var reserved = map[string]bool{"end": true, "select": true, "from": true, "where": true, "group": true, "order": true, "by": true, "and": true, "or": true, "not": true, "as": true}

// call reads a function's arguments. One that is not known is refused as what the local cloud lacks, not
// as what the real service would refuse.
func (p *sqlParser) call(name string) (sqlExpr, error) {
	call := &sqlCall{name: name}
	if name == "cast" || name == "try_cast" {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		if !p.word("as") {
			return nil, badSQL("mismatched input '%s'. Expecting: 'AS'", p.peek().text)
		}
		call.args = []sqlExpr{e, &sqlLiteral{strings.ToLower(p.take().text)}}
		return call, p.expect(")")
	}
	if name == "count" && p.sign("*") {
		return call, p.expect(")")
	}
	call.distinct = p.word("distinct")
	if !scalars[name] && !folds[name] {
		return nil, noSQL("the function " + name)
	}
	return call, p.arguments(call)
}

// column finds a column, which the index must have with analytics.
func (p *sqlParser) column(name string) (sqlExpr, error) {
	if name == "__time__" {
		return &sqlColumn{name, "long", keyIndex{}}, nil
	}
	k, ok := findKey(p.index, name)
	if !ok || !k.DocValue && p.index.Keys[name].Type != "" || k.path != "" && !k.JsonKeys[k.path].DocValue {
		return nil, badSQL("Column '%s' cannot be resolved;please add the column in the index attribute", name)
	}
	return &sqlColumn{name, k.Type, k}, nil
}
