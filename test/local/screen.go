package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// screen is where the demo writes: a terminal, or whatever reads its output.
type screen struct {
	mu      sync.Mutex
	out     io.Writer
	colours bool
	width   int  // of a line that is shortened
	all     bool // everything is shown, not three lines a step
}

// What is not a terminal gets lines of this width. Longer ones are not read.
const usualWidth, widest = 110, 140

// screenOf is standard output, with colours only where somebody looks at it and has
// not asked for none (no-color.org).
func screenOf(f *os.File, all bool) *screen {
	s := &screen{out: f, width: usualWidth, all: all}
	if !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.colours = coloured()
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		s.width = min(width, widest)
	}
	return s
}

func coloured() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }

// style is how something looks on a terminal, by the terminal's own colours.
type style string

const (
	plain  style = ""
	strong style = "1"
	faint  style = "2"
	good   style = "32"
	warn   style = "33"
	bad    style = "1;31"
	ours   style = "36"
)

func (s *screen) paint(with style, text string) string {
	if !s.colours || with == plain || text == "" {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

func (s *screen) printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.out, format, args...) // whoever read it has gone
}

// A part is a piece of a line.
type part struct {
	with style
	text string
}

// line prints parts in one line, shortened to the screen.
func (s *screen) line(parts ...part) { s.lineTo("", parts...) }

// lineTo prints parts in one line, shortened so that an end stays whole.
func (s *screen) lineTo(end string, parts ...part) {
	runes := []rune{}
	styles := []style{} // of each rune
	for _, p := range parts {
		for _, r := range inert(p.text) {
			runes, styles = append(runes, r), append(styles, p.with)
		}
	}
	if most := max(1, s.width-utf8.RuneCountInString(end)); len(runes) > most {
		cut := most - 1
		for cut > 0 && strings.ContainsRune(",;: ", runes[cut-1]) && styles[cut-1] == styles[most-1] {
			cut--
		}
		runes = append(runes[:cut], '…')
	}
	out := strings.Builder{}
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && styles[to] == styles[from] {
			to++
		}
		out.WriteString(s.paint(styles[from], string(runes[from:to])))
		from = to
	}
	s.printf("%s%s\n", out.String(), s.paint(faint, inert(end)))
}

// inert is a text that stays in its line and cannot steer a terminal: names in it are
// whatever somebody has called a resource.
func inert(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, text)
}

// soon is after how long people begin to wonder whether anything still happens.
const soon = 3 * time.Second

// while does something, and says every few seconds that it is still at it.
func (s *screen) while(what func() string, do func() error) error {
	done, said := make(chan struct{}), sync.WaitGroup{}
	said.Go(func() {
		begun, tick := time.Now(), time.NewTicker(soon)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				s.line(part{faint, fmt.Sprintf("  … %s, %d s so far", cmp.Or(what(), "waiting"), int(time.Since(begun).Seconds()))})
			}
		}
	})
	err := do()
	close(done)
	said.Wait()
	return err
}
