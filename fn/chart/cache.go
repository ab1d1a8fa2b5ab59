package chart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cache is a Source that keeps what another has fetched. An archive is stored
// under its digest and checked against it whenever it is read, so what is in
// the cache never has to be trusted, locked or expired, and any number of
// processes may share it. A cache that cannot be read or written is no error:
// it only saves nothing.
type Cache struct {
	// Dir holds sha256/<hex>.tgz. Empty means that nothing is kept.
	Dir string
	// Next is asked for what is not in the cache; nil means to stay offline.
	Next Source
}

// staleAfter is the age at which a temporary file belongs to a writer that died.
const staleAfter = time.Hour

// Fetch returns the archive with r's digest from the cache or from Next. With
// no digest in r only Next can know what is meant.
func (c Cache) Fetch(ctx context.Context, r Ref) ([]byte, error) {
	damaged := false
	if r.Digest != "" {
		data, err := c.read(r)
		if err == nil {
			return data, nil
		}
		var drift *DigestError
		damaged = errors.As(err, &drift)
	}
	if c.Next == nil {
		return nil, c.offline(r, damaged)
	}
	data, err := c.Next.Fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	// What has another digest than was asked for is stored under its own.
	c.write(digestOf(data), data)
	return data, nil
}

func (c Cache) offline(r Ref, damaged bool) error {
	switch {
	case r.Digest == "":
		return fmt.Errorf("%w: the published version cannot be looked up", ErrOffline)
	case c.Dir == "":
		return fmt.Errorf("%w: %s is needed and there is no cache directory; set AIRSTRIP_CACHE_DIR, or allow the network", ErrOffline, r.Digest)
	case damaged:
		return fmt.Errorf("%w: %s was damaged in the cache %s and is removed; run once with the network", ErrOffline, r.Digest, c.Dir)
	}
	return fmt.Errorf("%w: %s is not in the cache %s; run once with the network, or copy that cache from where it was", ErrOffline, r.Digest, c.Dir)
}

// entry is the file for a digest. It refuses what is not a digest, which could
// be a path.
func (c Cache) entry(digest string) (string, bool) {
	if c.Dir == "" || !digestPattern.MatchString(digest) {
		return "", false
	}
	return filepath.Join(c.Dir, "sha256", strings.TrimPrefix(digest, digestPrefix)+".tgz"), true
}

// read returns an intact entry and removes a damaged one. Another process may
// have replaced it by then and loses a good copy, which costs a fetch.
func (c Cache) read(r Ref) ([]byte, error) {
	name, ok := c.entry(r.Digest)
	if !ok {
		return nil, os.ErrNotExist
	}
	data, err := readFile(name, maxArchive)
	if err != nil {
		return nil, err
	}
	if err := verify(r, data, name); err != nil {
		os.Remove(name)
		return nil, err
	}
	return data, nil
}

// write stores data whole or not at all: readers see the name only after the
// bytes are on the disk. Who writes the same entry at the same time writes the
// same bytes, so the last rename wins and nothing has to be locked.
func (c Cache) write(digest string, data []byte) {
	name, ok := c.entry(digest)
	if !ok {
		return
	}
	dir := filepath.Dir(name)
	if os.MkdirAll(dir, 0o755) != nil {
		return
	}
	sweep(dir)
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
}

// sweep removes what writers that were killed have left.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, ".tmp-*"))
	for _, name := range left {
		if fi, err := os.Lstat(name); err == nil && time.Since(fi.ModTime()) > staleAfter {
			os.Remove(name)
		}
	}
}
