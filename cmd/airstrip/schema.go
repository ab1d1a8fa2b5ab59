package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
)

func newSchema(t *terminal) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of an AirbyteRelease",
		Example: `  airstrip schema --format json > airbyterelease.json

  # yaml-language-server: $schema=airbyterelease.json     (first line of your file)`,
		Long: `The schema has three forms: json is JSON Schema for editors, crd is shaped like a
CustomResourceDefinition for tools that validate Kubernetes objects (kubeconform),
krm is a KRMFunctionDefinition. All three are made from the types that airstrip
itself checks a config with.

` + exitStatus,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			var doc any
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
	return cmd
}

// writeJSON prints a document, indented, for people and programs and not for HTML.
func writeJSON(out io.Writer, doc any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}
