package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
)

// source is how commands come by charts; the flags and the environment are the
// same for all of them.
type source struct {
	offline bool
	chart   string
}

func (s *source) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&s.offline, "offline", os.Getenv("AIRSTRIP_OFFLINE") != "", "use only the cache (or set AIRSTRIP_OFFLINE)")
	f.StringVar(&s.chart, "chart", os.Getenv("AIRSTRIP_CHART"), "render this chart `PATH`, a directory or .tgz, instead of the configured one (or set AIRSTRIP_CHART)")
}

// options are the Options of a render below the working directory.
func (s *source) options() (fn.Options, error) {
	o := fn.Options{Root: ".", Charts: &chart.Memo{Source: s.source()}, SopsConfig: os.Getenv("SOPS_CONFIG")}
	if s.chart != "" {
		abs, err := filepath.Abs(s.chart)
		if err != nil {
			return o, err
		}
		o.Chart = abs
	}
	return o, nil
}

func (s *source) source() chart.Source {
	cache := chart.Cache{Dir: cacheDir()}
	if !s.offline {
		cache.Next = remote()
	}
	return cache
}

// remote is the network, with the credentials that Helm users have.
func remote() *chart.Remote {
	return &chart.Remote{
		Username: os.Getenv("AIRSTRIP_REPO_USERNAME"),
		Password: os.Getenv("AIRSTRIP_REPO_PASSWORD"),
		Host:     os.Getenv("AIRSTRIP_REPO_HOST"),
		CAFile:   os.Getenv("AIRSTRIP_CA_FILE"),

		RegistryConfig: os.Getenv("HELM_REGISTRY_CONFIG"),
		PlainHTTP:      os.Getenv("AIRSTRIP_PLAIN_HTTP") != "",
	}
}

// cacheDir is where archives are kept, or "" where nothing can be kept.
func cacheDir() string {
	if dir := os.Getenv("AIRSTRIP_CACHE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "airstrip")
}

const variables = `  AIRSTRIP_CACHE_DIR        where chart archives are kept (default: the user's cache)
  AIRSTRIP_CHART            as --chart
  AIRSTRIP_OFFLINE          as --offline
  AIRSTRIP_REPO_USERNAME    for a chart repository or registry that asks for it,
  AIRSTRIP_REPO_PASSWORD    and only for AIRSTRIP_REPO_HOST if that is set
  AIRSTRIP_CA_FILE          certificates to trust beside the system's
  AIRSTRIP_PLAIN_HTTP       talk to registries without TLS
  HELM_REGISTRY_CONFIG      where helm registry login keeps its credentials
`

const environment = "ENVIRONMENT\n" + variables + "\n"
