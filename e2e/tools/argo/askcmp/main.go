// Askcmp asks a plugin server of Argo CD what the repo-server asks it, the way the
// repo-server does: it sends the repository and the environment over the socket.
// Question and answer are JSON, on stdin and stdout.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	cmpclient "github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	repoclient "github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"google.golang.org/grpc"
)

// question is what is asked, of which folder of which repository.
type question struct {
	Socket string   `json:"socket"`
	Do     string   `json:"do"` // match, generate, parameters
	Root   string   `json:"root"`
	Path   string   `json:"path"` // below root
	Env    []string `json:"env"`
}

// answer holds what was answered, or what the server says went wrong.
type answer struct {
	Supported  bool                                `json:"supported"`
	Discovers  bool                                `json:"discovers"`
	Manifests  []string                            `json:"manifests"`
	Parameters []*repoclient.ParameterAnnouncement `json:"parameters"`
	Error      string                              `json:"error,omitempty"`
}

func main() {
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "askcmp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	var q question
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return err
	}
	closer, client, err := cmpclient.NewConfigManagementPluginClientSet(q.Socket).NewConfigManagementPluginClient()
	if err != nil {
		return err
	}
	defer closer.Close()
	var a answer
	if err := a.ask(ctx, client, q); err != nil {
		a.Error = err.Error()
	}
	return json.NewEncoder(out).Encode(a)
}

func (a *answer) ask(ctx context.Context, client cmpclient.ConfigManagementPluginServiceClient, q question) error {
	switch q.Do {
	case "match":
		r, err := asked(ctx, client.MatchRepository, q)
		if err != nil {
			return err
		}
		a.Supported, a.Discovers = r.IsSupported, r.IsDiscoveryEnabled
	case "generate":
		r, err := asked(ctx, client.GenerateManifest, q)
		if err != nil {
			return err
		}
		a.Manifests = r.Manifests
	case "parameters":
		r, err := asked(ctx, client.GetParametersAnnouncement, q)
		if err != nil {
			return err
		}
		a.Parameters = r.ParameterAnnouncements
	default:
		return fmt.Errorf("do %q: want match, generate or parameters", q.Do)
	}
	return nil
}

// stream is what each of the server's methods opens: files go in, one answer comes out.
type stream[R any] interface {
	grpc.ClientStream
	cmp.StreamSender
	CloseAndRecv() (R, error)
}

// asked sends the folder to a method of the server, and returns its answer.
func asked[R any, S stream[R]](ctx context.Context, open func(context.Context, ...grpc.CallOption) (S, error), q question) (r R, err error) {
	s, err := open(ctx)
	if err != nil {
		return r, err
	}
	if err := cmp.SendRepoStream(s.Context(), filepath.Join(q.Root, q.Path), q.Root, s, q.Env, nil); err != nil {
		return r, err
	}
	return s.CloseAndRecv()
}
