package airbyte

import (
	"maps"
	"slices"
	"strings"
)

// Values are chart values that know where they come from.
type Values struct {
	// Tree is what goes to the chart.
	Tree map[string]any
	// Origin tells what each leaf of Tree comes from, by [Path].
	Origin map[string]Leaf
}

// Leaf is where one value comes from.
type Leaf struct {
	Keys []string
	// Value leads to the value that the setting becomes: to a map, where the
	// leaf is one of its entries.
	Value []string
	// Setting is the field, such as database.host.
	Setting string
	// Given says that the user wrote it, and that it does not merely follow.
	Given bool
}

// Path writes the path of a value as one text: a dot that belongs to a key is
// written \. as in helm --set and in spec.unset.
func Path(keys ...string) string {
	escaped := make([]string, len(keys))
	for i, k := range keys {
		escaped[i] = strings.ReplaceAll(k, ".", `\.`)
	}
	return strings.Join(escaped, ".")
}

// set sets the value at a path, in which a map merges with what is there, and
// notes the setting that it comes from, leaf by leaf.
func (k *compiler) set(field string, value any, path ...string) { k.setBelow(field, value, path, path) }

// Follow sets a value that follows from a field beside the settings.
func (v *Values) Follow(field string, value any, path ...string) {
	k := compiler{Values: *v}
	k.set(field, value, path...)
}

// setBelow is set within the map at top.
func (k *compiler) setBelow(field string, value any, path, top []string) {
	if m, ok := value.(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			k.setBelow(field+"."+key, m[key], append(slices.Clone(path), key), top)
		}
		return
	}
	at := k.Tree
	for _, key := range path[:len(path)-1] {
		below, ok := at[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			at[key] = below
		}
		at = below
	}
	at[path[len(path)-1]] = value
	k.Origin[Path(path...)] = Leaf{Keys: path, Value: top, Setting: field, Given: holds(k.given, field)}
}

// holds reports whether a tree has a field. Keys of maps, such as names of
// annotations, may have dots.
func holds(tree map[string]any, field string) bool {
	for i := 0; i <= len(field); i++ {
		if i < len(field) && field[i] != '.' {
			continue
		}
		switch v := tree[field[:i]].(type) {
		case nil:
		case map[string]any:
			if i == len(field) || holds(v, field[i+1:]) {
				return true
			}
		default:
			if i == len(field) {
				return true
			}
		}
	}
	return false
}

// get returns the value at a path of keys, or nil.
func get(tree map[string]any, path ...string) any {
	var v any = tree
	for _, k := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// dotted returns the value at a path whose keys have no dots of their own.
func dotted(tree map[string]any, path string) any { return get(tree, strings.Split(path, ".")...) }
