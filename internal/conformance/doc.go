// Package conformance renders whole charts through whole overlays, as the
// command does, and holds the result to what every render promises. It has
// nothing but tests; docs/conformance.md says how to run them.
package conformance
