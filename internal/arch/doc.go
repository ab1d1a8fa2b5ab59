// Package arch holds the rules of this repository as tests: which package may
// import which, where the heavy libraries are at home, who may print and exit.
// A rule that is in the way is changed here, with its reason, or not at all.
package arch
