// Package diff is the vocabulary of what a render would change: what it lists
// is what the writer applies, so that a preview cannot differ from the deed.
//
// It stands at level 1 and may import fn/manifest. The Go API is not stable;
// the config file, the flags and the output layout are.
package diff

// Change is one file that differs.
type Change struct {
	// Path is slash-separated and relative to the directory concerned.
	Path string
	// Old is what stands there now, nil if nothing does.
	Old []byte
	// New is what will stand there, nil if the file goes.
	New []byte
}
