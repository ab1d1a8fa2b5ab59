// Package fn is the pipeline: it reads an AirbyteRelease and generates the
// objects of that release. Every face of the program (the command line, the
// KRM function, the kustomize plugin) ends here, so that they cannot differ.
//
// It stands at level 2: it may import the steps of the line, and is imported
// by fn/overlay and the commands. The Go API is not stable; the config file,
// the flags and the output layout are.
package fn

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/transform"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// The one API version and kind that is read.
const (
	APIVersion = "airstrip.dev/v1alpha1"
	Kind       = "AirbyteRelease"
)

// Config is one AirbyteRelease: one release in one environment.
type Config struct {
	// Name is the release name, Namespace where it lives. Both are part of
	// what the chart renders, so no later step may change them.
	Name, Namespace string
	Spec

	// Over are values of the chart that win over all of Spec, and OverFrom is where
	// they come from, in messages. Nothing in the file sets them.
	Over     map[string]any
	OverFrom string
}

// Capabilities is whose versions are rendered for.
type Capabilities string

const (
	// FixedCapabilities are those of the config, whoever renders it.
	FixedCapabilities Capabilities = "fixed"
	// ClusterCapabilities are those that Argo CD reports of the destination, where
	// it does: everywhere else those of the config.
	ClusterCapabilities Capabilities = "cluster"
)

// Spec is what is written under spec.
type Spec struct {
	Chart           chart.Ref                 `json:"chart" doc:"The chart: from its repository, pinned by digest, or from a path." required:"true"`
	KubeVersion     string                    `json:"kubeVersion" doc:"Kubernetes version of the cluster, in quotes, such as \"1.33\"." required:"true"`
	APIVersions     []string                  `json:"apiVersions,omitempty" doc:"API versions that the cluster serves beside Kubernetes' own, such as monitoring.coreos.com/v1."`
	Capabilities    Capabilities              `json:"capabilities,omitempty" doc:"Whose versions are rendered for: fixed, kubeVersion and apiVersions; cluster, those that Argo CD reports of the destination to its plugin, and kubeVersion and apiVersions everywhere else." enum:"fixed,cluster" default:"fixed"`
	Delivery        transform.Delivery        `json:"delivery" doc:"Who applies the output, and so how hooks and order are written." enum:"argocd,flux,plain" required:"true"`
	Labels          transform.Labels          `json:"labels,omitempty" doc:"What becomes of the labels that name Helm, the chart and its version: strip removes them, relabel says managed-by: airstrip, keep leaves them." enum:"strip,relabel,keep" default:"strip"`
	NamespaceObject transform.NamespaceObject `json:"namespaceObject,omitempty" doc:"Whether a Namespace object is part of the output." enum:"external,create" default:"external"`
	ConfigSecret    *secret.Spec              `json:"configSecret,omitempty" doc:"The Secret that holds what no manifest may: license key, passwords, credentials. Defaults apply without it."`
	Secrets         []secret.Spec             `json:"secrets,omitempty" doc:"Other Secrets that Pods read, and the one that the chart makes: where each comes from, by name. Default: from NAME.sops.yaml, if there is such a file."`
	airbyte.Settings
	Ingress     *ingress.Spec  `json:"ingress,omitempty" doc:"How people reach Airbyte from outside the cluster. Default: nothing is written."`
	ValuesFiles []string       `json:"valuesFiles,omitempty" doc:"Helm values files, relative to the kustomization that lists the generator; later ones win."`
	Values      map[string]any `json:"values,omitempty" doc:"Helm values of the chart; they win over valuesFiles."`
	External    []string       `json:"external,omitempty" doc:"Objects that the manifests name and that are in the cluster already, such as ConfigMap/corporate-ca. Secrets are listed under secrets."`
	Unset       []string       `json:"unset,omitempty" doc:"Paths of chart defaults to remove, such as server.resources.limits; a dot inside a key is written \\."`
	Allow       []render.Pin   `json:"allow,omitempty" doc:"Answers for template functions that are random or read a clock or a cluster."`
}

// Problem is one thing wrong with a config, and the way out where there is one.
// File is set where Field is not of the config but of one of its values files.
type Problem struct{ File, Field, Message, Hint string }

// ConfigError holds everything that is wrong with a config.
type ConfigError struct {
	// File is where the config comes from, as far as it is known.
	File     string
	Problems []Problem
}

// Error lists the problems, one a line.
func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i := range e.Problems {
		lines[i] = e.Line(i)
	}
	return strings.Join(lines, "\n")
}

// Line is the i-th problem on one line: file: field: message.
func (e *ConfigError) Line(i int) string {
	p := e.Problems[i]
	s := p.Message
	if p.Field != "" {
		s = p.Field + ": " + s
	}
	switch {
	case p.File != "":
		s = p.File + ": " + s
	case e.File != "":
		s = e.File + ": " + s
	}
	return s
}

// Is reports whether an object is an AirbyteRelease, of whatever version.
func Is(n *yaml.RNode) bool {
	id := manifest.IDOf(n)
	group, _, _ := strings.Cut(APIVersion, "/")
	return id.Group == group && id.Kind == Kind
}

// Load reads an AirbyteRelease strictly: what it does not know is an error. The
// config that it returns has its defaults and is valid. The error is a
// *[ConfigError] that holds all problems, not the first; its File is empty.
func Load(n *yaml.RNode) (*Config, error) {
	err := manifest.CheckNode(n.YNode())
	var value any
	if err == nil {
		value, err = manifest.Value(n.YNode())
	}
	if err != nil {
		return nil, &ConfigError{Problems: []Problem{{Message: err.Error()}}}
	}
	root, _ := value.(map[string]any)
	var c checker
	c.header(root)
	spec, _ := root["spec"].(map[string]any)
	if root["spec"] == nil {
		spec = map[string]any{}
	} else if spec == nil {
		c.add("spec", "is "+describe(root["spec"])+", want an object", "")
	}
	c.object("spec", schemaOf[Spec](), spec)
	if len(c.problems) > 0 {
		return nil, c.err()
	}
	meta, _ := root["metadata"].(map[string]any)
	config := &Config{}
	config.Name, _ = meta["name"].(string)
	config.Namespace, _ = meta["namespace"].(string)
	b, err := json.Marshal(spec)
	if err != nil {
		return nil, &ConfigError{Problems: []Problem{{Field: "spec", Message: err.Error()}}}
	}
	if err := json.Unmarshal(b, &config.Spec); err != nil {
		return nil, &ConfigError{Problems: []Problem{{Field: "spec", Message: err.Error()}}}
	}
	config.defaults()
	config.validate(&c)
	if len(c.problems) > 0 {
		return nil, c.err()
	}
	return config, nil
}

func (c *Config) defaults() {
	c.Chart = c.Chart.WithDefaults()
	if c.Capabilities == "" {
		c.Capabilities = FixedCapabilities
	}
	if c.Labels == "" {
		c.Labels = transform.StripLabels
	}
	if c.NamespaceObject == "" {
		c.NamespaceObject = transform.ExternalNamespace
	}
	if c.ConfigSecret == nil {
		c.ConfigSecret = &secret.Spec{}
	}
	if c.ConfigSecret.Name == "" {
		c.ConfigSecret.Name = airbyte.DefaultSecret
	}
	if c.ConfigSecret.Backend == "" {
		c.ConfigSecret.Backend = secret.SOPS
	}
	c.Settings.ConfigSecret = c.ConfigSecret.Name
}

// validate checks what the schema cannot say.
func (c *Config) validate(p *checker) {
	for _, e := range c.Chart.Validate() {
		p.add("spec.chart."+e.Field, e.Message, "")
	}
	if _, err := chartutil.ParseKubeVersion(c.KubeVersion); err != nil || validate.Minor(c.KubeVersion) == "" {
		p.add("spec.kubeVersion", fmt.Sprintf("%q is no version", c.KubeVersion), `write major and minor in quotes, such as "1.33"`)
	}
	if err := chartutil.ValidateReleaseName(c.Name); err != nil {
		p.add("metadata.name", fmt.Sprintf("%q cannot be a release name: %v", c.Name, err), "")
	}
	for _, e := range c.Settings.Check() {
		p.add("spec."+e.Field, e.Message, e.Hint)
	}
	c.checkSecrets(p)
	c.externals(p)
	for _, e := range c.Ingress.Check() {
		p.add("spec."+e.Field, e.Message, e.Hint)
	}
	for i, path := range c.Unset {
		if _, err := render.Unset(nil, path); err != nil {
			p.add(fmt.Sprintf("spec.unset[%d]", i), err.Error(), "")
		}
	}
	for i, pin := range c.Allow {
		if err := pin.Check(); err != nil {
			p.add(fmt.Sprintf("spec.allow[%d]", i), err.Error(), "")
		}
	}
}

// Check says what is wrong with a config that was changed after it was loaded. The
// error is a *[ConfigError].
func (c *Config) Check() error {
	var p checker
	c.validate(&p)
	if len(p.problems) > 0 {
		return p.err()
	}
	return nil
}

// checker collects problems.
type checker struct{ problems []Problem }

func (c *checker) add(field, message, hint string) {
	c.problems = append(c.problems, Problem{Field: field, Message: message, Hint: hint})
}

func (c *checker) err() error {
	sort.SliceStable(c.problems, func(i, j int) bool { return c.problems[i].Field < c.problems[j].Field })
	return &ConfigError{Problems: c.problems}
}

// header checks what stands beside spec.
func (c *checker) header(root map[string]any) {
	if v, _ := root["apiVersion"].(string); v != APIVersion {
		c.add("apiVersion", fmt.Sprintf("%q is not supported, want %s", v, APIVersion), "")
	}
	if v, _ := root["kind"].(string); v != Kind {
		c.add("kind", fmt.Sprintf("%q is not supported, want %s", v, Kind), "")
	}
	for _, key := range slices.Sorted(maps.Keys(root)) {
		switch key {
		case "apiVersion", "kind", "metadata", "spec":
		default:
			c.unknown(key, key, []string{"apiVersion", "kind", "metadata", "spec"})
		}
	}
	meta, _ := root["metadata"].(map[string]any)
	if s, _ := meta["name"].(string); s == "" {
		c.add("metadata.name", "is missing", "it is the name of the release: airbyte")
	}
	if s, _ := meta["namespace"].(string); s == "" {
		c.add("metadata.namespace", "is missing", "the chart writes it into its ConfigMaps: airbyte")
	}
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		switch key {
		case "name", "namespace", "labels", "annotations":
		default:
			c.unknown("metadata."+key, key, []string{"name", "namespace", "labels", "annotations"})
		}
	}
}
