package logservice

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// logMatch says whether a log, indexed by the index in force when it came, is
// one that the query asks for.
type logMatch func(log map[string]string, index *sls.Index) bool

// parseLogQuery reads the search part of the query language: words, key: value,
// "quoted", #"phrase", prefix*, comparisons, and/or/not and parentheses.
//
// It searches as the real index does: by token. key: "a b" finds the logs
// whose key holds a and b in any order; only #"a b" is a phrase.
func parseLogQuery(query string, index *sls.Index) (logMatch, error) {
	p := &queryParser{index: index}
	if err := p.lex(query); err != nil {
		return nil, err
	}
	if len(p.toks) == 0 {
		return matchAll, nil
	}
	m, err := p.or()
	if err == nil && p.at < len(p.toks) {
		err = badQuery("unexpected %q", p.toks[p.at].text)
	}
	return m, err
}

// parseQuery reads both sides of the bar: which logs, and what is to be made of
// them, if anything.
func parseQuery(query string, index *sls.Index) (match logMatch, made *statement, err error) {
	search, analysis, found := cutBar(query)
	if found {
		if made, err = parseSQL(analysis, index); err != nil {
			return nil, nil, err
		}
	}
	match, err = parseLogQuery(search, index)
	return match, made, err
}

// cutBar cuts a query at the first bar that stands in no quotes.
func cutBar(query string) (search, analysis string, found bool) {
	inside := false
	for i := 0; i < len(query); i++ {
		switch query[i] {
		case '\\':
			i++
		case '"':
			inside = !inside
		case '|':
			if !inside {
				return query[:i], query[i+1:], true
			}
		}
	}
	return query, "", false
}

func matchAll(map[string]string, *sls.Index) bool { return true }

func badQuery(format string, args ...any) error {
	return kernel.Refuse(400, "ParameterInvalid", "ErrorType:QueryParseError.ErrorMessage:"+format, args...)
}

// Quoted text is never an operator or a wildcard.
type queryToken struct {
	kind rune // w word, q quoted, p phrase, or the operator's own first character
	text string
}

type queryParser struct {
	index *sls.Index
	toks  []queryToken
	at    int
	terms int
}

// mostTerms is how many conditions a search takes.
const mostTerms = 30

// lex knows no escapes outside quotes. A bar would begin an analytic statement, and cutBar has taken
// that away.
func (p *queryParser) lex(s string) error {
	for i := 0; i < len(s); {
		switch ch := s[i]; {
		case strings.IndexByte(" \t\r\n", ch) >= 0:
			i++
		case ch == '|':
			return badQuery("unexpected %q", strings.TrimSpace(s[i:]))
		case ch == '"' || ch == '#' && strings.HasPrefix(s[i+1:], `"`):
			kind := 'q'
			if ch == '#' {
				kind = 'p'
				i++
			}
			text, n, err := quoted(s[i:])
			if err != nil {
				return err
			}
			p.toks = append(p.toks, queryToken{kind, text})
			i += n
		case strings.HasPrefix(s[i:], ">=") || strings.HasPrefix(s[i:], "<="):
			p.toks = append(p.toks, queryToken{'c', s[i : i+2]})
			i += 2
		case strings.IndexByte("<>=", ch) >= 0:
			p.toks = append(p.toks, queryToken{'c', s[i : i+1]})
			i++
		case strings.IndexByte("():[]", ch) >= 0:
			p.toks = append(p.toks, queryToken{rune(ch), s[i : i+1]})
			i++
		default:
			n := strings.IndexAny(s[i:], " \t\r\n|\"():<>=[]")
			if n < 0 {
				n = len(s) - i
			}
			p.toks = append(p.toks, queryToken{'w', s[i : i+n]})
			i += n
		}
	}
	return nil
}

// quoted reads a string in double quotes and says how long it was.
func quoted(s string) (string, int, error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), i + 1, nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, badQuery("missing closing quotation mark")
}

func (p *queryParser) peek() queryToken {
	if p.at < len(p.toks) {
		return p.toks[p.at]
	}
	return queryToken{}
}

// word takes the next token if it is that operator; they are not case-sensitive.
func (p *queryParser) word(s string) bool {
	if t := p.peek(); t.kind == 'w' && strings.EqualFold(t.text, s) {
		p.at++
		return true
	}
	return false
}

func (p *queryParser) sign(kind rune) bool {
	if p.peek().kind == kind {
		p.at++
		return true
	}
	return false
}

// or binds the loosest, and then, and and, and not.
func (p *queryParser) or() (logMatch, error) {
	left, err := p.and()
	for err == nil && p.word("or") {
		var right logMatch
		l := left
		if right, err = p.and(); err == nil {
			left = func(m map[string]string, x *sls.Index) bool { return l(m, x) || right(m, x) }
		}
	}
	return left, err
}

// and also joins terms that merely stand side by side.
func (p *queryParser) and() (logMatch, error) {
	left, err := p.not()
	for err == nil {
		t := p.peek()
		if t.kind == 0 || t.kind == ')' || t.kind == 'w' && strings.EqualFold(t.text, "or") {
			break
		}
		p.word("and")
		var right logMatch
		l := left
		if right, err = p.not(); err == nil {
			left = func(m map[string]string, x *sls.Index) bool { return l(m, x) && right(m, x) }
		}
	}
	return left, err
}

// not binds to the one term behind it, as the real service reads it.
func (p *queryParser) not() (logMatch, error) {
	if p.word("not") {
		m, err := p.not()
		return func(log map[string]string, x *sls.Index) bool { return !m(log, x) }, err
	}
	return p.term()
}

// term reads one condition, of which a search may have so many and no more: a query that grows with
// what it looks for fails at that.
func (p *queryParser) term() (logMatch, error) {
	t := p.peek()
	p.at++
	switch t.kind {
	case '(':
		m, err := p.or()
		if err == nil && !p.sign(')') {
			err = badQuery("missing )")
		}
		return m, err
	case 'w', 'q', 'p':
		if p.terms++; p.terms > mostTerms {
			return nil, badQuery("more than %d search conditions", mostTerms)
		}
	case 0:
		return nil, badQuery("the query ends where a term is expected")
	default:
		return nil, badQuery("syntax error near < %s >", t.text)
	}
	switch next := p.peek(); {
	case t.kind != 'p' && next.kind == ':':
		p.at++
		return p.field(t.text)
	case t.kind != 'p' && next.kind == 'c':
		p.at++
		return p.comparison(t.text, next.text)
	case t.kind != 'p' && next.kind == 'w' && strings.EqualFold(next.text, "in") && p.at+1 < len(p.toks) && strings.ContainsRune("[(", p.toks[p.at+1].kind):
		p.at++
		return p.within(t.text)
	}
	if t.kind == 'w' && t.text == "*" {
		return matchAll, nil
	}
	return p.fullText(t)
}

// fullText looks in all fields. Without a full-text index it is an error and not an empty answer.
func (p *queryParser) fullText(t queryToken) (logMatch, error) {
	if p.index.Line == nil {
		return nil, kernel.Refuse(400, "ParameterInvalid", "full text index is not enabled, %q needs a key", t.text)
	}
	want, err := needles(t, p.index.Line.Token)
	if err != nil {
		return nil, err
	}
	return func(log map[string]string, x *sls.Index) bool {
		if x.Line == nil {
			return false
		}
		var have []string
		for _, k := range slices.Sorted(maps.Keys(log)) {
			if k == "__time__" || slices.Contains(x.Line.ExcludeKeys, k) || len(x.Line.IncludeKeys) > 0 && !slices.Contains(x.Line.IncludeKeys, k) {
				continue
			}
			have = append(have, tokens(log[k], x.Line.Token)...)
		}
		return hold(have, want, t.kind == 'p', x.Line.CaseSensitive)
	}, nil
}

// keyIndex is how a key is indexed: on its own, or as a path into a JSON key.
type keyIndex struct {
	sls.IndexKey
	parent, path string
}

// findKey finds how a field is indexed. A field in JSON is so only if the index names its path.
func findKey(x *sls.Index, name string) (keyIndex, bool) {
	if strings.HasPrefix(name, "__tag__:") || name == "__topic__" || name == "__source__" {
		return keyIndex{IndexKey: sls.IndexKey{Type: "text"}}, true // the system fields are indexed always
	}
	if k, ok := x.Keys[name]; ok {
		return keyIndex{IndexKey: k}, true
	}
	for parent, k := range x.Keys {
		path, ok := strings.CutPrefix(name, parent+".")
		if !ok || k.Type != "json" {
			continue
		}
		if sub := k.JsonKeys[path]; sub != nil {
			k.Type = sub.Type
			return keyIndex{k, parent, path}, true
		}
	}
	return keyIndex{}, false
}

// value is what the log has under the key.
// A path goes through objects and not through lists. What is no text is found by its JSON.
func (k keyIndex) value(log map[string]string, name string) (string, bool) {
	if k.path == "" {
		v, ok := log[name]
		return v, ok
	}
	var doc any
	d := json.NewDecoder(strings.NewReader(log[k.parent]))
	d.UseNumber()
	if d.Decode(&doc) != nil {
		return "", false
	}
	for _, step := range strings.Split(k.path, ".") {
		m, _ := doc.(map[string]any)
		if doc = m[step]; doc == nil {
			return "", false
		}
	}
	if s, ok := doc.(string); ok {
		return s, true
	}
	b, err := json.Marshal(doc)
	return string(b), err == nil
}

// key refuses a field that has no index: the real service does, and a search for a misspelt field
// would otherwise find nothing and say nothing.
func (p *queryParser) key(name string) (keyIndex, error) {
	k, ok := findKey(p.index, name)
	if !ok {
		return k, kernel.Refuse(400, "ParameterInvalid", `key (%s) is not config as key value config,if symbol : is  in your log,please wrap : with quotation mark "`, name)
	}
	return k, nil
}

// field reads what follows "name:". By the field's type it is a comparison of numbers or of tokens.
func (p *queryParser) field(name string) (logMatch, error) {
	key, err := p.key(name)
	if err != nil {
		return nil, err
	}
	t := p.peek()
	p.at++
	if t.kind != 'w' && t.kind != 'q' && t.kind != 'p' {
		return nil, badQuery("syntax error near < : >")
	}
	if t.kind == 'w' && t.text == "*" { // the log has the field
		return func(log map[string]string, x *sls.Index) bool {
			k, ok := findKey(x, name)
			if ok {
				_, ok = k.value(log, name)
			}
			return ok
		}, nil
	}
	if key.Type == "long" || key.Type == "double" {
		return p.compare(name, "=", t.text)
	}
	want, err := needles(t, key.Token)
	if err != nil {
		return nil, err
	}
	return func(log map[string]string, x *sls.Index) bool {
		k, ok := findKey(x, name)
		if !ok {
			return false
		}
		v, ok := k.value(log, name)
		return ok && hold(tokens(v, k.Token), want, t.kind == 'p', k.CaseSensitive)
	}, nil
}

// The number may stand in quotes.
func (p *queryParser) comparison(name, op string) (logMatch, error) {
	t := p.peek()
	p.at++
	return p.compare(name, op, t.text)
}

// compare compares as numbers. A log whose field is no number is not found, and is no error.
func (p *queryParser) compare(name, op, text string) (logMatch, error) {
	key, err := p.key(name)
	if err != nil {
		return nil, err
	}
	if key.Type != "long" && key.Type != "double" {
		return nil, kernel.Refuse(400, "ParameterInvalid", "key (%s) is not config as numberic column", name)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, badQuery("%s is numeric, %q is not a number", name, text)
	}
	return func(log map[string]string, x *sls.Index) bool {
		k, ok := findKey(x, name)
		if !ok {
			return false
		}
		s, _ := k.value(log, name)
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return false
		}
		switch op {
		case "=":
			return v == n
		case ">":
			return v > n
		case ">=":
			return v >= n
		case "<":
			return v < n
		default:
			return v <= n
		}
	}, nil
}

// within reads key in [low high]; a parenthesis leaves its end out.
func (p *queryParser) within(name string) (logMatch, error) {
	open := p.peek().kind
	p.at++
	low := p.peek().text
	p.at++
	high := p.peek().text
	p.at++
	closing := p.peek().kind
	p.at++
	if closing != ']' && closing != ')' {
		return nil, badQuery("missing ] or ) after in")
	}
	lowOp, highOp := ">=", "<="
	if open == '(' {
		lowOp = ">"
	}
	if closing == ')' {
		highOp = "<"
	}
	a, err := p.compare(name, lowOp, low)
	if err != nil {
		return nil, err
	}
	b, err := p.compare(name, highOp, high)
	return func(log map[string]string, x *sls.Index) bool { return a(log, x) && b(log, x) }, err
}

// needle is one token to look for. * and ? are wildcards outside quotes.
type needle struct {
	text string
	wild bool
}

// needles are the tokens of a term, which is cut as the logs are: "a-b" finds what holds a and b.
func needles(t queryToken, separators []string) ([]needle, error) {
	if t.kind == 'w' {
		if strings.ContainsAny(t.text[:1], "*?") {
			return nil, badQuery("a word cannot begin with %s", t.text[:1])
		}
		// * is a separator of the default index; in a bare word it is a wildcard.
		separators = slices.DeleteFunc(slices.Clone(separators), func(s string) bool { return s == "*" || s == "?" })
	}
	var list []needle
	for _, s := range tokens(t.text, separators) {
		list = append(list, needle{s, t.kind == 'w' && strings.ContainsAny(s, "*?")})
	}
	return list, nil
}

// tokens splits a text at the separators that the index configures.
func tokens(s string, separators []string) []string {
	if len(separators) == 0 {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	set := strings.Join(separators, "")
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(set, r) })
}

// hold says whether all of want is among have; as a phrase, in one run.
func hold(have []string, want []needle, phrase, caseSensitive bool) bool {
	same := func(h string, n needle) bool {
		text := n.text
		if !caseSensitive {
			h, text = strings.ToLower(h), strings.ToLower(text)
		}
		if n.wild {
			return kernel.Wildcard(text, h)
		}
		return h == text
	}
	if phrase {
		for i := 0; i+len(want) <= len(have); i++ {
			n := 0
			for n < len(want) && same(have[i+n], want[n]) {
				n++
			}
			if n == len(want) {
				return true
			}
		}
		return false
	}
	for _, n := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return same(h, n) }) {
			return false
		}
	}
	return true
}
