package main

import (
	"context"
	"errors"
	"testing"
)

// TestUntilInterrupted: what blocks for ever, such as a pipe that nobody writes to,
// keeps nobody from ending.
func TestUntilInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	begun, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	go func() {
		<-begun
		cancel()
	}()
	if err := untilInterrupted(ctx, func() { close(begun); <-never }); !errors.Is(err, context.Canceled) {
		t.Errorf("of work that does not end: %v", err)
	}
	did := false
	if err := untilInterrupted(context.Background(), func() { did = true }); err != nil || !did {
		t.Errorf("of work that ends: %v, done: %t", err, did)
	}
}
