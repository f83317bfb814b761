package channel

import (
	"strings"
	"unicode"

	"github.com/ecsguard/ecsguard/shared/message"
)

// A Form makes text of blocks. It escapes what is markup where it is shown: message has
// only made inert what no channel may show. Lines of commands it leaves as they are.
type Form func([]message.Block) string

// Plain is text without markup.
func Plain(blocks []message.Block) string {
	var parts []string
	for _, b := range blocks {
		sentence := strings.TrimSpace(b.Lead + " " + b.Text)
		switch b.Kind {
		case message.Heading:
			sentence = "\n" + sentence
		case message.Item:
			sentence = "- " + sentence
		}
		switch {
		case b.URL == "":
		case b.Kind == message.Link:
			sentence += ": " + b.URL
		default:
			sentence += " " + b.URL
		}
		if sentence != "" {
			parts = append(parts, sentence)
		}
		parts = append(parts, b.Lines...)
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// Markdown is what most chat programs read: headings, bold, lists, links, code blocks.
func Markdown(blocks []message.Block) string {
	var parts []string
	for _, b := range blocks {
		text := escape(b.Text)
		sentence := text
		if b.Lead != "" {
			sentence = strings.TrimSpace("**" + escape(b.Lead) + "** " + text)
		}
		switch b.Kind {
		case message.Heading:
			sentence = "### " + sentence
		case message.Item:
			sentence = "- " + sentence
			if b.URL != "" {
				sentence += " [console](" + b.URL + ")"
			}
		case message.Link:
			sentence = "[" + text + "](" + b.URL + ")"
		case message.Command:
			sentence = b.Text
		}
		if sentence != "" {
			parts = append(parts, sentence)
		}
		if len(b.Lines) > 0 {
			parts = append(parts, "```\n"+strings.Join(b.Lines, "\n")+"\n```")
		}
	}
	return strings.Join(parts, "\n\n")
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
