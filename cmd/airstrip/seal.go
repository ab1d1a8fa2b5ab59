package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

// sealOptions are the flags of seal.
type sealOptions struct {
	source
	secret                       string
	literals, files, envFiles    []string
	manifest                     string
	set, unset                   []string
	replace, prune, dryRun, mute bool
	typ                          string
}

func (o *sealOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.secret, "secret", "", "`NAME` of the Secret (default: the config Secret, and those that the chart makes in clear)")
	f.StringArrayVar(&o.literals, "from-literal", nil, "`KEY=VALUE`; the shell keeps it in its history")
	f.StringArrayVar(&o.files, "from-file", nil, "`[KEY=]PATH` of a file, or PATH of a folder of files")
	f.StringArrayVar(&o.envFiles, "from-env-file", nil, "`PATH` of a file of KEY=VALUE lines")
	f.StringVarP(&o.manifest, "filename", "f", "", "`FILE` of a Secret in clear, or - for stdin")
	f.StringArrayVar(&o.set, "set", nil, "`KEY` to ask a value for, without echo, or to take from stdin")
	f.StringArrayVar(&o.unset, "unset", nil, "`KEY` to take out")
	f.BoolVar(&o.prune, "prune", false, "take out keys that nothing reads")
	f.BoolVar(&o.replace, "replace", false, "keep nothing of the file: for who cannot open it")
	f.StringVar(&o.typ, "type", "", "`TYPE` of the Secret, such as kubernetes.io/tls")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would change, and write nothing")
	f.BoolVar(&o.mute, "no-input", false, "never ask")
}

func newSeal(t *terminal) *cobra.Command {
	var o sealOptions
	cmd := &cobra.Command{
		Use:   "seal DIR",
		Short: "Seal the Secrets of an overlay with SOPS into files to commit",
		Example: `  airstrip seal overlays/aks                             # asks for the keys that are not there yet
  airstrip seal --from-env-file prod.env overlays/aks    # KEY=VALUE lines
  airstrip seal --from-file gcp.json overlays/gke-nginx
  airstrip seal --set database-password overlays/aks     # one key, asked for
  pass show airbyte/db | airstrip seal --set database-password overlays/aks`,
		Long: `Renders the overlay to see which keys its Pods read, and seals them into
DIR/airbyte-config-secrets.sops.yaml, for the recipients that spec.configSecret.recipients
or the creation rules of .sops.yaml name. A Secret that the chart makes in clear is
sealed into a file of its own, with the keys that are read; a render then takes
its values from there.

Values that are given are set, the others stay; --unset takes keys out. Sealing
again what has not changed changes nothing, one value changes three lines, a new
recipient adds lines of its own. A recipient that is taken out makes a new data key
necessary, since it may have kept the old one, and so changes every value.

Keys and their sources are those of kubectl create secret generic. With --set a value
comes from a prompt, or from stdin, without its last newline; --from-file takes
every byte. With spec.configSecret.backend: sealedSecret values are sealed for the
controller instead.

` + secretEnvironment + exitStatus,
		Args: one("an overlay such as overlays/aks"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args[0]) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// sealer seals one Secret.
type sealer struct {
	*sealOptions
	t    *terminal
	dir  string
	plan *fn.SecretPlan
	// given are the values on the command line, typ and the rest what a manifest
	// says of the Secret.
	given    map[string]secret.Value
	manifest *secret.Plain
	// explicit says that it was asked for by name, or that values were given.
	explicit bool
}

func (o *sealOptions) run(ctx context.Context, t *terminal, dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usageError{message: fmt.Sprintf("%s is a file: name the overlay that it belongs to, and the Secret with --secret", dir)}
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	releases, err := overlay.Secrets(ctx, dir, options)
	if err != nil {
		return err
	}
	given, plain, err := o.gather(t)
	if err != nil {
		return err
	}
	var jobs []*sealer
	for _, r := range releases {
		for _, p := range r.Secrets {
			s := &sealer{sealOptions: o, t: t, dir: dir, plan: p}
			main := p.Name == r.Config.ConfigSecret.Name
			switch {
			case o.secret == p.Name || o.secret == "" && main:
				s.explicit = o.secret != "" || len(given)+len(o.set)+len(o.unset) > 0 || plain != nil
				s.given, s.manifest = maps.Clone(given), plain
			case o.secret != "" || p.Made == nil || len(p.Made.Values) == 0:
				continue
			}
			if s.explicit || s.wanted() {
				jobs = append(jobs, s)
			}
		}
	}
	if err := o.chosen(releases, jobs, given, plain); err != nil {
		return err
	}
	for _, s := range jobs {
		if err := s.ask(ctx); err != nil {
			return err
		}
	}
	for _, s := range jobs {
		if err := s.seal(ctx); err != nil {
			return err
		}
	}
	return nil
}

// chosen makes sure that what was said is about one Secret that there is.
func (o *sealOptions) chosen(releases []overlay.ReleaseSecrets, jobs []*sealer, given map[string]secret.Value, plain *secret.Plain) error {
	said := 0
	var known []string
	for _, s := range jobs {
		if s.explicit {
			said++
		}
	}
	for _, r := range releases {
		for _, p := range r.Secrets {
			known = append(known, p.Name)
		}
	}
	wants := o.secret != "" || len(given)+len(o.set)+len(o.unset) > 0 || plain != nil
	switch {
	case o.secret != "" && said == 0:
		return usageError{
			message: fmt.Sprintf("nothing here reads a Secret %s; there are %s", o.secret, strings.Join(known, ", ")), meant: manifest.Nearest(o.secret, known),
		}
	case wants && said == 0:
		return errors.New("nothing here reads the config Secret: name another with --secret, of " + strings.Join(known, ", "))
	case said > 1:
		return errors.New("several releases of this overlay have a Secret of that name: seal it where each of them is generated")
	}
	if plain != nil && plain.Name != "" {
		for _, s := range jobs {
			if s.explicit && s.plan.Name != plain.Name {
				return usageError{message: fmt.Sprintf("%s is of Secret %s, not %s: name it with --secret", o.manifest, plain.Name, s.plan.Name)}
			}
		}
	}
	return nil
}

// wanted reports whether a Secret is for seal to write when nobody names it.
func (s *sealer) wanted() bool {
	return s.plan.Backend == secret.SOPS || s.plan.Backend == secret.SealedSecrets
}

// present are the keys that the file holds.
func (s *sealer) present() ([]string, error) {
	if s.plan.File == "" || s.replace {
		return nil, nil
	}
	data, err := secret.ReadFile(s.plan.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys []string
	if s.plan.Backend == secret.SealedSecrets {
		c, err := secret.ParseController(data)
		if err != nil {
			return nil, inFile(s.plan.File, err)
		}
		return slices.Collect(maps.Keys(c.Values)), nil
	}
	sealed, err := secret.Parse(data)
	if err != nil {
		return nil, inFile(s.plan.File, err)
	}
	for _, k := range sealed.Keys {
		keys = append(keys, k.Name)
	}
	return keys, nil
}

// seal seals the Secret into its file.
func (s *sealer) seal(ctx context.Context) error {
	switch s.plan.Backend {
	case secret.SealedSecrets:
		return s.sealForController(ctx)
	case secret.SOPS:
	default:
		return fmt.Errorf("%s.backend is %s: there is nothing to seal for Secret %s", s.plan.Field, s.plan.Backend, s.plan.Name)
	}
	rule, err := s.t.ruleFor(s.plan.Rules, s.plan.File)
	if err != nil {
		return err
	}
	var change *secret.Change
	err = s.write(ctx, func(old []byte) ([]byte, error) {
		var out []byte
		out, change, err = s.sops(ctx, rule, old)
		return out, err
	})
	if err == nil && change != nil {
		s.say(change, rule)
	}
	return err
}

// write edits the file, or only tries to.
func (s *sealer) write(ctx context.Context, edit func(old []byte) ([]byte, error)) error {
	if s.dryRun {
		old, err := secret.ReadFile(s.plan.File)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		_, err = edit(old)
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.plan.File), 0o777); err != nil {
		return err
	}
	_, err := output.EditFile(ctx, s.plan.File, 0o666, edit)
	return err
}

func (s *sealer) sops(ctx context.Context, rule *secret.Rule, old []byte) ([]byte, *secret.Change, error) {
	var (
		ring   secret.Keyring
		sealed *secret.Sealed
		was    *secret.Plain
	)
	if old != nil {
		var err error
		if sealed, err = secret.Parse(old); err == nil {
			was, err = ring.Open(ctx, sealed)
		}
		if err != nil && s.replace {
			sealed, was, err = nil, nil, nil
		}
		if err != nil {
			return nil, nil, inFile(s.plan.File, err)
		}
	}
	out, change, err := ring.Seal(ctx, s.merge(was), rule, sealed, secret.Options{Now: time.Now()})
	return out, change, inFile(s.plan.File, err)
}

// merge is the Secret as it is to be: what there is, what the chart makes, what
// was given, without what is to go.
func (s *sealer) merge(was *secret.Plain) *secret.Plain {
	p := &secret.Plain{Type: s.plan.Type, Values: map[string]secret.Value{}}
	if was != nil {
		p.Type, p.Immutable, p.Labels, p.Annotations = was.Type, was.Immutable, was.Labels, was.Annotations
		if !s.replace {
			maps.Copy(p.Values, was.Values)
		}
	}
	if made := s.plan.Made; made != nil {
		for key, v := range made.Values {
			if _, ok := p.Values[key]; !ok {
				p.Values[key] = v
			}
		}
	}
	if m := s.manifest; m != nil {
		if m.Type != "" {
			p.Type = m.Type
		}
		p.Immutable, p.Labels, p.Annotations = m.Immutable, m.Labels, m.Annotations
	}
	if s.typ != "" && s.explicit {
		p.Type = s.typ
	}
	maps.Copy(p.Values, s.given)
	for _, key := range s.out(slices.Collect(maps.Keys(p.Values))) {
		delete(p.Values, key)
	}
	p.Name, p.Namespace = s.plan.Name, s.plan.Namespace
	return p
}

// out are the keys to take out, of those that there are.
func (s *sealer) out(keys []string) []string {
	var out []string
	for _, key := range keys {
		if s.explicit && slices.Contains(s.unset, key) || s.prune && !s.reads(key) {
			out = append(out, key)
		}
	}
	return out
}

func (s *sealer) reads(key string) bool {
	return slices.ContainsFunc(s.plan.Needed, func(k airbyteKey) bool { return k.Key == key || k.Key == allKeys })
}

// say says what was done, without values.
func (s *sealer) say(c *secret.Change, rule *secret.Rule) {
	line := func(format string, args ...any) {
		fmt.Fprintf(s.t.err, "%s: %s\n", s.plan.File, fmt.Sprintf(format, args...))
	}
	switch {
	case c.None():
		line("unchanged")
	case c.Created:
		line("%s sealed for %s (%s)", count(len(c.Added), "key"), count(len(rule.Recipients), "recipient"), rule.Source)
	}
	for _, part := range []struct {
		what string
		keys []string
	}{{"added", c.Added}, {"changed", c.Changed}, {"taken out", c.Removed}} {
		if len(part.keys) > 0 {
			line("%s: %s", part.what, strings.Join(part.keys, ", "))
		}
	}
	for _, r := range c.In {
		line("%s can open it now", r)
	}
	for _, r := range c.Out {
		line("%s cannot open it any more; what was sealed before it may have read: change those values", r)
	}
	if c.Rotated != "" {
		line("every value is sealed with a new data key: %s", c.Rotated)
	}
	if len(c.Other) > 0 {
		line("rewritten: %s", strings.Join(c.Other, ", "))
	}
	if s.dryRun && !c.None() {
		line("nothing was written (--dry-run)")
	}
}
