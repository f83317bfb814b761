package fc

import "syscall"

// childAttr gives a function its own process group, and its end with ours.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
