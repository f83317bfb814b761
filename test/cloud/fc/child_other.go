//go:build !linux

package fc

import "syscall"

// childAttr gives a function its own process group. Only Linux ends it with
// ours when ours crashes.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
