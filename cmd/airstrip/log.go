package main

import (
	"fmt"
	"log"
	"strings"
	"sync"
)

// helmLog is where Helm's values and dependency code writes its warnings: the
// standard logger, with a clock time in front. Each is said once, as ours are.
type helmLog struct {
	t    *terminal
	mu   sync.Mutex
	seen map[string]bool
}

// catch points the standard logger at the terminal.
func (l *helmLog) catch() {
	log.SetFlags(0)
	log.SetOutput(l)
}

func (l *helmLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range strings.Split(strings.TrimSpace(string(p)), "\n") {
		for _, prefix := range []string{"warning: ", "Warning: ", "WARNING: "} {
			line = strings.TrimPrefix(line, prefix)
		}
		if line != "" && !l.seen[line] {
			l.seen[line] = true
			fmt.Fprintf(l.t.err, "airstrip: warning: helm: %s\n", line)
		}
	}
	return len(p), nil
}
