package main

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ecsguard/ecsguard/test/account"
)

// The demo points its own process at the local cloud, which can be done once in a
// process. So the story is told by another one, of this same program.
func TestMain(m *testing.M) {
	if os.Getenv("ECSGUARD_TELL") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// quietly is a screen that nobody looks at.
func quietly() *screen { return &screen{out: io.Discard, width: usualWidth} }

// The story is told in three lines a step: what the mistake was, what ecsguard did, what
// the people on call were told. All the rest is shown to who asks for it.
func TestStoryInThreeLines(t *testing.T) {
	folder := project(t)
	told := func(options ...string) string {
		t.Helper()
		demo := exec.CommandContext(t.Context(), os.Args[0], append(options, "-root", folder)...)
		demo.Env = append(os.Environ(), "ECSGUARD_TELL=1")
		out, err := demo.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	file := filepath.Join(t.TempDir(), "demo.svg")
	text := told("-picture", file)
	text = painted.ReplaceAllString(text, "")
	steps := strings.Split(strings.TrimSpace(text), "\n\n")
	want := [][]string{ // each line has one of these words
		{"1 kenji opens port 22", "revoke TCP 22/22 from 0.0.0.0/0", "[critical] Fixed: "},
		{"2 kenji launches a server", "2 fixed in ", " messages: [high] "},
		{"3 root makes an AccessKey", "needs a person: The root account has an AccessKey", "[critical] "},
		{"4 kenji stops the trail", "start logging again", "A trail was changed without a second factor"}, // and it logs again, in the same message or another
		{"5 the event bus delivers all", "0 changes, 0 audit records", "0 messages"},
	}
	if len(steps) != len(want)+2 || !strings.HasPrefix(steps[0], "Starting an Alibaba Cloud") || !strings.HasPrefix(steps[len(steps)-1], "✓ All 4 mistakes were found") {
		t.Fatalf("the story has %d parts:\n%s", len(steps), text)
	}
	if ids := regexp.MustCompile(`(?m)^`+byUs+`.* · [0-9a-f]{24}$`).FindAllString(text, -1); len(ids) != 4 {
		t.Errorf("not each step ends with the id of a finding:\n%s", text)
	}
	for n, step := range want {
		var lines []string
		for _, line := range strings.Split(steps[n+1], "\n") {
			if !strings.HasPrefix(line, "  … ") { // a busy machine says that it is at it
				lines = append(lines, line)
			}
			if len([]rune(line)) > pictured {
				t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
			}
		}
		if len(lines) != 3 || !strings.HasPrefix(lines[1], byUs) || !strings.HasPrefix(lines[2], toPeople) {
			t.Errorf("step %d has other lines than three:\n%s", n+1, steps[n+1])
			continue
		}
		for i, words := range step {
			if !strings.Contains(lines[i], words) {
				t.Errorf("line %d of step %d does not say %q: %s", i+1, n+1, words, lines[i])
			}
			if n == 1 && i == 2 && !waits(lines[i]) { // of two messages, which hold four findings as it comes
				t.Errorf("the message that waits for a person is not the one that is shown: %s", lines[i])
			}
		}
	}
	ended := func() {
		t.Helper()
		if strings.Contains(text, "ALIBABA_CLOUD_ACCESS_KEY_SECRET") || strings.Contains(text, "HTTPS_PROXY") {
			t.Errorf("the demo prints what only a cloud that stays up is good for:\n%s", text)
		}
	}
	ended()
	drawing, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(drawing, &struct{}{}); err != nil || !strings.Contains(string(drawing), "kenji opens port 22 of the group web") {
		t.Errorf("the picture: %v\n%s", err, drawing)
	}

	text = told("-v")
	ended()
	if strings.Contains(text, "\x1b") {
		t.Errorf("there are colours where no terminal is:\n%q", text)
	}
	for _, words := range []string{"CHANGE    ecs:RevokeSecurityGroup", "function  ecsguard-sg-public-ingress begins", "state before → after",
		"To undo it:", "aliyun ecs AuthorizeSecurityGroup --region cn-hangzhou", "The audit log (project", "round trips in the function", byUs + "fixed in ", toPeople + "[critical] Fixed"} {
		if !strings.Contains(text, words) {
			t.Errorf("everything has no %q:\n%s", words, text)
		}
	}
}

// Lines are cut to the screen, colours do not count, and what things are called cannot
// steer a terminal or begin a line.
func TestLines(t *testing.T) {
	for _, c := range []struct {
		width   int
		colours bool
		parts   []part
		want    string
	}{
		{20, false, []part{{ours, "  on-call   "}, {bad, "short"}}, "  on-call   short\n"},
		{20, false, []part{{ours, "  on-call   "}, {bad, "[high] "}, {plain, "more than fits"}}, "  on-call   [high] …\n"},
		{17, false, []part{{ours, "  on-call   "}, {bad, "short"}}, "  on-call   short\n"},
		{16, false, []part{{ours, "  on-call   "}, {bad, "short"}}, "  on-call   sho…\n"},
		{12, false, []part{{ours, "  on-call   "}, {bad, "short"}}, "  on-call…\n"},
		{20, true, []part{{ours, "  on-call   "}, {bad, "far too long"}}, "\x1b[36m  on-call   \x1b[0m\x1b[1;31mfar too…\x1b[0m\n"},
		{40, false, []part{{plain, "a\nb\rc\x1b[31md\u202ee\u0085f"}}, "a b c [31md e f\n"},
		{4, false, []part{{plain, "安全组名字"}}, "安全组…\n"},
	} {
		var out strings.Builder
		s := &screen{out: &out, colours: c.colours, width: c.width}
		s.line(c.parts...)
		if out.String() != c.want {
			t.Errorf("%+v is shown as %q, want %q", c, out.String(), c.want)
		}
	}
}

// Where nobody looks, or no colours are wanted, there are none.
func TestColoursOnATerminalOnly(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if s := screenOf(file, false); s.colours || s.width != usualWidth {
		t.Errorf("a file is shown as %+v", s)
	}
	for _, c := range []struct {
		colour, term string
		want         bool
	}{{"", "xterm-256color", true}, {"1", "xterm-256color", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", c.colour)
		t.Setenv("TERM", c.term)
		if coloured() != c.want {
			t.Errorf("NO_COLOR=%q TERM=%q: colours %t", c.colour, c.term, coloured())
		}
	}
}

// What takes long says so, again and again, and no longer than it takes.
func TestNothingIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		s := &screen{out: &out, width: usualWidth}
		failed := errors.New("no cloud today")
		if err := s.while(func() string { return "starting" }, func() error { time.Sleep(10 * time.Second); return failed }); !errors.Is(err, failed) {
			t.Errorf("the error became %v", err)
		}
		if want := "  … starting, 3 s so far\n  … starting, 6 s so far\n  … starting, 9 s so far\n"; out.String() != want {
			t.Errorf("ten seconds said %q", out.String())
		}
		time.Sleep(time.Minute)
		if strings.Count(out.String(), "\n") != 3 {
			t.Errorf("it goes on: %q", out.String())
		}
	})
}

// A build says what it is at all the while, and why it failed.
func TestBuildSaysWhatItIsAt(t *testing.T) {
	build := func(script string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "sh", "build.sh", "a thing", "sh", "-c", script).CombinedOutput()
		return string(out), err
	}
	out, err := build("echo go: downloading example.org/module v1.0.0; echo example.org/module")
	if err != nil || !strings.HasPrefix(out, "a thing\n") || strings.Contains(out, "\x1b") {
		t.Errorf("%v\n%q", err, out)
	}
	out, err = build("echo example.org/module; echo 'main.go:3: undefined: x'; exit 3")
	if err == nil || !strings.Contains(out, "undefined: x") || !strings.Contains(out, "The build failed: a thing") {
		t.Errorf("%v\n%q", err, out)
	}
}

// The name of a package is shown so that one is told from another: its end, where there is no room for it all.
func TestAPackagesNameIsShownToItsEnd(t *testing.T) {
	for text, want := range map[string]string{
		"": "  120 s  looking at what has changed\n",
		"go: downloading example.org/module v1.0.0\n":                                                           "  120 s  downloading example.org/module v1.0.0\n",
		"go: downloading x v1\nunicode/utf8\ngithub.com/ecsguard/ecsguard/functions/sg-internet-facing-ports\n": "  120 s  2 packages so far, the last functions/sg-internet-facing-ports\n",
		strings.Repeat("x\n", 998) + "github.com/ecsguard/ecsguard/test/cloud/actiontrail\n":                    "  120 s  999 packages so far, the last test/cloud/actiontrail\n",
		strings.Repeat("x\n", 998) + "github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials/provider\n":   "  120 s  999 packages so far, the last ...dk-go/sdk/auth/credentials/provider\n",
	} {
		file := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "sh", "build.sh", "-shown", file, "120").CombinedOutput()
		if err != nil || string(out) != want || len(out) > 79 {
			t.Errorf("%q, want %q, %v", out, want, err)
		}
	}
}

// A state that was downloaded from one cloud is where the next begins, and the
// console says where it is told to.
func TestStateFileAndConsole(t *testing.T) {
	folder := project(t)
	state := filepath.Join(folder, "cloud.yaml")
	text := "ecs:\n  security-groups:\n    - {id: sg-web, name: kept, rules: [{id: sgr-a, protocol: TCP, ports: 22/22, source: 0.0.0.0/0}]}\n"
	for range 2 { // the second time from what the first has become
		if err := os.WriteFile(state, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		text = visit(t, options{root: folder, state: state, listen: free(t)})
		if !strings.Contains(text, "name: kept") || !strings.Contains(text, "name: you") {
			t.Errorf("the state has become\n%s", text)
		}
	}
	if err := os.WriteFile(state, []byte("ecs:\n  disks:\n    - id: bad\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), quietly(), options{root: folder, state: state, listen: free(t)}); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a bad state: %v", err)
	}
	if err := run(t.Context(), quietly(), options{root: folder, state: state, listen: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "not on this machine alone") {
		t.Errorf("for everyone: %v", err)
	}
}

// project is a folder as the demo needs it, with binaries for this machine.
func project(t *testing.T) string {
	t.Helper()
	folder, real := t.TempDir(), filepath.Join("..", "..")
	root, err := filepath.Abs(real)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"s.yaml", "test"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := account.Build(real, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// visit starts the cloud, makes a mistake in the console, waits until it is put right,
// and returns the state.
func visit(t *testing.T, o options) string {
	t.Helper()
	t.Setenv("HTTPS_PROXY", "") // run sets both
	t.Setenv("SSL_CERT_FILE", "")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var said strings.Builder // read when it has ended
	go func() { ended <- run(ctx, &screen{out: &said, width: usualWidth}, o) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ask := func(method, path string) (string, error) {
		r, err := http.NewRequestWithContext(ctx, method, "http://"+o.listen+path, nil)
		if err != nil {
			return "", err
		}
		r.Header.Set("X-Ecsguard", "1")
		response, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s %s: %s", method, path, body)
		}
		return string(body), err
	}
	until := func(what string, is func() error) {
		err := errors.New("never tried")
		for look := time.NewTicker(50 * time.Millisecond); err != nil; <-look.C { // until the test's own time is up
			select {
			case ended := <-ended:
				t.Fatalf("%s: the cloud has ended: %v, and before: %v", what, ended, err)
			default:
				err = is()
			}
		}
	}
	until("the console", func() error { _, err := ask("GET", "/api/state"); return err })
	until("the loaded state", func() error {
		if text, err := ask("GET", "/api/state"); err != nil || !strings.Contains(text, "name: kept") {
			return fmt.Errorf("%s %w", text, err)
		}
		return nil
	})
	if _, err := ask("POST", "/api/mistakes/open-halves"); err != nil {
		t.Fatal(err)
	}
	until("the repair", func() error {
		text, err := ask("GET", "/api/records")
		if err != nil {
			return err
		}
		var list struct{ Items []struct{ Outcome string } }
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return err
		}
		for _, r := range list.Items {
			if r.Outcome == "fixed" {
				return nil
			}
		}
		return errors.New(text)
	})
	text, err := ask("GET", "/api/state")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the cloud ended with %v", err)
	}
	for _, words := range []string{"export HTTPS_PROXY=http://127.0.0.1:", "target/ecsguard-cli findings", "The console:"} {
		if strings.Count(said.String(), words) != 1 {
			t.Errorf("it does not say once %q:\n%s", words, said.String())
		}
	}
	return text
}

// A script that starts the demo in the background, and ends it as Ctrl-C would, ends the
// build as well.
func TestTheBuildEndsWhenItIsInterrupted(t *testing.T) {
	build := exec.CommandContext(t.Context(), "sh", "-c", `trap "" INT; exec sh build.sh "building" sleep 60`)
	build.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := build.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := build.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	if line, err := said.ReadString('\n'); err != nil || line != "building\n" {
		t.Errorf("%q, %v", line, err)
	}
	if err := syscall.Kill(-build.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, said)
	if err := build.Wait(); build.ProcessState.ExitCode() != 130 {
		t.Errorf("it went on, and ended with %v", err)
	}
}

// Where only the local cloud answers no module can be fetched, so what the demo says to run was built
// with it.
func TestWhatTheDemoSaysToRunIsBuiltWithIt(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rule, _ := strings.Cut(string(makefile), "\ndemo-programs:\n")
	rule, _, _ = strings.Cut(rule, "\n\n")
	programs := regexp.MustCompile(`(?m)^ +(target/\S+)`).FindAllStringSubmatch(use, -1)
	if len(programs) == 0 || strings.Contains(use, "go run") {
		t.Errorf("what is to be run is none of the demo's programs:\n%s", use)
	}
	for _, p := range programs {
		if !strings.Contains(rule, "main.called="+p[1]+"\"") || !strings.Contains(rule, "-o "+p[1]+" ") {
			t.Errorf("make demo does not build %s, or not as what calls itself so:\n%s", p[1], rule)
		}
	}
}
