package message

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes one line of at most limit characters out of text from outside, which is
// only ever text: no control characters, nothing invisible, nothing that turns the
// direction of writing around, no invalid UTF-8, and nothing that some channel could
// take for markup, a mention or a link. Not every channel's Markdown has a way to
// escape, and plain text is not always shown as such.
func Clean(s string, limit int) string {
	var out []rune
	space := false
	for _, r := range s { // an invalid byte is U+FFFD
		if unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' {
			space = len(out) > 0
			continue
		}
		if Invisible(r) {
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

// Invisible tells whether a character is not visible: control and format characters, private
// use, unassigned code points, fillers such as U+3164, and the empty Braille pattern.
func Invisible(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800'
}

// mute defuses an @ that could be read as a mention. The @ of an address (alice@example.com)
// stays.
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

// Chat programs turn text that looks like a host name into a link. They also accept these other
// dots.
var (
	host        = regexp.MustCompile(`[\p{L}\p{N}_-]+(?:[.．。｡][\p{L}\p{N}_-]+)*[.．。｡]\p{L}[\p{L}\p{N}-]+`)
	dots        = strings.NewReplacer(".", "(.)", "．", "(.)", "。", "(.)", "｡", "(.)")
	serviceHost = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.console)?\.aliyun(cs)?\.com$`)                                         // who acts, in events
	errorCode   = regexp.MustCompile(`^(Forbid|NoPerm|Invalid|Incorre|Operation|Throttl|Service)[A-Za-z]*(\.[A-Z][A-Za-z]+)+$`) // people look these up
	ownFile     = regexp.MustCompile(`^(ecsguard|s)\.yaml$`)
	parameter   = regexp.MustCompile(`^--[A-Z][A-Za-z]*(\.[0-9]+)?\.[A-Z][A-Za-z0-9]+$`)                                                     // of a command: --Permissions.1.PortRange, --Features.ImdsSupport
	instance    = regexp.MustCompile(`^ecs\.([a-z]+[0-9][a-z0-9-]*|[a-z]{1,4}[0-9]{1,2}[a-z]{0,3}\.([0-9]{0,3}x?large|nano|small|medium))$`) // ecs.g7t, ecs.g7.2xlarge
)

// unlink defuses host names, so that no program makes a link of them.
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
			parameter.MatchString(name) || instance.MatchString(name)
		if known && !path {
			b.WriteString(name)
		} else {
			b.WriteString(dots.Replace(name))
		}
	}
	return b.String() + s[end:]
}

// commandLine is a command that a practice has written into an advice, as Call.String writes it. A dot at
// its end is that of the sentence.
var commandLine = regexp.MustCompile(`aliyun [a-z0-9]+ [A-Z][A-Za-z0-9]+(?: --[A-Za-z0-9.-]*[A-Za-z0-9](?:[ =](?:'[^']*'|\\'|[A-Za-z0-9_./:=,@+-]*[A-Za-z0-9_/:=@+-])+)?)+`)

// ends is what may follow a command in a sentence.
var ends = regexp.MustCompile(`^[.,;:)]*(?: |$)`)

// Advise is Clean for an advice: the commands in it stay what they are, so that they can be pasted. One for
// which there is no room is left out whole.
func Advise(s string, limit int) string {
	var parts []string
	left := limit
	add := func(part string) bool {
		if part == "" {
			return true
		}
		if left -= utf8.RuneCountInString(part) + 1; left < -limit { // commands may take as much again
			parts = append(parts, "…")
			return false
		}
		parts = append(parts, part)
		return true
	}
	end := 0
	for _, at := range commandLine.FindAllStringIndex(s, -1) {
		if before, after := s[:at[0]], s[at[1]:]; before != "" && !strings.HasSuffix(before, " ") && !strings.HasSuffix(before, "(") || !ends.MatchString(after) {
			continue // what it would be joined to might make another thing of it
		}
		command := s[at[0]:at[1]]
		if Clean(command, 2*limit) != command {
			command = inert(command)
		}
		if !add(fitted(s[end:at[0]], limit)) || !add(command) {
			return strings.Join(parts, "")
		}
		end = at[1]
	}
	add(fitted(s[end:], limit))
	return strings.Join(parts, "")
}

// fitted is Clean for a part of a text, with the blanks at its ends.
func fitted(s string, limit int) string {
	clean := Clean(s, limit)
	if clean == "" {
		return ""
	}
	if strings.HasPrefix(s, " ") {
		clean = " " + clean
	}
	if strings.HasSuffix(s, " ") {
		clean += " "
	}
	return clean
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

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
		case r == '`' || r != ' ' && (Invisible(r) || unicode.IsSpace(r)) || !flag && links(runes, i) || marks(runes, i, quoted):
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
	case '[': // the list ["i-1"] is none
		return quoted && !(i+1 < len(runes) && runes[i+1] == '"')
	case ']':
		return quoted && !(i > 0 && runes[i-1] == '"' && i+1 < len(runes) && runes[i+1] == '\'')
	case '*', '<', '>', '~', '|', '\\', '&', '#':
		return quoted
	}
	return false
}

// links tells whether a character makes its surroundings a link: a dot within a host name, or
// the colon before two slashes.
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
