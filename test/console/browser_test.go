package console

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browse opens a headless Chromium. The test is skipped where there is none.
func browse(t *testing.T) context.Context {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			binary = found
			break
		}
	}
	if binary == "" {
		if os.Getenv("ECSGUARD_BROWSER") != "" {
			t.Fatal("no chromium is installed, and ECSGUARD_BROWSER says that this test must run: make browser")
		}
		t.Skip("the page is not tested: no chromium is installed (make browser installs it, as root on Debian)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile(t)),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-proxy-server", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	// It complains of events that are newer than itself.
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() { // it has gone before its folder goes
		if c := chromedp.FromContext(ctx); c.Browser != nil {
			_ = chromedp.Cancel(ctx)
			c.Allocator.Wait()
		}
		cancel()
	})
	ctx, end := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(end)
	return ctx
}

// do runs steps in the browser.
func do(t *testing.T, ctx context.Context, what string, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// until waits for an expression to be true in the page. chromedp's own Poll makes a
// function of a string, which the page's policy refuses.
func until(expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for end := time.Now().Add(45 * time.Second); time.Now().Before(end); {
			var is bool
			if err := chromedp.Evaluate(expression, &is).Do(ctx); err != nil {
				return err
			}
			if is {
				return nil
			}
			if err := chromedp.Sleep(100 * time.Millisecond).Do(ctx); err != nil {
				return err
			}
		}
		var text string
		_ = chromedp.Evaluate(`document.querySelector('main').innerText`, &text).Do(ctx) // to say what was there instead
		return fmt.Errorf("not within 45 s: %s\n%s", expression, text)
	})
}

// awaited waits for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// look emulates a screen.
func look(width, height int64, dark bool) chromedp.Action {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return chromedp.Tasks{chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		until(fmt.Sprintf("innerWidth === %d && matchMedia('(prefers-color-scheme: %s)').matches", width, scheme))}
}

// visit shows a view of the page, from its top.
func visit(view string) chromedp.Action {
	return chromedp.Tasks{chromedp.Evaluate(`location.hash = '`+view+`'; scrollTo(0, 0)`, nil),
		until(`location.hash === '#` + view + `' && document.querySelectorAll('.view:not([hidden])').length === 1`)}
}

// shot keeps a picture of the whole page where ECSGUARD_SHOTS says.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("ECSGUARD_SHOTS")
	if dir == "" {
		return
	}
	var picture []byte
	do(t, ctx, name, chromedp.CaptureScreenshot(&picture))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, name, chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(dir, name+"-whole.png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The page as people use it: a mistake is made, seen, put right and told, live.
func TestPage(t *testing.T) {
	ctx := browse(t)
	_, page := start(t)
	var complaints []string
	chromedp.ListenTarget(ctx, func(e any) {
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				complaints = append(complaints, string(e.Args[0].Value))
			}
		}
	})
	do(t, ctx, "opening the page", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(page.URL()),
		until(`document.getElementById('live').textContent === 'Live' && document.querySelectorAll('#mistakes button').length > 5`),
		until(`document.getElementById('verdict').textContent.includes('medium') && document.getElementById('findings').textContent.includes('not encrypted by default')`))

	do(t, ctx, "opening port 22", chromedp.Click("#mistake-open-ssh"),
		until(`[...document.querySelectorAll('#incidents > li:not([hidden])')].some(r => r.dataset.state === 'fixed' && r.textContent.includes('22/22'))`),
		until(`/triage: judged by \d+ practices/.test(document.querySelector('#incidents > li[data-state=fixed] .path').textContent)`),
		until(`/woke sg-public-ingress(, also for| for itself and)/.test(document.querySelector('#incidents > li[data-state=fixed] .path').textContent)`),
		until(`document.querySelector('#messages').textContent.includes('Open to the whole internet: TCP 22/22')`),
		until(`document.querySelector('#records tbody').textContent.includes('sg-public-ingress')`))

	var text string
	do(t, ctx, "unfolding the incident", chromedp.Click(`#incidents > li[data-state=fixed] > details > summary`),
		until(`document.querySelectorAll('#incidents .calls .write').length >= 1`),
		chromedp.Evaluate(`document.querySelectorAll('#incidents .step').forEach(d => d.open = true)`, nil),
		chromedp.Text(`#incidents > li[data-state=fixed] .body`, &text))
	for _, want := range []string{"ecsguard-triage", "ecs:RevokeSecurityGroup", "CHANGE", "intent", "Fixed", "aliyun ecs RevokeSecurityGroup", "Takes it back"} {
		if !strings.Contains(text, want) {
			t.Errorf("the unfolded incident does not say %q:\n%s", want, text)
		}
	}

	// A hostile name is text, in the account, the chat and everywhere else.
	var images, named int
	do(t, ctx, "a hostile name", chromedp.Click("#mistake-hostile-name"),
		until(`[...document.querySelectorAll('#resources .name')].some(n => n.textContent === '<img src=x onerror=alert(1)>')`),
		until(`document.querySelector('#messages').textContent.includes('＜img src=x')`),
		chromedp.Evaluate(`document.querySelectorAll('img:not([src="/favicon.svg"]), script:not([src]), [onerror]').length`, &images),
		chromedp.Evaluate(`[...document.querySelectorAll('a')].filter(a => !/^(https:|http:\/\/127)/.test(a.href)).length`, &named))
	if images != 0 || named != 0 {
		t.Errorf("%d elements and %d links came of a name", images, named)
	}
	var refused bool
	do(t, ctx, "innerHTML", chromedp.Evaluate(`(() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true } })()`, &refused))
	if !refused {
		t.Error("a string can become markup")
	}

	do(t, ctx, "a server", chromedp.Click("#mistake-bad-server"),
		until(`[...document.querySelectorAll('#incidents > li')].some(r => r.dataset.state === 'awaiting' && r.textContent.includes('ecs-imdsv2'))`),
		until(`document.querySelectorAll('#messages li').length >= 3`))

	// A fault injected here strikes, and its row counts.
	do(t, ctx, "a fault", visit("faults"), chromedp.Click("#fault-deny"),
		until(`document.querySelector('#active').textContent.includes('struck 0')`), visit("now"),
		chromedp.Click("#mistake-open-ssh"),
		until(`[...document.querySelectorAll('#incidents > li')].some(r => r.dataset.state === 'failed')`),
		until(`/struck [1-9]/.test(document.querySelector('#active').textContent)`),
		until(`document.querySelector('#messages').textContent.includes('Could not be fixed')`),
		until(`[...document.querySelectorAll('#resources .rules .wrong')].some(r => r.textContent.includes('22/22'))`))

	var shown, all int
	do(t, ctx, "filtering the records", visit("records"), chromedp.Evaluate(`document.querySelectorAll('#records tbody tr:not(.more)').length`, &all),
		chromedp.Evaluate(`document.querySelector('#filter [name=outcome]').value = 'failed'`, nil), chromedp.Evaluate(`document.getElementById('filter').dispatchEvent(new Event('input', {bubbles: true}))`, nil),
		chromedp.Evaluate(`document.querySelectorAll('#records tbody tr:not(.more)').length`, &shown))
	if shown == 0 || shown >= all {
		t.Errorf("%d of %d records are failed", shown, all)
	}
	do(t, ctx, "the filter off", chromedp.Evaluate(`document.querySelector('#filter [name=outcome]').value = ''`, nil),
		chromedp.Evaluate(`document.getElementById('filter').dispatchEvent(new Event('input', {bubbles: true}))`, nil))

	if len(complaints) > 0 {
		t.Errorf("the page complains: %q", complaints)
	}
}

// A page that was away comes back and knows everything, without a reload.
func TestPageComesBack(t *testing.T) {
	ctx := browse(t)
	_, page := start(t)
	do(t, ctx, "opening the page", chromedp.Navigate(page.URL()), until(`document.getElementById('live').textContent === 'Live'`))
	page.dropListeners()
	if err := makeMistake(t, page, "stop-trail"); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, "coming back", until(`document.querySelector('#messages').textContent.includes('trail')`),
		until(`document.querySelectorAll('#messages li').length >= 1`))
}

// profile is a folder for the browser. It may still be writing as it is closed, and
// what it leaves behind then is no fault of the page.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ecsguard-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
