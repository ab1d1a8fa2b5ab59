package chart

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// maxWholeIndex bounds an index that has to be parsed as a whole, which takes
// many times its size in memory.
const maxWholeIndex = 16 << 20

// maxOthers is how many other versions an error message names.
const maxOthers = 5

// An entry is what we read of one version in an index.
type entry struct {
	Version string   `json:"version"`
	Digest  string   `json:"digest"`
	URLs    []string `json:"urls"`
}

// digest is in the form that a Ref has; Helm writes the bare hex digits.
func (e entry) digest() string {
	if e.Digest == "" || strings.Contains(e.Digest, ":") {
		return e.Digest
	}
	return digestPrefix + e.Digest
}

var entriesLine = regexp.MustCompile(`(?m)^entries:[ \t]*(?:#.*)?\r?\n`)

// findVersion returns the entries for one version of a chart, and some of the
// other versions there are.
//
// The index of Airbyte's first repository has over nine thousand entries and
// each lists up to fourteen dependencies; to parse one like it takes over a
// second and hundreds of megabytes. But it is written by Helm, one entry after the other
// at a fixed indent, so the lines are read as they come, only the entries that
// are wanted are parsed as YAML, and the rest is not even downloaded. An index
// in any other style, such as JSON, is parsed whole.
func findVersion(r io.Reader, name, version string) (found []entry, others []string, err error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(64 << 10)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch text := bytes.TrimLeft(head, "\ufeff \t\r\n"); {
	case len(text) == 0:
		return nil, nil, errors.New("the index is empty")
	case text[0] == '<':
		return nil, nil, errors.New("a web page came instead of an index; check the address: a login page or a proxy may have answered")
	case text[0] == '{' || !entriesLine.Match(head):
		return findInWhole(br, name, version)
	}
	s := indexScan{name: name, version: version}
	lines := bufio.NewScanner(br)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() && s.err == nil && !s.done {
		s.line(lines.Bytes())
	}
	if s.done || s.err != nil {
		return s.found, s.others, s.err
	}
	if err := lines.Err(); err != nil {
		return nil, nil, err
	}
	s.endItem()
	return s.found, s.others, s.err
}

func findInWhole(r io.Reader, name, version string) (found []entry, others []string, err error) {
	data, err := io.ReadAll(io.LimitReader(r, maxWholeIndex+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > maxWholeIndex {
		return nil, nil, fmt.Errorf("the index is not in the form Helm writes, and larger than the %d MiB that any other form may have", maxWholeIndex>>20)
	}
	var index struct {
		Entries map[string][]entry `json:"entries"`
	}
	if json.Valid(data) {
		err = json.Unmarshal(data, &index)
	} else {
		err = yaml.Unmarshal(data, &index)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("not the index of a chart repository: %v", err)
	}
	if index.Entries == nil {
		return nil, nil, errors.New("not the index of a chart repository: it has no entries")
	}
	for _, e := range index.Entries[name] {
		if e.Version == version {
			found = append(found, e)
		} else if len(others) < maxOthers {
			others = append(others, e.Version)
		}
	}
	return found, others, nil
}

// indexScan is a reader of
//
//	entries:
//	  name:
//	  - apiVersion: v2
//	    version: 1.2.3
//
// at any indent. It relies on one rule of YAML: whatever belongs to a key, be
// it text of several lines, is indented deeper than the key.
type indexScan struct {
	name, version string

	state     scanState
	keyIndent int // of chart names
	seqIndent int // of the dashes below a name
	column    int // of the keys in item, after its dash; -1 before the first
	item      []byte
	wanted    bool // item has the version

	found  []entry
	others []string
	done   bool
	err    error
}

type scanState int

const (
	beforeEntries scanState = iota
	firstName
	inEntries
	firstItem
	inItems
)

func (s *indexScan) line(line []byte) {
	text := bytes.TrimLeft(line, " ")
	indent := len(line) - len(text)
	text = bytes.TrimRight(text, " \t\r")
	blank := len(text) == 0 || text[0] == '#'

	switch s.state {
	case beforeEntries:
		if bytes.HasPrefix(line, []byte("entries:")) {
			s.state = firstName
		}
		return
	case firstName:
		if blank {
			return
		}
		s.keyIndent = indent
		s.state = inEntries
	case firstItem:
		if blank {
			return
		}
		s.seqIndent = indent
		s.state = inItems
	}

	if s.state == inItems {
		dash := indent == s.seqIndent && (len(text) == 1 || bytes.HasPrefix(text, []byte("- "))) && text[0] == '-'
		switch {
		case dash:
			s.endItem()
		case indent <= s.keyIndent && !blank:
			s.endItem()
			s.done = true
			return
		}
		s.addLine(line, text, indent, dash)
		return
	}

	switch {
	case blank || indent > s.keyIndent:
	case indent < s.keyIndent || indent == 0:
		s.done = true // the next key of the index
	case bytes.HasPrefix(text, []byte("-")):
	default:
		key, rest, _ := strings.Cut(string(text), ":")
		if strings.Trim(key, `"'`) != s.name {
			return
		}
		if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
			if rest == "[]" {
				s.done = true
				return
			}
			s.err = fmt.Errorf("the index lists chart %s in a form that is not understood: %.60q", s.name, text)
			return
		}
		s.state = firstItem
	}
}

// addLine adds a line to the item, and looks at it if it is the version.
func (s *indexScan) addLine(line, text []byte, indent int, dash bool) {
	s.item = append(append(s.item, line...), '\n')
	if dash {
		inner := bytes.TrimLeft(text[1:], " ")
		indent, text = indent+len(text)-len(inner), inner
		s.column = -1
	}
	if s.column < 0 && len(text) > 0 {
		s.column = indent
	}
	value, ok := bytes.CutPrefix(text, []byte("version:"))
	if !ok || indent != s.column {
		return
	}
	value, _, _ = bytes.Cut(value, []byte(" #"))
	v := strings.Trim(strings.TrimSpace(string(value)), `"'`)
	if v == s.version {
		s.wanted = true
	} else if len(s.others) < maxOthers {
		s.others = append(s.others, v)
	}
}

func (s *indexScan) endItem() {
	if s.wanted {
		var es []entry
		if err := yaml.Unmarshal(s.item, &es); err != nil {
			s.err = fmt.Errorf("the index entry of %s %s: %v", s.name, s.version, err)
		}
		for _, e := range es {
			if e.Version == s.version {
				s.found = append(s.found, e)
			}
		}
	}
	s.item, s.wanted = s.item[:0], false
}
