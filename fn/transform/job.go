package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// maxName is the longest name of a Job, in bytes: its Pods carry it as a label
// (k8s.io/apimachinery: validation.LabelValueMaxLength).
const maxName = 63

// toJob turns a Pod that runs once into a Job that does the same. The Job has
// no time to live: an agent that keeps the cluster equal to git would make a
// Job that deleted itself again, and so run it for ever.
func toJob(o *object) {
	pod := o.YNode()
	spec := manifest.Ensure(pod, "spec")
	if p := manifest.Text(spec, "restartPolicy"); p == "" || p == "Always" {
		manifest.SetField(spec, "restartPolicy", manifest.String("OnFailure"))
	}
	template := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
	for _, field := range []string{"labels", "annotations"} {
		if m := manifest.Lookup(pod, "metadata", field); m != nil && len(m.Content) > 0 {
			manifest.SetField(manifest.Ensure(template, "metadata"), field, yaml.CopyYNode(m))
		}
	}
	manifest.SetField(template, "spec", spec)
	job := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
	manifest.SetField(job, "template", template)
	manifest.SetField(pod, "apiVersion", manifest.String("batch/v1"))
	manifest.SetField(pod, "kind", manifest.String("Job"))
	manifest.SetField(pod, "spec", job)
	manifest.RemoveField(pod, "status")
}

// NamedByContent is the annotation of a Job whose name ends in [ContentSuffix]; it
// holds the name without.
const NamedByContent = "airstrip.dev/named-by-content"

// nameByContent appends a digest of its spec to the name of a Job that is marked
// for it. A Job is immutable, so a changed one under the same name would be
// refused; under a new name it runs, and an unchanged one does not run again.
func nameByContent(n *yaml.RNode) {
	metadata := manifest.Field(n.YNode(), "metadata")
	name := manifest.Text(manifest.Field(metadata, "annotations"), NamedByContent)
	if name == "" {
		return
	}
	suffix := "-" + ContentSuffix(n)
	base := name
	if len(base)+len(suffix) > maxName {
		base = strings.TrimRight(base[:maxName-len(suffix)], "-.")
	}
	manifest.SetField(metadata, "name", manifest.String(base+suffix))
}

// ContentSuffix is the digest that a Job's name ends in, computed from its
// spec as it stands.
func ContentSuffix(job *yaml.RNode) string {
	spec := manifest.Field(job.YNode(), "spec")
	if spec == nil {
		return ""
	}
	b, err := manifest.Bytes(yaml.NewRNode(spec))
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:5])
}
