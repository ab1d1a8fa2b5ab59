// Command airstrip renders the official Airbyte chart into plain manifests for
// GitOps: from the command line, as a kustomize function and as a kustomize
// plugin.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	// A render of a few overlays makes little garbage and ends: collecting it
	// rarely saves a tenth of the time, for some memory. Renders of many keep
	// to the limit.
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(800)
		debug.SetMemoryLimit(192 << 20)
	}
	// Whatever a library prints must not end up among the manifests.
	stdout := os.Stdout
	os.Stdout = os.Stderr
	os.Exit(run(os.Args[1:], os.Stdin, stdout, os.Stderr))
}
