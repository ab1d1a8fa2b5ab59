// Package publish brings files into git: it commits and pushes given paths with
// the user's own git, so that his hooks, his signing key, his identity, his
// credential helpers and his ssh hold, and opens pull requests with them.
//
// A commit is made beside the repository, with an index and a HEAD of its own;
// the user's branch, index and work tree are touched by the last steps alone. So
// what he has staged stays staged, what he has not stays unstaged, and a process
// that is killed leaves the repository as it was, or the commit done.
//
// It never pushes with force and never merges text. When somebody else was
// faster, the files are made anew on top of what he pushed, by a function that
// the caller gives: this package knows nothing of what the files are.
//
// Which repository is meant is decided by a folder. Of the environment's GIT_
// variables those that choose a repository, an index or a place for objects are
// not honoured (a hook sets them for the commit that it belongs to); those that
// say who commits, how to reach a remote and how git is configured are.
//
// On the line … write → diff → commit it is the last step, stands at level 1 and
// may import fn/manifest. The Go API is not stable; the config file, the flags
// and the output layout are.
package publish
