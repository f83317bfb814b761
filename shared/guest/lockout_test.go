package guest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A key that looks well and lets nobody in is none: with it alone, passwords stay.
func TestAKeyThatDoesNotLetIn(t *testing.T) {
	for name, spoil := range map[string]func(*machine){
		"it is broken into two lines": func(m *machine) {
			m.must(exec.Command("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", m.path("rsa")).Run())
			public := m.read("rsa.pub")
			m.write("home/.ssh/authorized_keys", public[:90]+"\n"+public[90:], 0o600)
		},
		"it was cut off": func(m *machine) {
			m.write("home/.ssh/authorized_keys", m.read("client_key.pub")[:76]+"\n", 0o600)
		},
		"it may do one command":  func(m *machine) { m.config(included + "ForceCommand internal-sftp\n") },
		"it is shut in a folder": func(m *machine) { m.config(included + "Match User alice\n\tChrootDirectory /srv\n") },
		"its kind is not taken":  func(m *machine) { m.config(included + "PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256\n") },
		"it was taken back":      func(m *machine) { m.config(included + "RevokedKeys ROOT/client_key.pub\n") },
		"its user has no shell to work in": func(m *machine) {
			m.write("passwd", strings.Replace(m.read("passwd"), "home:/bin/sh\nsshd", "home:/usr/bin/git-shell\nsshd", 1), 0o644)
		},
		"its user's shell is not there": func(m *machine) {
			m.write("passwd", strings.Replace(m.read("passwd"), "home:/bin/sh\nsshd", "home:/opt/none/bash\nsshd", 1), 0o644)
		},
		"its user has left":          func(m *machine) { m.write("shadow", "alice:"+crypted+":10000:0:99999:7::10001:\n", 0o600) },
		"its user was away for long": func(m *machine) { m.write("shadow", "alice:"+crypted+":10000:0:90:7:30::\n", 0o600) },
		"a folder above is everybody's": func(m *machine) {
			m.must(os.MkdirAll(m.path("keys/users/alice"), 0o755))
			m.write("keys/users/alice/key", m.read("client_key.pub"), 0o644)
			m.must(os.Chmod(m.path("keys"), 0o777))
			m.config(included + "AuthorizedKeysFile ROOT/keys/users/%u/key\n")
		},
		"only root may read it": func(m *machine) { // as ls would say it: nothing of root's can be made here
			m.write("bin/ls", "#!/bin/sh\n/bin/ls \"$@\" | awk '$NF ~ /\\/authorized_keys$/ { $3 = 0 } { print }'\n", 0o755)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, included)
			if m == nil {
				return
			}
			m.key()
			m.wants(m.report(lookAtSSHD), "keys 1")
			spoil(m)
			m.own()
			before := m.read("etc/sshd_config")
			m.wants(m.report(PasswordsOff), "did refused", "because no-key", "keys 0")
			if m.read("etc/sshd_config") != before {
				t.Error("it was changed")
			}
			m.left()
		})
	}
}

// Keys of every kind that sshd takes count, and keys that stand elsewhere.
func TestKeysThatLetIn(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	for _, kind := range []string{"rsa", "ecdsa"} {
		m.run(exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", m.path(kind)), "")
		m.write("home/.ssh/authorized_keys", "# mine\n\nfrom=\"10.0.0.1\" ssh-ed25519 AAAA\n"+m.read(kind+".pub"), 0o600)
		m.wants(m.report(lookAtSSHD), "keys 1")
	}
	m.must(os.MkdirAll(m.path("keys"), 0o755))
	m.write("keys/alice", strings.Replace(m.read("client_key.pub"), " ", "\t", 1), 0o644)
	m.must(os.Remove(m.path("home/.ssh/authorized_keys")))
	m.config(included + "AuthorizedKeysFile .ssh/none ROOT/home/../keys/%u\n")
	m.write("passwd", strings.ReplaceAll(m.read("passwd"), m.path("home"), m.path("home/")), 0o644)
	t.Log(m.report(lookAtSSHD))
}

// Who becomes root by sudo is who may do anything there: one program, or anything but some, is not that.
func TestWhoBecomesRoot(t *testing.T) {
	m := newMachine(t, included+"PermitRootLogin yes\n")
	if m == nil {
		return
	}
	m.key()
	for said, admins := range map[string]int{
		"    (ALL : ALL) NOPASSWD: ALL":                                           1,
		"    (root) NOPASSWD: ALL":                                                1,
		"    (ALL) NOPASSWD: SETENV: ALL":                                         1,
		"    (ALL : ALL) ALL":                                                     1, // alice has a password
		"    (root) NOPASSWD: /usr/bin/systemctl restart nginx":                   0,
		"    (ALL) NOPASSWD: /usr/bin/apt-get update, /bin/ls":                    0,
		"    (ALL) ALL, !/bin/su":                                                 0,
		"    (www-data) NOPASSWD: ALL":                                            0,
		"Matching Defaults entries for alice:\n    targetpw\n\n    (ALL) ALL":     0,
		"    (ALL) NOPASSWD: /bin/ls\n    (root) NOPASSWD: /usr/sbin/needrestart": 0,
		"User alice is not allowed to run sudo on host.":                          0,
	} {
		m.write("bin/sudo", "#!/bin/sh\ncat <<'E'\n"+said+"\nE\n", 0o755)
		m.wants(m.report(lookAtSSHD), fmt.Sprintf("admins %d", admins))
	}
	m.write("shadow", "alice:!:20000::::::\n", 0o600) // and no password
	m.config("UsePAM yes\n" + included + "PermitRootLogin yes\n")
	m.write("bin/sudo", "#!/bin/sh\necho '    (ALL) ALL'\necho '    (ALL) NOPASSWD: /bin/ls'\n", 0o755)
	m.wants(m.report(RootOff), "did refused", "because no-admin", "keys 1")
}

// A full disk leaves the configuration as it was, and not half of it.
func TestAFullDisk(t *testing.T) {
	for name, tool := range map[string]string{
		"no room for a copy":    "head -c 40 \"$2\" >\"$3\"; exit 1", // cp -p from to
		"no room for its lines": "exec /bin/cp \"$@\"",
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, usual)
			if m == nil {
				return
			}
			m.key()
			m.write("bin/cp", "#!/bin/sh\n"+tool+"\n", 0o755)
			if name == "no room for its lines" {
				m.write("bin/cat", "#!/bin/sh\ncase $1 in */sshd_config) head -c 40 \"$1\"; exit 1 ;; esac\nexec /bin/cat \"$@\"\n", 0o755)
			}
			before := m.read("etc/sshd_config")
			m.wants(m.report(PasswordsOff), "did refused", "because no-effect", "sshd present")
			if after := m.read("etc/sshd_config"); after != before {
				t.Errorf("the configuration is not as it was:\n%s", after)
			}
			m.left()
		})
	}
}

// A disk that fills up between two copies: the second is no more than half.
func TestADiskThatFillsUp(t *testing.T) {
	m := newMachine(t, usual)
	if m == nil {
		return
	}
	m.key()
	m.write("bin/cp", "#!/bin/sh\ncase $3 in *-new) exec /bin/cp \"$@\" ;; esac\nhead -c 40 \"$2\" >\"$3\"; exit 1\n", 0o755)
	before := m.read("etc/sshd_config")
	m.wants(m.report(PasswordsOff), "did refused", "because no-effect", "sshd present")
	if after := m.read("etc/sshd_config"); after != before {
		t.Errorf("the configuration is not as it was:\n%s", after)
	}
	m.left()
}

// A file of its name that somebody has changed since is not taken away, even where it has no effect.
func TestSomebodysFileStays(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	theirs := "# ours\nPasswordAuthentication yes\n"
	m.write("etc/sshd_config.d/00-ecsguard-passwords.conf", theirs, 0o600)
	m.wants(m.report(PasswordsOff), "did changed", "default no") // at the top
	if got := m.read("etc/sshd_config.d/00-ecsguard-passwords.conf"); got != theirs {
		t.Errorf("the file is not as it was: %s", got)
	}
	if _, exit := m.does(PasswordsOn); exit != refused {
		t.Errorf("exit code %d", exit)
	}
	m.write("etc/sshd_config.d/00-ecsguard-passwords.conf", text("passwords"), 0o600)
	if out, exit := m.does(PasswordsOn); exit != 0 || out != "taken back\n" {
		t.Errorf("both are there: %d %s", exit, out)
	}
	m.wants(m.report(lookAtSSHD), "default yes")
	m.left()
}

// Where everything in the folder is included, whatever it is called, the undo counts at once.
func TestTheUndoCountsWhateverIsIncluded(t *testing.T) {
	m := newMachine(t, "Include ROOT/etc/sshd_config.d/*\n"+usual)
	if m == nil {
		return
	}
	m.key()
	m.start()
	m.wants(m.report(PasswordsOff), "did changed")
	if m.login("password") {
		t.Fatal("a password lets in")
	}
	if out, exit := m.does(PasswordsOn); exit != 0 || !m.login("password") {
		t.Errorf("the undo has not given it back: %d %s", exit, out)
	}
	m.left()
}

// An undo that died after it had taken its file away is finished by the next one.
func TestAnUndoThatDied(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	m.start()
	m.wants(m.report(PasswordsOff), "did changed")
	if m.login("password") { // and sshd has read it
		t.Fatal("a password lets in")
	}
	m.must(os.Rename(m.path("etc/sshd_config.d/00-ecsguard-passwords.conf"), m.path("etc/sshd_config.ecsguard-aside")))
	if out, exit := m.does(PasswordsOn); exit != 0 || !m.login("password") {
		t.Errorf("the undo has not given it back: %d %s", exit, out)
	}
	m.left()
}

// A block whose lines somebody has changed is not called nothing to take back.
func TestAChangedBlockIsSaid(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"other line ends": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"no end":          func(s string) string { return strings.Replace(s, "# ecsguard passwords: end\n", "", 1) },
		"no begin":        func(s string) string { return strings.Replace(s, "# ecsguard passwords: begin\n", "", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, usual)
			if m == nil {
				return
			}
			m.key()
			m.wants(m.report(PasswordsOff), "did changed")
			changed := change(m.read("etc/sshd_config"))
			m.write("etc/sshd_config", changed, 0o644)
			if out, exit := m.does(PasswordsOn); exit != refused || m.read("etc/sshd_config") != changed {
				t.Errorf("%d %s", exit, out)
			}
		})
	}
}

// Whoever died before he had written his number does not keep the lock for ever, nor does one whose number another has now.
func TestAnOldLockIsNobodys(t *testing.T) {
	for _, pid := range []string{"", fmt.Sprintln(os.Getpid())} {
		m := newMachine(t, included)
		if m == nil {
			return
		}
		m.key()
		m.must(os.Mkdir(m.path("run/ecsguard-sshd.lock"), 0o755))
		if pid != "" {
			m.write("run/ecsguard-sshd.lock/pid", pid, 0o644)
		}
		old := time.Now().Add(-time.Hour)
		m.own()
		m.must(os.Chtimes(m.path("run/ecsguard-sshd.lock"), old, old))
		m.wants(m.report(PasswordsOff), "did changed")
	}
}

// What sshd reads only for some ports or addresses of the machine does not make everything unknown, or good.
func TestMatchBlocksOfEveryKind(t *testing.T) {
	for block, want := range map[string]string{
		"Match LocalPort PORT\n\tPermitRootLogin yes\n":        "root password",
		"Match LocalAddress 10.0.0.1\n\tPermitRootLogin no\n":  "root key",
		"Match all\n\tPermitRootLogin yes\n":                   "root password",
		"Match Host *.invalid\n\tPermitRootLogin yes\n":        "root password",
		"Match RDomain red\n\tPermitRootLogin yes\n":           "root key",
		"match\tuser=root\n\tPermitRootLogin=\"yes\"\n":        "root password",
		"Match Address 0.0.0.0/0\r\n\tPermitRootLogin yes\r\n": "root password",
	} {
		m := newMachine(t, included+block)
		if m == nil {
			return
		}
		got := m.report(lookAtSSHD)
		m.wants(got, want, "sshd present", "default yes")
		if t.Failed() {
			t.Fatal(block)
		}
	}
}

// What holds for somebody, and cannot be known, is unknown and not good.
func TestWhatCannotBeKnownIsNotGood(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.write("bin/sshd", "#!/bin/sh\ncase \"$*\" in *-C*) exit 1 ;; esac\nexec "+m.at+"/usr/sbin/sshd \"$@\"\n", 0o755)
	m.wants(m.report(lookAtSSHD), "sshd unreadable")
	m.must(os.Remove(m.path("bin/sshd")))
	m.must(os.Remove(m.path("etc/sshd_config")))
	m.wants(m.report(lookAtSSHD), "sshd unreadable")
}

// The number in an old file may be another process's by now, which is not to be bothered.
func TestAnotherProcessIsLeftAlone(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	other := m.as(exec.Command("/bin/sleep", "60"))
	m.must(other.Start())
	ended := make(chan error, 1)
	go func() { ended <- other.Wait() }()
	m.write("run/sshd.pid", fmt.Sprintln(other.Process.Pid), 0o644)
	m.wants(m.report(PasswordsOff), "did changed")
	if err := other.Process.Signal(os.Kill); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("it was ended by something else: %v", err)
	}
}

// However the configuration is written: passwords end, and the undo leaves no trace.
func TestConfigurationsOfEveryManner(t *testing.T) {
	for name, make := range map[string]func(*machine){
		"equals signs":     func(m *machine) { m.config(usual + "PasswordAuthentication=\"yes\"\nPubkeyAuthentication = yes\n") },
		"small letters":    func(m *machine) { m.config(strings.ToLower("PasswordAuthentication YES") + "\n" + included) },
		"other line ends":  func(m *machine) { m.config(strings.ReplaceAll(usual+"PasswordAuthentication yes\n", "\n", "\r\n")) },
		"tabs":             func(m *machine) { m.config(usual + "\tPasswordAuthentication\tyes\t\n") },
		"said twice":       func(m *machine) { m.config(usual + "PasswordAuthentication yes\nPasswordAuthentication no\n") },
		"no last line end": func(m *machine) { m.config(usual + "PasswordAuthentication yes") },
		"quoted Include":   func(m *machine) { m.config("Include \"ROOT/etc/sshd_config.d/*.conf\"\n" + usual) },
		"included first": func(m *machine) {
			m.config(included)
			m.write("etc/sshd_config.d/-a.conf", "PasswordAuthentication yes\n", 0o600)
		},
		"Include in Match": func(m *machine) { m.config(usual + "Match User nobody\n\tInclude ROOT/etc/sshd_config.d/*.conf\n") },
		"Match in a file": func(m *machine) {
			m.config(included)
			m.write("etc/sshd_config.d/10.conf", "Match User nobody\n\tPasswordAuthentication yes\n", 0o600)
		},
		"a link": func(m *machine) {
			m.config(usual)
			m.must(os.Rename(m.path("etc/sshd_config"), m.path("run/sshd_real")))
			m.must(os.Symlink("../run/sshd_real", m.path("etc/sshd_config")))
		},
		"a linked folder": func(m *machine) {
			m.config(included)
			m.must(os.Rename(m.path("etc/sshd_config.d"), m.path("run/d")))
			m.must(os.Symlink("../run/d", m.path("etc/sshd_config.d")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, usual)
			if m == nil {
				return
			}
			m.key()
			make(m)
			m.own()
			before := m.read("etc/sshd_config")
			m.wants(m.report(PasswordsOff), "did changed", "default no", "keys 1")
			if out, exit := m.does(PasswordsOn); exit != 0 || out != "taken back\n" {
				t.Errorf("undo: %d %s", exit, out)
			}
			m.wants(m.report(lookAtSSHD), "default yes")
			if m.read("etc/sshd_config") != before {
				t.Errorf("not as it was:\n%s", m.read("etc/sshd_config"))
			}
		})
	}
}

// Where nothing can be written, nothing is changed, and that is said.
func TestAFolderThatIsReadOnly(t *testing.T) {
	m := newMachine(t, included)
	if m == nil {
		return
	}
	m.key()
	before := m.read("etc/sshd_config")
	for _, dir := range []string{"etc", "etc/sshd_config.d"} {
		m.must(os.Chmod(m.path(dir), 0o555))
	}
	m.wants(m.report(PasswordsOff), "did refused", "because no-effect", "default yes")
	if m.read("etc/sshd_config") != before {
		t.Error("it was changed")
	}
	m.left()
	for _, dir := range []string{"etc", "etc/sshd_config.d"} {
		m.must(os.Chmod(m.path(dir), 0o755))
	}
}

// What sshd was started with wins over what it reads, and is not taken for what it reads.
func TestOptionsOfTheDaemonCount(t *testing.T) {
	for _, options := range [][]string{{"-o", "PasswordAuthentication=yes"}, {"-oPasswordAuthentication=yes", "-o", "LogLevel=INFO"}} {
		m := newMachine(t, included+"PasswordAuthentication no\nKbdInteractiveAuthentication no\n")
		if m == nil {
			return
		}
		m.key()
		m.wants(m.report(lookAtSSHD), "default no")
		m.start(options...)
		if !m.login("password") {
			t.Fatal("the option has no effect")
		}
		m.wants(m.report(lookAtSSHD), "default yes", "passwords 1", "keys 1")
		m.wants(m.report(PasswordsOff), "did refused", "because no-effect")
		m.left()
	}
}
