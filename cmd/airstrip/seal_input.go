package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

type airbyteKey = airbyte.SecretKey

const allKeys = airbyte.AllKeys

// maxInput is the most that a Secret may hold, in bytes, with room for a manifest
// around it.
const maxInput = 4 << 20

// gather reads the values that the command line names, but for those to ask for
// on a terminal.
func (o *sealOptions) gather(t *terminal) (map[string]secret.Value, *secret.Plain, error) {
	var s secret.Sources
	var errs []error
	for _, text := range o.literals {
		errs = append(errs, front("--from-literal", s.Literal(text)))
	}
	for _, source := range o.files {
		errs = append(errs, front("--from-file", s.File(source)))
	}
	for _, name := range o.envFiles {
		errs = append(errs, front("--from-env-file", s.EnvFile(name)))
	}
	plain, err := o.plain(t, &s)
	errs = append(errs, err)
	if !t.interactive() {
		errs = append(errs, o.piped(t, &s))
	}
	for _, key := range o.unset {
		if _, ok := s.Values[key]; ok || slices.Contains(o.set, key) {
			errs = append(errs, usageError{message: fmt.Sprintf("--unset %s: it is given a value too", key)})
		}
	}
	for _, w := range s.Warnings {
		t.warnOf("", w)
	}
	return s.Values, plain, errors.Join(errs...)
}

func front(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// plain reads the Secret in clear that -f names.
func (o *sealOptions) plain(t *terminal, s *secret.Sources) (*secret.Plain, error) {
	if o.manifest == "" {
		return nil, nil
	}
	name, in := o.manifest, t.in
	if name == "-" {
		if name = "stdin"; len(o.set) > 0 {
			return nil, usageError{message: "-f - and --set both read stdin: take one of them"}
		}
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	plain, err := secret.ParsePlain(data)
	if err != nil {
		return nil, inFile(name, err)
	}
	for _, key := range plain.Keys() {
		if err := s.Add(key, plain.Values[key]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return plain, nil
}

// piped takes the value of --set from stdin.
func (o *sealOptions) piped(t *terminal, s *secret.Sources) error {
	switch {
	case len(o.set) == 0:
		return nil
	case len(o.set) > 1:
		return usageError{message: "stdin is no terminal, and holds the value of one --set: take the others from --from-file or --from-env-file"}
	case strings.Contains(o.set[0], "="):
		return valueInFlag(o.set[0])
	}
	data, err := io.ReadAll(io.LimitReader(t.in, maxInput+1))
	if err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	if len(data) == 0 {
		return usageError{message: fmt.Sprintf("--set %s: stdin is empty (for an empty value: --from-literal %[1]s=)", o.set[0])}
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	return front("--set", s.Add(o.set[0], secret.NewValue(data)))
}

// valueInFlag refuses a value behind --set, and does not repeat it.
func valueInFlag(text string) error {
	key, _, _ := strings.Cut(text, "=")
	return usageError{message: fmt.Sprintf("--set %s takes no value, which every process of the machine could see: it is asked for, or comes from stdin", key)}
}

// interactive reports whether there is somebody to ask.
func (t *terminal) interactive() bool {
	f, ok := t.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ask asks for the values that are to be asked for: those of --set, or, where
// nothing was said, those that are read and not there.
func (s *sealer) ask(ctx context.Context) error {
	keys := s.set
	if !s.explicit {
		keys = nil
	}
	for _, key := range keys {
		if strings.Contains(key, "=") {
			return valueInFlag(key)
		}
	}
	if !s.wanted() {
		return nil
	}
	have, err := s.present()
	if err != nil {
		return err
	}
	if err := s.takesOut(have); err != nil {
		return err
	}
	missing := s.lacking(have)
	if !s.explicit {
		keys = missing
	}
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { _, given := s.given[key]; return given })
	if len(keys) > 0 && (s.mute || !s.t.interactive()) {
		if s.explicit {
			return usageError{message: fmt.Sprintf("--set %s: there is nobody to ask (--no-input)", keys[0])}
		}
		return &nobodyError{s.plan.File, keys, s.dir}
	}
	for _, key := range keys {
		if err := s.prompt(ctx, key); err != nil {
			return err
		}
	}
	left := slices.DeleteFunc(missing, func(key string) bool { _, given := s.given[key]; return given })
	if len(left) > 0 {
		fmt.Fprintf(s.t.err, "airstrip: warning: %s: still missing, and read: %s\n", s.plan.File, strings.Join(left, ", "))
	}
	return nil
}

// nobodyError says which keys are missing where there is nobody to ask.
type nobodyError struct {
	file string
	keys []string
	dir  string
}

func (e *nobodyError) Error() string {
	return fmt.Sprintf("%s: missing: %s", e.file, strings.Join(e.keys, ", "))
}

// takesOut returns an error where a key is to be taken out of a file, which has
// the given keys, that is not among them.
func (s *sealer) takesOut(have []string) error {
	if !s.explicit {
		return nil
	}
	for _, key := range s.unset {
		if !slices.Contains(have, key) {
			return usageError{fmt.Sprintf("--unset %s: %s has no such key", key, s.plan.File), manifest.Nearest(key, have)}
		}
	}
	return nil
}

// lacking are the keys that are read, and are neither in the file, which has the
// given keys, nor made by the chart, nor given.
func (s *sealer) lacking(have []string) []string {
	have = slices.DeleteFunc(slices.Clone(have), func(key string) bool { return s.explicit && slices.Contains(s.unset, key) })
	if s.plan.Made != nil {
		have = append(have, s.plan.Made.Keys()...)
	}
	have = append(have, slices.Collect(maps.Keys(s.given))...)
	var missing []string
	for _, k := range s.plan.Needed {
		// What the chart leaves empty may stay so.
		if k.Key == allKeys || k.Optional || k.State == airbyte.KeyRendered || slices.Contains(have, k.Key) || slices.Contains(missing, k.Key) {
			continue
		}
		missing = append(missing, k.Key)
	}
	return missing
}

// prompt asks for a value without echo; for a file, by its path.
func (s *sealer) prompt(ctx context.Context, key string) error {
	in := s.t.in.(*os.File)
	if isFile(key) {
		fmt.Fprintf(s.t.err, "%s: path of the file that holds %s: ", s.plan.Name, key)
		name, err := answer(ctx, in, func() ([]byte, error) { return readLine(in) })
		if err != nil || len(name) == 0 {
			return err
		}
		var sources secret.Sources
		if err := sources.File(key + "=" + string(name)); err != nil {
			return err
		}
		return s.take(key, sources.Values[key])
	}
	fmt.Fprintf(s.t.err, "%s: %s: ", s.plan.Name, key)
	b, err := answer(ctx, in, func() ([]byte, error) { return term.ReadPassword(int(in.Fd())) })
	fmt.Fprintln(s.t.err)
	if err != nil || len(b) == 0 {
		return err // with no answer it is left out, and said to be missing
	}
	return s.take(key, secret.NewValue(b))
}

// isFile reports whether the value of a key is a file, which nobody types.
func isFile(key string) bool {
	for _, end := range []string{".json", ".pem", ".crt", ".key", ".jks", ".p12"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}

// answer waits for an answer or an interrupt, after which the terminal shows again
// what is typed.
func answer(ctx context.Context, in *os.File, read func() ([]byte, error)) ([]byte, error) {
	state, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("cannot use the terminal: %w", err)
	}
	var b []byte
	var failed error
	if err := untilInterrupted(ctx, func() { b, failed = read() }); err != nil {
		return nil, errors.Join(err, term.Restore(int(in.Fd()), state))
	}
	if failed != nil {
		return nil, fmt.Errorf("cannot read from the terminal: %w", failed)
	}
	return b, nil
}

func (s *sealer) take(key string, v secret.Value) error {
	sources := secret.Sources{Values: s.given}
	err := sources.Add(key, v)
	s.given = sources.Values
	return err
}

// readLine reads a line byte by byte, so that what comes behind it is left.
func readLine(in io.Reader) ([]byte, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := in.Read(b)
		switch {
		case n == 1 && b[0] != '\n':
			line = append(line, b[0])
		case n == 1 || errors.Is(err, io.EOF):
			return bytes.TrimSpace(line), nil
		case err != nil:
			return nil, err
		}
	}
}
