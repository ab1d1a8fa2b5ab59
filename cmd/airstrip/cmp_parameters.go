package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/render"
)

// parameter is what an Application may set, in the table that announces, defaults
// and applies it. Argo CD does not send what it announces: a parameter that is not
// set is not there, and the config holds.
type parameter struct {
	announcement
	// announce fills in what holds without it; nil announces it by name only.
	announce func(*announcement, *fn.Config)
	// set changes a release, given all that the Application sets.
	set func(*fn.Config, arguments) error
}

// announcement is a ParameterAnnouncement of Argo CD (reposerver/repository).
type announcement struct {
	Name           string            `json:"name"`
	Title          string            `json:"title,omitempty"`
	Tooltip        string            `json:"tooltip,omitempty"`
	Required       bool              `json:"required,omitempty"`
	CollectionType string            `json:"collectionType,omitempty"`
	String         string            `json:"string,omitempty"`
	Map            map[string]string `json:"map,omitempty"`
}

// argument is a parameter as the Application sets it, in ARGOCD_APP_PARAMETERS.
type argument struct {
	Name   string            `json:"name"`
	String *string           `json:"string"`
	Array  []string          `json:"array"`
	Map    map[string]string `json:"map"`
}

// arguments are by name; what is empty is not set.
type arguments map[string]argument

func (a arguments) text(name string) string {
	if s := a[name].String; s != nil {
		return *s
	}
	return ""
}

const (
	environmentParameter = "environment"
	versionParameter     = "chart-version"
	digestParameter      = "chart-digest"
	kubeParameter        = "kube-version"
	valuesParameter      = "values"
)

// parameters is the table.
func parameters() []parameter {
	return []parameter{{
		announcement: announcement{Name: environmentParameter, Title: "Environment", Tooltip: "The overlay to render, where the Application's path is not one itself"},
	}, {
		announcement: announcement{Name: versionParameter, Title: "Chart version", Tooltip: "Another version than git pins needs its chart-digest"},
		announce:     func(a *announcement, c *fn.Config) { a.String = c.Chart.Version },
		set:          setChart,
	}, {
		announcement: announcement{Name: digestParameter, Title: "Chart digest", Tooltip: "sha256 of the archive of chart-version, as airstrip lock writes it"},
		announce:     func(a *announcement, c *fn.Config) { a.String = c.Chart.Digest },
		set:          setDigest,
	}, {
		announcement: announcement{Name: kubeParameter, Title: "Kubernetes version", Tooltip: "The version of the cluster, such as 1.34"},
		announce:     func(a *announcement, c *fn.Config) { a.String = c.KubeVersion },
		set: func(c *fn.Config, a arguments) error {
			c.KubeVersion = a.text(kubeParameter)
			return changed(kubeParameter, c)
		},
	}, {
		announcement: announcement{Name: valuesParameter, Title: "Values", Tooltip: "Paths of chart values, such as server.replicaCount, to what they become", CollectionType: "map"},
		announce:     func(a *announcement, c *fn.Config) { a.Map = leaves(c.Values) },
		set:          setValues,
	}}
}

func wrong(parameter, message, hint string) error {
	return problem{"parameter " + parameter + ": " + message, hint}
}

// changed checks a config after a parameter was set: what is wrong now was not
// before.
func changed(parameter string, c *fn.Config) error {
	var e *fn.ConfigError
	if !errors.As(c.Check(), &e) {
		return nil
	}
	var errs []error
	for _, p := range e.Problems {
		at := parameter
		if p.Field == "spec.chart.digest" { // which comes with the version
			at = digestParameter
		}
		errs = append(errs, wrong(at, p.Message, p.Hint))
	}
	return errors.Join(errs...)
}

// setChart changes the version. Git pins one archive; an Application may choose
// another version only by pinning its archive as well.
func setChart(c *fn.Config, a arguments) error {
	version, digest := a.text(versionParameter), a.text(digestParameter)
	switch {
	case version == c.Chart.Version:
		return nil
	case c.Chart.Path != "":
		return wrong(versionParameter, "the chart is at "+c.Chart.Path+", whose version is what it is", "leave it out")
	case digest == "":
		return wrong(versionParameter, fmt.Sprintf("git pins %s, and nothing pins %s", c.Chart.Version, version),
			"set chart-digest too, or change spec.chart.version and run airstrip lock")
	}
	// A repository that was only a default follows the version.
	if (chart.Ref{Name: c.Chart.Name, Version: c.Chart.Version}).WithDefaults().Repo == c.Chart.Repo {
		c.Chart.Repo = ""
	}
	c.Chart.Version, c.Chart.Digest = version, digest
	c.Chart = c.Chart.WithDefaults()
	return changed(versionParameter, c)
}

// setDigest has nothing to do for another version, whose digest setChart has set.
func setDigest(c *fn.Config, a arguments) error {
	if a.text(digestParameter) == c.Chart.Digest {
		return nil
	}
	return wrong(digestParameter, fmt.Sprintf("is not the digest that git pins for %s", c.Chart.Version),
		"leave it out, or change spec.chart.digest; it is for another chart-version")
}

// setValues lays values over everything. They may hold what nobody must see: no
// message quotes them.
func setValues(c *fn.Config, a arguments) error {
	var errs []error
	c.OverFrom = "parameter " + valuesParameter
	paths := slices.Sorted(maps.Keys(a[valuesParameter].Map))
	for _, path := range paths {
		value, err := readValue(a[valuesParameter].Map[path])
		below := slices.IndexFunc(paths, func(p string) bool { return strings.HasPrefix(p, path+".") })
		if _, object := value.(map[string]any); below >= 0 && !object && err == nil {
			err = fmt.Errorf("is no object, and %s is a part of it", paths[below])
		}
		if err == nil {
			c.Over, err = render.Set(c.Over, path, value)
		}
		if err != nil {
			errs = append(errs, wrong(valuesParameter+"."+path, err.Error(), ""))
		}
	}
	return errors.Join(errs...)
}

// readValue reads a value as JSON where it is some: true, 3, null, "3", a list, an
// object. Everything else is text, and so is a number that would be printed in
// another way: 2.10 is a version.
func readValue(text string) (any, error) {
	if text == "" {
		return "", nil
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(i, 10) == text {
		return i, nil // as helm --set has it: of a float, a template prints 1e+06
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		if strings.ContainsAny(text[:1], `{["`) {
			return nil, errors.New("begins like JSON and is none: write text in quotes")
		}
		return text, nil
	}
	if f, ok := v.(float64); ok && strconv.FormatFloat(f, 'f', -1, 64) != text {
		return text, nil
	}
	return v, nil
}

// writeValue is the inverse of readValue.
func writeValue(v any) string {
	if s, ok := v.(string); ok {
		if again, err := readValue(s); err == nil && again == any(s) {
			return s
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// credential are the names under which people write what they should have sealed.
// What Argo CD is told it shows to whoever can see the Application.
var credential = regexp.MustCompile(`(?i)(passw|pwd|secret|token|credential|private|license|api_?key|access_?key)`)

// leaves are the values that an overlay sets, by their paths. Lists are one value;
// those of objects, such as variables, are left out, and so is whatever may be a
// credential.
func leaves(values map[string]any) map[string]string {
	all := map[string]string{}
	var walk func(at []string, v any)
	walk = func(at []string, v any) {
		if len(at) > 0 && credential.MatchString(at[len(at)-1]) {
			return
		}
		switch v := v.(type) {
		case map[string]any:
			for key, v := range v {
				walk(append(at[:len(at):len(at)], key), v)
			}
			return
		case []any:
			for _, e := range v {
				switch e.(type) {
				case map[string]any, []any:
					return
				}
			}
		case string:
			if u, err := url.Parse(v); err != nil || u.User != nil {
				return
			}
		}
		for i, key := range at {
			at[i] = strings.NewReplacer(`\`, `\\`, ".", `\.`).Replace(key)
		}
		all[strings.Join(at, ".")] = writeValue(v)
	}
	walk(nil, values)
	return all
}

// parametersVariable is where Argo CD puts the parameters of an Application. The
// PARAM_* beside it are not read: two names can become one there.
const parametersVariable = "ARGOCD_APP_PARAMETERS"

// readArguments reads the parameters of the Application: "null" or nothing where it
// sets none. All that is wrong is in the error.
func readArguments(text string) (arguments, error) {
	var list []argument
	if text != "" && json.Unmarshal([]byte(text), &list) != nil {
		return nil, errors.New(parametersVariable + ": is no list of parameters as Argo CD sends it")
	}
	var names []string
	collection := map[string]string{}
	for _, p := range parameters() {
		names = append(names, p.Name)
		collection[p.Name] = p.CollectionType
	}
	args := arguments{}
	var errs []error
	for _, a := range list {
		kind, known := collection[a.Name]
		_, twice := args[a.Name]
		switch {
		case !known:
			hint := "known are " + strings.Join(names, ", ")
			if near := manifest.Nearest(a.Name, names); near != "" {
				hint = fmt.Sprintf("did you mean %q? ", near) + hint
			}
			errs = append(errs, wrong(a.Name, "is unknown", hint))
		case twice:
			errs = append(errs, wrong(a.Name, "is set twice", "keep one"))
		case a.Array != nil || kind == "map" && a.String != nil || kind == "" && a.Map != nil:
			want := map[string]string{"": "string", "map": "map"}[kind]
			errs = append(errs, wrong(a.Name, "is of another form, want a "+want, "write it as "+want+":"))
		case args.empty(a):
			// As if it were not there: so the form of Argo CD's sends a field that was cleared.
		default:
			args[a.Name] = a
		}
	}
	return args, errors.Join(errs...)
}

func (arguments) empty(a argument) bool {
	return (a.String == nil || *a.String == "") && len(a.Map) == 0
}

// change returns what sets the parameters on the releases of an overlay. Chart is a
// chart that is rendered whatever the config says.
func (a arguments) change(chart string) func([]*fn.Config) error {
	return func(configs []*fn.Config) error {
		var errs []error
		for _, p := range parameters() {
			switch {
			case p.set == nil || a[p.Name].Name == "":
				continue
			case len(configs) > 1 && p.Name != kubeParameter:
				errs = append(errs, wrong(p.Name, fmt.Sprintf("the overlay has %d releases, and it does not say which", len(configs)), "change their configs"))
				continue
			case chart != "" && (p.Name == versionParameter || p.Name == digestParameter):
				errs = append(errs, wrong(p.Name, "AIRSTRIP_CHART or --chart says which chart is rendered", "leave it out"))
				continue
			}
			for _, c := range configs {
				errs = append(errs, p.set(c, a))
			}
		}
		return errors.Join(errs...)
	}
}

// folder finds the overlay: the folder itself, or the one below it, or below its
// overlays/, that the Application names.
func (a arguments) folder() (string, error) {
	name := a.text(environmentParameter)
	base, names := environments()
	switch {
	case base == "" && name == "":
		return ".", nil // whatever is wrong with it, a build says it better
	case base == "":
		return "", wrong(environmentParameter, "this folder is not one with overlays in it", "leave it out, or set the Application's path to the folder above")
	case name == "":
		return "", wrong(environmentParameter, "is missing", "one of "+strings.Join(names, ", "))
	case !slices.Contains(names, name):
		return "", wrong(environmentParameter, fmt.Sprintf("%q is no overlay here", name), "one of "+strings.Join(names, ", "))
	}
	return filepath.Join(base, name), nil
}

// environments lists the overlays below the working directory, and the folder they
// are in. Where it is an overlay itself, or holds none, base is empty.
func environments() (base string, names []string) {
	if overlay.Discover(".") {
		return "", nil
	}
	for _, base := range []string{"overlays", "."} {
		entries, err := os.ReadDir(base)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if overlay.Discover(filepath.Join(base, e.Name())) {
				names = append(names, e.Name())
			}
		}
		if len(names) > 0 {
			return base, names
		}
	}
	return "", nil
}

func newCMPParameters(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "parameters",
		Short: "Announce the parameters of the overlay in this folder",
		Example: `  cd overlays/aks && airstrip cmp parameters   # as Argo CD runs it
  # plugin.yaml
  spec:
    parameters: {dynamic: {command: [airstrip, cmp, parameters]}}`,
		Long: `Prints what an Application can set, and what holds while it does not, as the JSON that
Argo CD shows in its form: environment, where the folder holds overlays and is none;
chart-version and chart-digest; kube-version; values, paths of the chart's values to
what they become. What may be a credential is not announced.

` + exitStatus,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return announceParameters(t) },
	}
}

func announceParameters(t *terminal) error {
	args, err := readArguments(os.Getenv(parametersVariable))
	if err != nil {
		return err
	}
	base, names := environments()
	var config *fn.Config
	if base == "" || args.text(environmentParameter) != "" {
		dir, err := args.folder()
		if err != nil {
			return err
		}
		configs, err := overlay.Configs(dir)
		if err != nil {
			return err
		}
		if len(configs) == 1 {
			config = configs[0]
		}
	}
	list := []announcement{}
	for _, p := range parameters() {
		a := p.announcement
		if a.Name == environmentParameter {
			if base == "" {
				continue
			}
			a.Required = true
			a.Tooltip += ": " + strings.Join(names, ", ")
			a.String = args.text(a.Name)
		} else if config != nil {
			p.announce(&a, config)
		}
		list = append(list, a)
	}
	return writeJSON(t.out, list)
}
