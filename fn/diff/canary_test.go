package diff

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// places are manifests in which each MARK is a secret, B64MARK one in base64, AUTHMARK
// one behind a user in base64, and PLAIN is not.
var places = map[string]string{
	"Secret": `
apiVersion: v1
kind: Secret
metadata:
  name: plain
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"x":"MARK"}}'
data: {a: B64MARK, b: B64MARK, steady: STEADYB64}
stringData: {c: MARK, d: "MARK\nMARK", steady2: STEADY}
`,
	"Secret without keys": `
apiVersion: v1
kind: Secret
metadata: {name: odd}
data: [MARK]
stringData: MARK
`,
	"half sealed": `
apiVersion: v1
kind: Secret
metadata: {name: half}
data: {a: MARK, b: "ENC[AES256_GCM,data:MARK,type:str]"}
sops: {mac: MARK, lastmodified: "2026-01-01T00:00:00Z", encrypted_regex: ^data$, age: [{recipient: age1PLAIN, enc: MARK}], key_groups: [{hc_vault: [{vault_address: "https://u:MARK@v", engine_path: e, key_name: k, enc: MARK}]}]}
`,
	"SealedSecret": `
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: s}
spec:
  encryptedData: {DATABASE_PASSWORD: MARK}
  template: {type: Opaque, data: {x: MARK}, metadata: {labels: {a: PLAIN}}}
`,
	"ExternalSecret": `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: e}
spec:
  data: [{secretKey: PLAIN-PASSWORD, remoteRef: {key: PLAIN/password}}]
  target: {template: {data: {url: "postgres://x:MARK@h"}, templateData: {y: MARK}}}
`,
	"SopsSecret": `
apiVersion: isindir.github.com/v1alpha3
kind: SopsSecret
metadata: {name: e}
spec: {secretTemplates: [{name: a, stringData: {k: MARK}, data: {l: MARK}}]}
`,
	"custom kind": `
apiVersion: example.com/v1
kind: Database
metadata: {name: e}
spec: {user: PLAIN, password: MARK, adminPassword: {value: MARK}, tokens: [MARK, MARK], extraArgs: [--password, MARK, --host, PLAIN], allowed: [ghp_MARKMARK, PLAIN], byKey: [{name: glpat-MARKMARK, v: PLAIN}], env: [{name: API_TOKEN, value: MARK}], secretRef: {name: PLAIN}}
`,
	"Deployment": `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: d
  annotations: {example.com/api-token: MARK, x: "Authorization: Bearer MARK", j: '{"password":"MARK","n":{"clientSecret":["MARK"]}}'}
spec:
  template:
    spec:
      initContainers:
      - {name: i, image: a, env: [{name: MINIO_SECRET_KEY, value: MARK}]}
      containers:
      - name: c
        image: a
        args: [--db-password=MARK, --token, MARK, "TOKEN=MARK", --host=PLAIN]
        command: [sh, -c, "export DB_PASSWORD=MARK; run --api-key MARK --url https://u:MARK@h/PLAIN?sig=1&access_token=MARK"]
        livenessProbe: {httpGet: {httpHeaders: [{name: Authorization, value: MARK}, {name: X-Api-Key, value: MARK}]}}
        env:
        - {name: DATABASE_PASSWORD, value: MARK}
        - {name: PGPASSWORD, value: MARK}
        - {name: databasePassword, value: MARK}
        - {name: AWS_ACCESS_KEY_ID, value: MARK}
        - {name: AZURE_STORAGE_CONNECTION_STRING, value: MARK}
        - {name: GIT_TOKEN, value: "12MARK34"}
        - {name: DATABASE_URL, value: "postgres://user:MARK@PLAIN:5432/db?password=MARK&sslmode=on"}
        - {name: DB, value: "user:MARK@tcp(PLAIN)/x"}
        - {name: ODD, value: "redis://:MARK/with/slash@PLAIN/0"}
        - {name: JSON, value: '{"a": {"secret_key": "MARK", "user": "PLAIN"}}'}
        - {name: LICENSE_KEY, value: MARK}
        - {name: GH, value: ghp_MARKMARK}
        - {name: AGE, value: AGE-SECRET-KEY-1UMARK}
        - {name: SECRET_PERSISTENCE, value: PLAIN}
        - {name: CONFIG_SECRET_NAME, value: PLAIN}
        - {name: TOKEN_PATH, value: /PLAIN}
`,
	"ConfigMap": `
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  DB_PASSWORD: MARK
  tls.key: MARK
  MULTI_TOKEN: |
    MARK
    MARK
  application.yml: |
    user: PLAIN
    spring: {datasource: {password: MARK, url: "jdbc:postgresql://h/db?user=PLAIN&password=MARK"}}
    credentials:
    - {name: a, key: MARK}
    - MARK
    api:
      token: |
        MARK
        MARK
  conf.json: '{"auth": {"client-secret": "MARK", "id": "PLAIN"}, "list": [{"name": "PASSWORD", "value": "MARK"}]}'
  app.properties: |
    name=PLAIN
    db.password=MARK
  broken.yml: |
    a: {b
    password: MARK
    db_token: "MARK with blanks MARK"
  worse.yml: |
    }{
    password: |
      MARK
  dotenv: |
    export API_TOKEN=MARK
    NAME=PLAIN
  manifest.yaml: |
    apiVersion: v1
    kind: Secret
    metadata: {name: PLAIN}
    stringData: {anything: MARK}
    ---
    kind: SealedSecret
    spec: {encryptedData: {a: MARK}, template: {data: {b: MARK}}}
  key.pem: |
    -----BEGIN RSA PRIVATE KEY-----
    MARK
    -----END RSA PRIVATE KEY-----
  curl.sh: |
    curl -H "Authorization: Bearer MARK" --password 'MARK MARK' https://user:MARK@PLAIN
  connection: DefaultEndpointsProtocol=https;AccountName=PLAIN;AccountKey=MARK==;EndpointSuffix=x
  server.xml: |
    <server xmlns:s="PLAIN">
      <host>PLAIN</host>
      <password>MARK</password>
      <s:client-secret kind="a">
        MARK MARK
      </s:client-secret>
      <token><![CDATA[MARK<MARK]]></token>
    </server>
  netrc: |
    machine PLAIN login PLAIN password MARK
    default login PLAIN password MARK account PLAIN
    machine PLAIN
      login PLAIN
      password MARK
  redis.conf: |
    bind PLAIN
    requirepass MARK
    masterauth "MARK MARK"
    tls-key-file /PLAIN
binaryData: {x: MARK}
`,
	"arguments": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  template:
    spec:
      containers:
      - name: c
        image: a
        args:
        - --password=ab,MARK
        - --password=ab'MARK
        - --password=ab"MARK
        - --password=ab;MARK
        - --password=ab&MARK
        - --password=ab\MARK
        - --password=ab MARK
        - "--password=ab\nMARK"
        - --set=auth.password=ab,MARK MARK
        - auth.password=ab,MARK MARK
        - "--header=X-Api-Key: ab MARK"
        - -Dhttp.proxyPassword=ab,MARK
        - --host=PLAIN
        - --password=$(PLAIN)
        command: [sh, -c, "PLAIN && PASSWORD='a'MARK run --token $(cat MARK) --api-key='a'MARK --password \"a\"MARK PLAIN"]
`,
	"variables": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  template:
    spec:
      containers:
      - name: c
        image: a
        env:
        - {name: A1, value: "-Dhttp.proxyPassword=ab,MARK -Dx=PLAIN"}
        - {name: A2, value: "jdbc:postgresql://PLAIN/d?user=u&password=ab,MARK&ssl=PLAIN"}
        - {name: A3, value: "https://PLAIN/c?sv=1&sig=MARK%3D&se=PLAIN"}
        - {name: A4, value: "https://PLAIN/c?sig=MARK#PLAIN"}
        - {name: A5, value: "BlobEndpoint=https://PLAIN;SharedAccessSignature=sv=1&sig=MARK"}
        - {name: A6, value: "AccountName=PLAIN;AccountKey=a,MARK"}
        - {name: B1, value: "amqps://svc:p@MARK@PLAIN"}
        - {name: B2, value: "postgres://u:a@MARK@PLAIN/db"}
        - {name: B3, value: 'postgres://u:a"MARK@PLAIN'}
        - {name: B4, value: "postgres://u:a b MARK@PLAIN"}
        - {name: B5, value: "jdbc:postgresql://u:pa/MARK@PLAIN/db"}
        - {name: B6, value: "postgres://u@t:pa/MARK@PLAIN/db"}
        - {name: B7, value: "https://a@MARK@PLAIN"}
        - {name: B8, value: "postgres://u:a<MARK@PLAIN, PLAIN"}
        - {name: B9, value: "u:a@MARK@tcp(PLAIN)/x"}
        - {name: B10, value: "http://PLAIN:8080/ by me@PLAIN"}
        - {name: B11, value: "oci://PLAIN:5000/x@sha256:PLAIN"}
        - {name: B12, value: "jdbc:oracle:thin:u/MARK@PLAIN:1521/x"}
        - {name: C1, value: "password=ab MARK"}
        - {name: C2, value: '{"password":"MARK","user":"PLAIN"} PLAIN'}
        - {name: C3, value: '{\"password\":\"ab MARK\",\"user\":\"PLAIN\"}'}
        - {name: C4, value: 'curl -H "X-Api-Key: ab MARK" PLAIN'}
        - {name: C5, value: 'PLAIN password=,MARK'}
        - {name: C6, value: "PLAIN PASSWORD=$(cat MARK)"}
        - {name: C7, value: "PASSWORD='ab MARK"}
        - {name: D1, value: '{"auths":{"ghcr.io":{"auth":"MARK","identitytoken":"MARK"}}}'}
        - {name: D2, value: '{"ghcr.io":{"auth":"AUTHMARK","email":"PLAIN"}}'}
        - {name: T1, value: eyJMARKMARK.eyJMARKMARK.MARK}
        - {name: T2, value: hvs.MARKMARK}
        - {name: T3, value: npm_MARKMARK}
        - {name: T4, value: pypi-AgEMARKMARK}
        - {name: T5, value: AIzaMARKMARKMARK}
        - {name: T6, value: sk_live_MARK}
        - {name: T7, value: rk_live_MARK}
        - {name: T8, value: hf_MARKMARKMARK}
        - {name: T9, value: SG.MARKMARK.MARKMARK}
        - {name: T10, value: "https://hooks.slack.com/services/MARK/MARK/MARK"}
        - {name: T11, value: ya29.MARKMARK}
        - {name: T12, value: dckr_pat_MARKMARK}
        - {name: T13, value: ATATT3MARKMARK}
        - {name: T14, value: AKIAPLAIN}
        lifecycle: {x: {extraArgs: ["--password=ab MARK", "--host=PLAIN"]}}
`,
	"files": `
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  a.ini: |
    [PLAIN]
    password = a b MARK
    user = PLAIN
  b.ini: |
    [PLAIN]
    password = a;MARK
    token = a,MARK
    secret = a"MARK
    user = PLAIN
  c.ini: |
    [PLAIN]
    password = a
      MARK

      MARK
    user = PLAIN
  d.ini: |
    [PLAIN]
    password =
      MARK
    user = PLAIN
  e.properties: |
    user=PLAIN
    db.password=a\
      MARK
    host=PLAIN
  k.properties: |
    user=PLAIN
    db.password=a
      MARK=b
  l.yaml: |
    user: PLAIN
    db.password=MARK: b
  f.conf: |
    password: 'MARK
    MARK
  g.conf: |
    db {
      password = """ab
    MARK"""
    }
  h.toml: |
    [db]
    password = '''
    MARK'''
  i.txt: password = a b MARK
  j.txt: host=PLAIN password=a b MARK
  k.txt: |
    }{
    PASSWORD := MARK
    db_password => "MARK"
    $c['password'] = 'MARK';
    user: PLAIN
  l.txt: |
    }{
    - name: DB_PASSWORD
      value: MARK
    - name: PLAIN
      value: PLAIN
  m.txt: '}{ {"name": "DB_PASSWORD", "value": "MARK"}'
  n.txt: "PASSWORD=` + "`cat\\nMARK`" + `"
  o.yml: |
    # password: MARK
    user: PLAIN
  p.yml: |
    docker.json: '{"auths": {"ghcr.io": {"auth": "MARK"}}}'
    list: [{name: X_PASSWORD, value: MARK}, {Name: X_TOKEN, Value: MARK}, {name: PLAIN, value: PLAIN}]
  q.txt: |
    }{ user: PLAIN
    token:
    MARK
  npmrc: |
    registry=PLAIN
    //PLAIN/:_authToken=MARK
    //PLAIN/:_auth=MARK
  npmrc.txt: |
    [PLAIN]
    //PLAIN/:_authToken=MARK
    //PLAIN/:_auth=MARK
  dockercfg: '{"auths": {"ghcr.io": {"auth": "MARK"}}} trailing'
  core-site.xml: |
    <configuration>
      <property><name>fs.secret.key</name><value>MARK</value></property>
      <property>
        <name>db.password</name>
        <description>PLAIN</description>
        <value>MARK<!-- a -->MARK</value>
      </property>
      <property><name>PLAIN</name><value>PLAIN</value></property>
      <bean><property name="password" value="MARK>MARK"/><property name="user" value="PLAIN"/></bean>
      <entry key="password">MARK</entry>
      <property name="password"><value>MARK</value></property>
      <password><value>MARK</value></password>
      <entry key="user">PLAIN</entry>
      <url>jdbc:postgresql://PLAIN/d?user=u&amp;password=MARK</url>
    </configuration>
`,
}

// canaries puts marks into a manifest and keeps them.
type canaries struct {
	*rand.Rand
	secret, plain []string
}

var markers = regexp.MustCompile(`B64MARK|AUTHMARK|MARK|PLAIN`)

func (c *canaries) fill(text string) manifest.Set {
	text = markers.ReplaceAllStringFunc(text, func(m string) string {
		mark := fmt.Sprintf("X%010xX", c.Uint64N(1<<40))
		switch m {
		case "PLAIN":
			mark = strings.ToLower("p" + mark)
			c.plain = append(c.plain, mark)
			return mark
		case "B64MARK":
			c.secret = append(c.secret, mark)
			mark = base64.StdEncoding.EncodeToString([]byte(mark))
		case "AUTHMARK":
			mark = base64.StdEncoding.EncodeToString([]byte("u:" + mark))
		}
		c.secret = append(c.secret, mark)
		return mark
	})
	set, _, err := manifest.DecodeText(text, "canary")
	if err != nil {
		panic(err)
	}
	return set
}

// formats writes a report in every format.
func formats(t *testing.T, r *Report) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, write := range map[string]func(b *bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return r.Text(b, TextOptions{}) },
		"all":      func(b *bytes.Buffer) error { return r.Text(b, TextOptions{All: true, Color: true}) },
		"json":     func(b *bytes.Buffer) error { return r.JSON(b) },
		"html":     func(b *bytes.Buffer) error { return r.HTML(b, HTMLOptions{}) },
		"sarif":    func(b *bytes.Buffer) error { return r.SARIF(b, "1") },
		"markdown": func(b *bytes.Buffer) error { return r.Markdown(b, MarkdownOptions{Limit: 1 << 30}) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		out[name] = b.String()
	}
	return out
}

// TestCanary puts random marks where secrets are, in all ways in which an object may
// change, and looks for them in every format.
func TestCanary(t *testing.T) {
	for name, text := range places {
		ways := []string{"changed", "added", "removed", "renamed"}
		for i := range 20 {
			ways = append(ways, fmt.Sprint("half ", i))
		}
		for i, way := range ways {
			t.Run(name+" "+way, func(t *testing.T) {
				c := &canaries{Rand: rand.New(rand.NewPCG(uint64(i), uint64(len(name))))}
				steady := fmt.Sprintf("S%010xS", c.Uint64N(1<<40))
				text := strings.ReplaceAll(text, "STEADYB64", base64.StdEncoding.EncodeToString([]byte(steady)))
				text = strings.ReplaceAll(text, "STEADY", steady)
				c.secret = append(c.secret, steady, base64.StdEncoding.EncodeToString([]byte(steady)))
				s := Sides{Name: "x"}
				switch strings.Fields(way)[0] {
				case "added":
					s.New = c.fill(text)
				case "removed":
					s.Old = c.fill(text)
				case "renamed":
					s.Old, s.New = c.fill(text), c.fill(text)
					manifest.SetField(manifest.Field(s.New[0].YNode(), "metadata"), "name", manifest.String("n-0123456789"))
					manifest.SetField(manifest.Field(s.Old[0].YNode(), "metadata"), "name", manifest.String("n-9876543210"))
				case "half": // some fields of one side are gone
					s.Old, s.New = c.fill(text), c.fill(text)
					prune(c.Rand, s.New)
				default:
					s.Old, s.New = c.fill(text), c.fill(text)
				}
				r := Compare([]Sides{s}, Options{})
				if r.Empty() {
					t.Fatal("nothing differs") // each side has marks of its own
				}
				for format, out := range formats(t, r) {
					for _, mark := range c.secret {
						if i := strings.Index(out, mark); i >= 0 {
							t.Errorf("%s shows a secret: …%s…", format, out[max(0, i-120):min(len(out), i+40)])
						}
					}
				}
			})
		}
	}
}

// prune takes away some of the fields and items of objects, but not what they are.
func prune(r *rand.Rand, set manifest.Set) {
	for _, n := range set {
		root := n.YNode()
		for i := 0; i+1 < len(root.Content); i += 2 {
			switch root.Content[i].Value {
			case "apiVersion", "kind", "metadata":
			default:
				pruneNode(r, root.Content[i+1])
			}
		}
	}
}

// TestPlain holds the hiding to what it must not hide: names, references, settings.
func TestPlain(t *testing.T) {
	for _, name := range []string{"Deployment", "ConfigMap", "custom kind", "ExternalSecret", "SealedSecret", "half sealed", "arguments", "variables", "files"} {
		c := &canaries{Rand: rand.New(rand.NewPCG(2, 2))}
		r := Compare([]Sides{{Name: "x", Old: c.fill(places[name]), New: c.fill(places[name])}}, Options{})
		out := formats(t, r)["json"]
		missing := 0
		for _, mark := range c.plain {
			if !strings.Contains(out, mark) {
				missing++
				t.Logf("%s: %s is not shown", name, mark)
			}
		}
		if missing > 0 {
			t.Errorf("%s: %d of %d plain values are hidden", name, missing, len(c.plain))
		}
	}
}

func pruneNode(r *rand.Rand, n *yaml.Node) {
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	for i := len(n.Content) - step; i >= 0; i -= step {
		if name := n.Content[i].Value; r.IntN(3) == 0 && name != "name" && name != "kind" && !secretFlag(name) { // without these nothing says what a value is
			n.Content = append(n.Content[:i:i], n.Content[i+step:]...)
			continue
		}
		pruneNode(r, n.Content[i+step-1])
	}
}

// TestScrub holds a text to what is left of it.
func TestScrub(t *testing.T) {
	for _, tt := range []struct {
		form     form
		in, want string
	}{
		{plain, "PASSWORD=$(DB_PASSWORD) TOKEN=/run/secrets/token.txt", "PASSWORD=$(DB_PASSWORD) TOKEN=/run/secrets/token.txt"},
		{plain, "see ?password=${X}&x=1", "see ?password=${X}&x=1"},
		{plain, `{"password":"","token":null,"a":1} b`, `{"password":"","token":null,"a":1} b`},
		{plain, "password=\nuser=x", "password=\nuser=x"},
		{plain, "secrets:\nusers: x", "secrets:\nusers: x"},
		{plain, "https://h:8080/a, b@c and http://${HOST}:${PORT}/ d@e", "https://h:8080/a, b@c and http://${HOST}:${PORT}/ d@e"},
		{plain, "oci://r:5000/x@sha256:0a git@github.com:a/b.git", "oci://r:5000/x@sha256:0a git@github.com:a/b.git"},
		{plain, "run --password x --user y", "run --password (hidden) --user y"},
		{plain, `a "password=x y" b`, `a "password=(hidden)" b`},
		{plain, "https://u:p@h1 ; https://u:p@h2/x", "https://(hidden)@h1 ; https://(hidden)@h2/x"},
		{plain, `{"u": "a://b:c@d"}, {"u": "e@f"}`, `{"u": "a://(hidden)@d"}, {"u": "e@f"}`},
		{item, "--password=a b", "--password=(hidden)"},
		{item, "--password=true", "--password=true"},
		{item, "--user=a b", "--user=a b"},
		{settings, "a: b\npassword: c\n  d\n\n  e\nf: g", "a: b\npassword: (hidden)\nf: g"},
		{settings, "a: b\npassword:\n- c\n- d\nf: g", "a: b\npassword:\n(hidden)\nf: g"},
		{settings, "password = a\\\n b\\\nc\nd = e", "password = (hidden)\nd = e"},
		{settings, "password: true love", "password: (hidden)"},
		{settings, "password: true\na: b", "password: true\na: b"},
		{settings, "a = b\npassword = 'c\nd", "(hidden)"},
		{settings, "a = b\npassword = \"\"\"\nc\n\"\"\"", "(hidden)"},
		{plain, "a dapi0123456789abcdef0123456789abcdef b", "a (hidden) b"},
		{plain, "a dop_v1_" + strings.Repeat("0a", 32) + " b", "a (hidden) b"},
		{plain, "sk_test_0123456789", "(hidden)"},
		{plain, "AKIAIOSFODNN7EXAMPLE pypi-mirror-of-ours hf_home", "AKIAIOSFODNN7EXAMPLE pypi-mirror-of-ours hf_home"},
	} {
		if got := scrubText(tt.in, tt.form); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestScrubIsLinear holds long lines to a time that grows as they do.
func TestScrubIsLinear(t *testing.T) {
	for _, part := range []string{"password= ", "token=a ", "x:=", "a://u:p ", "a://b:c@d ", "<a>", `"token":"`, "--token 'x' ", "token:\n", "?token=a&", "'", "token: $(", `\`, "name: token\nvalue: x\n"} {
		for f := plain; f <= failure; f++ {
			start := time.Now()
			scrubText("@<"+strings.Repeat(part, maxDocument/32/len(part)), f)
			if d := time.Since(start); d > 2*time.Second {
				t.Errorf("%q takes %v", part, d)
			}
		}
	}
}

// TestErrors holds what is told of an environment that does not render to the same, and
// to what the reader needs of it.
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`- at '/postgresql/postgresqlPassword': 'hunter2' does not match pattern '^x$'`, `- at '/postgresql/postgresqlPassword': (hidden) does not match pattern '^x$'`},
		{"execution error at (c/templates/secret.yaml:3:10): password=hunter2, user=sa", "execution error at (c/templates/secret.yaml:3:10): password=(hidden), user=sa"},
		{"a.yaml: no host in postgres://sa:hunter2@db/x", "a.yaml: no host in postgres://(hidden)@db/x"},
		{"user: sa\npassword: hunter2\nhost: db", "user: sa\npassword: (hidden)\nhost: db"},
		{`want {"password":"hunter2","a":1}`, `want {"password":(hidden),"a":1}`},
		{"token: |\n  hunter2", "(hidden)"},
		{"spec.secrets: want a backend, such as sops", "spec.secrets: want a backend, such as sops"},
		{"overlays/aks/secrets.yaml:3: not encrypted", "overlays/aks/secrets.yaml:3: not encrypted"},
		{"- at '/auth/password': does not match pattern 'x'", "- at '/auth/password': does not match pattern 'x'"},
	} {
		for format, out := range formats(t, Compare([]Sides{{Name: "x", Error: tt.in}}, Options{})) {
			if strings.Contains(out, "hunter2") {
				t.Errorf("%s tells it: %s", format, out)
			}
		}
		if got := scrubError(tt.in); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
