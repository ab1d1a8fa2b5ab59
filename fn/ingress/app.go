package ingress

import (
	"strings"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// App is the version of the application: the tag of the server's image, or,
// where that tells nothing, what the chart says.
type App struct {
	major, minor int
	// guessed is the tag that tells nothing.
	guessed string
}

// AppOf reads the version from what the server's Service leads to; stated is what
// the chart says. Without either the zero value is taken for the newest.
func AppOf(set manifest.Set, stated string) App {
	f := finder{set: set}
	a := parseApp(stated)
	r, ok := f.find(rootPath, "server")
	if !ok {
		return a
	}
	for _, c := range manifest.Items(manifest.Lookup(manifest.PodTemplate(r.work), "spec", "containers")) {
		_, tag := image(manifest.Text(c, "image"))
		if said := parseApp(tag); said.known() {
			return said
		}
		if tag != "" && a.known() {
			a.guessed = tag
		}
	}
	return a
}

func parseApp(version string) App {
	v, err := semver.NewVersion(version)
	if err != nil {
		return App{}
	}
	return App{major: int(v.Major()), minor: int(v.Minor())}
}

func (a App) known() bool { return a.major != 0 || a.minor != 0 }

// Before reports whether the application is older than a version. One that is not
// known is not.
func (a App) Before(major, minor int) bool {
	return a.known() && (a.major < major || a.major == major && a.minor < minor)
}

// image splits the name of an image into its last element and its tag.
func image(ref string) (name, tag string) {
	repository, tag := manifest.SplitImage(ref)
	return repository[strings.LastIndexByte(repository, '/')+1:], tag
}

// variable is the value of an environment variable of a workload, as far as it
// stands in the set: the last entry of that name, else what a ConfigMap has that
// is taken whole.
func variable(set manifest.Set, work *yaml.RNode, name string) string {
	data := func(configMap, key string) string {
		for _, n := range set {
			if id := manifest.IDOf(n); id.Kind == "ConfigMap" && id.Name == configMap {
				return manifest.Text(manifest.Field(n.YNode(), "data"), key)
			}
		}
		return ""
	}
	found := ""
	for _, c := range manifest.Items(manifest.Lookup(manifest.PodTemplate(work), "spec", "containers")) {
		for _, from := range manifest.Items(manifest.Field(c, "envFrom")) {
			if text := data(manifest.Text(manifest.Field(from, "configMapRef"), "name"), name); text != "" {
				found = text
			}
		}
		for _, e := range manifest.Items(manifest.Field(c, "env")) {
			if manifest.Text(e, "name") != name {
				continue
			}
			found = manifest.Text(e, "value")
			if ref := manifest.Lookup(e, "valueFrom", "configMapKeyRef"); ref != nil {
				found = data(manifest.Text(ref, "name"), manifest.Text(ref, "key"))
			}
		}
	}
	return found
}
