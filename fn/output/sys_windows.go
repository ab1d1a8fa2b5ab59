package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// tryLock opens a file that nobody else may open, and that the system deletes
// when we close it or die. It returns nil if another process holds it.
func tryLock(dir string) (release func(), err error) {
	name, err := windows.UTF16PtrFromString(filepath.Join(dir, tempPrefix+"lock"))
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_WRITE, 0, nil, windows.OPEN_ALWAYS,
		windows.FILE_ATTRIBUTE_HIDDEN|windows.FILE_FLAG_DELETE_ON_CLOSE, 0)
	switch {
	case err == nil:
		return func() { windows.CloseHandle(h) }, nil
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION), errors.Is(err, windows.ERROR_DELETE_PENDING):
		return nil, nil
	}
	return nil, err
}

// chown does nothing: a new file has the owner and rights of its folder.
func chown(*os.Root, string, fs.FileInfo) {}

// syncDir does nothing: the system has no such call.
func syncDir(*os.Root, string) error { return nil }
