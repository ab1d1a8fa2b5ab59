package airbyte

// Row says which values a setting becomes. A generation without a counterpart
// has no paths.
type Row struct {
	// Field is the setting below spec, such as database.host.
	Field string
	// Paths are the values, by generation.
	Paths map[Generation][]string
}

// Table lists what every setting becomes, for the documentation.
func Table() []Row { return table(rows) }

// ComponentTable lists the components: Field is the name below spec.components,
// the paths are the values that it stands for.
func ComponentTable() []Row { return table(components) }

func table(rows []row) []Row {
	all := make([]Row, len(rows))
	for i, r := range rows {
		all[i] = Row{Field: r.field, Paths: map[Generation][]string{
			V1: r.paths(V1), V2: r.paths(V2), DataPlane: r.paths(DataPlane),
		}}
	}
	return all
}
