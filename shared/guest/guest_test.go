package guest

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

const good = "ecsguard sshd 1\ndid looked\nbecause none\nsshd present\ndefault no\npasswords 0\nroot no\nkeys 1\nadmins 1\nend\n"

// A report is taken in one form only, whatever a guest prints.
func TestOnlyAReportIsOne(t *testing.T) {
	if v, err := SSHD.Form.read([]byte(good)); err != nil || v["keys"] != "1" {
		t.Fatal(v, err)
	}
	for name, text := range map[string]string{
		"nothing":            "",
		"a line more":        strings.Replace(good, "end\n", "more 1\nend\n", 1),
		"a line twice":       strings.Replace(good, "keys 1\n", "keys 1\nkeys 1\n", 1),
		"a line less":        strings.Replace(good, "keys 1\n", "", 1),
		"another order":      strings.Replace(good, "keys 1\nadmins 1\n", "admins 1\nkeys 1\n", 1),
		"another version":    strings.Replace(good, "sshd 1", "sshd 2", 1),
		"no end":             strings.Replace(good, "end\n", "", 1),
		"something behind":   good + "x",
		"something in front": "motd\n" + good,
		"an unknown word":    strings.Replace(good, "root no", "root maybe", 1),
		"a negative number":  strings.Replace(good, "keys 1", "keys -1", 1),
		"a large number":     strings.Replace(good, "keys 1", "keys 99999999999999999999", 1),
		"a number with zero": strings.Replace(good, "keys 1", "keys 01", 1),
		"a number with plus": strings.Replace(good, "keys 1", "keys +1", 1),
		"a number and more":  strings.Replace(good, "keys 1", "keys 1; rm -rf /", 1),
		"carriage returns":   strings.ReplaceAll(good, "\n", "\r\n"),
		"escape sequences":   strings.Replace(good, "root no", "root no\x1b[31m", 1),
		"zero bytes":         strings.Replace(good, "root no", "root no\x00", 1),
		"no UTF-8":           "\xff" + good,
		"too much":           good + strings.Repeat("\n", 4000),
	} {
		if v, err := SSHD.Form.read([]byte(text)); err == nil || strings.Contains(err.Error(), "rm -rf") || strings.Contains(err.Error(), "maybe") {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := SSHD.Form.read(text)
		if err == nil && (len(v) != len(SSHD.Form.Fields) || len(text) > mostBytes) {
			t.Errorf("%q is %v", text, v)
		}
	})
}

// What is sent is the file; nothing of an event gets in, and Cloud Assistant and messages have room for it.
func TestWhatIsSent(t *testing.T) {
	at := practice.Resource{ID: "i-1", Region: "cn-hangzhou"}
	for _, s := range append([]Script{SSHD.Inspect}, SSHD.Others...) {
		call := s.call(SSHD, at, "t-1")
		sent, err := base64.StdEncoding.DecodeString(call.Params["CommandContent"])
		if err != nil || string(sent) != s.Text() {
			t.Errorf("%s: %v", s.About, err)
		}
		if n := len(call.Params["CommandContent"]); n > 16<<10 {
			t.Errorf("%s: Cloud Assistant takes 16 KB, and this is %d", s.About, n)
		}
		if n := len(call.String()); s.undo && n > 5000 {
			t.Errorf("%s: a message has no room for %d bytes, and an undo has to be in it", s.About, n)
		}
		if strings.Contains(s.Text(), "i-1") || s.call(SSHD, practice.Resource{ID: "i-2", Region: "cn-beijing"}, "").Params["CommandContent"] != call.Params["CommandContent"] {
			t.Errorf("%s depends on where it is run", s.About)
		}
		if len(call.Params["Description"]) > 512 || len(call.Params["ClientToken"]) > 64 {
			t.Errorf("%v", call.Params)
		}
	}
}

// Who sees the same makes the same call, and what was seen since makes another.
func TestATokenIsOfWhatWasSeen(t *testing.T) {
	token := func(s Script, id, after string) string {
		return s.call(SSHD, practice.Resource{ID: id}, after).Params["ClientToken"]
	}
	seen := map[string]bool{}
	for range 2 { // the second time they are the same
		for _, s := range []Script{lookAtSSHD, PasswordsOff, RootOff} {
			for _, id := range []string{"i-1", "i-2"} {
				for _, after := range []string{"", "t-1", "t-2"} {
					seen[token(s, id, after)] = true
				}
			}
		}
	}
	if len(seen) != 18 {
		t.Errorf("%d tokens of 18", len(seen))
	}
	for _, s := range []Script{PasswordsOn, RootOn} {
		if got := token(s, "i-1", "t-1"); got != "" {
			t.Errorf("%s: tried again, it would not be run: %s", s.About, got)
		}
	}
}

// A run is one that has ended well, or there is a reason in our words.
func TestWhatBecameOfARun(t *testing.T) {
	zero, three, one := 0, 3, 1
	text := base64.StdEncoding.EncodeToString([]byte(good))
	for name, c := range map[string]struct {
		result *CommandResult
		why    string
	}{
		"well":            {&CommandResult{InvocationStatus: "Success", ExitCode: &zero, Output: text}, ""},
		"refused":         {&CommandResult{InvocationStatus: "Failed", ErrorCode: "ExitCodeNonzero", ExitCode: &three, Output: text}, ""},
		"an error":        {&CommandResult{InvocationStatus: "Failed", ErrorCode: "ExitCodeNonzero", ExitCode: &one, Output: text}, "with an error"},
		"no exit code":    {&CommandResult{InvocationStatus: "Success", Output: text}, "with an error"},
		"cut off":         {&CommandResult{InvocationStatus: "Success", ExitCode: &zero, Output: text, Dropped: 1}, "cut off"},
		"no Base64":       {&CommandResult{InvocationStatus: "Success", ExitCode: &zero, Output: good}, "no Base64"},
		"not there":       {nil, "does not end"},
		"a code of tests": {&CommandResult{InvocationStatus: "Failed", ErrorCode: "SomethingNew"}, "could not run it"},
		"offline":         {&CommandResult{InvocationStatus: "Aborted", ErrorCode: "ClientNotRunning"}, "agent does not run"},
	} {
		if v, why := SSHD.report(c.result); (why == "") != (v != nil) || !strings.Contains(why, c.why) || c.why == "" && why != "" {
			t.Errorf("%s: %v, %q", name, v, why)
		}
	}
	for _, status := range []string{"Pending", "Scheduled", "Running", "Stopping"} {
		if !(resource.CommandResult{InvocationStatus: status}).Running() {
			t.Errorf("%s has ended", status)
		}
	}
}

// Each word that a script may refuse with has a sentence.
func TestRefusalsHaveWords(t *testing.T) {
	for _, f := range SSHD.Form.Fields {
		for _, word := range f.Words {
			if f.Name == "because" && word != "none" && refusals[word] == "" {
				t.Errorf("no words for %s", word)
			}
		}
	}
}
