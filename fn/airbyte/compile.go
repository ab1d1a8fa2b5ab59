package airbyte

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Compile turns settings into the values of a chart. What it returns holds only
// what was set or follows from it. The problems are settings that the chart's
// generation has no counterpart for; the settings are taken to be valid, see
// [Settings.Check].
func (s *Settings) Compile(c Chart) (Values, []Problem) {
	full := s.completed(c.Generation)
	k := compiler{
		Values: Values{Tree: map[string]any{}, Origin: map[string]Leaf{}},
		chart:  c, given: tree(s), full: tree(full), settings: full,
	}
	for _, r := range rows {
		k.row(r)
	}
	k.unquoted()
	k.database()
	k.keycloak()
	k.storage()
	k.manager()
	k.images()
	k.jobs()
	k.identity()
	k.dataPlane()
	k.env()
	return k.Values, k.problems
}

// compiler is the state of one Compile.
type compiler struct {
	Values
	chart Chart
	// given are the settings as the user wrote them, full with all defaults.
	given, full map[string]any
	settings    *Settings
	problems    []Problem
}

// tree is settings as plain data.
func tree(s *Settings) map[string]any {
	t := map[string]any{}
	recast(s, &t)
	return t
}

// recast carries plain data from one type to another.
func recast(from, to any) {
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		panic("airbyte: " + err.Error()) // plain data always marshals
	}
}

// row sets the values of one setting.
func (k *compiler) row(r row) {
	value := dotted(k.full, r.field)
	if value == nil {
		return
	}
	paths := r.paths(k.chart.Generation)
	if len(paths) == 0 {
		if dotted(k.given, r.field) != nil && !Forgivable(r.field) {
			k.missing(r)
		}
		return
	}
	if r.field == "auditLog" && k.chart.before(1, 9) {
		// The variable would arrive, the bucket would not.
		k.lacks(r.field, "it came with chart 1.9")
		return
	}
	if r.byHand {
		return
	}
	for _, p := range paths {
		k.set(r.field, convert(k.chart.Generation, r.field, value), strings.Split(p, ".")...)
	}
}

// Forgivable reports whether a setting only says where something would be found:
// a chart that does not look for it lacks nothing, and one AirbyteRelease can
// serve both generations.
func Forgivable(field string) bool {
	return strings.HasSuffix(field, "SecretKey") || strings.HasSuffix(field, "secretName") || strings.HasSuffix(field, ".secretKey")
}

// unquoted refuses texts that chart V1 writes without quotes, and that YAML then
// reads as something else: the Google project 0123456 would become 42798.
func (k *compiler) unquoted() {
	if k.chart.Generation != V1 {
		return
	}
	for _, field := range []string{
		"auth.instanceAdmin.firstName", "auth.instanceAdmin.lastName", "auth.oidc.domain", "auth.oidc.appName", "auth.oidc.displayName",
		"secretsManager.aws.region", "secretsManager.aws.kmsKeyArn", "secretsManager.aws.tags", "secretsManager.gcp.projectId", "secretsManager.gcp.region",
		"secretsManager.azure.vaultUrl", "secretsManager.azure.tenantId", "secretsManager.azure.tags", "secretsManager.vault.address", "secretsManager.vault.prefix",
	} {
		var written string
		switch v := dotted(k.given, field).(type) {
		case string:
			written = v
		case map[string]any:
			written = pairs(v)
		}
		var read struct{ Value any }
		err := yaml.Unmarshal([]byte("value: "+written), &read)
		if written != "" && (err != nil || read.Value != written) {
			k.problems = append(k.problems, Problem{Field: field, Message: fmt.Sprintf("%q is written without quotes by %s, and YAML reads that as something else", written, k.chart)})
		}
	}
}

// Switched reports whether a setting is of a component that is not in every
// render: one that login or the part that a release plays switches on or off.
func Switched(field string) bool {
	for _, name := range []string{"keycloak", "keycloakSetup", "workloadLauncher", "connectorBuilderServer", "manifestServer"} {
		if strings.HasPrefix(field, "components."+name+".") {
			return true
		}
	}
	return false
}

// global is the path of a value that stands below global, but at the top in the
// chart of a data plane.
func (k *compiler) global(path ...string) []string {
	if k.chart.Generation == DataPlane {
		return path
	}
	return append([]string{"global"}, path...)
}

// lacks says that the chart has no counterpart for a setting.
func (k *compiler) lacks(field, hint string) {
	k.problems = append(k.problems, Problem{Field: field, Message: fmt.Sprintf("%s has no counterpart for it", k.chart), Hint: hint})
}

// missing says so of a whole generation, and which have it.
func (k *compiler) missing(r row) {
	var have []string
	for _, g := range []Generation{V1, V2, DataPlane} {
		if len(r.paths(g)) > 0 {
			have = append(have, string(g))
		}
	}
	switch {
	case strings.HasPrefix(r.field, "auth.genericOidc"):
		k.lacks(r.field, "generic OIDC came with chart V2; with V1 use auth.oidc")
	case r.field == "database.user":
		k.lacks(r.field, "chart V2 takes the user from the Secret of the password: use database.userSecretKey")
	case k.chart.Generation == DataPlane:
		k.lacks(r.field, "it belongs to the control plane, chart airbyte")
	case len(have) == 1 && have[0] == string(DataPlane):
		k.lacks(r.field, "it belongs to the chart airbyte-data-plane")
	default:
		k.lacks(r.field, "it came with chart "+strings.Join(have, " and "))
	}
}

// Casing is exact in V2: any other drops credentials and region silently.
var managers = map[Generation]map[string]string{
	V1: {"aws": "awsSecretManager", "gcp": "googleSecretManager", "azure": "azureKeyVault", "vault": "vault"},
	V2: {"aws": "AWS_SECRET_MANAGER", "gcp": "GOOGLE_SECRET_MANAGER", "azure": "AZURE_KEY_VAULT", "vault": "VAULT"},
}

// convert writes a value as the generation wants it.
func convert(g Generation, field string, value any) any {
	if f, ok := value.(float64); ok {
		return int(f) // settings have no fractions
	}
	switch field {
	case "secretsManager.type":
		if g == V1 {
			return managers[V1][value.(string)]
		}
		return managers[V2][value.(string)]
	case "secretsManager.aws.tags":
		return tagList(value.(map[string]any))
	case "secretsManager.azure.tags":
		if g == V1 {
			return tagList(value.(map[string]any))
		}
		// A list would end up as the text [map[key:team value:data]].
		return pairs(value.(map[string]any))
	case "images.pullSecrets":
		var list []any
		for _, name := range value.([]any) {
			list = append(list, map[string]any{"name": name})
		}
		return list
	case "serviceAccount.create":
		return value == "managed"
	case "database.cloudSqlProxy":
		return value == "enabled"
	case "auditLog":
		if g == V1 {
			return fmt.Sprint(value == "enabled")
		}
		return value == "enabled"
	}
	return value
}

func tagList(tags map[string]any) []any {
	var list []any
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, map[string]any{"key": k, "value": tags[k]})
	}
	return list
}

func pairs(tags map[string]any) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, fmt.Sprintf("%s=%v", k, tags[k]))
	}
	return strings.Join(list, ",")
}

// database sets what says which database there is. V1 goes by postgresql.enabled,
// V2 by the host; Temporal speaks TLS if the type is external, and only then.
func (k *compiler) database() {
	d := k.settings.Database
	if d == nil || k.chart.Generation == DataPlane {
		return
	}
	typ := d.Type
	if d.TLS == "disabled" {
		typ = "internal"
		k.set("database.tls", typ, "global", "database", "type")
	} else {
		k.set("database.type", typ, "global", "database", "type")
	}
	k.set("database.type", d.Type == "internal", "postgresql", "enabled")
}

// dataPlane sets which part a release plays, and the label of its region.
func (k *compiler) dataPlane() {
	d := k.settings.DataPlane
	switch {
	case d == nil:
	case k.chart.Generation == DataPlane && d.Region != "":
		k.set("dataPlane.region", d.Region, "workloadLauncher", "podLabels", RegionLabel)
		k.set("dataPlane.region", d.Region, "jobs", "kube", "labels", RegionLabel)
	case k.chart.Generation == V2 && d.Role != "":
		k.set("dataPlane.role", d.Role, "global", "cluster", "type")
		if d.Role == "control-plane" {
			k.set("dataPlane.role", false, "workloadLauncher", "enabled")
		}
	}
}

// RegionLabel tells in the cluster which region a data plane serves.
const RegionLabel = "airstrip.dev/region"

// identity sets the annotations and labels that tie the ServiceAccount to an
// identity of the cloud.
func (k *compiler) identity() {
	w := k.settings.WorkloadIdentity
	if w == nil {
		return
	}
	annotate := func(field, key, value string) {
		if value != "" {
			k.set("workloadIdentity."+field, value, "serviceAccount", "annotations", key)
		}
	}
	switch w.Type {
	case "irsa":
		annotate("roleArn", "eks.amazonaws.com/role-arn", w.RoleARN)
	case "gke":
		annotate("serviceAccount", "iam.gke.io/gcp-service-account", w.ServiceAccount)
	case "azure":
		annotate("clientId", "azure.workload.identity/client-id", w.ClientID)
		annotate("tenantId", "azure.workload.identity/tenant-id", w.TenantID)
		for _, r := range components {
			for _, prefix := range r.paths(k.chart.Generation) {
				k.set("workloadIdentity.type", "true", prefix, "podLabels", "azure.workload.identity/use")
			}
		}
		k.set("workloadIdentity.type", "true", k.global("jobs", "kube", "labels", "azure.workload.identity/use")...)
	}
}
