// Package diff says what changed between two sets of objects, for one environment
// or several at once, and how a person reads it: by field, folded, the dangerous
// parts first. It also names the files that a write changes, so that a preview
// cannot differ from the deed.
//
// The value of a Secret is in no report: not the old one, not the new one, not the
// one beside it. A key is all that is said of it.
//
// On the line … validate → write → diff → commit it stands at level 1 and may
// import fn/manifest. The Go API is not stable; the config file, the flags and the
// output layout are.
package diff
