package guest

import (
	"os"
	"strings"
	"testing"
)

const (
	usual = `Port PORT
ListenAddress 127.0.0.1
HostKey ROOT/etc/host_key
PidFile ROOT/run/sshd.pid
UsePAM no
`
	included = "Include ROOT/etc/sshd_config.d/*.conf\n" + usual
)

// wants tells whether a report says some things.
func (m *machine) wants(got Values, want ...string) {
	m.t.Helper()
	for _, w := range want {
		if name, value, _ := strings.Cut(w, " "); got[name] != value {
			m.t.Errorf("want %s, got %v", w, got)
		}
	}
}

// A password that let somebody in lets nobody in any more, the key still does, and the undo gives everything back: whether there
// is a folder for additions or not, and whatever cloud-init has put there.
func TestLoginsByPasswordEnd(t *testing.T) {
	for name, config := range map[string]string{
		"included":             included,
		"without Include":      usual,
		"Include comes late":   usual + "PasswordAuthentication yes\nInclude ROOT/etc/sshd_config.d/*.conf\n",
		"set in the main file": included + "PasswordAuthentication yes\nMatch User nobody\n\tX11Forwarding no\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, config)
			if m == nil {
				return
			}
			m.key()
			m.write("etc/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n", 0o600)
			before := m.read("etc/sshd_config")
			m.start()
			if !m.login("password") || !m.login("publickey") {
				t.Fatal("one cannot log in to begin with")
			}
			m.wants(m.report(lookAtSSHD), "did looked", "sshd present", "default yes", "keys 1", "root key")
			m.wants(m.report(PasswordsOff), "did changed", "default no", "passwords 0", "keys 1")
			if m.login("password") || !m.login("publickey") {
				t.Error("after the change: a password lets in, or a key does not")
			}
			m.wants(m.report(PasswordsOff), "did unchanged", "default no")
			if out, exit := m.does(PasswordsOn); exit != 0 || out != "taken back\n" {
				t.Errorf("undo: %d %s", exit, out)
			}
			if !m.login("password") || !m.login("publickey") {
				t.Error("after the undo one cannot log in as before")
			}
			if after := m.read("etc/sshd_config"); after != before {
				t.Errorf("the configuration is not as it was:\n%s", after)
			}
			m.left()
			if out, exit := m.does(PasswordsOn); exit != 0 || out != "nothing to take back\n" {
				t.Errorf("a second undo: %d %s", exit, out)
			}
		})
	}
}

// left says what nobody wanted to leave.
func (m *machine) left() {
	m.t.Helper()
	for _, dir := range []string{"etc", "etc/sshd_config.d", "run"} {
		entries, err := os.ReadDir(m.path(dir))
		m.must(err)
		for _, e := range entries {
			if strings.Contains(e.Name(), "ecsguard") {
				m.t.Errorf("%s/%s is left over", dir, e.Name())
			}
		}
	}
}

// Nobody is locked out: without a key that works, nothing is changed.
func TestWithoutAKeyPasswordsStay(t *testing.T) {
	for name, keep := range map[string]func(*machine){
		"no key": func(*machine) {},
		"a key for one command": func(m *machine) {
			m.key()
			m.write("home/.ssh/authorized_keys", `command="true" `+m.read("client_key.pub"), 0o600)
		},
		"others may write it":   func(m *machine) { m.key(); m.must(os.Chmod(m.path("home/.ssh/authorized_keys"), 0o666)) },
		"keys are switched off": func(m *machine) { m.key(); m.config(included + "PubkeyAuthentication no\n") },
		"keys are elsewhere": func(m *machine) {
			m.key()
			m.config(included + "AuthorizedKeysFile none\nAuthorizedKeysCommand /bin/true\nAuthorizedKeysCommandUser nobody\n")
		},
		"the user is shut out":   func(m *machine) { m.key(); m.config(included + "AllowUsers bob\n") },
		"the account is locked":  func(m *machine) { m.key(); m.write("shadow", "alice:!:20000::::::\n", 0o600) },
		"another way is a must":  func(m *machine) { m.key(); m.config(included + "AuthenticationMethods password\n") },
		"an error in the config": func(m *machine) { m.key(); m.config(included + "NoSuchThing yes\n") },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, included)
			if m == nil {
				return
			}
			keep(m)
			m.own()
			before := m.read("etc/sshd_config")
			got := m.report(PasswordsOff)
			m.wants(got, "did refused")
			t.Log(got["because"])
			if m.read("etc/sshd_config") != before {
				t.Error("it was changed")
			}
			m.left()
		})
	}
}

// What a Match block gives on purpose stays, and is told.
func TestAMatchBlockIsTold(t *testing.T) {
	m := newMachine(t, included+"PasswordAuthentication yes\nMatch User alice\n\tPasswordAuthentication yes\n")
	if m == nil {
		return
	}
	m.key()
	m.start()
	m.wants(m.report(PasswordsOff), "did changed", "default no", "passwords 1")
	if !m.login("password") {
		t.Error("the Match block no longer counts")
	}
}

// With PAM what it asks is the password.
func TestWhatPAMAsksIsAPassword(t *testing.T) {
	m := newMachine(t, strings.ReplaceAll(included, "UsePAM no", "UsePAM yes")+"PasswordAuthentication no\nKbdInteractiveAuthentication yes\n")
	if m == nil {
		return
	}
	m.key()
	m.wants(m.report(lookAtSSHD), "default yes")
	m.config(m.read("etc/sshd_config") + "AuthenticationMethods publickey,keyboard-interactive\n")
	m.wants(m.report(lookAtSSHD), "default no") // the key comes first
}

// Root goes only where somebody else can become root.
func TestLoginsOfRootEnd(t *testing.T) {
	m := newMachine(t, included+"PermitRootLogin yes\n")
	if m == nil {
		return
	}
	m.key()
	m.start()
	m.wants(m.report(RootOff), "did refused", "because no-admin", "root password")
	m.write("bin/sudo", "#!/bin/sh\necho '    (ALL : ALL) NOPASSWD: ALL'\n", 0o755)
	m.wants(m.report(lookAtSSHD), "admins 1")
	m.wants(m.report(RootOff), "did changed", "root no")
	m.wants(m.report(RootOff), "did unchanged")
	if !m.login("publickey") {
		t.Error("the key no longer lets in")
	}
	if out, exit := m.does(RootOn); exit != 0 {
		t.Errorf("undo: %d %s", exit, out)
	}
	m.wants(m.report(lookAtSSHD), "root password")
	m.left()
}

// What somebody has changed since is theirs.
func TestTheUndoKeepsItsHandsOff(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	m.wants(m.report(PasswordsOff), "did changed")
	m.write("etc/sshd_config.d/00-ecsguard-passwords.conf", text("passwords")+"X11Forwarding no\n", 0o600)
	if _, exit := m.does(PasswordsOn); exit != refused {
		t.Errorf("exit code %d", exit)
	}
	if !strings.Contains(m.read("etc/sshd_config.d/00-ecsguard-passwords.conf"), "X11Forwarding") {
		t.Error("it was taken away")
	}
}

func text(of string) string {
	return "# ecsguard " + of + ": begin\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nChallengeResponseAuthentication no\n# ecsguard " + of + ": end\n"
}

// One at a time: while another run has the lock, nothing is done; one that died does not keep it.
func TestOneAtATime(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	m.must(os.Mkdir(m.path("run/ecsguard-sshd.lock"), 0o755))
	m.wants(m.report(PasswordsOff), "did refused", "because busy")
	m.write("run/ecsguard-sshd.lock/pid", "999999999\n", 0o644)
	m.wants(m.report(PasswordsOff), "did changed")
	m.must(os.Remove(m.path("etc/sshd_config.d/00-ecsguard-passwords.conf")))
	m.left()
}

// A machine without sshd has nothing to switch off.
func TestNoSSHD(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.bare = true
	m.wants(m.report(lookAtSSHD), "sshd none", "default no")
	m.wants(m.report(PasswordsOff), "did refused", "because no-sshd")
}

// The files say themselves how they are run by hand: without what is sent in front, and with their comments.
func TestByHand(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	var whole strings.Builder
	for _, name := range []string{"lib", "look", "restrict"} {
		part, err := files.ReadFile("sshd-" + name + ".sh")
		m.must(err)
		whole.Write(part)
	}
	for _, part := range []string{"sshd-lib.sh", "sshd-look.sh", "sshd-restrict.sh"} {
		if part != "sshd-lib.sh" && !strings.Contains(whole.String(), part) {
			t.Errorf("%s is not named", part)
		}
	}
	out, exit := m.run(m.shell("-s", "restrict", "passwords"), whole.String())
	if exit != 0 || !strings.Contains(out, "did changed\n") {
		t.Errorf("%d %s", exit, out)
	}
}

// Alpine has BusyBox and no other tools.
func TestBusyBox(t *testing.T) {
	m := newMachine(t, usual)
	if m == nil {
		return
	}
	m.slim()
	m.key()
	m.start()
	m.wants(m.report(lookAtSSHD), "default yes", "keys 1", "did looked")
	m.wants(m.report(PasswordsOff), "did changed", "default no")
	if m.login("password") || !m.login("publickey") {
		t.Error("a password lets in, or a key does not")
	}
	if _, exit := m.does(PasswordsOn); exit != 0 || !m.login("password") {
		t.Error("the undo has not given it back")
	}
	m.left()
}

// Where sshd does not take what was written, everything is as before.
func TestWhatSSHDDoesNotTakeIsTakenBack(t *testing.T) {
	for name, wrapper := range map[string]string{
		"not valid after":          `if [ "$1" = -t ] && { ls "$ETC/sshd_config.d/" | grep -q 00-ecsguard || grep -q ecsguard "$3"; }; then exit 1; fi`,
		"valid and without effect": `if [ "$1" = -T ]; then "$REAL" "$@" | sed 's/^passwordauthentication .*/passwordauthentication yes/'; exit; fi`,
		"no report after":          `if [ "$1" = -T ] && { ls "$ETC/sshd_config.d/" | grep -q 00-ecsguard || grep -q ecsguard "$ETC/sshd_config"; }; then exit 1; fi`,
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, included)
			if m == nil {
				return
			}
			m.key()
			before := m.read("etc/sshd_config")
			m.write("bin/sshd", "#!/bin/sh\nREAL="+m.at+"/usr/sbin/sshd\nETC="+m.path("etc")+"\n"+wrapper+"\nexec \"$REAL\" \"$@\"\n", 0o755)
			m.wants(m.report(PasswordsOff), "did refused", "because no-effect")
			if m.read("etc/sshd_config") != before {
				t.Error("the configuration is changed")
			}
			m.left()
		})
	}
}

// Two runs at the same moment end as one does.
func TestTwoAtOnce(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	m.start()
	done := make(chan string, 2)
	for range 2 {
		go func() {
			c := m.as(m.shell())
			c.Stdin = strings.NewReader(PasswordsOff.Text())
			out, _ := c.Output()
			done <- string(out)
		}()
	}
	changed := 0
	for range 2 {
		out := <-done
		if strings.Contains(out, "did changed") {
			changed++
		} else if !strings.Contains(out, "did unchanged") && !strings.Contains(out, "because busy") {
			t.Error(out)
		}
	}
	if changed != 1 {
		t.Errorf("%d of two runs have changed it", changed)
	}
	if m.login("password") || !m.login("publickey") {
		t.Error("a password lets in, or a key does not")
	}
}

// Passwords and root are two changes, and each is taken back by itself, wherever they stand.
func TestTwoChangesAreTwo(t *testing.T) {
	for name, config := range map[string]string{"included": included, "without Include": usual} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, config+"PermitRootLogin yes\n")
			if m == nil {
				return
			}
			m.key()
			m.write("bin/sudo", "#!/bin/sh\necho '    (ALL : ALL) NOPASSWD: ALL'\n", 0o755)
			before := m.read("etc/sshd_config")
			m.wants(m.report(PasswordsOff), "did changed", "root yes")
			m.wants(m.report(RootOff), "did changed", "root no", "default no")
			if _, exit := m.does(PasswordsOn); exit != 0 {
				t.Error("not taken back")
			}
			m.wants(m.report(lookAtSSHD), "default yes", "root no")
			if _, exit := m.does(RootOn); exit != 0 {
				t.Error("not taken back")
			}
			if m.read("etc/sshd_config") != before {
				t.Errorf("not as it was:\n%s", m.read("etc/sshd_config"))
			}
			m.left()
		})
	}
}

// A run that died between its file and telling sshd is not taken for done: the next one finishes it.
func TestARunThatDied(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	m.start()
	m.write("etc/sshd_config.d/00-ecsguard-passwords.conf", text("passwords"), 0o600)
	m.must(os.Mkdir(m.path("run/ecsguard-sshd.lock"), 0o755))
	m.write("run/ecsguard-sshd.lock/pid", "999999999\n", 0o644)
	if !m.login("password") {
		t.Fatal("sshd has read it already")
	}
	m.wants(m.report(lookAtSSHD), "default yes")
	m.wants(m.report(PasswordsOff), "did unchanged", "default no")
	if m.login("password") || !m.login("publickey") {
		t.Error("a password lets in, or a key does not")
	}
}
