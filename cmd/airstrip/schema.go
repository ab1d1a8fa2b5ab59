package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
)

func newSchema(t *terminal) *cobra.Command {
	var format, kind string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of an AirbyteRelease, a file of waivers, or a report of diff",
		Example: `  airstrip schema --format json > airbyterelease.json

  # yaml-language-server: $schema=airbyterelease.json     (first line of your file)

  airstrip schema --kind ReviewWaivers > reviewwaivers.json`,
		Long: `The schema has three forms: json is JSON Schema for editors, crd is shaped like a
CustomResourceDefinition for tools that validate Kubernetes objects (kubeconform),
krm is a KRMFunctionDefinition. All three are made from the types that airstrip
itself checks a config with. Those of ReviewWaivers and DiffReport (docs/review.md) are JSON Schema.

` + exitStatus,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			var doc any
			if err := choice("--kind", kind, fn.Kind, fn.WaiversKind, diff.ReportKind); err != nil {
				return err
			}
			if kind != fn.Kind && format != "json" {
				return usageError{message: fmt.Sprintf("--format is %q, and %s has json alone", format, kind)}
			}
			switch kind {
			case fn.WaiversKind:
				return writeJSON(t.out, fn.WaiversJSONSchema())
			case diff.ReportKind:
				return writeJSON(t.out, diff.Schema())
			}
			switch format {
			case "json":
				return writeJSON(t.out, fn.JSONSchema())
			case "crd":
				doc = fn.CRD()
			case "krm":
				doc = fn.KRMFunctionDefinition()
			default:
				return usageError{message: fmt.Sprintf("--format is %q, want json, crd or krm", format)}
			}
			b, err := yaml.Marshal(doc)
			if err != nil {
				return err
			}
			_, err = t.out.Write(b)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "json", "json, crd or krm")
	cmd.Flags().StringVar(&kind, "kind", fn.Kind, fn.Kind+", "+fn.WaiversKind+" or "+diff.ReportKind)
	return cmd
}

// writeJSON prints a document, indented, for people and programs and not for HTML.
func writeJSON(out io.Writer, doc any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}
