package message

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// clean makes one line of at most limit characters out of text from outside, which is
// only ever text: no control characters, nothing invisible, nothing that turns the
// direction of writing around, no invalid UTF-8, and nothing that some channel could
// take for markup, a mention or a link. Not every channel's Markdown has a way to
// escape, and plain text is not always shown as such.
func clean(s string, limit int) string {
	var out []rune
	space := false
	for _, r := range s { // an invalid byte is U+FFFD
		if unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' {
			space = len(out) > 0
			continue
		}
		if invisible(r) {
			continue
		}
		if space {
			out, space = append(out, ' '), false
		}
		out = append(out, r)
		if len(out) > limit+1 {
			break // nothing below makes it shorter
		}
	}
	out = []rune(mute(unlink(lookalike.Replace(string(out)))))
	if len(out) > limit {
		return strings.TrimRight(string(out[:limit-1]), " ") + "…"
	}
	return string(out)
}

// invisible tells whether nothing is seen of a character: controls, formats, private
// use, what is unassigned, fillers such as U+3164, and the empty pattern of Braille.
func invisible(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}

// mute takes the meaning from an @ that could be read as a mention. That of an
// address (alice@example.com) stays.
func mute(s string) string {
	var b strings.Builder
	before := ' '
	for _, r := range s {
		if r == '@' && !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			r = '＠'
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// lookalike has the signs of markup as characters that mean nothing anywhere.
var lookalike = strings.NewReplacer(
	`\`, "＼", "`", "｀", "*", "＊", "[", "［", "]", "］", "<", "＜", ">", "＞", "#", "＃", "|", "｜", "~", "～", "://", ": //")

// Chat programs make links of names that look like a host's, unasked. The other dots are
// taken for a dot in these, too.
var (
	host        = regexp.MustCompile(`[\p{L}\p{N}_-]+(?:[.．。｡][\p{L}\p{N}_-]+)*[.．。｡]\p{L}[\p{L}\p{N}-]+`)
	dots        = strings.NewReplacer(".", "(.)", "．", "(.)", "。", "(.)", "｡", "(.)")
	serviceHost = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.console)?\.aliyun(cs)?\.com$`)                                         // who acts, in events
	errorCode   = regexp.MustCompile(`^(Forbid|NoPerm|Invalid|Incorre|Operation|Throttl|Service)[A-Za-z]*(\.[A-Z][A-Za-z]+)+$`) // people look these up
	ownFile     = regexp.MustCompile(`^(ecsguard|s)\.yaml$`)
	parameter   = regexp.MustCompile(`^--[A-Z][A-Za-z]*\.[0-9]+\.[A-Z][A-Za-z]+$`) // of a command: --Permissions.1.PortRange
)

// unlink takes the meaning from the names of hosts.
func unlink(s string) string {
	if !strings.ContainsAny(s, ".．。｡") {
		return s
	}
	var b strings.Builder
	end := 0
	for _, at := range host.FindAllStringIndex(s, -1) {
		name, path := s[at[0]:at[1]], strings.HasPrefix(s[at[1]:], "/")
		b.WriteString(s[end:at[0]])
		end = at[1]
		known := serviceHost.MatchString(name) || errorCode.MatchString(name) || ownFile.MatchString(name) || strings.HasSuffix(s[:at[0]], "@") ||
			parameter.MatchString(name)
		if known && !path {
			b.WriteString(name)
		} else {
			b.WriteString(dots.Replace(name))
		}
	}
	return b.String() + s[end:]
}

// escape is for Markdown. Between the letters of a name an underscore means nothing.
func escape(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		if r == '_' && (i == 0 || i == len(runes)-1 || !letter(runes[i-1]) || !letter(runes[i+1])) {
			runes[i] = '＿'
		}
	}
	return string(runes)
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// A block is a paragraph in every form.
type block struct {
	markdown, plain string
	chat            string // for channels without code blocks; empty: as in markdown
}

func heading(s string) block { return block{markdown: "### " + escape(s), plain: "\n" + s} }

// say is a paragraph that begins with what matters.
func say(word, s string) block {
	return block{markdown: strings.TrimSpace("**" + word + "** " + escape(s)), plain: strings.TrimSpace(word + " " + s)}
}

func item(word, s string) block {
	b := say(word, s)
	return block{markdown: "- " + b.markdown, plain: "- " + b.plain}
}

// link is the only link there is: to the console, made by resource.Kind.
func link(words, url string) block {
	return block{markdown: "[" + words + "](" + url + ")", plain: words + ": " + url}
}

// fence shows lines as they are, to be copied. They hold nothing that ends a code block.
// Where there are no code blocks each is a paragraph, and nothing in it is markup.
func fence(lines ...string) block {
	all := strings.Join(lines, "\n")
	return block{markdown: "```\n" + all + "\n```", plain: all, chat: strings.Join(lines, "\n\n")}
}

// maxCommands bounds the commands of one finding, in bytes.
const maxCommands = 6000

// commands shows calls as command lines to copy, whole ones only. Where they are
// too long, id is the record that has them all.
func commands(words string, calls []cloud.Call, id string) []block {
	var lines []string
	left := maxCommands
	for _, c := range calls {
		line := inert(c.String())
		if left -= size(line); left < 0 {
			break
		}
		lines = append(lines, line)
	}
	blocks := []block{say(words, "")}
	if len(lines) > 0 {
		blocks = append(blocks, fence(lines...))
	}
	if cut := len(calls) - len(lines); cut > 0 {
		blocks = append(blocks, say("Not all.", fmt.Sprintf("%s too long to show: audit record %s has all, in order.", plural(cut, "command"), clean(id, 64))))
	}
	return blocks
}

// inert makes a command line from Call.String safe to show, and leaves what it does as it
// is: what could end a code block, start a line, hide, mention somebody, make a link or,
// where there are no code blocks, be markup is written as bash and zsh write bytes, $'\x0a'.
func inert(command string) string {
	var b strings.Builder
	quoted, flag := false, false
	runes := []rune(command)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if !quoted && r == ' ' {
			flag = i+2 < len(runes) && runes[i+1] == '-' && runes[i+2] == '-' // Permissions.1.PortRange is no host
		}
		flag = flag && r != '='
		quote := !quoted && r == '\\' && i+1 < len(runes) && runes[i+1] == '\'' // how a quote within quotes is written
		switch {
		case quote:
			i++
			b.WriteString(octets('\''))
		case r == '\'':
			quoted = !quoted
			b.WriteRune(r)
		case r == '`' || r != ' ' && (invisible(r) || unicode.IsSpace(r)) || !flag && links(runes, i) || marks(runes, i, quoted):
			if quoted {
				b.WriteString("'" + octets(r) + "'")
			} else {
				b.WriteString(octets(r))
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// octets writes a character as bash and zsh do.
func octets(r rune) string {
	var b strings.Builder
	for _, octet := range []byte(string(r)) {
		fmt.Fprintf(&b, `\x%02x`, octet)
	}
	return "$'" + b.String() + "'"
}

// marks tells whether a character may be markup or a mention. Outside of quotes there is
// only what we have written, and names.
func marks(runes []rune, i int, quoted bool) bool {
	beside := func(at int) bool { return at >= 0 && at < len(runes) && letter(runes[at]) }
	switch runes[i] {
	case '@':
		return !beside(i - 1)
	case '_':
		return !beside(i-1) || !beside(i+1)
	case '*', '<', '>', '[', ']', '~', '|', '\\', '&', '#':
		return quoted
	}
	return false
}

// links tells whether a character makes a link of those around it: a dot within the
// name of a host, or the colon before two slashes.
func links(runes []rune, i int) bool {
	next := func(n int) rune {
		if i+n < len(runes) {
			return runes[i+n]
		}
		return ' '
	}
	switch runes[i] {
	case ':':
		return next(1) == '/' && next(2) == '/'
	case '.', '．', '。', '｡':
		return i > 0 && letter(runes[i-1]) && unicode.IsLetter(next(1))
	}
	return false
}

// A text is a message before it is cut to size. The head and the end are always
// shown; of the items, whole ones from the first.
type text struct {
	title string
	head  []block
	items [][]block
	limit int                    // of items; 0: as many as fit
	end   func(left int) []block // told how many items are not shown
}

const maxMarkdown = 18_000

// into puts the text into a message.
func (t text) into(m *Message) {
	m.Title = t.title
	m.Markdown, m.Plain, m.Chat = t.render()
}

func (t text) render() (markdown, plain, chat string) {
	shown := len(t.items)
	if t.limit > 0 {
		shown = min(shown, t.limit)
	}
	for ; ; shown-- {
		blocks := slices.Concat(t.head, slices.Concat(t.items[:shown]...), t.end(len(t.items)-shown))
		var m, p, c []string
		for _, b := range blocks {
			m, p, c = append(m, b.markdown), append(p, b.plain), append(c, cmp.Or(b.chat, b.markdown))
		}
		markdown, plain, chat = strings.Join(m, "\n\n"), strings.TrimSpace(strings.Join(p, "\n")), strings.Join(c, "\n\n")
		if shown == 0 || max(size(markdown), size(chat)) <= maxMarkdown {
			return markdown, plain, chat
		}
	}
}

// size is how many bytes a text takes in JSON, in which every channel sends it.
func size(s string) int {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string always encodes
	return b.Len() - len("\"\"\n")
}
