// Command airstrip renders the official Airbyte chart into plain manifests for
// GitOps: from the command line, as a kustomize function and as a kustomize
// plugin.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	// A render allocates a few times its peak and ends: collecting less
	// often costs some memory and saves a fifth of the time.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	// Whatever a library prints must not end up among the manifests.
	stdout := os.Stdout
	os.Stdout = os.Stderr
	os.Exit(run(os.Args[1:], os.Stdin, stdout, os.Stderr))
}
