package channel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/message"
)

// Limits are what a receiver takes of a text, and what it makes of it.
type Limits struct {
	Bytes      int  // of a text in JSON, in which every channel sends it
	Lines      int  // 0: as many as there are
	Commands   int  // bytes of the commands of one block: more than a screen of them is not read
	CodeBlocks bool // else each command is a paragraph
	Links      bool // else there are none
}

// Full is what reads best where a receiver sets no limit. The bytes are what fits into the
// smallest of the large ones, and as much as anybody reads at night.
var Full = Limits{Bytes: 18_000, Commands: 6_000, CodeBlocks: true, Links: true}

// leastBytes is what a heading, what was done, where, and what is missing take.
const leastBytes = 500

// Fit is what is shown of a message under the limits in all the forms that it is sent in.
// What is left out is said. Items go first, then what is of the least weight, the last of it
// first. Commands stay as long as anything else can go, and are shown whole or not at all.
func (l Limits) Fit(m message.Message, forms ...Form) []message.Block {
	for shown := m.Body.Shown(); ; shown-- {
		p := l.page(m.Body.Blocks(shown))
		fits := func() bool { return l.hold(p.blocks(), forms) }
		if fits() {
			return p.blocks()
		}
		if shown == 0 {
			return p.squeeze(fits)
		}
	}
}

// Render is a message in one form, under the limits.
func (l Limits) Render(m message.Message, form Form) string { return form(l.Fit(m, form)) }

// hold tells whether the limits hold in all forms.
func (l Limits) hold(blocks []message.Block, forms []Form) bool {
	return !slices.ContainsFunc(forms, func(form Form) bool {
		text := form(blocks)
		return Size(text) > l.Bytes || l.Lines > 0 && strings.Count(text, "\n") >= l.Lines
	})
}

// Size is how many bytes a text takes in JSON.
func Size(s string) int {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string always encodes
	return b.Len() - len("\"\"\n")
}

// A page is what is shown, and what is not.
type page struct {
	limits  Limits
	parts   []part
	dropped bool // a part, or the end of one
}

type part struct {
	message.Block
	cut int // commands that are not shown
}

// page makes parts of what the limits let through at all.
func (l Limits) page(blocks []message.Block) *page {
	p := &page{limits: l}
	for _, b := range blocks {
		if !l.Links {
			if b.URL = ""; b.Kind == message.Link {
				continue
			}
		}
		shown, left := 0, l.Commands
		for _, line := range b.Lines {
			if left -= Size(line); left < 0 {
				break
			}
			shown++
		}
		cut := len(b.Lines) - shown
		b.Lines = b.Lines[:shown]
		p.parts = append(p.parts, part{b, cut})
	}
	return p
}

// blocks are the parts as they are shown, with what is said of those that are not.
func (p *page) blocks() []message.Block {
	var out []message.Block
	for _, x := range p.parts {
		b := x.Block
		if b.Kind == message.Commands && !p.limits.CodeBlocks {
			lines := b.Lines
			b.Kind, b.Lines = message.Sentence, nil
			if b.Lead+b.Text != "" {
				out = append(out, b)
			}
			for _, line := range lines {
				out = append(out, message.Block{Kind: message.Command, Text: line})
			}
		} else {
			out = append(out, b)
		}
		if x.cut > 0 {
			out = append(out, message.Block{Lead: "Not all.", Text: missing(x.cut, x.All)})
		}
	}
	if p.dropped {
		out = append(out, message.Block{Lead: "Shortened:", Text: "this channel takes no more."})
	}
	return out
}

func missing(commands int, where string) string {
	s := fmt.Sprintf("%d commands too long to show", commands)
	if commands == 1 {
		s = "1 command too long to show"
	}
	if where != "" {
		s += ": " + where
	}
	return s + "."
}

// squeeze makes the page fit.
func (p *page) squeeze(fits func() bool) []message.Block {
	p.dropped = true
	for _, w := range []message.Weight{message.Minor, message.Ordinary} {
		for i := len(p.parts) - 1; i >= 0 && !fits(); i-- {
			if x := p.parts[i]; x.Weight == w && x.Kind != message.Commands {
				p.parts = slices.Delete(p.parts, i, i+1)
			}
		}
	}
	for i := len(p.parts) - 1; i >= 0; i-- {
		for len(p.parts[i].Lines) > 0 && !fits() {
			x := &p.parts[i]
			x.Lines, x.cut = x.Lines[:len(x.Lines)-1], x.cut+1
		}
	}
	for !fits() && p.shorten() {
	}
	return p.blocks()
}

// shorten halves the longest text. It reports whether there was one.
func (p *page) shorten() bool {
	const least = 16 // characters: of fewer nobody makes sense
	longest, at := least, -1
	for i, x := range p.parts {
		if n := len([]rune(x.Text)); n > longest {
			longest, at = n, i
		}
	}
	if at < 0 {
		return false
	}
	text := []rune(p.parts[at].Text)
	p.parts[at].Text = strings.TrimRight(string(text[:len(text)/2]), " …") + "…"
	return true
}
