// Package airbyte knows what Airbyte's chart makes of its values. It turns the
// typed settings of an AirbyteRelease into the values that the chosen chart
// really reads, and checks what the chart does not: neither generation has a
// values schema, both ignore what they do not know, and many mistakes show only
// in the cluster.
//
// On the line load → chart → render → … it stands before render: settings become
// values there. What a setting becomes is one table, in rows.go; what a table
// cannot say is in compile.go. It refuses settings that contradict each other
// and those that the chart at hand has no counterpart for.
//
// The Go API is not stable; the config file, the flags and the output layout are.
package airbyte

import (
	"fmt"
	"strconv"
	"strings"
)

// Generation is a values interface: the chart has had two, and the chart of a
// data plane has its own.
type Generation string

// The generations. V1 and V2 are Airbyte's own names for them.
const (
	V1        Generation = "V1"
	V2        Generation = "V2"
	DataPlane Generation = "data plane"
)

// Chart is what of a chart decides how settings become values.
type Chart struct {
	Generation Generation
	// Name and Version are for messages: "chart airbyte 2.2.0".
	Name, Version string
}

// Of tells the generation by a chart's name and version. It is empty for a chart
// that is not Airbyte's: of that nothing is known.
func Of(name, version string) Chart {
	c := Chart{Name: name, Version: version}
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	switch {
	case name == "airbyte-data-plane":
		c.Generation = DataPlane
	case name == "airbyte" && err == nil && n < 2:
		c.Generation = V1
	case name == "airbyte":
		c.Generation = V2
	}
	return c
}

// before reports whether the release is older than a minor version.
func (c Chart) before(major, minor int) bool {
	var x, y int
	n, _ := fmt.Sscanf(c.Version, "%d.%d", &x, &y)
	return n == 2 && (x < major || x == major && y < minor)
}

func (c Chart) String() string { return fmt.Sprintf("chart %s %s", c.Name, c.Version) }

// Problem is one thing wrong, and the way out where there is one. Field is a
// setting, "database.host", or a chart value where Value is set.
type Problem struct {
	Field, Message, Hint string
	// Value says that Field is the path of a chart value, and not of a setting.
	Value bool
	// Warning says that it may be meant.
	Warning bool
}
