package practice

import "strings"

// Title is what the practice asks for: the first line of doc.go after "Package x: ".
func (p *Practice) Title() string {
	first, _, _ := strings.Cut(comment(p.Doc), "\n")
	_, title, _ := strings.Cut(first, ": ")
	return strings.TrimSuffix(title, ".")
}

// Section is the text under one heading of doc.go, without its line breaks.
func (p *Practice) Section(heading string) string {
	_, rest, found := strings.Cut(comment(p.Doc), "\n# "+heading+"\n")
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, "\n# ")
	return strings.TrimSpace(text)
}

// comment is the package comment of a Go file without its markers.
func comment(file string) string {
	var b strings.Builder
	for line := range strings.Lines(file) {
		text, ok := strings.CutPrefix(line, "//")
		if !ok {
			break
		}
		b.WriteString(strings.TrimPrefix(text, " "))
	}
	return b.String()
}
