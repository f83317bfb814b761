package logservice

import (
	"slices"
	"strconv"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// An analytic statement, as it stands behind the bar of a query:
//
//	SELECT … [FROM log] [WHERE …] [GROUP BY …] [ORDER BY …] [LIMIT n]
//
// The subset is one of Presto's SQL, which the real service speaks: what is not in
// it is refused by name, and types are as strict.
type statement struct {
	items []selected
	where sqlExpr
	group []sqlExpr
	order []ordering
	limit int
}

type selected struct {
	name string
	expr sqlExpr
}

type ordering struct {
	expr sqlExpr
	down bool
}

// badSQL is how the service answers a statement that it cannot take.
func badSQL(format string, args ...any) error {
	return kernel.Refuse(400, "ParameterInvalid", "ErrorType:SyntaxError.ErrorMessage:"+format, args...)
}

// It is told apart from a wrong statement, which the real service would refuse as well.
func noSQL(what string) error {
	return kernel.Refuse(400, "NotSupported", "the local cloud does not answer %s in an analytic statement", what)
}

// parseSQL reads a statement over the columns that an index has.
// Clauses have one order and each is there once; LIMIT is 100 unless said.
func parseSQL(text string, index *sls.Index) (*statement, error) {
	p := &sqlParser{index: index}
	if err := p.lex(text); err != nil {
		return nil, err
	}
	s := &statement{limit: 100}
	for _, clause := range []struct {
		words string
		read  func(*statement) error
	}{{"select", p.selection}, {"from", p.source}, {"where", p.condition}, {"group by", p.grouping}, {"order by", p.ordering}, {"limit", p.limiting}} {
		switch {
		case p.words(clause.words):
			if err := clause.read(s); err != nil {
				return nil, err
			}
		case clause.words == "select":
			return nil, badSQL("mismatched input '%s'. Expecting: 'SELECT'", p.peek().text)
		}
	}
	if t := p.peek(); t.kind != 0 {
		if slices.Contains([]string{"having", "join", "union", "limit"}, strings.ToLower(t.text)) {
			return nil, noSQL(strings.ToUpper(t.text))
		}
		return nil, badSQL("mismatched input '%s'", t.text)
	}
	return s, s.check()
}

// selection names columns without an alias as Presto does: by their name, else _col and the place.
func (p *sqlParser) selection(s *statement) error {
	for {
		if p.sign("*") {
			return noSQL("SELECT *")
		}
		start := p.peek()
		e, err := p.expr()
		if err != nil {
			return err
		}
		name := start.text
		if _, ok := e.(*sqlColumn); !ok {
			name = "_col" + strconv.Itoa(len(s.items))
		}
		if p.word("as") {
			name = p.take().text
		}
		s.items = append(s.items, selected{name, e})
		if !p.sign(",") {
			return nil
		}
	}
}

// source takes FROM log, which is the logstore itself and may be left out. There is nothing to join.
func (p *sqlParser) source(*statement) error {
	if t := p.take(); !strings.EqualFold(t.text, "log") {
		return noSQL("FROM " + t.text)
	}
	return nil
}

// It is over rows, before they are put together.
func (p *sqlParser) condition(s *statement) (err error) {
	s.where, err = p.expr()
	return err
}

// named is the selected expression that a place or an alias stands for.
func (p *sqlParser) named(s *statement) (sqlExpr, error) {
	t := p.peek()
	if n, err := strconv.Atoi(t.text); err == nil && t.kind == 'n' {
		if p.at++; n < 1 || n > len(s.items) {
			return nil, badSQL("position %d is not in select list", n)
		}
		return s.items[n-1].expr, nil
	}
	for _, i := range s.items {
		if (t.kind == 'w' || t.kind == 'q') && strings.EqualFold(i.name, t.text) {
			p.at++
			return i.expr, nil
		}
	}
	return p.expr()
}

func (p *sqlParser) grouping(s *statement) error {
	for {
		e, err := p.named(s)
		if err != nil {
			return err
		}
		s.group = append(s.group, e)
		if !p.sign(",") {
			return nil
		}
	}
}

func (p *sqlParser) ordering(s *statement) error {
	for {
		e, err := p.named(s)
		if err != nil {
			return err
		}
		down := p.word("desc")
		if !down {
			p.word("asc")
		}
		s.order = append(s.order, ordering{e, down})
		if !p.sign(",") {
			return nil
		}
	}
}

// limiting reads LIMIT; without one, 100 rows are answered.
func (p *sqlParser) limiting(s *statement) (err error) {
	t := p.take()
	if s.limit, err = strconv.Atoi(t.text); err != nil || s.limit < 0 || s.limit > 1_000_000 {
		return badSQL("invalid limit '%s'", t.text)
	}
	if p.sign(",") {
		return noSQL("LIMIT with an offset")
	}
	return nil
}

// check refuses what is neither grouped by nor an aggregate.
func (s *statement) check() error {
	if s.where != nil && aggregates(s.where) {
		return badSQL("WHERE clause cannot contain aggregations")
	}
	all := slices.Clone(s.order)
	for _, i := range s.items {
		all = append(all, ordering{expr: i.expr})
	}
	if !s.aggregated() {
		return nil
	}
	for _, o := range all {
		if !o.expr.within(s.group) {
			return badSQL("'%s' must be an aggregate expression or appear in GROUP BY clause", o.expr)
		}
	}
	return nil
}

// aggregated tells whether rows are put together: by GROUP BY, or all into one by an aggregate.
func (s *statement) aggregated() bool {
	return len(s.group) > 0 || slices.ContainsFunc(s.items, func(i selected) bool { return aggregates(i.expr) })
}
