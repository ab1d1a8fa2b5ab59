//go:build !darwin && !linux

package output

import (
	"errors"
	"os"
)

const canExchange = false

// exchange is more than this system can do.
func exchange(*os.File, string, string) error { return errors.ErrUnsupported }
