package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxFile keeps a file name below the 255 bytes that file systems allow.
const maxFile = 200

// File is the name of the file that holds the object: kind-name.yaml. A kind
// that Kubernetes does not serve itself carries its group, kind.group_name.yaml,
// and an object outside home, the release's namespace, carries its own in
// front, namespace_kind-name.yaml; so a second namespace renames nothing.
//
// Two identities share a name only if they differ in nothing but the case of
// the kind, or in whether the namespace is home or left out. The name is safe
// on every file system: bytes other than a-z, 0-9, dot and dash are %XX.
func (id ID) File(home string) string {
	var b strings.Builder
	if id.Namespace != "" && id.Namespace != home {
		b.WriteString(escape(id.Namespace, "-"))
		b.WriteByte('_')
	}
	b.WriteString(escape(strings.ToLower(id.Kind), ""))
	if id.Group == "" || builtin(id.Group, id.Kind) != unknownScope {
		b.WriteByte('-')
	} else {
		b.WriteString("." + escape(id.Group, "-.") + "_")
	}
	b.WriteString(escape(id.Name, "-."))
	name := b.String()
	if len(name) > maxFile {
		sum := sha256.Sum256([]byte(name))
		name = name[:maxFile-17] + "-" + hex.EncodeToString(sum[:8])
	}
	return name + ".yaml"
}

// escape writes letters, digits and the bytes in also as they are, and every
// other byte as %XX.
func escape(s, also string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(also, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
