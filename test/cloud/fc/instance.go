package fc

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// startLimit is how long a process may take from its start to its first poll.
const startLimit = 30 * time.Second

// fcInstance is one process of a function. It works on one invocation at a time
// and is frozen in between.
// next hands it work and exited is closed when it has ended; current is guarded by its own lock,
// since the runtime API is served without Cloud.mu.
type fcInstance struct {
	c      *Service
	id     string
	fn     *function
	cmd    *exec.Cmd
	server *http.Server
	output *os.File // stdout and stderr
	next   chan *delivery
	exited chan struct{}

	die  func()       // of one in this process: ends it; nil: a process
	said *said        // what that one writes
	Pid  atomic.Int64 // 0 until it runs
	tidy sync.Once
	reap *time.Timer // guarded by Cloud.mu, like the list of idle instances

	mu      sync.Mutex
	current *delivery
}

// work is what one attempt is about.
// retry is the number that the function is told, from 0.
type work struct {
	function, region string
	id, task         string
	trigger          string
	body             []byte
	async            bool
	retry            int
}

// attempt runs a function once, if there is a place for it now.
func (c *Service) attempt(w work) outcome {
	fn, i, err := c.reserve(w)
	return c.attemptIn(fn, i, err, w)
}

// attemptIn runs a function once in the place that it has got, or not got.
func (c *Service) attemptIn(fn *function, i *fcInstance, err error, w work) outcome {
	inv := Invocation{Function: w.function, RequestID: w.id, TaskID: w.task, Trigger: w.trigger, Async: w.async,
		Attempt: w.retry, Start: c.Clock(), Payload: string(w.body)}
	var out outcome
	if err != nil {
		out = platformError(err)
	} else {
		out = c.run(fn, i, w)
	}
	inv.End, inv.Status, inv.Error, inv.Cold, inv.Result = c.Clock(), out.status, out.errorType, out.cold, string(out.body)
	c.noteInvocation(inv)
	return out
}

func (c *Service) noteInvocation(inv Invocation) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.invocations = append(c.invocations, inv)
}

// run runs a function in an instance, a new one if i is nil.
// The place that it has taken is given back at the end, whatever happens. Each invocation has
// credentials of its own, an hour long.
func (c *Service) run(fn *function, i *fcInstance, w work) outcome {
	defer c.release(fn)
	var creds kernel.Credentials
	var err error
	if fn.Role != "" {
		creds, err = c.ram.AssumeServiceRole(fn.Role, "fc.aliyuncs.com", fn.Name, time.Hour)
		if err != nil {
			c.keep(i)
			return platformError(kernel.Refuse(403, "AccessDenied", "the function cannot assume its role %s: %v", fn.Role, err))
		}
	}
	cold := i == nil
	if cold {
		if i, err = c.startInstance(fn); err != nil {
			return platformError(fmt.Errorf("starting %s: %w", fn.Binary, err))
		}
	}
	out := i.deliver(&delivery{
		id: w.id, body: w.body, header: c.invokeHeaders(fn, w, creds),
		limit: time.Duration(fn.TimeoutSec) * time.Second, done: make(chan outcome, 1),
	})
	out.cold, out.log = cold, i.readLog()
	c.noteLog(fn, w.id, out.log)
	c.keep(i)
	return out
}

func platformError(err error) outcome {
	e := kernel.AsError(err)
	return outcome{status: e.Status, errorType: e.Code, body: []byte(e.Message)}
}

// warmest takes the idle instance that worked last, nil if none is alive. The
// caller holds Cloud.mu.
func (f *function) warmest() *fcInstance {
	for len(f.idle) > 0 {
		n := len(f.idle) - 1
		i := f.idle[n]
		f.idle = f.idle[:n]
		i.reap.Stop()
		select {
		case <-i.exited: // not long ago, and its end is still being noted
			i.discard()
		default:
			return i
		}
	}
	return nil
}

func (c *Service) release(fn *function) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	fn.Running--
	c.Running--
	c.Work.Done()
	c.PendingChanged()
}

// keep puts an instance back to wait, frozen, for the next invocation; one of
// replaced code is ended, and one that is no more forgotten.
func (c *Service) keep(i *fcInstance) {
	if i == nil {
		return
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	select {
	case <-i.exited:
		i.discard()
		return
	default:
	}
	if c.Functions[i.fn.Name] != i.fn || c.Closed {
		go i.end()
		return
	}
	i.fn.idle = append(i.fn.idle, i)
	i.reap = time.AfterFunc(c.InstanceIdle, func() {
		if c.unlist(i) {
			i.end()
		}
	})
}

// unlist takes an instance off the idle ones; false if someone else has.
func (c *Service) unlist(i *fcInstance) bool {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	n := slices.Index(i.fn.idle, i)
	if n >= 0 {
		i.fn.idle = slices.Delete(i.fn.idle, n, n+1)
	}
	return n >= 0
}

// Between the check that the cloud is open and the start of the process Close may come: hence the
// second look at the end.
func (c *Service) startInstance(fn *function) (*fcInstance, error) {
	if c.Instance != nil {
		return c.startInside(fn)
	}
	ca, err := c.functionDir()
	if err != nil {
		return nil, err
	}
	i := &fcInstance{c: c, fn: fn, id: "c-" + c.Random.Text(16, kernel.LowerAlnum), next: make(chan *delivery), exited: make(chan struct{})}
	// The output goes to a file and not a pipe: a frozen or killed process then
	// has left everything behind, to be read at one definite moment.
	if i.output, err = os.OpenFile(filepath.Join(filepath.Dir(ca), i.id), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	var addr string
	if i.server, addr, err = i.runtimeAPI(); err != nil {
		i.output.Close()
		return nil, err
	}
	i.cmd = exec.Command(fn.Binary)
	// The code's folder, as in production.
	i.cmd.Dir = filepath.Dir(fn.Binary)
	i.cmd.Env = append(c.functionEnv(fn, i.id, addr), c.Env(ca)...)
	i.cmd.Stdout, i.cmd.Stderr = i.output, i.output
	i.cmd.SysProcAttr = childAttr()

	c.Mu.Lock()
	closed := c.Closed
	if !closed {
		fn.All[i] = true
		c.Work.Add(1)
	}
	c.Mu.Unlock()
	if closed {
		err = kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
	} else if err = c.start(i.cmd); err != nil {
		c.Mu.Lock()
		delete(fn.All, i)
		c.Mu.Unlock()
		c.Work.Done()
	}
	if err != nil {
		i.server.Close()
		i.discard()
		return nil, err
	}
	i.Pid.Store(int64(i.cmd.Process.Pid))
	go i.watch(func() { i.cmd.Wait() })
	// Close may have looked for instances before this one had a process.
	select {
	case <-c.Closing:
		i.kill()
	default:
	}
	return i, nil
}

// watch waits for the end of the process, and then of what served it.
func (i *fcInstance) watch(end func()) {
	defer i.c.Work.Done()
	end()
	close(i.exited)
	if i.server != nil {
		i.server.Close()
	}
	i.c.Mu.Lock()
	delete(i.fn.All, i)
	i.c.Mu.Unlock()
	if i.c.unlist(i) {
		i.discard()
	}
}

// functionDir is a directory for output, with the certificate of the cloud.
func (c *Service) functionDir() (ca string, err error) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	if c.fcDir == "" {
		if c.fcDir, err = os.MkdirTemp("", "local-cloud-fc-"); err != nil {
			return "", err
		}
		if err = c.WriteCA(filepath.Join(c.fcDir, "ca.pem")); err != nil {
			return "", err
		}
	}
	return filepath.Join(c.fcDir, "ca.pem"), nil
}

// functionEnv is the environment of a function. Nothing of this machine's own
// gets in, as nothing of a developer's does in production.
func (c *Service) functionEnv(fn *function, instanceID, api string) []string {
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TZ=UTC", "LANG=C.UTF-8",
		"FC_RUNTIME_API=" + api, "FC_INSTANCE_ID=" + instanceID,
		"FC_FUNCTION_NAME=" + fn.Name, "FC_FUNCTION_HANDLER=" + fn.Handler,
		"FC_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(fn.MemoryMB),
		"FC_ACCOUNT_ID=" + c.Account, "FC_REGION=" + fn.Region,
	}
	for k, v := range fn.Env {
		env = append(env, k+"="+v)
	}
	return env
}

func (c *Service) invokeHeaders(fn *function, w work, creds kernel.Credentials) map[string]string {
	h := map[string]string{
		"x-fc-request-id":         w.id,
		"x-fc-function-name":      fn.Name,
		"x-fc-function-handler":   fn.Handler,
		"x-fc-function-memory":    strconv.Itoa(fn.MemoryMB),
		"x-fc-function-timeout":   strconv.Itoa(fn.TimeoutSec),
		"x-fc-region":             fn.Region,
		"x-fc-account-id":         c.Account,
		"x-fc-qualifier":          "LATEST",
		"x-fc-version-id":         "LATEST",
		"x-fc-retry-count":        "0",
		"x-fc-access-key-id":      creds.AccessKeyID,
		"x-fc-access-key-secret":  creds.AccessKeySecret,
		"x-fc-security-token":     creds.SecurityToken,
		"x-fc-service-name":       "",
		"x-fc-service-logproject": "",
	}
	if w.async {
		h["x-fc-retry-count"] = strconv.Itoa(w.retry)
	}
	if w.task != "" {
		h["x-fc-async-task-id"] = w.task
	}
	return h
}

// maxKeptLog is how much of a function's output is kept.
const maxKeptLog = 4 << 20

// readLog takes what the process wrote since the last time. The process is
// frozen or gone, so there is an end to it.
func (i *fcInstance) readLog() []byte {
	if i.said != nil {
		return i.said.take()
	}
	info, err := i.output.Stat()
	if err != nil || info.Size() == 0 {
		return nil
	}
	text := make([]byte, info.Size())
	n, _ := i.output.ReadAt(text, 0)
	i.output.Truncate(0) // the process appends, so it goes on at the beginning
	return text[:n]
}

// discard removes the output of an instance that nobody works with any more.
func (i *fcInstance) discard() {
	i.tidy.Do(func() {
		if i.output == nil {
			return
		}
		os.Remove(i.output.Name())
		i.output.Close()
	})
}

// A function that was replaced meanwhile logs to the new one.
func (c *Service) noteLog(fn *function, requestID string, text []byte) {
	if len(text) == 0 {
		return
	}
	c.Mu.Lock()
	if now := c.Functions[fn.Name]; now != nil {
		now.log = append(now.log, text...)
		now.log = now.log[max(0, len(now.log)-maxKeptLog):]
	}
	hook := c.OnFunctionLog
	c.Mu.Unlock()
	if hook != nil {
		hook(fn.Name, requestID, string(text))
	}
}

func (i *fcInstance) freeze() { i.signal(syscall.SIGSTOP) }
func (i *fcInstance) thaw()   { i.signal(syscall.SIGCONT) }

// kill ends the process, if it runs, and waits until it has ended.
func (i *fcInstance) kill() {
	if i.die != nil {
		i.die()
		<-i.exited
		return
	}
	if i.signal(syscall.SIGKILL) {
		<-i.exited
	}
}

// end kills an instance that nobody works with.
func (i *fcInstance) end() {
	i.kill()
	i.discard()
}

// signal reaches the process and all it has started: its process group.
// It reports whether there was a process to reach.
func (i *fcInstance) signal(s syscall.Signal) bool {
	if i.die != nil {
		return false // what runs in this process is not frozen
	}
	pid := int(i.Pid.Load())
	select {
	case <-i.exited: // the id may belong to someone else by now
		return false
	default:
		return pid != 0 && syscall.Kill(-pid, s) == nil
	}
}

// startSpawner starts processes from one thread that lives until done: Linux
// kills a child (Pdeathsig) when the thread that started it ends, so functions
// outlive neither the cloud nor a crash of the program that runs it.
func startSpawner(done chan struct{}) chan func() {
	spawn := make(chan func())
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this
		for {
			select {
			case f := <-spawn:
				f()
			case <-done:
				return
			}
		}
	}()
	return spawn
}

func (c *Service) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	select {
	case c.spawn <- func() { result <- cmd.Start() }:
		return <-result
	case <-c.Closing:
		return kernel.Refuse(503, "ServiceUnavailable", "the local cloud is closing")
	}
}
