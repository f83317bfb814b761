package guest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// password is the one of every user here, and crypted what shadow says of it.
const (
	password = "correct horse"
	crypted  = "$6$ecsguardtest$Xg/ao3n9A61I28ZLus0BnwA43kQYC.l6P84mhmXJ37JElPAc9Ts7h4NTgado5MWNNRV4JZzvRhpGdCKANaOlO0"
	nobody   = 65534
)

// A machine is a folder with a real sshd that listens on 127.0.0.1. It runs as one user who is not root, so that
// nothing of the real machine is needed or touched: accounts come from files, by nss_wrapper.
type machine struct {
	t       *testing.T
	root    string // the folder
	at      string // where Debian's packages are unpacked
	port    string
	uid     int
	tools   string // folders of the tools that scripts find
	busybox bool
	bare    bool // sshd is not to be found
	daemon  *exec.Cmd
	printed bytes.Buffer
}

// unpacked is where make sshd puts Debian's packages.
func unpacked(t *testing.T) string {
	at, err := filepath.Abs("../../target/sshd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(at, "usr/sbin/sshd")); err != nil {
		if os.Getenv("ECSGUARD_SSHD") != "" {
			t.Fatal("no sshd is unpacked in target/sshd, and ECSGUARD_SSHD says that this test must run: make sshd")
		}
		return ""
	}
	return at
}

// newMachine makes one with a configuration, where PORT and ROOT are filled in. It is not started. nil: there is no sshd, which
// make test says.
func newMachine(t *testing.T, config string) *machine {
	at := unpacked(t)
	if at == "" {
		t.Log("not tested: there is no sshd (make sshd)")
		return nil
	}
	m := &machine{t: t, root: t.TempDir(), at: at, uid: os.Getuid(), tools: filepath.Join(at, "usr/bin") + ":/usr/bin:/bin"}
	if err := os.Chmod(filepath.Dir(m.root), 0o755); err != nil {
		t.Fatal(err)
	}
	if m.uid == 0 {
		m.uid = nobody
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, m.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	for _, dir := range []string{"etc/sshd_config.d", "home/.ssh", "run", "bin"} {
		m.must(os.MkdirAll(m.path(dir), 0o755))
	}
	account := func(name string, uid int, shell string) string {
		return fmt.Sprintf("%s:x:%d:%d::%s:%s\n", name, uid, uid, m.path("home"), shell)
	}
	m.write("passwd", account("root", 0, "/bin/sh")+account("alice", m.uid, "/bin/sh")+account("sshd", 65000, "/usr/sbin/nologin"), 0o644)
	m.write("group", fmt.Sprintf("alice:x:%d:\n", m.uid), 0o644)
	m.write("shadow", "alice:"+crypted+":20000:0:99999:7:::\n", 0o600)
	m.write("askpass", "#!/bin/sh\necho '"+password+"'\n", 0o755)
	m.write("bin/sudo", "#!/bin/sh\nexit 1\n", 0o755)
	m.config(config)
	m.own()
	for _, key := range []string{"etc/host_key", "client_key"} {
		m.run(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", m.path(key)), "")
	}
	return m
}

func (m *machine) config(text string) {
	m.write("etc/sshd_config", strings.NewReplacer("PORT", m.port, "ROOT", m.root).Replace(text), 0o644)
}

// key lets alice in with the key.
func (m *machine) key() {
	public, err := os.ReadFile(m.path("client_key.pub"))
	m.must(err)
	m.write("home/.ssh/authorized_keys", string(public), 0o600)
	m.own()
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) write(name, text string, mode os.FileMode) {
	m.t.Helper()
	m.must(os.WriteFile(m.path(name), []byte(text), mode))
	m.must(os.Chmod(m.path(name), mode))
	m.own()
}

func (m *machine) read(name string) string {
	text, err := os.ReadFile(m.path(name))
	m.must(err)
	return string(text)
}

// own gives everything to the user, where the test may.
func (m *machine) own() {
	if os.Getuid() == 0 {
		m.must(filepath.WalkDir(m.root, func(p string, _ os.DirEntry, err error) error {
			if err == nil {
				err = os.Lchown(p, m.uid, m.uid)
			}
			return err
		}))
	}
}

// as makes a command one of the user's, on this machine.
func (m *machine) as(c *exec.Cmd) *exec.Cmd {
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(m.uid), Gid: uint32(m.uid)}}
	}
	c.Dir = m.root
	lib, sbin := filepath.Join(m.at, "usr/lib", triplet(m.at)), filepath.Join(m.at, "usr/sbin")+":"
	if m.bare {
		sbin = ""
	}
	c.Env = []string{
		"PATH=" + m.path("bin") + ":" + sbin + m.tools,
		"HOME=" + m.path("home"), "LD_LIBRARY_PATH=" + lib, "LD_PRELOAD=" + filepath.Join(lib, "libnss_wrapper.so"),
		"NSS_WRAPPER_PASSWD=" + m.path("passwd"), "NSS_WRAPPER_GROUP=" + m.path("group"), "NSS_WRAPPER_SHADOW=" + m.path("shadow"),
		"ECSGUARD_SSHD_CONFIG=" + m.path("etc/sshd_config"), "ECSGUARD_PASSWD=" + m.path("passwd"), "ECSGUARD_SHADOW=" + m.path("shadow"), "ECSGUARD_RUN=" + m.path("run"),
		"SSH_ASKPASS=" + m.path("askpass"), "SSH_ASKPASS_REQUIRE=force", "DISPLAY=none",
	}
	return c
}

// triplet is the folder of libraries of whatever the packages were built for.
func triplet(at string) string {
	found, _ := filepath.Glob(filepath.Join(at, "usr/lib/*/libnss_wrapper.so"))
	if len(found) == 0 {
		return ""
	}
	return filepath.Base(filepath.Dir(found[0]))
}

func (m *machine) run(c *exec.Cmd, input string) (string, int) {
	m.t.Helper()
	c = m.as(c)
	c.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		m.t.Fatalf("%s: %v", c, err)
	}
	if errs.Len() > 0 {
		m.t.Logf("%s: %s", filepath.Base(c.Path), errs.String())
	}
	return out.String(), c.ProcessState.ExitCode()
}

// start starts sshd, with options. The test stops it.
func (m *machine) start(options ...string) {
	m.t.Helper()
	m.daemon = m.as(exec.Command(filepath.Join(m.at, "usr/sbin/sshd"), append([]string{"-D", "-e", "-f", m.path("etc/sshd_config")}, options...)...))
	m.daemon.Stdout, m.daemon.Stderr = &m.printed, &m.printed
	m.must(m.daemon.Start())
	m.t.Cleanup(func() {
		m.daemon.Process.Kill()
		m.daemon.Wait()
		if m.t.Failed() {
			m.t.Log(m.printed.String())
		}
	})
	m.answers()
}

// answers waits until it takes connections.
func (m *machine) answers() {
	m.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		c, err := net.Dial("tcp", "127.0.0.1:"+m.port)
		if err == nil {
			first := make([]byte, 4)
			c.SetDeadline(time.Now().Add(5 * time.Second))
			n, _ := c.Read(first)
			c.Close()
			if string(first[:n]) == "SSH-" {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	m.t.Fatalf("sshd does not answer:\n%s", m.printed.String())
}

// login tells whether alice gets in.
func (m *machine) login(way string) bool {
	m.t.Helper()
	m.answers()
	args := []string{"-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1",
		"-o", "PreferredAuthentications=" + way, "-i", m.path("client_key"), "-o", "IdentitiesOnly=yes", "-p", m.port, "alice@127.0.0.1", "echo", "in"}
	out, _ := m.run(exec.Command(filepath.Join(m.at, "usr/bin/ssh"), args...), "")
	return out == "in\n"
}

// does runs a script as it is sent.
func (m *machine) does(s Script) (string, int) {
	m.t.Helper()
	return m.run(m.shell(), s.Text())
}

// report runs a script that prints one, and takes it apart as ecsguard does.
func (m *machine) report(s Script) Values {
	m.t.Helper()
	out, exit := m.does(s)
	values, err := SSHD.Form.read([]byte(out))
	if err != nil {
		m.t.Fatalf("%v: exit code %d\n%s", err, exit, out)
	}
	if (exit == refused) != (values["did"] == "refused") || exit != 0 && exit != refused {
		m.t.Errorf("exit code %d\n%s", exit, out)
	}
	return values
}

// shell is the one that scripts are run by.
func (m *machine) shell(args ...string) *exec.Cmd {
	if m.busybox {
		return exec.Command(m.path("bin/sh"), args...)
	}
	return exec.Command("/bin/sh", args...)
}

// slim leaves the machine BusyBox and nothing else, as Alpine has it.
func (m *machine) slim() {
	m.busybox, m.tools = true, m.path("bin")
	box := filepath.Join(m.at, "bin/busybox")
	for _, name := range strings.Fields("sh awk basename cat chmod cp date dirname find grep id kill ls mkdir mv readlink rm sed tr") {
		m.must(os.Symlink(box, m.path("bin/"+name)))
	}
	m.must(os.Symlink(filepath.Join(m.at, "usr/bin/ssh-keygen"), m.path("bin/ssh-keygen")))
}
