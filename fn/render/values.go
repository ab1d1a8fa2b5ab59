package render

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// MaxValues is the largest values file, in bytes, that is read. The official
// chart's own, every value commented, is 120 kB.
const MaxValues = 8 << 20

// ReadValues decodes a values file as Helm does (numbers are floating point,
// the last of duplicate keys wins) and reports its duplicate keys.
func ReadValues(data []byte, name string) (map[string]any, []manifest.Finding, error) {
	if len(data) > MaxValues {
		return nil, nil, fmt.Errorf("%s: %d bytes, want at most %d: this is no values file", name, len(data), MaxValues)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(data, &values); err != nil {
		msg := strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")
		return nil, nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(msg, "yaml: "))
	}
	var findings []manifest.Finding
	for _, path := range manifest.Duplicates(data) {
		findings = append(findings, manifest.Finding{
			Severity: manifest.Warning, Code: "duplicate-value", File: name, Field: path,
			Message: "duplicate key: the last one wins, as in Helm",
		})
	}
	return values, findings, nil
}

// MergeValues lays over on top of base, as Helm does with several values
// files: maps merge, anything else replaces, null is kept and later removes
// the chart's default. Neither argument is changed.
func MergeValues(base, over map[string]any) map[string]any {
	out := make(map[string]any, len(base)+len(over))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		if m, ok := v.(map[string]any); ok {
			if b, ok := out[k].(map[string]any); ok {
				out[k] = MergeValues(b, m)
				continue
			}
		}
		out[k] = v
	}
	return out
}

// Unset sets the value at a dotted path to null, which makes Helm remove the
// chart's default. A dot that belongs to a key is written \. as in `helm
// --set`. What values share with other maps is not changed.
func Unset(values map[string]any, path string) (map[string]any, error) {
	return Set(values, path, nil)
}

// Set sets the value at a dotted path, written as for [Unset]. A map is merged into
// what is there. What values share with other maps is not changed.
func Set(values map[string]any, path string, value any) (map[string]any, error) {
	keys, err := splitPath(path)
	if err != nil {
		return nil, err
	}
	over := value
	for i := len(keys) - 1; i >= 0; i-- {
		over = map[string]any{keys[i]: over}
	}
	return MergeValues(values, over.(map[string]any)), nil
}

func splitPath(path string) ([]string, error) {
	var keys []string
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case path[i] == '.':
			keys = append(keys, b.String())
			b.Reset()
		case path[i] == '[' || path[i] == ']':
			return nil, fmt.Errorf("path %q: list entries cannot be unset or set, replace the whole list", path)
		default:
			b.WriteByte(path[i])
		}
	}
	keys = append(keys, b.String())
	for _, k := range keys {
		if k == "" {
			return nil, fmt.Errorf("path %q: an empty key", path)
		}
	}
	return keys, nil
}
