package secret

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// maxSecret is the most that the values of a Secret may hold together, in bytes
// (k8s.io/api/core/v1: MaxSecretSize).
const maxSecret = 1 << 20

// Check reports what the API server would refuse, and what SOPS would seal beside
// the values. The error is a [*FormatError].
func (p *Plain) Check() error {
	var wrong problems
	if errs := validation.NameIsDNSSubdomain(p.Name, false); len(errs) > 0 {
		wrong.add("metadata.name", "", "%q cannot be the name of a Secret: %s", p.Name, strings.Join(errs, ";"))
	}
	if p.Namespace != "" && len(utilvalidation.IsDNS1123Label(p.Namespace)) > 0 {
		wrong.add("metadata.namespace", "", "%q cannot be a namespace", p.Namespace)
	}
	size := 0
	for _, key := range p.Keys() {
		size += p.Values[key].Len()
		if errs := utilvalidation.IsConfigMapKey(key); len(errs) > 0 {
			wrong.add("data", "", "%q is not valid key name for a Secret %s", key, strings.Join(errs, ";"))
		}
	}
	if size > maxSecret {
		wrong.add("data", "", "holds %d bytes, and a Secret at most %d", size, maxSecret)
	}
	for field, texts := range map[string]map[string]string{"labels": p.Labels, "annotations": p.Annotations} {
		for key, text := range texts {
			at := "metadata." + field + "." + key
			if key == "data" || key == "stringData" {
				wrong.add(at, "call it something else", "would be sealed: SOPS takes it for a value")
			}
			for name, v := range p.Values {
				if v.Len() >= 8 && strings.Contains(text, string(v.Reveal())) {
					wrong.add(at, "take it out", "holds the value of %s in clear", name)
				}
			}
		}
	}
	for _, key := range requiredKeys[p.Type] {
		if _, ok := p.Values[key]; !ok {
			wrong.add("data."+key, "", "is missing: the API server takes no Secret of type %s without it", p.Type)
		}
	}
	slices.SortFunc(wrong, func(a, b Problem) int { return strings.Compare(a.Field, b.Field) })
	return wrong.err()
}

// requiredKeys are those without which the API server refuses a Secret
// (kubernetes, pkg/apis/core/validation: ValidateSecret).
var requiredKeys = map[string][]string{
	"kubernetes.io/dockerconfigjson": {".dockerconfigjson"}, "kubernetes.io/dockercfg": {".dockercfg"},
	"kubernetes.io/tls": {"tls.crt", "tls.key"}, "kubernetes.io/ssh-auth": {"ssh-privatekey"},
}

// droppedAnnotations say how an object got into a cluster, and one of them holds
// the whole Secret in clear.
var droppedAnnotations = []string{"kubectl.kubernetes.io/last-applied-configuration", "kubectl.kubernetes.io/restartedAt"}

// ParsePlain reads a Secret in clear, YAML or JSON, as somebody wrote it or kubectl
// printed it. What only a cluster knows of it is left out. Errors hold no value.
func ParsePlain(data []byte) (*Plain, error) {
	if crowded(data, maxPlainMarks) {
		return nil, &FormatError{[]Problem{{
			Message: fmt.Sprintf("has more than %d lines and commas", maxPlainMarks), Hint: "give a value of that size by itself: --from-file KEY=PATH",
		}}}
	}
	root, err := document(data)
	if err != nil {
		return nil, &FormatError{[]Problem{{Message: err.Error()}}}
	}
	var wrong problems
	p := &Plain{Values: map[string]Value{}}
	if manifest.Text(root, "apiVersion") != "v1" || manifest.Text(root, "kind") != "Secret" {
		wrong.add("kind", "", "is no v1 Secret")
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i].Value, root.Content[i+1]
		switch key {
		case "apiVersion", "kind", "status":
		case "sops":
			wrong.add("sops", "airstrip seal --set changes single values of it", "is sealed already")
		case "type":
			p.Type = value.Value
		case "immutable":
			p.Immutable = value.Value == "true"
		case "metadata":
			p.describe(value, &wrong)
		case "data", "stringData":
			p.read(key, value, &wrong)
		default:
			wrong.add(key, "", "is no field of a Secret")
		}
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Plain) describe(meta *yaml.Node, wrong *problems) {
	for i := 0; meta.Kind == yaml.MappingNode && i+1 < len(meta.Content); i += 2 {
		key, value := meta.Content[i].Value, meta.Content[i+1]
		switch key {
		case "name":
			p.Name = value.Value
		case "namespace":
			p.Namespace = value.Value
		case "labels":
			p.Labels = texts(value, "metadata.labels", wrong)
		case "annotations":
			p.Annotations = texts(value, "metadata.annotations", wrong)
			for _, name := range droppedAnnotations {
				delete(p.Annotations, name)
			}
		case "creationTimestamp", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid", "generation":
		default:
			wrong.add("metadata."+key, "", "is not known")
		}
	}
}

// texts reads a mapping of texts.
func texts(n *yaml.Node, at string, wrong *problems) map[string]string {
	m := map[string]string{}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if value := n.Content[i+1]; value.Tag != yaml.NodeTagString {
			wrong.add(at+"."+n.Content[i].Value, "put it in quotes", "is not text")
		} else {
			m[n.Content[i].Value] = value.Value
		}
	}
	return m
}

// read reads the values under data or stringData, which wins.
func (p *Plain) read(field string, n *yaml.Node, wrong *problems) {
	if n.Tag == yaml.NodeTagNull {
		return
	}
	if n.Kind != yaml.MappingNode {
		wrong.add(field, "", "is not a mapping")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		at := field + "." + key
		if value.Kind != yaml.ScalarNode || value.Tag != yaml.NodeTagString {
			// 00123 is 83 to YAML, and yes may be true.
			wrong.add(at, "put it in quotes", "is not text")
			continue
		}
		if looksSealed.MatchString(value.Value) {
			wrong.add(at, "", "is sealed already")
			continue
		}
		v := []byte(value.Value)
		if field == "data" {
			var err error
			if v, err = base64.StdEncoding.DecodeString(value.Value); err != nil {
				wrong.add(at, "write it under stringData", "is no base64")
				continue
			}
			if _, ok := p.Values[key]; ok {
				continue // stringData wins, wherever it stands
			}
		}
		p.Values[key] = NewValue(v)
	}
}
