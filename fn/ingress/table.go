package ingress

import (
	"maps"
	"slices"
)

// Controller is what a controller makes of the settings, for the documentation.
type Controller struct {
	// Name is what stands in the config: alb, gateway/gke.
	Name, Title string
	// Source is where its settings are described, and for which release.
	Source string
	// Settings are the fields that it has a counterpart for, and what is written.
	Settings [][2]string
	// Elsewhere are fields that it has none for, and where that is set.
	Elsewhere [][2]string
}

// Table lists the controllers.
func Table() []Controller {
	var all []Controller
	for _, p := range profiles {
		c := Controller{Name: p.name(), Title: p.title, Source: p.source}
		for _, s := range p.settings {
			c.Settings = append(c.Settings, [2]string{s.field, s.becomes})
		}
		for _, field := range slices.Sorted(maps.Keys(p.elsewhere)) {
			c.Elsewhere = append(c.Elsewhere, [2]string{field, p.elsewhere[field]})
		}
		all = append(all, c)
	}
	return all
}
