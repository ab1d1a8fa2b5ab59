package diff

import "github.com/airstrip-dev/airstrip/fn/manifest"

// Report is what a reviewer reads of a change, over all environments. It is made
// by Compare and written by Text, Markdown, HTML, JSON and SARIF, none of which
// knows more than is in it.
type Report struct {
	Environments []Environment `json:"environments"`
	Risks        []Risk        `json:"risks"`
	Images       []Image       `json:"images"`
	Totals       []Total       `json:"totals"`
	// Rows are the changes, folded: one that is the same in many places is one row.
	Rows []Row `json:"rows"`
	// Noise are rows that follow from a release and say nothing by themselves: labels
	// of chart and version, checksums. They are folded as Rows are, and counted.
	Noise []Row `json:"noise"`
}

// Environment is one environment and how much of it changed, in objects.
type Environment struct {
	Name string `json:"name"`
	// Agent is what applies it: argocd, flux or plain.
	Agent string `json:"agent"`
	// Dir is the folder of its manifests as the repository has it, empty where that is
	// not known: code scanning shows risks there.
	Dir string `json:"dir,omitempty"`
	// Homes are the namespaces of its release, before and after: an object that is there
	// is named without, and any other one with its own.
	Homes []string `json:"homes,omitempty"`
	// Old and New count its objects before and after.
	Old     int `json:"old"`
	New     int `json:"new"`
	Added   int `json:"added"`
	Removed int `json:"removed"`
	Changed int `json:"changed"`
	// Error says why one side could not be rendered; nothing is then said of what
	// changed, since a render that failed has removed nothing.
	Error string `json:"error,omitempty"`
}

// Op is what happened to an object or a field.
type Op string

// The operations.
const (
	Added   Op = "added"
	Removed Op = "removed"
	Changed Op = "changed"
	// Reordered is a list of the same items in another order.
	Reordered Op = "reordered"
	// Renamed is an object that stands under another name, its content hash in it
	// having changed. Old and New are the names.
	Renamed Op = "renamed"
	// Resealed is a sealed value that was encrypted anew and is known to be the same.
	Resealed Op = "resealed"
	// Reformatted is a document in a text (JSON, YAML, properties) that says the same in
	// another form, or with other comments. Old and New are not told.
	Reformatted Op = "reformatted"
)

// Row is one change, and each place where it was made.
type Row struct {
	Op Op `json:"op"`
	// Kinds are the kinds of the objects, sorted.
	Kinds []string `json:"kinds"`
	// Path is the field, empty for a whole object. Where the places differ in an item of a
	// list, the item is *: spec.template.spec.containers[*].env[LOG_LEVEL].value.
	Path   string  `json:"path,omitempty"`
	Old    Value   `json:"old"`
	New    Value   `json:"new"`
	Places []Place `json:"places"`
}

// Place is where a change was made.
type Place struct {
	Environment string `json:"environment"`
	// Object is its identity afterwards, or before where it was removed.
	Object manifest.ID `json:"object"`
	// Path is the field, whole.
	Path string `json:"path,omitempty"`
}

// Value is one side of a change.
type Value struct {
	// Present tells a field that is there, be it empty, from one that is not.
	Present bool `json:"present"`
	// Text is a scalar as it is, or canonical YAML of what is not one. It is data: whoever
	// writes it escapes it.
	Text string `json:"text,omitempty"`
	// Hidden is a value that is not told, for which Text is empty.
	Hidden bool `json:"hidden,omitempty"`
}

// Image is an image that changed.
type Image struct {
	Repository string `json:"repository"`
	// From is the repository that it was taken from before, where that is another.
	From string `json:"from,omitempty"`
	// Old and New are tag or digest, empty where the image was not used or is no more.
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
	Bump Bump   `json:"bump"`
	// Environments are those in which it changed so.
	Environments []string `json:"environments"`
	// Places are the fields in which it changed from Old to New. They are not among the
	// rows. An image that comes or goes with an object or a container has none: that is
	// a row.
	Places []Place `json:"places,omitempty"`
}

// Bump is the kind of change of an image's version (semver.org).
type Bump string

// The kinds, from the one that asks most of a reader.
const (
	Downgrade Bump = "downgrade"
	Major     Bump = "major"
	Minor     Bump = "minor"
	Patch     Bump = "patch"
	// Other is a tag that is no version, or a digest.
	Other Bump = "other"
	// Moved is the same version from another repository.
	Moved   Bump = "moved"
	NewOne  Bump = "new"
	Dropped Bump = "dropped"
)

// Total is what an environment asks of its cluster.
type Total struct {
	Environment string `json:"environment"`
	Old         Amount `json:"old"`
	New         Amount `json:"new"`
}

// Amount is summed over the replicas of every Pod that runs for good. What sets
// no request or limit adds nothing.
type Amount struct {
	Replicas int `json:"replicas"`
	// CPU is in thousandths of a core.
	CPURequests int64 `json:"cpuRequestsMilli"`
	CPULimits   int64 `json:"cpuLimitsMilli"`
	// Memory and storage are in bytes.
	MemoryRequests int64 `json:"memoryRequestsBytes"`
	MemoryLimits   int64 `json:"memoryLimitsBytes"`
	Storage        int64 `json:"storageBytes"`
}

// Risk is a change that a reviewer must not miss.
type Risk struct {
	manifest.Finding
	// Environments are those of which it is true.
	Environments []string `json:"environments"`
	// Waived is the reason that somebody gave for going on, empty where nobody did.
	Waived string `json:"waived,omitempty"`
	// Until is the last day of that, as 2006-01-02.
	Until string `json:"until,omitempty"`
}
