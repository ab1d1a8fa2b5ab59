package publish

import "os"

// alive reports whether a process is running.
func alive(pid int) bool {
	p, err := os.FindProcess(pid) // which opens it
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
