package validate

import (
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// sealedToken begins a value that SOPS has sealed.
const sealedToken = "ENC[AES256_GCM,"

// plaintext reports Secrets whose values whoever reads git can read. Where
// fn/secret looks at what it may write, this looks at what stands there.
func (r *review) plaintext() {
	for _, n := range r.is {
		id := manifest.IDOf(n)
		if id.Group != "" || id.Kind != "Secret" {
			continue
		}
		sealed := at(n, "sops") != nil
		var clear []string
		for _, field := range []string{"data", "stringData"} {
			for key, value := range entries(at(n, field)) {
				if text(value) == "" && value.Kind == yaml.ScalarNode || sealed && strings.HasPrefix(value.Value, sealedToken) {
					continue
				}
				clear = append(clear, key)
			}
		}
		if len(clear) > 0 {
			slices.Sort(clear)
			r.error(id, "plaintext-secret", "", "holds %s in clear: whoever reads git can read it, now and in its history. Seal it (airstrip seal), and change what has been pushed", listed(slices.Compact(clear)))
		}
	}
}

// recipients reports who can open a sealed Secret from now on, and who is said to
// be able to no longer.
func (r *review) recipients() {
	for p := range r.changed("Secret") {
		was, is := p.old("sops"), p.new("sops")
		if was == nil || is == nil {
			continue // sealed now, which is well, or in clear, which plaintext says
		}
		old, now := recipientsOf(was), recipientsOf(is)
		if lost := without(old, now); len(lost) > 0 {
			r.warn(p.id, "recipients", "sops", "is no longer sealed for %s, who can open what git's history holds for ever: change the values, if that is meant", listed(inWords(lost)))
		}
		if added := without(now, old); len(added) > 0 {
			r.warn(p.id, "recipients", "sops", "is sealed for %s as well, who can open every value of it", listed(inWords(added)))
		}
		a, b := manifest.Text(was, "shamir_threshold"), manifest.Text(is, "shamir_threshold")
		if len(b) < len(a) || len(b) == len(a) && b < a { // as numbers
			r.warn(p.id, "recipients", "sops.shamir_threshold", "was %s, is %s: fewer of its key groups have to come together to open it", shown(a), orNone(b))
		}
	}
}

// inWords are recipients in a message: a key of OpenSSH without the comment behind it,
// a server without whom its URL names, and of a long key both ends.
func inWords(recipients []string) []string {
	var all []string
	for _, s := range recipients {
		where, isURL := target(s)
		switch fields := strings.Fields(s); {
		case strings.HasPrefix(s, "ssh-") && len(fields) > 1:
			s = strings.Join(fields[:2], " ")
		case isURL && strings.HasPrefix(s, "https://"):
			s = "https://" + where
		default:
			s = shown(s)
		}
		if len(s) > 100 { // a post-quantum key has 1959 letters
			s = s[:24] + "…" + s[len(s)-16:]
		}
		all = append(all, s)
	}
	return all
}

// recipientsOf are the keys that a file is sealed for. The role by which a key of AWS
// is reached opens nothing without it.
func recipientsOf(sops *yaml.Node) []string {
	var all []string
	for _, r := range manifest.Recipients(sops) {
		if r.Kind == "kms" && len(r.Parts) > 1 {
			r.Parts = r.Parts[:1]
		}
		for i, p := range r.Parts {
			r.Parts[i] = strings.TrimSuffix(p, "/")
		}
		if id := strings.Join(r.Parts, "/"); id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}
