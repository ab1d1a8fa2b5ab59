package airbyte

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// onAWS is a workload that keeps everything there is in AWS.
func onAWS(name string, change ...func(*Settings)) Workload {
	s := &Settings{
		Storage: &Storage{Type: "s3", Bucket: "logs", Buckets: &Buckets{State: "state"}, S3: &S3{Region: "eu-central-1", Authentication: "instanceProfile"}},
		SecretsManager: &SecretsManager{Type: "aws", AWS: &AWSSecretsManager{
			Region: "eu-central-1", Authentication: "instanceProfile", KMSKeyARN: "arn:aws:kms:eu-central-1:444455556666:key/k",
		}},
		WorkloadIdentity: &WorkloadIdentity{Type: "irsa", RoleARN: "arn:aws:iam::111122223333:role/airbyte"},
	}
	for _, f := range change {
		f(s)
	}
	return Workload{Name: name, Namespace: "airbyte", Generation: V2, Settings: s}
}

func TestAWSPolicy(t *testing.T) {
	keyless := func(s *Settings) { s.SecretsManager.AWS.KMSKeyARN = "" }
	nameless := func(s *Settings) { s.WorkloadIdentity = nil }
	for _, tt := range []struct {
		name string
		ws   []Workload
		want []string // Sid and resources of each statement
	}{
		{"buckets once each, the account of the role", []Workload{onAWS("a")}, []string{
			"AirbyteBuckets arn:aws:s3:::logs arn:aws:s3:::state",
			"AirbyteObjects arn:aws:s3:::logs/* arn:aws:s3:::state/*",
			"AirbyteSecrets arn:aws:secretsmanager:eu-central-1:111122223333:secret:airbyte_*",
			"AirbyteSecretsKey arn:aws:kms:eu-central-1:444455556666:key/k",
		}},
		{"the account of the key", []Workload{onAWS("a", nameless, func(s *Settings) { s.Storage = nil })}, []string{
			"AirbyteSecrets arn:aws:secretsmanager:eu-central-1:444455556666:secret:airbyte_*",
			"AirbyteSecretsKey arn:aws:kms:eu-central-1:444455556666:key/k",
		}},
		{"no account, no key, no bucket elsewhere", []Workload{onAWS("a", keyless, nameless, func(s *Settings) { s.Storage = &Storage{Type: "minio"} })}, []string{
			"AirbyteSecrets arn:aws:secretsmanager:eu-central-1:*:secret:airbyte_*",
		}},
		{"another partition", []Workload{onAWS("a", keyless, nameless, func(s *Settings) {
			s.Storage.S3.Region, s.SecretsManager.AWS.Region = "us-gov-west-1", "cn-north-1"
		})}, []string{
			"AirbyteBuckets arn:aws-us-gov:s3:::logs arn:aws-us-gov:s3:::state",
			"AirbyteObjects arn:aws-us-gov:s3:::logs/* arn:aws-us-gov:s3:::state/*",
			"AirbyteSecrets arn:aws-cn:secretsmanager:cn-north-1:*:secret:airbyte_*",
		}},
		{"the key behind an alias", []Workload{onAWS("a", func(s *Settings) {
			s.Storage = nil
			s.SecretsManager.AWS.KMSKeyARN = "arn:aws:kms:eu-central-1:444455556666:alias/airbyte"
		})}, []string{
			"AirbyteSecrets arn:aws:secretsmanager:eu-central-1:111122223333:secret:airbyte_*",
			"AirbyteSecretsKeyAlias arn:aws:kms:eu-central-1:444455556666:key/*",
		}},
		{"the union, without what is twice", []Workload{onAWS("b"), onAWS("a", keyless, func(s *Settings) { s.Storage.Bucket = "archive" })}, []string{
			"AirbyteBuckets arn:aws:s3:::archive arn:aws:s3:::logs arn:aws:s3:::state",
			"AirbyteObjects arn:aws:s3:::archive/* arn:aws:s3:::logs/* arn:aws:s3:::state/*",
			"AirbyteSecrets arn:aws:secretsmanager:eu-central-1:111122223333:secret:airbyte_*",
			"AirbyteSecretsKey arn:aws:kms:eu-central-1:444455556666:key/k",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range AWSPolicy(tt.ws).Statement {
				got = append(got, s.Sid+" "+strings.Join(s.Resource, " "))
				if slices.Contains(s.Resource, "*") {
					t.Errorf("%s allows everything", s.Sid)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestAWSPolicyAlias(t *testing.T) {
	doc := AWSPolicy([]Workload{onAWS("a", func(s *Settings) {
		s.SecretsManager.AWS.KMSKeyARN = "arn:aws:kms:eu-central-1:444455556666:alias/team/airbyte"
	})})
	c := doc.Statement[len(doc.Statement)-1].Condition
	if got := c["ForAnyValue:StringEquals"]["kms:ResourceAliases"]; !slices.Equal(got, []string{"alias/team/airbyte"}) {
		t.Errorf("kms:ResourceAliases is %q", got)
	}
	if got := c["StringLike"]["kms:ViaService"]; !slices.Equal(got, []string{"secretsmanager.eu-central-1.*"}) {
		t.Errorf("kms:ViaService is %q", got)
	}
}

// Two overlays in one role and with the same buckets: each thing is written once,
// and the role trusts both ServiceAccounts.
func TestAWSTerraformSharedRole(t *testing.T) {
	pods := func(s *Settings) { s.WorkloadIdentity.Type = "eks-pod-identity" }
	path := func(s *Settings) { s.WorkloadIdentity.RoleARN = "arn:aws:iam::111122223333:role/team/data/airbyte" }
	text := AWSTerraform([]Workload{onAWS("blue", path), onAWS("green", path, pods), onAWS("Blue", path, func(s *Settings) { s.Storage.Bucket = "other" })})
	wellFormed(t, text)
	for want, n := range map[string]int{
		`resource "aws_iam_policy" `:                     2,
		`resource "aws_iam_role" `:                       1,
		`resource "aws_iam_role_policy_attachment" `:     2,
		`resource "aws_eks_pod_identity_association" `:   1,
		`"pods.eks.amazonaws.com"`:                       1,
		`"${var.blue_oidc_provider}:sub"`:                1,
		`"${var.blue_2_oidc_provider}:sub"`:              1,
		"  name = \"airbyte\"\n  path = \"/team/data/\"": 1,
		"service_account = \"airbyte-admin\"":            1,
		"cluster_name    = var.green_cluster_name":       1,
		"role_arn        = aws_iam_role.blue.arn":        1,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%q is there %d times, want %d:\n%s", want, got, n, text)
		}
	}
}

func TestGCPPolicyUnion(t *testing.T) {
	on := func(name, bucket, account string) Workload {
		s := &Settings{
			Storage:        &Storage{Type: "gcs", Bucket: bucket},
			SecretsManager: &SecretsManager{Type: "gcp", GCP: &GCPSecretManager{ProjectID: "example-project"}},
		}
		if account != "" {
			s.WorkloadIdentity = &WorkloadIdentity{Type: "gke", ServiceAccount: account}
		}
		return Workload{Name: name, Settings: s}
	}
	ws := []Workload{on("a", "one", "x@p.iam.gserviceaccount.com"), on("b", "one", "x@p.iam.gserviceaccount.com"), on("c", "two", "")}
	b, err := json.Marshal(GCPPolicy(ws))
	if err != nil {
		t.Fatal(err)
	}
	for want, n := range map[string]int{
		`buckets/one"`: 1, `buckets/two"`: 1, `projects/example-project"`: 1, `"version":3`: 1,
		"serviceAccount:x@p.iam.gserviceaccount.com": 2, "serviceAccount:SERVICE_ACCOUNT_EMAIL": 2,
	} {
		if got := strings.Count(string(b), want); got != n {
			t.Errorf("%s is there %d times, want %d: %s", want, got, n, b)
		}
	}
	text := GCPTerraform(ws)
	wellFormed(t, text)
	if strings.Contains(text, `"google_storage_bucket_iam_member" "b"`) || !strings.Contains(text, `"google_storage_bucket_iam_member" "c"`) {
		t.Errorf("a grant is written once, want none of b:\n%s", text)
	}
}

// A name that means more in a policy than itself is refused, with its field.
func TestCheckPolicy(t *testing.T) {
	vault := func(url string) Workload {
		return Workload{Settings: &Settings{SecretsManager: &SecretsManager{Type: "azure", Azure: &AzureKeyVault{VaultURL: url}}}}
	}
	for _, tt := range []struct {
		name string
		w    Workload
		c    Cloud
		want string
	}{
		{"fine", onAWS("a"), AWS, ""},
		{"a star", onAWS("a", func(s *Settings) { s.Storage.Bucket = "*" }), AWS, `storage.bucket: "*" is no name of a bucket`},
		{"a policy variable", onAWS("a", func(s *Settings) { s.Storage.Buckets.State = "x${aws:username}" }), AWS, `storage.buckets.state: "x${aws:username}" is no name of a bucket`},
		{"a region", onAWS("a", func(s *Settings) { s.SecretsManager.AWS.Region = "*" }), AWS, `secretsManager.aws.region: "*" is no AWS region`},
		{"the tag", onAWS("a", func(s *Settings) { s.SecretsManager.AWS.Tags = map[string]string{"AirbyteManaged": "yes"} }), AWS, `secretsManager.aws.tags.AirbyteManaged: is "yes": the condition of the policy would keep Airbyte from the secrets that it makes`},
		{"another cloud", onAWS("a"), GCP, `: keeps nothing in gcp: storage.type is s3, secretsManager.type is aws`},
		{"nothing", Workload{Settings: &Settings{}}, AWS, `: keeps nothing in aws: it has neither spec.storage nor spec.secretsManager`},
		{"a vault", vault("https://example.vault.azure.net/"), Azure, ""},
		{"a vault in China", vault("https://example.vault.azure.cn"), Azure, ""},
		{"no vault", vault("https://vault.example.com/"), Azure, `secretsManager.azure.vaultUrl: "https://vault.example.com/" names no vault`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if p := tt.w.CheckPolicy(tt.c); len(p) > 0 {
				got = p[0].Field + ": " + p[0].Message
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 `"plain"`,
		"a ${b} %{c} $ % $d":    `"a $${b} %%{c} $ % $d"`,
		`"\` + "\n\t\r\x01":     `"\"\\\n\t\r\u0001"`,
		"zürich":                `"zürich"`,
		"to:" + ref("var.x"):    `"to:${var.x}"`,
		"${" + ref("var.x"):     `"$${${var.x}"`,
		"trailing $":            `"trailing $"`,
		"arn:aws:s3:::bucket/*": `"arn:aws:s3:::bucket/*"`,
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	var ws []Workload
	for _, name := range []string{"eks-alb", "eks.alb", "eks_alb_2", "EKS alb", "2026", "…"} {
		ws = append(ws, Workload{Name: name})
	}
	want := []string{"eks_alb", "eks_alb_2", "eks_alb_2_2", "eks_alb_3", "airbyte_2026", "airbyte"}
	if got := identifiers(ws); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

var (
	topLevel = regexp.MustCompile(`^(#.*|\}|[a-z]+( "[a-z0-9_]+")+ \{|)$`)
	equals   = regexp.MustCompile(`^( *)("[^"]*"|[A-Za-z_]+)( +)= (.*)$`)
)

// wellFormed checks the shape that terraform fmt gives a file: brackets that
// match, two spaces for each, equals signs in one column.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	depth, column := 0, -1
	names := map[string]bool{}
	for n, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		if strings.HasPrefix(trimmed, "}") || strings.HasPrefix(trimmed, "]") {
			depth--
		}
		if indent := len(line) - len(trimmed); trimmed != "" && indent != 2*depth {
			t.Errorf("line %d is indented by %d, want %d: %s", n+1, indent, 2*depth, line)
		}
		opens := strings.HasSuffix(line, "{") || strings.HasSuffix(line, "[")
		if depth == 0 && !topLevel.MatchString(line) {
			t.Errorf("line %d is no block: %s", n+1, line)
		}
		if depth == 0 && opens {
			if names[line] {
				t.Errorf("line %d is there twice: %s", n+1, line)
			}
			names[line] = true
			depth++
			continue
		}
		m := equals.FindStringSubmatch(line)
		switch {
		case m == nil || opens:
			column = -1
		case column >= 0 && len(m[1]+m[2]+m[3]) != column:
			t.Errorf("line %d: the equals sign is not below the other: %s", n+1, line)
		default:
			column = len(m[1] + m[2] + m[3])
		}
		if opens {
			depth++
		}
	}
	if depth != 0 || !strings.HasSuffix(text, "}\n") {
		t.Errorf("the text ends %d deep:\n%s", depth, text)
	}
}
