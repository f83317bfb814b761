package logservice

import (
	"strings"
	"unicode"

	sls "github.com/aliyun/aliyun-log-go-sdk"
)

// sqlToken is a word, a "quoted" name, a 'string', a number or a sign.
type sqlToken struct {
	kind rune // w q s n o; 0 at the end
	text string
}

// index is what columns are looked up in.
type sqlParser struct {
	index *sls.Index
	toks  []sqlToken
	at    int
}

// lex cuts a statement. A hyphen is a minus: a name that has one must stand in double quotes, or it is
// a difference of two columns that are not there.
func (p *sqlParser) lex(s string) error {
	inWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i := 0; i < len(s); {
		ch := s[i]
		rest := s[i:]
		length := 1
		switch {
		case strings.IndexByte(" \t\r\n", ch) >= 0:
		case ch == '\'' || ch == '"':
			text, n, ok := between(rest, ch)
			if !ok {
				return badSQL("missing closing %c", ch)
			}
			length = n
			p.toks = append(p.toks, sqlToken{map[byte]rune{'\'': 's', '"': 'q'}[ch], text})
		case inWord(rune(ch)):
			if length = strings.IndexFunc(rest, func(r rune) bool { return !inWord(r) }); length < 0 {
				length = len(rest)
			}
			kind := 'w'
			if unicode.IsDigit(rune(ch)) {
				kind = 'n'
			}
			p.toks = append(p.toks, sqlToken{kind, rest[:length]})
		default:
			for _, two := range []string{"<>", "!=", "<=", ">="} {
				if strings.HasPrefix(rest, two) {
					length = 2
				}
			}
			if strings.IndexByte("(),*+-/%=<>!", ch) < 0 {
				return badSQL("unexpected '%c'", ch)
			}
			p.toks = append(p.toks, sqlToken{'o', rest[:length]})
		}
		i += length
	}
	return nil
}

// between reads what stands in quotes; a quote in it is doubled.
func between(s string, quote byte) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			b.WriteByte(s[i])
		} else if i+1 < len(s) && s[i+1] == quote {
			b.WriteByte(quote)
			i++
		} else {
			return b.String(), i + 1, true
		}
	}
	return "", 0, false
}

func (p *sqlParser) peek() sqlToken {
	if p.at < len(p.toks) {
		return p.toks[p.at]
	}
	return sqlToken{}
}

func (p *sqlParser) take() sqlToken {
	t := p.peek()
	p.at++
	return t
}

// Words have no case, and what stands in quotes is none.
func (p *sqlParser) word(s string) bool {
	if t := p.peek(); t.kind == 'w' && strings.EqualFold(t.text, s) {
		p.at++
		return true
	}
	return false
}

// words takes several in a row, or none.
func (p *sqlParser) words(s string) bool {
	start := p.at
	for w := range strings.FieldsSeq(s) {
		if !p.word(w) {
			p.at = start
			return false
		}
	}
	return true
}

func (p *sqlParser) sign(s string) bool {
	if t := p.peek(); t.kind == 'o' && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *sqlParser) expect(s string) error {
	if !p.sign(s) {
		return badSQL("mismatched input '%s'. Expecting: '%s'", p.peek().text, s)
	}
	return nil
}
