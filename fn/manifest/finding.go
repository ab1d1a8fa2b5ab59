package manifest

import "fmt"

// Severity orders findings: an Error stops the pipeline, a Warning asks for a
// reader, Info is there for who asks.
type Severity string

// The severities, spelt as KRM results spell them.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that a person may want to know about an object: a
// repair that was made, a risk that was seen.
type Finding struct {
	Severity Severity `json:"severity"`
	// Code is a stable kebab-case name for the kind of finding.
	Code string `json:"code"`
	// File is the template or file that the object comes from.
	File string `json:"file,omitempty"`
	// Object is the object concerned; zero where there is none.
	Object ID `json:"object,omitzero"`
	// Field is the path inside the object, such as data.LOG_LEVEL.
	Field string `json:"field,omitempty"`
	// Message says what was found and what was done, in one line.
	Message string `json:"message"`
}

// String is the finding on one line: file: Kind/name: field: message.
func (f Finding) String() string {
	s := f.Message
	if f.Field != "" {
		s = fmt.Sprintf("%s: %s", f.Field, s)
	}
	if f.Object != (ID{}) {
		s = fmt.Sprintf("%s: %s", f.Object, s)
	}
	if f.File != "" {
		s = fmt.Sprintf("%s: %s", f.File, s)
	}
	return s
}
