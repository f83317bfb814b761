package message

import (
	"fmt"
	"slices"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A Block is a part of what is said, without markup: how it looks is each channel's own. Lead
// and Text are inert as text.go leaves them, in every channel. Characters that are still markup
// to one channel (an underscore, an ampersand) have to be escaped by that channel.
type Block struct {
	Kind   Kind
	Weight Weight
	Lead   string   // the words that a sentence begins with, and by which it is found
	Text   string   // of a link, what it says
	URL    string   // of a link, or what an item leads to; from ConsoleURL, or empty
	Lines  []string // of commands: each is copied whole, or not shown at all
	All    string   // of commands: where all of them are, if not all are shown
}

// A Kind is what a block is for.
type Kind int

// The kinds.
const (
	Sentence Kind = iota // a paragraph, which may have a lead
	Heading
	Item     // a sentence of a list
	Link     // to the console
	Commands // lines to copy, after a sentence, which may be empty
	Command  // such a line by itself, for a channel that has no code blocks
)

// A Weight is how important a block is to the reader. If a channel has too little room, the
// lightest blocks are dropped first.
type Weight int

// The weights.
const (
	Ordinary Weight = iota
	Minor           // good to know
	Vital           // what is wrong, what was done, where: shortened at worst, and never left out
)

// A Body is what is said. The head and the end are shown; of the items, whole ones from the
// first.
type Body struct {
	Head  []Block
	Items [][]Block
	Most  int                    // items that people can take in; 0: as many as fit
	End   func(left int) []Block // told how many items are not shown; nil: nothing is said
}

// Shown is how many items are shown where there is room.
func (b Body) Shown() int {
	if b.Most > 0 {
		return min(len(b.Items), b.Most)
	}
	return len(b.Items)
}

// Blocks is the body with so many items.
func (b Body) Blocks(items int) []Block {
	blocks := slices.Concat(b.Head, slices.Concat(b.Items[:items]...))
	if b.End != nil {
		blocks = append(blocks, b.End(len(b.Items)-items)...)
	}
	return blocks
}

func heading(s string) Block { return Block{Kind: Heading, Weight: Vital, Text: s} }

// say is a paragraph that begins with what matters.
func say(lead, s string) Block { return Block{Lead: lead, Text: s} }

func item(lead, s string) Block { return Block{Kind: Item, Lead: lead, Text: s} }

// link is the only link there is: to the console, made by ConsoleURL.
func link(words, url string) Block { return Block{Kind: Link, Text: words, URL: url} }

// run is a sentence and lines to copy. The lines contain nothing that ends a code block and,
// where there are no code blocks, nothing that is markup.
func run(lead, s string, lines ...string) Block {
	return Block{Kind: Commands, Lead: lead, Text: s, Lines: lines}
}

func vital(b Block) Block {
	b.Weight = Vital
	return b
}

func minor(b Block) Block {
	b.Weight = Minor
	return b
}

// commands is calls as command lines to copy. Where they are too long for a channel, id is
// the record that has them all.
func commands(words string, calls []cloud.Call, id string) Block {
	b := run(words, "")
	b.All = fmt.Sprintf("audit record %s has all, in order", Clean(id, maxName))
	for _, c := range calls {
		b.Lines = append(b.Lines, inert(c.String()))
	}
	return b
}
