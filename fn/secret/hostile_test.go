package secret

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

// Patience is how long any reader may take over any input, and appetite how many
// bytes it may allocate meanwhile.
const (
	patience = time.Second
	appetite = 512 << 20
)

// reader is a way in for what somebody else may have written. Head begins a file
// of the kind that it takes, so that it reads on.
type reader struct {
	name, head string
	read       func(dir, text string) error
}

var readers = []reader{
	{"Parse", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nsops: {}\n", func(_, text string) error { _, err := Parse([]byte(text)); return err }},
	{"ParsePlain", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", func(_, text string) error { _, err := ParsePlain([]byte(text)); return err }},
	{
		"ParseController", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\n",
		func(_, text string) error { _, err := ParseController([]byte(text)); return err },
	},
	{"Rules", "creation_rules: []\n", func(dir, text string) error {
		if err := os.WriteFile(filepath.Join(dir, configName), []byte(text), 0o600); err != nil {
			return err
		}
		_, err := Rules{}.For(filepath.Join(dir, "a.sops.yaml"))
		return err
	}},
}

// timed leaves out tests of how long something takes where that says nothing.
func timed(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the race detector takes ten times as long")
	}
}

// costs runs a reader, and reports how long it took at best: a machine may have
// other things to do.
func (r reader) costs(t *testing.T, dir, text string) (took time.Duration, bytes uint64, err error) {
	t.Helper()
	took = time.Hour
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := processTime(t)
		err = r.read(dir, text)
		took = min(took, processTime(t)-start)
		runtime.ReadMemStats(&after)
		if bytes = after.TotalAlloc - before.TotalAlloc; took < patience {
			break
		}
	}
	return took, bytes, err
}

// processTime is the time that the test has had of a processor: what a clock says
// depends on what else the machine does.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const (
	mib   = 1 << 20
	large = mib / 2
)

// fill repeats a text up to a size.
func fill(text string, size int) string { return strings.Repeat(text, size/len(text)) }

// bomb is n levels of ten aliases each.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return b.String()
}

func wide(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// hostile are files that stop, fill or stun what reads YAML.
func hostile() map[string]string {
	all := map[string]string{
		"nothing": "", "blank": " \n\n", "nul": "\x00", "nuls": strings.Repeat("\x00", 1000), "not UTF-8": "a: \xff\xfe", "control character": "a: \x01",
		"byte order mark": "\ufeffa: b\n", "UTF-16": wide("a: b\n"), "UTF-16 of a Secret": wide("apiVersion: v1\nkind: Secret\n"), "other line breaks": fill("a: b\r\n", 6000),
		"text": "hunter2", "list": "- a\n", "number": "5", "null": "null", "directive": "%YAML 1.2\n---\na: b\n", "unknown directive": "%X y\n---\na: b\n",
		"alias of itself": "a: &a [*a]\n", "alias of itself, a mapping": "a: &a {b: *a}\n", "alias for a key": "a: &a b\n*a : c\n", "alias of nothing": "a: *b\n",
		"alias bomb": bomb(9), "large alias bomb": bomb(2000), "aliases": "a: &a b\nb: [" + fill("*a,", large/2) + "*a]\n", "anchors": "a: [" + fill("&a b,", large/2) + "c]\n",
		"aliases of a list": "a: &a [" + fill("b,", 10_000) + "b]\nb: [" + fill("*a,", 30_000) + "*a]\n",
		"merge":             "a: &a {b: c}\n<<: *a\n", "merge of itself": "<<: &a {<<: *a}\n", "merges": "a: &a {b: c}\nd: {<<: [" + fill("*a,", large/4) + "*a]}\n",
		"binary": "a: !!binary aGVsbG8=\n", "no binary": "a: !!binary =\n", "tag of one's own": "a: !foo b\n", "long tag": "a: !" + fill("x", large) + " b\n", "tag of a mapping": "!!set {a, b}\n",
		"key twice": "a: b\na: c\n", "number for a key": "1: a\n", "mapping for a key": "{a: b}: c\n", "list for a key": "? [a]\n: b\n", "null for a key": "~: a\n", "truth value for a key": "true: a\n",
		"key that is large": fill("k", large) + ": v\n", "value that is large": "a: " + fill("v", large) + "\n", "large line": fill("a ", large), "long number": "a: " + fill("9", large) + "\n",
		"comments": fill("#\n", large), "comment that is large": "#" + fill("c", large) + "\na: b\n", "comments between": "a:\n" + fill("# c\n", large/2) + "  b: c\n",
		"blank lines": fill("\n", large) + "a: b\n", "tabs": fill("\t", large), "quotes": fill(`"`, large), "open quote": `a: "` + fill("v", large), "escapes": `a: "` + fill(`\x41`, large) + `"`,
		"folds": "a: >\n" + fill("  v\n\n", large), "block of blanks": "a: |\n" + fill(" \n", large), "block indicator": "a: |9999999999\n", "percent signs": fill("%", large), "bangs": fill("!", large),
		"ampersands": fill("&", large), "asterisks": fill("*", large), "dots": fill("...\n", large), "large exponent": "a: 1e999999999\n", "date": "a: 2024-01-01\n", "infinity": "a: .inf\n",
		"too large": fill("a: b\n", maxFile+10),
	}
	// 39,000 times is about as much as no count keeps out.
	for _, text := range []string{"- ", "? ", "a: ", ": ", "- - ", "a: b\n", "- a\n", "- {}\n", "a:\n", "---\n", "--- a\n", "- - a\n", "\n- ", "? a\n: b\n", "a: &a\n", "a: |\n", "? a\n"} {
		all[fmt.Sprintf("4 MiB of %q", text)] = fill(text, maxFile-1000)
		all[fmt.Sprintf("39,000 times %q", text)] = strings.Repeat(text, 39_000)
	}
	for _, text := range []string{"[", "{", "{a: ", "[{", "{},", "a,", "[],", "'',", ",", "a: b,", "? "} {
		all[fmt.Sprintf("[ and 4 MiB of %q", text)] = "[" + fill(text, maxFile-1000)
		all[fmt.Sprintf("[ and 39,000 times %q", text)] = "[" + strings.Repeat(text, 39_000)
	}
	for depth := 10; depth <= 100_000; depth *= 10 {
		all[fmt.Sprintf("%d lists deep", depth)] = "a: " + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "\n"
		all[fmt.Sprintf("%d mappings deep", depth)] = "a: " + strings.Repeat("{a: ", depth) + strings.Repeat("}", depth) + "\n"
	}
	var lines, keys, numbers strings.Builder
	for i := range 1000 {
		lines.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for i := range 39_000 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
		fmt.Fprintf(&numbers, "%d,", i)
	}
	all["1000 lines deep"], all["39,000 keys"], all["39,000 numbers"] = lines.String(), keys.String(), "a: ["+numbers.String()+"0]\n"
	return all
}

// TestHostileFilesEndSoon: as they are, below a field of a file that is read on,
// behind the head of one, and as its second document. None of them is a Secret or
// a rule, so as they are each is an error.
func TestHostileFilesEndSoon(t *testing.T) {
	timed(t)
	files := hostile()
	dir, read := t.TempDir(), 0
	var slowest time.Duration
	var largest uint64
	for _, name := range slices.Sorted(keysIn(files)) {
		text := files[name]
		for _, r := range readers {
			forms := map[string]string{"as it is": text}
			// Of what is much, all that counts is how much it is.
			if len(text) < 2*mib && !strings.Contains(name, "39,000") {
				forms["below a field"] = r.head + "data:\n  " + strings.ReplaceAll(text, "\n", "\n  ")
			}
			if len(text) < 100_000 {
				forms["behind a head"], forms["as second document"] = r.head+text, r.head+"---\n"+text
			}
			for form, text := range forms {
				took, bytes, err := r.costs(t, dir, text)
				if took > patience || bytes > appetite {
					t.Errorf("%s of %s %s: %v and %d MiB", r.name, name, form, took, bytes>>20)
				}
				if err == nil && form == "as it is" {
					t.Errorf("%s accepts %s", r.name, name)
				}
				slowest, largest = max(slowest, took), max(largest, bytes)
				read++
			}
		}
	}
	t.Logf("%d files read %d times; the slowest took %v, the largest %d MiB", len(files), read, slowest, largest>>20)
}

func keysIn[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestHostileSecretsEndSoon: files that are sealed Secrets in all but one thing.
func TestHostileSecretsEndSoon(t *testing.T) {
	timed(t)
	alice := newPerson(t, false)
	p := newPlace(t, sopsConfig(2, alice.recipient), alice.identity)
	p.seal("a.sops.yaml", &Plain{Name: "a", Values: values(map[string]string{"alpha": "hunter2"})}, Options{})
	base := p.read("a.sops.yaml")
	rule := p.rule("a.sops.yaml")
	m := &mutant{t: t, text: base}
	entry := stanza.FindString(base)
	tok := m.value("alpha")
	repeat := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	long := func(i int) string {
		name := fmt.Sprintf("k%d-", i)
		return name + strings.Repeat("a", maxKey-len(name))
	}
	replace := func(old, new string) string {
		m.text = base
		m.sub(old, new)
		return m.text
	}
	const expr = "encrypted_regex: " + EncryptedRegex
	files := map[string]string{
		"a million recipients":             replace(entry, strings.Repeat("    - {enc: x, recipient: y}\n", 1_000_000)),
		"recipients up to the limit":       replace(entry, strings.Repeat("    - {enc: x, recipient: y}\n", 900)),
		"recipients that are whole":        replace(entry, strings.Repeat(entry, 900)),
		"a thousand strangers":             replace(entry, repeat(900, func(i int) string { return strings.Replace(entry, alice.recipient, fmt.Sprintf("age1x%d", i), 1) })),
		"key groups":                       replace(entry, entry+"  key_groups:\n"+strings.Repeat("    - age: []\n", 1000)),
		"a data key of 3 MiB":              replace("-----BEGIN AGE ENCRYPTED FILE-----\n", "-----BEGIN AGE ENCRYPTED FILE-----\n"+fill("        YWdlYWdlYWdlYWdl\n", 900_000)),
		"a value as large as a Secret":     replace(tok, "ENC[AES256_GCM,data:"+fill("AAAA", 2*mib)+tok[strings.Index(tok, ",iv:"):]),
		"a value that is almost one":       replace(tok, "ENC[AES256_GCM,data:"+fill("A", 3*mib)),
		"a value of ENC[":                  replace(tok, fill("ENC[", 3*mib)),
		"a value of bytes":                 replace(tok, strings.Replace(tok, "type:str", "type:bytes", 1)),
		"a type of a MiB":                  replace(tok, strings.Replace(tok, "type:str", "type:"+fill("a", mib), 1)),
		"keys up to the limit":             replace("  alpha: "+tok, "  alpha: "+tok+"\n"+repeat(2400, func(i int) string { return fmt.Sprintf("  k%d: %s\n", i, tok) })),
		"long keys up to the limit":        replace("  alpha: "+tok, "  alpha: "+tok+"\n"+repeat(2400, func(i int) string { return fmt.Sprintf("  %s: %s\n", long(i), tok) })),
		"labels up to the limit":           replace("metadata:\n", "metadata:\n  labels:\n"+repeat(2400, func(i int) string { return "    " + long(i) + ": x\n" })),
		"an expression of a MiB":           replace(expr, "encrypted_regex: "+fill("(a|b)", mib)),
		"an expression of many steps":      replace(expr, `encrypted_regex: ^(data|(\pL{1000}){1,1}(\pL{1000}))$`),
		"an expression that goes back":     replace(expr, "encrypted_regex: (a*)*"+strings.Repeat("(a|a)?", 100)+"b"),
		"an expression as large as may be": strings.Replace(replace("  alpha: "+tok, "  alpha: "+tok+"\n"+repeat(2400, func(i int) string { return fmt.Sprintf("  %s: %s\n", long(i), tok) })), expr, "encrypted_regex: "+strings.Repeat("(a|aa)?", 140)+"b", 1),
		"a time of a MiB":                  replace(`lastmodified: "2020`, `lastmodified: "`+fill("2", mib)),
		"a MAC of a MiB":                   replace("  mac: ENC[AES256_GCM,data:", "  mac: ENC[AES256_GCM,data:"+fill("AAAA", mib)),
		"a threshold without end":          replace("  version:", "  shamir_threshold: "+fill("9", 1000)+"\n  version:"),
		"a threshold below zero":           replace("  version:", "  shamir_threshold: -1\n  version:"),
		"the block in a list":              replace("sops:\n", "sops: [a]\nx:\n"),
		"the file itself":                  base,
	}
	// fine are those that are no harm: a rule tells of people whom it does not name.
	fine := []string{
		"the file itself", "a threshold below zero", "labels up to the limit", "a thousand strangers", "recipients that are whole", "key groups",
	}
	var slowest time.Duration
	for _, name := range slices.Sorted(keysIn(files)) {
		text := files[name]
		open := reader{name: "Open", read: func(_, text string) error {
			s, err := Parse([]byte(text))
			if err != nil {
				return err
			}
			rule.Differs(s)
			_, err = Keyring{}.Open(t.Context(), s)
			return err
		}}
		took, bytes, err := open.costs(t, "", text)
		if took > patience || bytes > appetite {
			t.Errorf("%s: %v and %d MiB", name, took, bytes>>20)
		}
		if (err == nil) != slices.Contains(fine, name) {
			t.Errorf("%s: got %v", name, err)
		}
		t.Logf("%s: %v, %d MiB, %.100v", name, took, bytes>>20, err)
		slowest = max(slowest, took)
	}
	t.Logf("%d files; the slowest took %v", len(files), slowest)
}

// TestHostileConfigsEndSoon: files of rules that are valid and far too many.
func TestHostileConfigsEndSoon(t *testing.T) {
	timed(t)
	alice, quantum := newPerson(t, false).recipient, newPerson(t, true).recipient
	files := map[string]string{
		"as many recipients as fit":    rules("age: " + fill(alice+",", maxConfig-100)),
		"as many post-quantum ones":    rules("age: " + fill(quantum+",", maxConfig-100)),
		"a list of them":               rules("age: [" + fill(alice+",", maxConfig-100) + "]"),
		"many in a group":              groups("- age: [" + fill(alice+",", maxConfig-100) + "]"),
		"a million keys":               rules("pgp: [" + strings.Repeat("a,", 1_000_000) + "]"),
		"half a million keys":          rules("kms: " + fill("a,", maxConfig-100)),
		"keys up to the limit":         rules("kms: " + strings.Repeat("arn:a,", 39_000)),
		"groups up to the limit":       rules("key_groups:\n" + strings.Repeat("  - age: ["+alice+"]\n", 3000)),
		"merges up to the limit":       rules("key_groups:\n  - merge: [" + strings.Repeat("{age: ["+alice+"]},", 2000) + "]"),
		"merges in merges":             rules("key_groups: [" + strings.Repeat("{merge: [", 3000) + strings.Repeat("]}", 3000) + "]"),
		"rules up to the limit":        "creation_rules:\n" + strings.Repeat("- {path_regex: x}\n", 4000),
		"an expression of a MiB":       rules("path_regex: " + fill("(a|b)?", maxConfig-100)),
		"an expression of many steps":  rules(`path_regex: (\pL{1000}){1}` + strings.Repeat(`\pL{1000}`, 100)),
		"many expressions":             "creation_rules:\n" + strings.Repeat("- {path_regex: 'x{1000}'}\n", 1500),
		"a sealing expression of many": rules("encrypted_regex: "+fill("(a|b)?", maxConfig-1000), "age: "+alice),
		"people by alias":              "creation_rules:\n- path_regex: x\n  age: &a [" + strings.Repeat(alice+",", 100) + "]\n" + strings.Repeat("- {path_regex: x, age: *a}\n", 4000),
		"an unknown field of a MiB":    fill("x", maxConfig-10) + ": a\n",
	}
	dir := t.TempDir()
	var slowest time.Duration
	for _, name := range slices.Sorted(keysIn(files)) {
		took, bytes, err := readers[3].costs(t, dir, files[name])
		if took > patience || bytes > appetite {
			t.Errorf("%s: %v and %d MiB", name, took, bytes>>20)
		}
		t.Logf("%s: %v, %d MiB, %.100v", name, took, bytes>>20, err)
		slowest = max(slowest, took)
	}
	t.Logf("%d files; the slowest took %v", len(files), slowest)
}

// TestLargeSecretsAreRead: what keeps hostile files out lets in the largest that
// the API server takes.
func TestLargeSecretsAreRead(t *testing.T) {
	alice := newPerson(t, false)
	p := newPlace(t, sopsConfig(2, alice.recipient), alice.identity)
	const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
	const head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
	block := "stringData:\n  bundle.pem: |\n" + fill("    "+line, maxSecret+4*maxSecret/len(line)-100)
	keys := "stringData:\n"
	for i := range 2000 {
		keys += fmt.Sprintf("  k%d: a, b\n", i)
	}
	for name, text := range map[string]string{
		"lines":             head + block,
		"lines, twice":      strings.Replace(head, "{name: a}", "{name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: "+strconv.Quote(block)+"}}", 1) + block,
		"one line":          head + "stringData: {a: \"" + fill("x", maxSecret) + "\"}\n",
		"commas":            head + "stringData: {a: '" + fill("key,value,", maxSecret) + "'}\n",
		"base64":            head + "data: {a: " + base64.StdEncoding.EncodeToString([]byte(fill("a\x00", maxSecret))) + "}\n",
		"thousands of keys": head + keys,
	} {
		plain, err := ParsePlain([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file := strings.ReplaceAll(name, " ", "-") + ".sops.yaml"
		p.seal(file, plain, Options{})
		sameValues(t, p.open(file).Values, plain.Values)
	}
}
