package airbyte

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// AuthSecret is the Secret that Airbyte's bootloader makes in the cluster, with
// credentials of its own. It is in no manifest and must not be pruned.
const AuthSecret = "airbyte-auth-secrets"

// AllKeys is the Key of a Secret that is read as a whole.
const AllKeys = "*"

const (
	pullType, pullKey           = "kubernetes.io/dockerconfigjson", ".dockerconfigjson"
	legacyPullType, legacyPullK = "kubernetes.io/dockercfg", ".dockercfg"
)

// SecretKey is a key of a Secret that the objects of a set need.
type SecretKey struct {
	Namespace, Secret string
	// Key is a key of the Secret, or [AllKeys].
	Key string
	// Type is the type that the Secret has to have; empty where any will do.
	Type string
	// Readers are the objects that read the key, sorted.
	Readers []KeyReader
	// Optional keys stop nobody when they are not there: every reader says so.
	Optional bool
	// State says whether the key is there. Detail says of what is not rendered
	// where it comes from, or what is wrong.
	State  KeyState
	Detail string
	// Source is the object of the set that holds the Secret, or from which the
	// cluster makes it; zero where there is none.
	Source manifest.ID
}

// KeyReader is an object that reads a key, and as what: the name of an
// environment variable, envFrom, the name of a volume, imagePullSecrets, or the
// variable that tells Airbyte to read it for the Pods that it starts.
type KeyReader struct {
	Object manifest.ID
	As     string
}

// SecretKeys returns the keys of Secrets that the objects of a set need, sorted
// by Secret and key: those of environment variables, volumes and image pull
// secrets, the certificates of Ingresses and Gateways, and those whose names are handed to Airbyte as text, for the Pods that
// it starts of its own accord. Values of Secrets are not read, so that sealed
// ones do as well.
func SecretKeys(s manifest.Set) []SecretKey {
	k := keyReaders{keys: map[[3]string]*SecretKey{}}
	for _, n := range s {
		if manifest.IDOf(n).Kind == "ConfigMap" {
			k.paths = append(k.paths, paths(manifest.Texts(manifest.Field(n.YNode(), "data")))...)
		}
	}
	for _, n := range s {
		id := manifest.IDOf(n)
		switch {
		case id.Group == "" && id.Kind == "ServiceAccount":
			k.pullSecrets(id, manifest.Field(n.YNode(), "imagePullSecrets"))
		case id.Kind == "Ingress" || id.Kind == "Gateway":
			k.tls(id, n.YNode())
		case id.Group == "" && id.Kind == "ConfigMap":
			k.named(id, manifest.Texts(manifest.Field(n.YNode(), "data")))
		default:
			k.pod(id, manifest.Field(manifest.PodTemplate(n), "spec"))
		}
	}
	keys := make([]SecretKey, 0, len(k.keys))
	from := keySources(s)
	for _, key := range k.keys {
		slices.SortFunc(key.Readers, func(a, b KeyReader) int {
			return cmp.Or(cmp.Compare(a.Object.String(), b.Object.String()), cmp.Compare(a.As, b.As))
		})
		key.Readers = slices.Compact(key.Readers)
		from.find(key)
		keys = append(keys, *key)
	}
	slices.SortFunc(keys, func(a, b SecretKey) int {
		return cmp.Or(cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Key, b.Key))
	})
	return keys
}

// keyReaders gathers who reads what.
type keyReaders struct {
	// keys are found by namespace, Secret and key.
	keys map[[3]string]*SecretKey
	// paths are those of files that ConfigMaps name.
	paths []string
}

func (k keyReaders) add(id manifest.ID, secret, key, as string, optional bool) *SecretKey {
	at := [3]string{id.Namespace, secret, key}
	if k.keys[at] == nil {
		k.keys[at] = &SecretKey{Namespace: id.Namespace, Secret: secret, Key: key, Optional: true}
	}
	found := k.keys[at]
	found.Readers = append(found.Readers, KeyReader{id, as})
	found.Optional = found.Optional && optional
	return found
}

// pod reads a Pod's spec.
func (k keyReaders) pod(id manifest.ID, spec *yaml.Node) {
	k.pullSecrets(id, manifest.Field(spec, "imagePullSecrets"))
	for _, c := range manifest.Containers(spec) {
		for _, e := range manifest.Items(manifest.Field(c, "env")) {
			if ref := manifest.Lookup(e, "valueFrom", "secretKeyRef"); ref != nil {
				k.add(id, manifest.Text(ref, "name"), manifest.Text(ref, "key"), manifest.Text(e, "name"), optional(ref))
			}
		}
		k.named(id, env(c))
		for _, from := range manifest.Items(manifest.Field(c, "envFrom")) {
			if ref := manifest.Field(from, "secretRef"); ref != nil {
				k.add(id, manifest.Text(ref, "name"), AllKeys, "envFrom", optional(ref))
			}
		}
	}
	for _, v := range manifest.Items(manifest.Field(spec, "volumes")) {
		name := manifest.Text(v, "name")
		if s := manifest.Field(v, "secret"); s != nil {
			k.volume(id, manifest.Text(s, "secretName"), s, name, spec)
		}
		for _, source := range manifest.Items(manifest.Lookup(v, "projected", "sources")) {
			if s := manifest.Field(source, "secret"); s != nil {
				k.volume(id, manifest.Text(s, "name"), s, name, spec)
			}
		}
	}
}

// volume reads a volume of a Secret: the items that it names; without them the
// files that are known to be read where it is mounted, or else all.
func (k keyReaders) volume(id manifest.ID, secret string, source *yaml.Node, name string, spec *yaml.Node) {
	var keys []string
	for _, item := range manifest.Items(manifest.Field(source, "items")) {
		keys = append(keys, manifest.Text(item, "key"))
	}
	if len(keys) == 0 {
		keys = k.files(name, spec)
	}
	if len(keys) == 0 {
		keys = []string{AllKeys}
	}
	for _, key := range keys {
		k.add(id, secret, key, "volume "+name, optional(source))
	}
}

// files are the files of a volume that its containers read: the one that is
// mounted alone, and those that a variable names. Chart V1 mounts a Secret whole
// and says in GOOGLE_APPLICATION_CREDENTIALS which file of it counts.
func (k keyReaders) files(volume string, spec *yaml.Node) []string {
	var files []string
	for _, c := range manifest.Containers(spec) {
		named := append(paths(env(c)), k.paths...)
		for _, m := range manifest.Items(manifest.Field(c, "volumeMounts")) {
			if manifest.Text(m, "name") != volume {
				continue
			}
			if file := manifest.Text(m, "subPath"); file != "" {
				files = append(files, file)
				continue
			}
			for _, p := range named {
				if dir, file := path.Split(p); path.Clean(dir) == path.Clean(manifest.Text(m, "mountPath")) {
					files = append(files, file)
				}
			}
		}
	}
	return files
}

func (k keyReaders) pullSecrets(id manifest.ID, list *yaml.Node) {
	for _, ref := range manifest.Items(list) {
		k.pullSecret(id, manifest.Text(ref, "name"), "imagePullSecrets")
	}
}

func (k keyReaders) pullSecret(id manifest.ID, name, as string) {
	if name != "" {
		k.add(id, name, pullKey, as, false).Type = pullType
	}
}

// nameAndKey are the endings of two variables of which one names a Secret and the
// other a key of it, as the chart calls them.
var nameAndKey = []struct{ name, key string }{
	{"_SECRET_NAME", "_SECRET_KEY"},
	{"_REF_NAME", "_REF_KEY"},
}

// pullSecretNames is the variable that lists, with commas, the Secrets with which
// the images of jobs are pulled.
const pullSecretNames = "JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET"

// named reads the texts from which Airbyte starts Pods of its own. The chart
// leaves what is not used empty.
func (k keyReaders) named(id manifest.ID, texts map[string]string) {
	for name, secret := range texts {
		for _, p := range nameAndKey {
			prefix, ok := strings.CutSuffix(name, p.name)
			if key := texts[prefix+p.key]; ok && secret != "" && key != "" {
				k.add(id, secret, key, name, false)
			}
		}
	}
	for _, name := range strings.Split(texts[pullSecretNames], ",") {
		k.pullSecret(id, strings.TrimSpace(name), pullSecretNames)
	}
}

// env are the plain variables of a container.
func env(container *yaml.Node) map[string]string {
	m := map[string]string{}
	for _, e := range manifest.Items(manifest.Field(container, "env")) {
		m[manifest.Text(e, "name")] = manifest.Text(e, "value")
	}
	return m
}

// paths are the texts that name a file.
func paths(texts map[string]string) []string {
	var all []string
	for _, text := range texts {
		if path.IsAbs(text) && !strings.HasSuffix(text, "/") {
			all = append(all, text)
		}
	}
	return all
}

func optional(n *yaml.Node) bool { return manifest.Text(n, "optional") == "true" }
