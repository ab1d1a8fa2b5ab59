package main

import (
	"fmt"
	"io"
	"strings"
)

// pair is an image, and what it is to be called in a mirror.
type pair struct{ from, to string }

// tagged takes the tag from an image that is named by tag and digest, and the
// digest from its copy: the one says what is copied, and the other cannot be
// written to.
func (p pair) tagged() pair {
	repo, digest, found := strings.Cut(p.from, "@")
	if i := strings.LastIndexByte(repo, ':'); found && i > strings.LastIndexByte(repo, '/') {
		p.from = repo[:i] + "@" + digest
		p.to, _, _ = strings.Cut(p.to, "@")
	}
	return p
}

// writeCopyScript prints a script that copies images.
func writeCopyScript(out io.Writer, pairs []pair, registries []string) error {
	var lines strings.Builder
	digests := 0
	for _, p := range pairs {
		p = p.tagged()
		digests += strings.Count(p.from, "@")
		fmt.Fprintf(&lines, "copy %s %s\n", quote(p.from), quote(p.to))
	}
	docker := dockerCopy
	if digests > 0 {
		docker = dockerRefused
	}
	_, err := fmt.Fprintf(out, copyScript, count(len(pairs), "image"), strings.Join(registries, " and "), docker, lines.String())
	return err
}

const copyScript = `#!/bin/sh
# Copies %s to %s. Log in there first:
# crane auth login HOST, or docker login HOST.
set -eu

if command -v crane >/dev/null 2>&1; then
	copy() {
		want=$(crane digest "$1")
		have=$(crane digest "$2" 2>/dev/null) || have=
		if [ "$want" = "$have" ]; then
			echo "$2: there already"
		else
			crane copy "$1" "$2"
		fi
	}
elif command -v docker >/dev/null 2>&1; then
%selse
	echo "$0: neither crane nor docker is on PATH" >&2
	exit 1
fi

%s`

// docker pulls and pushes one platform, and so makes another digest.
const (
	dockerCopy = `	echo "$0: no crane on PATH: docker copies the platform of this machine alone" >&2
	copy() {
		docker pull "$1"
		docker tag "$1" "$2"
		docker push "$2"
	}
`
	dockerRefused = `	echo "$0: install crane: docker does not keep the digests by which images are named" >&2
	exit 1
`
)

// quote writes a word for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
