package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// clean makes one line of at most limit characters out of text from outside:
// no control characters, nothing invisible, nothing that turns the direction of
// writing around, no invalid UTF-8.
func clean(s string, limit int) string {
	var out []rune
	space := false
	for _, r := range s { // an invalid byte is U+FFFD
		if unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' {
			space = len(out) > 0
			continue
		}
		if !unicode.IsGraphic(r) { // controls, formats, private use, unassigned
			continue
		}
		if space {
			out, space = append(out, ' '), false
		}
		if len(out) >= limit {
			return mute(strings.TrimRight(string(out[:limit-1]), " ") + "…")
		}
		out = append(out, r)
	}
	return mute(string(out))
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

// A backslash works where the reader's Markdown knows it; where it does not, it
// still stands between the characters that would make a link or a code block.
// Addresses are broken up because chat programs make links of them unasked.
var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`,
	`<`, `\<`, `>`, `\>`, `#`, `\#`, `|`, `\|`, `~`, `\~`, `!`, `\!`, `://`, `: //`, `www.`, `www .`)

func escape(s string) string { return markup.Replace(s) }

// A block is a paragraph in both forms.
type block struct{ markdown, plain string }

func heading(s string) block { return block{"### " + escape(s), "\n" + s} }

// say is a paragraph that begins with what matters.
func say(word, s string) block {
	return block{strings.TrimSpace("**" + word + "** " + escape(s)), strings.TrimSpace(word + " " + s)}
}

func item(word, s string) block {
	b := say(word, s)
	return block{"- " + b.markdown, "- " + b.plain}
}

// link is the only link there is: to the console, made by ConsoleURL.
func link(words, url string) block {
	return block{"[" + words + "](" + url + ")", words + ": " + url}
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
		all := strings.Join(lines, "\n")
		blocks = append(blocks, block{"```\n" + all + "\n```", all})
	}
	if cut := len(calls) - len(lines); cut > 0 {
		blocks = append(blocks, say("Not all.", fmt.Sprintf("%s too long to show: audit record %s has all, in order.", plural(cut, "command"), clean(id, 64))))
	}
	return blocks
}

// inert makes a command line from Call.String safe to show in a code block, and
// leaves what it does as it is: what could end the block, start a line or hide
// is written as bash and zsh write bytes, $'\x0a'.
func inert(command string) string {
	var b strings.Builder
	quoted, escaped := false, false
	for _, r := range command {
		if r == '`' || r != ' ' && (!unicode.IsGraphic(r) || unicode.IsSpace(r)) {
			quote := ""
			if quoted {
				quote = "'"
			}
			b.WriteString(quote + "$'")
			for _, octet := range []byte(string(r)) {
				fmt.Fprintf(&b, `\x%02x`, octet)
			}
			b.WriteString("'" + quote)
		} else {
			b.WriteRune(r)
		}
		switch {
		case escaped:
			escaped = false
		case r == '\\' && !quoted:
			escaped = true
		case r == '\'':
			quoted = !quoted
		}
	}
	return b.String()
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

func (t text) render() (markdown, plain string) {
	shown := len(t.items)
	if t.limit > 0 {
		shown = min(shown, t.limit)
	}
	for ; ; shown-- {
		blocks := slices.Concat(t.head, slices.Concat(t.items[:shown]...), t.end(len(t.items)-shown))
		var m, p []string
		for _, b := range blocks {
			m, p = append(m, b.markdown), append(p, b.plain)
		}
		markdown, plain = strings.Join(m, "\n\n"), strings.TrimSpace(strings.Join(p, "\n"))
		if shown == 0 || size(markdown) <= maxMarkdown {
			return markdown, plain
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
