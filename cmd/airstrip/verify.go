package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	source
	noKey  bool
	maxAge time.Duration
	output string
}

func (o *verifyOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.BoolVar(&o.noKey, "no-key", false, "check what can be checked without opening a file")
	f.DurationVar(&o.maxAge, "max-age", 0, "the longest `TIME` that values may go unchanged, such as 2160h")
	f.StringVarP(&o.output, "output", "o", "", "where overlays are rendered to, as for render")
}

func newVerify(t *terminal) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify FILE|DIR...",
		Short: "Verify sealed Secrets: that nobody has changed them, and who can open them",
		Example: `  airstrip verify overlays/*
  airstrip verify --no-key overlays/*   # in CI, without a key`,
		Long: `Of each sealed file, or each that an overlay uses, it checks that every value is
sealed, that exactly those can open it whom .sops.yaml or the config names, and, by
opening it in memory, that the MAC is of these values. Flux never checks the MAC. Of
an overlay it checks as well that the keys which its Pods read are there, and that
the rendered folder holds these very Secrets. Nothing in clear is printed.

` + secretEnvironment + exitStatus + `
  3  something is not as it should be`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{message: cmd.CommandPath() + ": name at least one sealed file or overlay"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *verifyOptions) run(ctx context.Context, t *terminal, args []string) error {
	files, err := o.sealedFiles(ctx, args)
	if err != nil {
		return err
	}
	bad := false
	for _, f := range files {
		s, problems, err := o.verify(ctx, f)
		if err != nil {
			return err
		}
		for _, p := range problems {
			if !p.Warning {
				bad = true
			}
			kind := map[bool]string{true: "warning", false: "error"}[p.Warning]
			fmt.Fprintf(t.err, "airstrip: %s: %s: %s\n", kind, f.file, p)
			if p.Hint != "" {
				fmt.Fprintf(t.err, "airstrip: hint: %s\n", p.Hint)
			}
		}
		if s != nil && !slices.ContainsFunc(problems, func(p secret.Problem) bool { return !p.Warning }) {
			mac := "MAC verified"
			if o.noKey {
				mac = "MAC not verified (--no-key)"
			}
			fmt.Fprintf(t.out, "%s: %s, %s, %s\n", f.file, count(len(s.Keys), "key"), count(len(s.Recipients), "recipient"), mac)
		}
	}
	if bad {
		return errFindings
	}
	return nil
}

// verify says what is wrong with a file. The error is for what kept it from being
// looked at.
func (o *verifyOptions) verify(ctx context.Context, f sealedFile) (*secret.Sealed, []secret.Problem, error) {
	data, err := secret.ReadFile(f.file)
	if err != nil {
		return nil, nil, err
	}
	s, err := secret.Parse(data)
	if e, ok := err.(*secret.FormatError); ok {
		return nil, e.Problems, nil
	}
	problems := append(slices.Clone(s.Unfit), s.Warnings...)
	rule, err := f.rule()
	if err != nil {
		return nil, nil, err
	}
	if rule != nil {
		problems = append(problems, rule.Warnings...)
		problems = append(problems, rule.Elsewhere(others(f.file))...)
		problems = append(problems, rule.Differs(s)...)
	}
	if age := time.Since(s.Modified); o.maxAge > 0 && age > o.maxAge {
		problems = append(problems, secret.Problem{
			Field: "sops.lastmodified", Message: fmt.Sprintf("no value has changed for %d days", int(age.Hours()/24)), Hint: "change the credentials, and seal them: airstrip seal --set KEY DIR",
		})
	}
	problems = append(problems, f.used(s)...)
	if f.plan != nil {
		problems = append(problems, o.rendered(f, s)...)
	}
	if o.noKey {
		return s, problems, nil
	}
	p, err := secret.Keyring{}.Open(ctx, s)
	var wrong *secret.NoKeyError
	switch {
	case errors.As(err, &wrong) || ctx.Err() != nil:
		return nil, nil, inFile(f.file, err)
	case err != nil:
		problems = append(problems, secret.Problem{Message: err.Error(), Hint: "restore the file from git, and see who changed it"})
	default:
		if e, ok := p.Check().(*secret.FormatError); ok {
			problems = append(problems, e.Problems...)
		}
	}
	return s, problems, nil
}

// used compares the keys of a file with those that are read.
func (f *sealedFile) used(s *secret.Sealed) []secret.Problem {
	var problems []secret.Problem
	if f.plan == nil {
		return nil
	}
	if s.Name != f.plan.Name || s.Namespace != f.plan.Namespace {
		problems = append(problems, secret.Problem{
			Field: "metadata", Message: fmt.Sprintf("is of %s/%s, want %s/%s", s.Namespace, s.Name, f.plan.Namespace, f.plan.Name), Hint: "airstrip seal " + fn.Quoted(f.dir),
		})
	}
	for _, k := range f.plan.Needed {
		made := k.State == airbyte.KeyRendered && (f.plan.Made == nil || f.plan.Made.Values[k.Key].Len() == 0)
		if k.Key != allKeys && !k.Optional && !made && !s.Has(k.Key) {
			problems = append(problems, secret.Problem{
				Field: s.Field + "." + k.Key, Message: "is missing, and read", Hint: fmt.Sprintf("airstrip seal --secret %s --set %s %s", f.plan.Name, fn.Quoted(k.Key), fn.Quoted(f.dir)),
			})
		}
	}
	return problems
}

// rendered looks for the Secret in the rendered folder, and compares.
func (o *verifyOptions) rendered(f sealedFile, s *secret.Sealed) []secret.Problem {
	targets, err := (&renderOptions{output: o.output}).targets([]string{f.dir})
	if err != nil {
		return nil
	}
	name := manifest.ID{Kind: "Secret", Name: s.Name, Namespace: s.Namespace}.File(s.Namespace)
	var problems []secret.Problem
	_ = filepath.WalkDir(targets[0], func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != name {
			return nil
		}
		data, err := secret.ReadFile(path)
		if err != nil {
			return nil
		}
		copied, err := secret.Parse(data)
		if err != nil || !sameValues(s, copied) {
			problems = append(problems, secret.Problem{
				Message: path + " holds other values", Hint: "render it again: airstrip render " + fn.Quoted(f.dir),
			})
		}
		return nil
	})
	return problems
}

// sameValues reports whether a rendered Secret holds the sealed values of a file;
// empty ones may have come from the chart.
func sameValues(file, rendered *secret.Sealed) bool {
	a, b := file.Tokens(), rendered.Tokens()
	maps.DeleteFunc(b, func(_, text string) bool { return text == "" })
	maps.DeleteFunc(a, func(_, text string) bool { return text == "" })
	return maps.Equal(a, b)
}
