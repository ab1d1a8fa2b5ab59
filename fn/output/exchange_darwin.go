package output

import (
	"os"

	"golang.org/x/sys/unix"
)

const canExchange = true

// exchange swaps two names below parent in one step.
func exchange(parent *os.File, a, b string) error {
	fd := int(parent.Fd())
	return unix.RenameatxNp(fd, a, fd, b, unix.RENAME_SWAP)
}
