package console

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// long is a name without a place to break a line at.
var long = strings.Repeat("averylongname", 9)

// busy is an account with findings of every severity, hostile and endless names, and
// messages of all that happened to it.
func busy(t *testing.T) *Console {
	t.Helper()
	c, page := start(t)
	text := strings.Replace(state, "actiontrail:", "    - {id: sg-"+long+", name: "+long+"}\nactiontrail:", 1)
	if err := c.Load([]byte(text)); err != nil {
		t.Fatal(err)
	}
	page.disturbed.Store(true)
	for _, name := range []string{"bad-server", "hostile-name", "root-key", "stop-trail"} {
		if err := makeMistake(t, page, name); err != nil {
			t.Fatal(err)
		}
	}
	c.Inject(cloud.Fault{Name: "no right to revoke", Action: "ecs:RevokeSecurityGroup", Status: 403, Code: "Forbidden.RAM", Message: "not authorized"})
	if err := makeMistake(t, page, "open-ssh"); err != nil {
		t.Fatal(err)
	}
	titles := func() string {
		all := []string{}
		for _, m := range c.Messages() {
			all = append(all, m.Title, m.Text)
		}
		return strings.Join(all, "\n")
	}
	eventually(t, "the messages", func() error {
		got := titles()
		for _, want := range []string{"root account has an AccessKey", "does not log", "system disk", "3389/3389", "TCP 22/22"} {
			if !strings.Contains(got, want) {
				return fmt.Errorf("no message of %q:\n%s", want, got)
			}
		}
		return nil
	})
	return page
}

// filled waits until the page shows what busy has done.
func filled() chromedp.Action {
	return until(`document.querySelectorAll('#messages li').length >= 5 &&
		['critical', 'high', 'medium', 'low'].every(s => document.querySelector('#findings [data-severity=' + s + ']') || document.querySelector('#findings .rest')?.textContent.includes(s)) &&
		[...document.querySelectorAll('#incidents > li')].some(r => r.dataset.state === 'failed')`)
}

// Everything that can be unfolded is, on whatever view is shown.
const unfold = `document.querySelector('#findings .rest button')?.click(); document.getElementById('older').hidden || document.getElementById('older').click();
	for (const d of document.querySelectorAll('.view:not([hidden]) details:not([open])')) d.open = true;
	for (const b of [...document.querySelectorAll('#records .fold[aria-expanded=false]')].slice(0, 3)) b.click();`

// Colours that are too near each other, by the formula of WCAG 2: text that is seen, and
// what is behind it.
const faded = `(() => {
	const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
	const known = new Map();
	const rgba = (colour) => known.get(colour) || known.set(colour, pixel(colour)).get(colour);
	const pixel = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
	const light = (c) => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c.slice(0, 3); } return [255, 255, 255]; };
	const out = new Set();
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement;
		if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.closest('.hide, script, noscript, option')) continue;
		const [a, b] = [light(rgba(getComputedStyle(e).color).slice(0, 3)), light(behind(e))].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < 4.5) out.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2) + ' ' + texts.currentNode.data.slice(0, 30));
	}
	return [...out];
})()`

// What has no name cannot be used without seeing.
const nameless = `[...document.querySelectorAll('button, select, input, a, summary')].filter(e => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML)`

// No view scrolls sideways at the widths of a phone, a tablet and a small screen,
// whatever is unfolded and whatever things are called; and all of it can be read.
func TestViewsFit(t *testing.T) {
	ctx := browse(t)
	p := busy(t)
	do(t, ctx, "opening the page", look(1024, 768, false), chromedp.Navigate(p.URL()), filled())
	for _, width := range []int64{390, 768, 1024} {
		for _, view := range []string{"now", "messages", "message-0", "message-4", "account", "records", "faults"} {
			name := fmt.Sprintf("%s-%d", view, width)
			do(t, ctx, name, look(width, 844, false), visit(view))
			shot(t, ctx, name)
			for _, step := range []chromedp.Action{chromedp.Tasks{}, chromedp.Tasks{chromedp.Evaluate(unfold, nil),
				until(`[...document.querySelectorAll('.view:not([hidden]) details[open] > .body')].every(b => b.childElementCount)`), chromedp.Evaluate(unfold, nil)}} {
				var wide, controls []string
				var across int64
				do(t, ctx, name, step, chromedp.Evaluate(`document.documentElement.scrollWidth - innerWidth`, &across),
					chromedp.Evaluate(`[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('.hide, .skip, .brand h1 span') && e.getBoundingClientRect().right > innerWidth + .5).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))`, &wide),
					chromedp.Evaluate(nameless, &controls))
				if across > 0 || len(wide) > 0 {
					t.Errorf("%s scrolls %d pixels sideways: %q", name, across, wide)
				}
				if len(controls) > 0 {
					t.Errorf("%s has controls without a name: %v", name, controls)
				}
			}
			shot(t, ctx, name+"-unfolded")
			if width == 768 {
				continue
			}
			for _, dark := range []bool{false, true} {
				var pale []string
				do(t, ctx, name, look(width, 844, dark), chromedp.Evaluate(faded, &pale))
				if len(pale) > 0 {
					t.Errorf("%s (dark: %t) is hard to read: %q", name, dark, pale)
				}
			}
			shot(t, ctx, name+"-dark")
		}
	}
}

// A message that is opened is read from its first line, wherever one was before.
func TestMessageOpensAtItsTop(t *testing.T) {
	ctx := browse(t)
	p := busy(t)
	for _, width := range []int64{390, 768, 1024} {
		do(t, ctx, "opening the page", look(width, 500, false), chromedp.Navigate("about:blank"), chromedp.Navigate(p.URL()), filled())
		for _, from := range []string{"#told li:last-child a", "#messages li:first-child a", "#messages li:last-child a", "#beside a"} {
			where := "messages"
			if strings.HasPrefix(from, "#told") {
				where = "now"
			}
			if from != "#beside a" {
				do(t, ctx, from, visit(where))
			}
			var at struct {
				Scrolled, Inner, Top, Bottom, First float64
				Focused                             bool
				Title, Heading, Text                string
			}
			do(t, ctx, from, chromedp.Evaluate(`scrollTo(0, document.documentElement.scrollHeight); document.querySelector('`+from+`').click()`, nil),
				until(`/^#message-\d+$/.test(location.hash) && document.activeElement.id === 'reader-title'`),
				chromedp.Evaluate(`(() => { const t = document.getElementById('reader-title').getBoundingClientRect(), b = document.getElementById('reader-body').firstElementChild;
					const inner = [...document.querySelectorAll('#reader, #reader *')].reduce((n, e) => Math.max(n, e.scrollTop), 0);
					return { Scrolled: scrollY, Inner: inner, Top: t.top, Bottom: t.bottom, First: b.getBoundingClientRect().bottom, Focused: document.activeElement.id === 'reader-title',
						Title: document.getElementById('reader-title').textContent, Heading: b.textContent, Text: document.getElementById('reader-body').textContent }; })()`, &at))
			if at.Scrolled != 0 || at.Inner != 0 || at.Top < 0 || at.Bottom > 500 || at.First > 500 || !at.Focused {
				t.Errorf("%s at %d: the message opens at %+v", from, width, at)
			}
			// The first line is about what the title says.
			if at.Title == "" || at.Heading == "" || !strings.Contains(at.Text, "Audit record") {
				t.Errorf("%s at %d: %q opens %q", from, width, at.Title, at.Text)
			}
		}
	}
	// A link to a message opens it, also before the page knows of any.
	do(t, ctx, "a link", chromedp.Navigate("about:blank"), chromedp.Navigate(p.URL()+"#message-1"),
		until(`document.getElementById('reader-body').textContent.includes('Audit record') && scrollY === 0`),
		chromedp.Navigate("about:blank"), chromedp.Navigate(p.URL()+"#message-99"), until(`document.getElementById('reader-title').textContent === 'There is no such message'`))
}

// Whoever uses the keyboard, or hears the page, gets to each part of it: one heading for
// the page and one for each view, which is where the way past the navigation leads.
func TestKeyboard(t *testing.T) {
	ctx := browse(t)
	p := busy(t)
	do(t, ctx, "opening the page", look(390, 844, false), chromedp.Navigate(p.URL()), filled())
	for _, view := range []string{"now", "messages", "message-1", "account", "records", "faults"} {
		var at struct {
			Main, Top, Navigation, Current int
			Named                          bool
			Heading, Title, Skipped        string
		}
		do(t, ctx, view, visit(view), chromedp.Evaluate(`(() => {
			const heading = document.activeElement;
			document.activeElement.blur();
			document.querySelector('.skip').click();
			const view = document.querySelector('.view:not([hidden])'), all = (s) => [...document.querySelectorAll(s)].filter(e => e.checkVisibility());
			return { Main: all('main').length, Top: all('h1').length, Navigation: all('nav:not([aria-label])').length, Current: all('#views [aria-current=page]').length,
				Named: [view, ...view.querySelectorAll('section')].every(s => !s.checkVisibility() || !s.hasAttribute('aria-labelledby') || document.getElementById(s.getAttribute('aria-labelledby'))?.textContent.trim()),
				Heading: heading.tagName + heading.textContent, Skipped: document.activeElement.tagName + document.activeElement.textContent, Title: document.title };
		})()`, &at))
		if at.Main != 1 || at.Top != 1 || at.Navigation != 0 || at.Current != 1 || !at.Named || !strings.HasPrefix(at.Heading, "H2") || at.Skipped != at.Heading ||
			at.Title != strings.TrimPrefix(at.Heading, "H2")+" · ecsguard" {
			t.Errorf("%s: %+v", view, at)
		}
	}
}

// What is wrong is told the worst first, by the API and by the page, and at first sight.
func TestWorstFirst(t *testing.T) {
	ctx := browse(t)
	p := busy(t)
	order := []practice.Severity{practice.Critical, practice.High, practice.Medium, practice.Low}
	sorted := func(what string, got []practice.Severity) {
		t.Helper()
		if len(slices.Compact(slices.Clone(got))) != len(order) || !slices.IsSortedFunc(got, func(a, b practice.Severity) int {
			return slices.Index(order, a) - slices.Index(order, b)
		}) {
			t.Errorf("%s: %v", what, got)
		}
	}
	var told []practice.Severity
	for _, f := range p.resources(t.Context()).Findings {
		told = append(told, f.Severity)
	}
	sorted("the API", told)
	do(t, ctx, "opening the page", look(1024, 768, false), chromedp.Navigate(p.URL()), filled(), chromedp.Evaluate(`document.querySelector('#findings .rest button')?.click()`, nil))
	var shown []practice.Severity
	var text string
	do(t, ctx, "findings", chromedp.Evaluate(`[...document.querySelectorAll('#findings > li[data-severity]')].map(li => li.dataset.severity)`, &shown),
		chromedp.Evaluate(`document.querySelector('#findings > li').innerText`, &text))
	sorted("the page", shown)
	if len(shown) != len(told) {
		t.Errorf("the page lists %d findings of %d", len(shown), len(told))
	}
	if !strings.Contains(strings.ToLower(text), "critical") {
		t.Errorf("the first line says %q", text)
	}
	for _, width := range []int64{390, 768, 1024} {
		var bottom float64
		do(t, ctx, "first sight", look(width, 768, false), visit("now"), chromedp.Evaluate(`document.querySelector('#findings > li').getBoundingClientRect().bottom`, &bottom))
		if bottom > 400 {
			t.Errorf("at %d pixels the worst finding ends at %.0f", width, bottom)
		}
	}
	// What is opened stays open, and keeps the keyboard, as news come.
	do(t, ctx, "news", chromedp.Evaluate(`document.querySelector('#findings summary').click(); document.querySelector('#findings summary').focus()`, nil),
		until(`document.querySelector('#findings details').open`))
	if err := makeMistake(t, p, "open-ipv6"); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, "news", until(`document.getElementById('findings').textContent.includes('::/0')`),
		until(`document.querySelector('#findings details[open] summary') === document.activeElement`))
	// A severity that nobody knows comes last and is shown; so is one that is missing.
	var odd []string
	do(t, ctx, "an unknown severity", chromedp.Evaluate(`import('/resources.js').then(m => { m.showResources({ state: {}, errors: [], findings: ['low', 'odd', undefined, 'critical'].map(s => ({ severity: s, title: 't', practice: 'p', resource: 'r', wants: '', will: '', plan: [] })) });
		return [...document.querySelectorAll('#findings .pill')].map(p => p.textContent); })`, &odd, awaited))
	if !slices.Equal(odd, []string{"critical", "low", "odd", "unknown"}) {
		t.Errorf("findings in the order %q", odd)
	}
}

// A name is text in the title and body of a message and in the list of what is wrong.
func TestNamesStayText(t *testing.T) {
	ctx := browse(t)
	p := busy(t)
	do(t, ctx, "opening the page", look(390, 844, false), chromedp.Navigate(p.URL()), filled())
	var made []string
	var text, body string
	for n := range p.cloud.Messages() {
		do(t, ctx, "a message", visit(fmt.Sprintf("message-%d", n)), chromedp.Evaluate(unfold, nil),
			chromedp.Evaluate(`[...document.querySelectorAll('img:not([src="/favicon.svg"]), script:not([src]), [onerror], iframe, #reader-title *, #findings b *, a:not([href^="#"]):not([href^="https://"]):not([href="/api/state"])')].map(e => e.outerHTML)`, &made),
			chromedp.Text("#reader-body", &body))
		text += body
		if len(made) > 0 {
			t.Errorf("message %d: names made elements: %q", n, made)
		}
	}
	if !strings.Contains(text, "＜img src=x onerror=alert(1)＞") {
		t.Errorf("no message has the name in letters that do nothing:\n%s", text)
	}
	// A command is copied as it is run, whatever keeps it readable.
	var copied string
	undo := `aliyun ecs X --Name 'a  b-c' --long-` + long + "\n  --next -1"
	do(t, ctx, "a command", chromedp.Evaluate(fmt.Sprintf("import('/dom.js').then(m => { m.fill(document.getElementById('reader-body'), m.h('pre', {}, m.words(%q))); const all = document.createRange(); all.selectNodeContents(document.querySelector('#reader-body pre')); getSelection().removeAllRanges(); getSelection().addRange(all); return getSelection().toString(); })", undo), &copied, awaited))
	if copied != undo {
		t.Errorf("the command %q is copied as %q", undo, copied)
	}
	do(t, ctx, "names", visit("now"), chromedp.Evaluate(unfold, nil), chromedp.Evaluate(`document.getElementById('findings').textContent`, &text))
	if !strings.Contains(text, Hostile) {
		t.Errorf("the list of what is wrong does not name %s:\n%s", Hostile, text)
	}
	// Titles, texts and severities of any kind.
	evil, err := json.Marshal(`[critical] <img src=x onerror=alert(1)> [x](javascript:alert(1)) ` + long)
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, "a hostile message", chromedp.Evaluate(`import('/messages.js').then(m => { m.forgetMessages(); m.addMessages(0, [{ title: `+string(evil)+`, text: `+string(evil)+`, type: 'text', time: '2026-01-01T00:00:00Z' }, { title: '', text: '', type: 'markdown', time: '' }]); return 1; })`, nil, awaited),
		visit("message-1"), visit("message-0"), until(`document.getElementById('reader-title').textContent.startsWith('<img src=x onerror=alert(1)>')`),
		chromedp.Evaluate(`[...document.querySelectorAll('#reader-title *, #reader-body p *, img:not([src="/favicon.svg"])')].map(e => e.outerHTML)`, &made))
	if len(made) > 0 {
		t.Errorf("a hostile message made elements: %q", made)
	}
	var across int64
	do(t, ctx, "its width", chromedp.Evaluate(`document.documentElement.scrollWidth - innerWidth`, &across))
	if across > 0 {
		t.Errorf("a hostile message is %d pixels too wide", across)
	}
}

// The pictures of README come from the page itself: ECSGUARD_PICTURES says where they
// are kept, and without it they are made all the same and thrown away.
func TestPictures(t *testing.T) {
	ctx := browse(t)
	_, p := start(t)
	dir := cmp.Or(os.Getenv("ECSGUARD_PICTURES"), t.TempDir())
	do(t, ctx, "opening the page", look(1024, 768, false), chromedp.Navigate(p.URL()), until(`document.querySelectorAll('#mistakes button').length > 5`))
	for n, name := range []string{"bad-server", "root-key", "stop-trail", "open-ssh"} {
		if err := makeMistake(t, p, name); err != nil {
			t.Fatal(err)
		}
		do(t, ctx, name, until(fmt.Sprintf(`document.querySelectorAll('#messages li').length >= %d`, n+1)),
			until(`[...document.querySelectorAll('#incidents > li')].every(r => ['fixed', 'awaiting', 'good', 'unwanted'].includes(r.dataset.state))`))
	}
	keep := func(name string, width, height int64, scale float64, dark bool, view string) {
		var picture []byte
		do(t, ctx, name, look(width, height, dark), chromedp.ActionFunc(func(ctx context.Context) error {
			return emulation.SetDeviceMetricsOverride(width, height, scale, false).Do(ctx)
		}), visit(view), chromedp.Evaluate(`document.activeElement.blur()`, nil), chromedp.ActionFunc(func(ctx context.Context) (err error) {
			picture, err = page.CaptureScreenshot().Do(ctx)
			return err
		}))
		small, err := squeeze(picture)
		if err != nil {
			t.Fatal(err)
		}
		if len(small) > most200K {
			t.Errorf("%s has %d bytes", name, len(small))
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), small, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	keep("console", 1024, 1040, 1.5, false, "now")
	keep("console-dark", 1024, 1040, 1.5, true, "now")
	newest := fmt.Sprintf("message-%d", len(p.cloud.Messages())-1)
	keep("message", 390, 844, 2, false, newest)
	keep("message-dark", 390, 844, 2, true, newest)
}

// README shows pictures that are there, and that load fast.
func TestPicturesOfREADME(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`docs/images/[\w.-]+`).FindAllString(string(text), -1)
	if len(named) < 3 {
		t.Errorf("README shows %q", named)
	}
	for _, name := range named {
		if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil || info.Size() > most200K {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

const most200K = 200 << 10

// squeeze makes a picture smaller: of a page's few colours, the most frequent 256 are kept.
func squeeze(picture []byte) ([]byte, error) {
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	times, b := map[color.Color]int{}, from.Bounds()
	at := func(x, y int) color.Color { return color.NRGBAModel.Convert(from.At(x, y)) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			times[at(x, y)]++
		}
	}
	colours := make(color.Palette, 0, len(times))
	for c := range times {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.Color) int {
		return cmp.Or(times[b]-times[a], strings.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	to, place := image.NewPaletted(b, colours[:min(len(colours), 256)]), map[color.Color]uint8{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := at(x, y)
			if _, known := place[c]; !known {
				place[c] = uint8(to.Palette.Index(c))
			}
			to.SetColorIndex(x, y, place[c])
		}
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to)
	return out.Bytes(), err
}
