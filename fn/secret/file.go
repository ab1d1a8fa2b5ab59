package secret

import (
	"errors"
	"io"
	"os"
)

// ReadFile reads a sealed file, and no more than one can be.
func ReadFile(name string) ([]byte, error) {
	// Opening a pipe would wait for who writes into it.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}
