package secret

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources gathers values from where users keep them, by the rules of `kubectl
// create secret generic` and with its messages, but for those that quote a value
// (kubectl: pkg/cmd/create/create_secret.go, pkg/cmd/util/env_file.go). A key may
// come from one source only, so that their order does not matter.
type Sources struct {
	Values map[string]Value
	// Warnings are what may not be meant.
	Warnings []Problem
}

func (s *Sources) warn(key, format string, args ...any) {
	s.Warnings = append(s.Warnings, Problem{Field: key, Message: fmt.Sprintf(format, args...), Warning: true})
}

// Add adds a value.
func (s *Sources) Add(key string, v Value) error {
	if errs := validation.IsConfigMapKey(key); len(errs) > 0 {
		return fmt.Errorf("%q is not valid key name for a Secret %s", key, strings.Join(errs, ";"))
	}
	if _, ok := s.Values[key]; ok {
		return fmt.Errorf("cannot add key %s, another key by that name already exists", key)
	}
	if s.Values == nil {
		s.Values = map[string]Value{}
	}
	s.Values[key] = v
	return nil
}

// Literal adds KEY=VALUE.
func (s *Sources) Literal(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return errors.New("invalid literal source, expected key=value")
	}
	return s.Add(key, NewValue([]byte(value)))
}

// File adds a file under its own name or, as KEY=PATH, under another, or the files
// of a folder under theirs. Its bytes stay as they are.
func (s *Sources) File(source string) error {
	key, name, err := fileSource(source)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("error reading %s: %w", name, bare(err))
	}
	if !info.IsDir() {
		return s.file(key, name)
	}
	if strings.Contains(source, "=") {
		return errors.New("cannot give a key name for a directory path")
	}
	files, err := os.ReadDir(name)
	if err != nil {
		return fmt.Errorf("error listing files in %s: %w", name, bare(err))
	}
	for _, f := range files {
		if f.Type().IsRegular() {
			if err := s.file(f.Name(), filepath.Join(name, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func fileSource(source string) (key, name string, err error) {
	switch n := strings.Count(source, "="); {
	case n == 0:
		return path.Base(filepath.ToSlash(source)), source, nil
	case n > 1:
		return "", "", errors.New("key names or file paths cannot contain '='")
	}
	key, name, _ = strings.Cut(source, "=")
	switch {
	case key == "":
		return "", "", fmt.Errorf("key name for file path %v missing", name)
	case name == "":
		return "", "", fmt.Errorf("file path for key name %v missing", key)
	}
	return key, name, nil
}

func (s *Sources) file(key, name string) error {
	data, err := readFile(name)
	if err != nil {
		return err
	}
	if n := bytes.Count(data, []byte("\n")); n == 1 && data[len(data)-1] == '\n' {
		s.warn(key, "%s is one line and ends in a newline, which becomes part of the value", name)
	}
	return s.Add(key, NewValue(data))
}

// readFile reads what a Secret can hold, also from a pipe.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("error reading %s: %w", name, bare(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fmt.Errorf("error reading %s: %w", name, bare(err))
	}
	if len(data) > maxSecret {
		return nil, fmt.Errorf("%s: larger than %d bytes, which is the most that a Secret may hold", name, maxSecret)
	}
	return data, nil
}

// bare is an error without the path that its message names already.
func bare(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// EnvFile adds the KEY=VALUE lines of a file. Values are taken as they stand:
// quotes are part of them. A line without = would mean a variable of the
// environment to kubectl; it is refused here.
func (s *Sources) EnvFile(name string) error {
	data, err := readFile(name)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxSecret+1)
	for n := 1; lines.Scan(); n++ {
		line := lines.Bytes()
		if !utf8.Valid(line) {
			return fmt.Errorf("env file %s contains invalid utf8 bytes at line %d", name, n)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		line = bytes.TrimLeftFunc(line, unicode.IsSpace)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if err := s.envLine(string(line)); err != nil {
			return fmt.Errorf("%s: line %d: %w", name, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("error reading %s: %w", name, err)
	}
	return nil
}

func (s *Sources) envLine(line string) error {
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		// A line of a value that goes over several, for all that is known.
		return errors.New("no KEY=VALUE: values of several lines come from --from-file")
	}
	if errs := validation.IsEnvVarName(key); len(errs) > 0 {
		if rest, found := strings.CutPrefix(key, "export "); found && len(validation.IsEnvVarName(rest)) == 0 {
			return fmt.Errorf("leave out export before %s", rest)
		}
		return fmt.Errorf("not a valid key name: %s", strings.Join(errs, ";"))
	}
	if errs := validation.IsConfigMapKey(key); len(errs) > 0 {
		// What is so long may be a value: Add would quote it.
		return fmt.Errorf("not a valid key name: %s", strings.Join(errs, ";"))
	}
	switch {
	case len(value) > 1 && strings.ContainsRune(`"'`, rune(value[0])) && value[len(value)-1] == value[0]:
		s.warn(key, "is in quotes, which become part of the value")
	case value != strings.TrimSpace(value):
		s.warn(key, "begins or ends with a blank, which becomes part of the value")
	}
	return s.Add(key, NewValue([]byte(value)))
}

// Keys are the keys that were added, sorted.
func (s *Sources) Keys() []string {
	var keys []string
	for k := range s.Values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
