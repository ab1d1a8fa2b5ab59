package secret

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomConfigsAreReadAsSopsDoes makes configs of all the forms that SOPS
// takes, most of them valid.
func TestRandomConfigsAreReadAsSopsDoes(t *testing.T) {
	_, all := recipientNames(t)
	r := seeded(t)
	p := newPlace(t, "")
	read, refused := 0, 0
	for range 1500 {
		g := &configMaker{r: r, names: all}
		text := g.config()
		p.write(configName, text)
		theirs, theirErr := p.theirs("prod/a.yaml")
		ours, ourErr := p.ours("prod/a.yaml")
		switch {
		case theirErr != nil && ourErr != nil:
			refused++
		case theirErr == nil && ourErr != nil && g.nobody && strings.Contains(ourErr.Error(), "names nobody"):
			refused++
		case theirErr != nil || ourErr != nil || theirs == nil || ours == nil || !ours.equal(theirs):
			t.Fatalf("they read %v (%v)\nwe read   %v (%v)\n%s", theirs, theirErr, ours, ourErr, text)
		default:
			read++
		}
	}
	t.Logf("%d read, %d refused by both", read, refused)
	if read < 500 {
		t.Errorf("only %d of the configs are of any use", read)
	}
}

// configMaker writes a .sops.yaml at random.
type configMaker struct {
	r      *rand.Rand
	names  map[string]string
	out    strings.Builder
	nobody bool // some group may be empty
}

func (g *configMaker) line(format string, args ...any) { fmt.Fprintf(&g.out, format+"\n", args...) }

func (g *configMaker) some(prefix string, n int) []string {
	var all []string
	for range n {
		text := g.names[pick(g.r, prefix+"1", prefix+"2")]
		switch {
		case prefix == "AGE" && g.r.IntN(3) == 0:
			text = g.names["AGE3"]
		case prefix == "AGE" && g.r.IntN(4) == 0:
			text = g.names["SSH1"] + pick(g.r, "", " alice", " alice@laptop home")
		case prefix == "KMS" && g.r.IntN(3) == 0:
			text += "+" + g.names["ROLE"]
		case prefix == "PGP" && g.r.IntN(3) == 0:
			text = g.names["PGPBLANKS"]
		}
		all = append(all, text)
	}
	return all
}

func (g *configMaker) config() string {
	if g.r.IntN(3) == 0 {
		g.line("stores: {yaml: {indent: %d}}", g.r.IntN(9))
	}
	g.line("creation_rules:")
	for range 1 + g.r.IntN(3) {
		g.rule(pick(g.r, "^prod/", "prod", "^nonprod/", `\.yaml$`, "^x", "(?i)PROD"))
	}
	if g.r.IntN(2) == 0 {
		g.rule("")
	}
	return g.out.String()
}

func (g *configMaker) rule(path string) {
	g.line("- path_regex: %q", path)
	if g.r.IntN(2) == 0 {
		g.line("  encrypted_regex: %s", EncryptedRegex)
	}
	if g.r.IntN(4) == 0 {
		g.line("  aws_profile: dev")
	}
	if g.r.IntN(2) == 0 {
		g.groups()
		if g.r.IntN(3) > 0 {
			return
		}
	}
	g.nobody = true
	for _, kind := range [][2]string{{"age", "AGE"}, {"pgp", "PGP"}, {"kms", "KMS"}, {"gcp_kms", "GCP"}, {"azure_keyvault", "AZ"}, {"hc_vault_transit_uri", "HV"}, {"hckms", "HW"}} {
		if g.r.IntN(3) > 0 {
			continue
		}
		list := g.some(kind[1], g.r.IntN(4))
		switch form := g.r.IntN(3); {
		case form == 0 && kind[0] != "hckms":
			g.line("  %s: '%s'", kind[0], strings.Join(list, pick(g.r, ",", ", ", " , ", ",,"))+pick(g.r, "", ",", " "))
		case form == 1:
			g.line("  %s: [%s]", kind[0], quoted(list))
		case len(list) == 0:
			g.line("  %s: null", kind[0])
		default:
			g.line("  %s:", kind[0])
			for _, text := range list {
				g.line("  - '%s'", text)
			}
		}
	}
}

func quoted(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "'" + strings.Join(list, "', '") + "'"
}

// groups writes one key group, or several with a threshold that fits.
func (g *configMaker) groups() {
	n := 1 + g.r.IntN(3)
	if n > 1 {
		g.line("  shamir_threshold: %d", 2+g.r.IntN(n-1))
	}
	g.line("  key_groups:")
	for range n {
		g.line("  - %s", g.group(2))
	}
}

func (g *configMaker) group(depth int) string {
	fields := []string{"age: [" + quoted(g.some("AGE", 1+g.r.IntN(3))) + "]"}
	if g.r.IntN(3) == 0 {
		fields = append(fields, "pgp: ["+quoted(g.some("PGP", g.r.IntN(3)))+"]")
	}
	if g.r.IntN(3) == 0 {
		var keys []string
		for _, arn := range g.some("KMS", 1+g.r.IntN(2)) {
			keys = append(keys, "{arn: '"+arn+"'"+pick(g.r, "", ", role: r", ", context: {a: b}", ", context: {a: '1', b: c}, aws_profile: p")+"}")
		}
		fields = append(fields, "kms: ["+strings.Join(keys, ", ")+"]")
	}
	if g.r.IntN(3) == 0 {
		fields = append(fields, "gcp_kms: [{resource_id: '"+g.names[pick(g.r, "GCP1", "GCP2")]+"'}]", "hckms: [{key_id: '"+g.names[pick(g.r, "HW1", "HW2")]+"'}]")
	}
	if g.r.IntN(3) == 0 {
		fields = append(fields, "azure_keyvault: [{vaultUrl: 'https://v.vault.azure.net', key: k, version: '"+pick(g.r, "1", "2")+"'}]")
	}
	if g.r.IntN(3) == 0 {
		fields = append(fields, "hc_vault: ["+quoted(g.some("HV", g.r.IntN(3)))+"]")
	}
	if depth > 0 && g.r.IntN(3) == 0 {
		fields = append(fields, "merge: ["+g.group(depth-1)+", "+g.group(depth-1)+"]")
	}
	g.r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return "{" + strings.Join(fields, ", ") + "}"
}
