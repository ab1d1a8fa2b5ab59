package render_test

import (
	"io"
	"log"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Helm warns of values of another type than the default's through the log
	// package; the tests that provoke it look at what comes out.
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}
