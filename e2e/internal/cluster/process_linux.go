package cluster

import "syscall"

// attributes keep a child from outliving the test, even one that is killed, and an
// interrupt of the terminal from reaching it before us.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
