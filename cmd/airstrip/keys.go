package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// keysOptions are the flags of keys.
type keysOptions struct {
	source
	format string
}

func (o *keysOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.format, "format", "text", "text or json")
}

func newKeys(t *terminal) *cobra.Command {
	var o keysOptions
	cmd := &cobra.Command{
		Use:   "keys DIR...",
		Short: "List the keys of Secrets that overlays need, and who reads them",
		Example: `  airstrip keys overlays/aks                  # before the first apply, and after an upgrade
  airstrip keys --format json overlays/*      # for a script that fills a vault`,
		Long: `A Pod whose Secret lacks one key does not start. Each DIR is rendered and every
object of it is read: environment variables, volumes, image pull secrets, and the
names of Secrets that are handed to Airbyte for the Pods that it starts itself,
and the certificates of Ingresses and Gateways.
Values are neither read nor printed. A key of * is a Secret that is read as a whole.

STATES
  rendered    a Secret of the overlay has the key, sealed or not
  missing     a Secret of the overlay, or what the cluster makes it from, lacks it
  external    not of the overlay: made from an ExternalSecret, a SealedSecret and
              the like that the overlay holds, or it must exist in the cluster
  bootloader  in airbyte-auth-secrets, which Airbyte makes in the cluster: leave
              it out of git and keep it from being pruned

` + environment + exitStatus + `
  3  a key is missing that is not optional`,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *keysOptions) run(ctx context.Context, t *terminal, dirs []string) error {
	if err := choice("--format", o.format, "text", "json"); err != nil {
		return err
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	options.Draft = true // its Secrets need not be there yet
	results, err := build(ctx, t, dirs, options, runtime.NumCPU())
	if err != nil {
		return err
	}
	keys := make([][]airbyte.SecretKey, len(dirs))
	talk := newTalk(t, false)
	missing := false
	for i, r := range results {
		keys[i] = fn.Keys(r.Objects, r.Releases...)
		for _, group := range bySecret(keys[i]) {
			found := missingKeys(group)
			missing = missing || len(found) > 0
			talk.findings(dirs[i], found)
		}
	}
	if o.format == "json" {
		err = writeKeysJSON(t.out, dirs, keys)
	} else {
		err = writeKeys(t.out, dirs, keys)
	}
	if err != nil {
		return err
	}
	talk.print()
	if missing {
		return errFindings
	}
	return nil
}

// missingKeys says which of the keys of a Secret are not there: all in one line
// where the Secret itself is not.
func missingKeys(group []airbyte.SecretKey) []manifest.Finding {
	var findings []manifest.Finding
	var nowhere []string
	for _, k := range group {
		if k.State != airbyte.KeyMissing || k.Optional {
			continue
		}
		f := manifest.Finding{
			Severity: manifest.Error, Code: "missing-key", Object: manifest.ID{Kind: "Secret", Namespace: k.Namespace, Name: k.Secret},
		}
		if k.Source == (manifest.ID{}) {
			nowhere = append(nowhere, k.Key)
			f.Message = fmt.Sprintf("%s, and has to hold %s: seal it (airstrip seal), or say where it comes from (spec.secrets)", k.Detail, strings.Join(nowhere, ", "))
			if len(nowhere) > 1 {
				findings = findings[:len(findings)-1]
			}
			findings = append(findings, f)
			continue
		}
		var readers []string
		for _, use := range byUse(k.Readers) {
			readers = append(readers, fmt.Sprintf("%s (%s)", strings.Join(use.objects, ", "), use.as))
		}
		// The finding begins with the Secret already.
		f.Message = fmt.Sprintf("%s, read by %s", strings.TrimPrefix(k.Detail, f.Object.String()+" "), strings.Join(readers, ", "))
		findings = append(findings, f)
	}
	return findings
}

// use is what a key is read as, and by which objects.
type use struct {
	as      string
	objects []string
}

// byUse gathers the readers that read a key as the same thing.
func byUse(readers []airbyte.KeyReader) []use {
	var all []use
	at := map[string]int{}
	for _, r := range readers {
		i, seen := at[r.As]
		if !seen {
			i = len(all)
			at[r.As] = i
			all = append(all, use{as: r.As})
		}
		all[i].objects = append(all[i].objects, r.Object.String())
	}
	return all
}

// writeKeys prints the keys by Secret, in columns; with several overlays each has
// a heading.
func writeKeys(out io.Writer, dirs []string, keys [][]airbyte.SecretKey) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for i, dir := range dirs {
		if len(dirs) > 1 {
			fmt.Fprintf(w, "%s%s:\n\n", strings.Repeat("\n", min(i, 1)), dir)
		}
		if len(keys[i]) == 0 {
			fmt.Fprintln(w, "no key of a Secret is needed")
		}
		for j, group := range bySecret(keys[i]) {
			fmt.Fprintf(w, "%s%s\n", strings.Repeat("\n", min(j, 1)), heading(group, keys[i]))
			for _, k := range group {
				writeKey(w, k)
			}
		}
	}
	return w.Flush()
}

// bySecret splits sorted keys by the Secret that they are of.
func bySecret(keys []airbyte.SecretKey) [][]airbyte.SecretKey {
	var groups [][]airbyte.SecretKey
	for i, k := range keys {
		if i == 0 || k.Secret != keys[i-1].Secret || k.Namespace != keys[i-1].Namespace {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], k)
	}
	return groups
}

// heading names a Secret, with its namespace where an overlay has several, and
// where it comes from.
func heading(group, all []airbyte.SecretKey) string {
	name := group[0].Secret
	for _, k := range all {
		if k.Namespace != group[0].Namespace {
			name = group[0].Namespace + "/" + group[0].Secret
		}
	}
	for _, k := range group {
		if k.State != airbyte.KeyMissing && k.Detail != "" {
			return name + ": " + k.Detail
		}
	}
	return name
}

// writeKey prints a line for each thing that a key is read as.
func writeKey(w io.Writer, k airbyte.SecretKey) {
	state := string(k.State)
	if k.Optional {
		state += " (optional)"
	}
	for _, u := range byUse(k.Readers) {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", k.Key, state, u.as, strings.Join(u.objects, ", "))
	}
}

func writeKeysJSON(out io.Writer, dirs []string, keys [][]airbyte.SecretKey) error {
	type reader struct {
		Object string `json:"object"`
		As     string `json:"as"`
	}
	type key struct {
		Namespace string   `json:"namespace,omitempty"`
		Secret    string   `json:"secret"`
		Key       string   `json:"key"`
		Type      string   `json:"type,omitempty"`
		State     string   `json:"state"`
		Detail    string   `json:"detail,omitempty"`
		Source    string   `json:"source,omitempty"`
		Optional  bool     `json:"optional,omitempty"`
		ReadBy    []reader `json:"readBy"`
	}
	type entry struct {
		Overlay string `json:"overlay"`
		Keys    []key  `json:"keys"`
	}
	all := make([]entry, len(dirs))
	for i, dir := range dirs {
		all[i] = entry{Overlay: dir, Keys: []key{}}
		for _, k := range keys[i] {
			e := key{
				Namespace: k.Namespace, Secret: k.Secret, Key: k.Key, Type: k.Type,
				State: string(k.State), Detail: k.Detail, Optional: k.Optional,
			}
			if k.Source != (manifest.ID{}) {
				e.Source = k.Source.String()
			}
			for _, r := range k.Readers {
				e.ReadBy = append(e.ReadBy, reader{r.Object.String(), r.As})
			}
			all[i].Keys = append(all[i].Keys, e)
		}
	}
	return writeJSON(out, all)
}
