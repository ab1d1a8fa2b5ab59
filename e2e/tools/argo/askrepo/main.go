// Askrepo asks a repo-server of Argo CD for the manifests of an Application or for
// the details that Argo CD's interface shows of its source, as the application
// controller and the API server do. Question and answer are JSON, on stdin and stdout.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	repoclient "github.com/argoproj/argo-cd/v3/reposerver/apiclient"
)

// question holds one of the requests of the repo-server's API.
type question struct {
	Address  string                                `json:"address"`
	Manifest *repoclient.ManifestRequest           `json:"manifest"`
	Details  *repoclient.RepoServerAppDetailsQuery `json:"details"`
}

// answer holds what was answered, or what the server says went wrong.
type answer struct {
	Manifest *repoclient.ManifestResponse       `json:"manifest,omitempty"`
	Details  *repoclient.RepoAppDetailsResponse `json:"details,omitempty"`
	Error    string                             `json:"error,omitempty"`
}

func main() {
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "askrepo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	var q question
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return err
	}
	closer, client, err := repoclient.NewRepoServerClientset(q.Address, 120, repoclient.TLSConfiguration{DisableTLS: true}).NewRepoServerClient()
	if err != nil {
		return err
	}
	defer closer.Close()
	var a answer
	switch {
	case q.Manifest != nil:
		a.Manifest, err = client.GenerateManifest(ctx, q.Manifest)
	case q.Details != nil:
		a.Details, err = client.GetAppDetails(ctx, q.Details)
	default:
		return fmt.Errorf("want manifest or details")
	}
	if err != nil {
		a.Error = err.Error()
	}
	return json.NewEncoder(out).Encode(a)
}
