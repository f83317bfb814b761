package main

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// pictured is how wide a terminal of the picture is, in characters.
const pictured = 104

var painted = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// picture draws what a terminal shows as an SVG. Each piece of a line says where it
// begins and how wide it is, so that it looks the same with any font.
func picture(text string) []byte {
	const across, down, margin = 8.4, 20, 18
	text = "\x1b[32m$\x1b[0m make demo\n" + strings.TrimRight(text, "\n")
	lines := strings.Split(text, "\n")
	width, height := pictured*84/10+2*margin, len(lines)*down+2*margin+6
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="What make demo prints">
<style>
rect { fill: #161b22; stroke: #30363d }
text { fill: #e6edf3; font: 14px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
.s1 { font-weight: 700 } .s2 { fill: #9aa4af } .s32 { fill: #56d364 } .s33 { fill: #e3b341 } .s36 { fill: #56d4dd } .s1-31 { fill: #ff7b72; font-weight: 700 }
</style>
<rect x=".5" y=".5" width="%d" height="%d" rx="9"/>
`, width, height, width, height, width-1, height-1)
	for n, line := range lines {
		column, class := 0, ""
		draw := func(text string) {
			runes := len([]rune(text))
			if strings.TrimSpace(text) != "" {
				fmt.Fprintf(&b, `<text x="%.1f" y="%d" textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve"%s>%s</text>`+"\n",
					margin+float64(column)*across, margin+14+n*down, float64(runes)*across, class, html.EscapeString(text))
			}
			column += runes
		}
		for {
			at := painted.FindStringSubmatchIndex(line)
			if at == nil {
				draw(line)
				break
			}
			draw(line[:at[0]])
			class = ""
			if code := line[at[2]:at[3]]; code != "0" && code != "" {
				class = ` class="s` + strings.ReplaceAll(code, ";", "-") + `"`
			}
			line = line[at[1]:]
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}
