package diff

// File is one file that differs.
type File struct {
	// Path is slash-separated and relative to the directory concerned.
	Path string
	// Old is what stands there now, nil if nothing does.
	Old []byte
	// New is what will stand there, nil if the file goes.
	New []byte
}
