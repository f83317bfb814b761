package secret

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A layer is a text, and what had to be opened to read it.
type layer struct {
	text   string
	within string
}

// What is opened is bounded: somebody else has written it.
const (
	deepest    = 6       // wrappings within each other
	mostLayers = 2000    // texts in all
	mostBytes  = 1 << 20 // in all of them
)

// layers are a text and all that is wrapped in it: base64 as a whole, in parts of a MIME
// message or anywhere else, of any length from that of an AccessKey ID; gzip; quoted-printable;
// UTF-16 as PowerShell takes it. A MIME message needs no reading of its own: its parts are
// one of these, or stand there plainly.
func layers(text []byte) (all []layer, complete bool) {
	o := opener{seen: map[string]bool{}}
	o.open(text, "", 0)
	return o.all, !o.short
}

type opener struct {
	all   []layer
	bytes int
	seen  map[string]bool
	short bool // not everything was opened
}

func (o *opener) open(text []byte, within string, depth int) {
	if len(text) == 0 || o.seen[string(text)] {
		return
	}
	if depth > deepest || len(o.all) >= mostLayers || o.bytes >= mostBytes {
		o.short = true
		return
	}
	if room := mostBytes - o.bytes; len(text) > room {
		text, o.short = text[:room], true
	}
	o.seen[string(text)] = true
	o.bytes += len(text)
	if plain, all := gunzip(text, mostBytes-o.bytes); plain != nil {
		o.short = o.short || !all
		o.open(plain, join(within, "gzip"), depth+1)
		return
	}
	text = narrow(text)
	o.all = append(o.all, layer{string(text), within})
	if bytes.Contains(bytes.ToLower(text), []byte("quoted-printable")) {
		// What is no such part may end the reading early: what was read until then counts.
		plain, _ := io.ReadAll(io.LimitReader(quotedprintable.NewReader(bytes.NewReader(text)), mostBytes))
		o.open(plain, join(within, "quoted-printable"), depth+1)
	}
	for _, run := range runs(string(text)) {
		if plain := decode(run); plain != nil && (readable(plain) || gzipped(plain)) {
			o.open(plain, join(within, "base64"), depth+1)
		}
	}
}

func join(within, more string) string {
	if within == "" {
		return more
	}
	return within + ", " + more
}

var manyRuns = regexp.MustCompile(`(?:[0-9A-Za-z+/]{20,}[ \t]*(?:\r?\n|\\n)[ \t]*)+[0-9A-Za-z+/]*={0,2}`)

// runs are what may be base64 in a text: words, and lines that belong together.
func runs(text string) []string {
	all := manyRuns.FindAllString(text, -1)
	for _, at := range spans(text, letters+"+/_-", len("LTAI0000000000000000")) {
		all = append(all, text[at[0]:at[1]])
	}
	return all
}

// decode reads base64 of either alphabet, with or without its end; nil: it is none.
func decode(run string) []byte {
	run = strings.TrimRight(blank.Replace(run), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(run, "-_") {
		encoding = base64.RawURLEncoding
	}
	plain, err := encoding.DecodeString(run)
	if err != nil {
		return nil
	}
	return plain
}

func gzipped(text []byte) bool { return len(text) > 2 && text[0] == 0x1f && text[1] == 0x8b }

// gunzip unpacks, and tells whether that is all; nil: there is nothing to unpack. What is cut
// off counts as far as it goes.
func gunzip(text []byte, most int) (plain []byte, all bool) {
	if !gzipped(text) {
		return nil, true
	}
	r, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, true
	}
	plain, _ = io.ReadAll(io.LimitReader(r, int64(most)+1)) // as above
	return plain[:min(len(plain), most)], len(plain) <= most
}

// narrow writes UTF-16 of plain letters as bytes.
func narrow(text []byte) []byte {
	if zeros := bytes.Count(text, []byte{0}); len(text) < 8 || zeros*5 < len(text)*2 {
		return text
	}
	return bytes.ReplaceAll(text, []byte{0}, nil)
}

// readable tells whether something is mostly text: what no base64 was decodes to noise, of
// which a third is.
func readable(text []byte) bool {
	text = narrow(text)
	plain := 0
	for _, r := range string(text) {
		if r >= ' ' && r != utf8.RuneError && r != 0x7f || r == '\n' || r == '\r' || r == '\t' {
			plain += utf8.RuneLen(r)
		}
	}
	return plain*10 >= len(text)*7
}
