package validate

import (
	"slices"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// RiskRule is a kind of risk, as it is documented, waived and asked for.
type RiskRule struct {
	Code string
	// Severities are those that its findings have, the worst first.
	Severities []manifest.Severity
	// What it is about, in words.
	What string
}

// RiskRules lists the kinds of risk, in the order in which they are explained.
func RiskRules() []RiskRule { return slices.Clone(riskRules) }

var (
	blocks = []manifest.Severity{manifest.Error}
	either = []manifest.Severity{manifest.Error, manifest.Warning}
	warns  = []manifest.Severity{manifest.Warning}
	tells  = []manifest.Severity{manifest.Info}
)

var riskRules = []RiskRule{
	{"delete-stateful", either, "a StatefulSet, PersistentVolumeClaim, PersistentVolume, Namespace or CustomResourceDefinition goes. An error where the agent deletes it, a warning where it is left behind"},
	{"delete-secret", either, "a Secret goes. An error where something still reads it, a warning where another object makes it"},
	{"delete-route", either, "an Ingress, a Gateway or a route goes. An error where nothing else leads to its hosts, a warning where only the address changes"},
	{"delete-service", either, "a Service goes whose StatefulSet stays. A warning for one with a load balancer"},
	{"delete-guard", warns, "a PodDisruptionBudget or NetworkPolicy goes, lets in everybody, or no longer means its Pods, and they stay"},
	{"many-removed", either, "more than half of six objects or more are gone. A warning where they are left behind"},
	{"prune-guard", warns, "an object with data no longer asks its agent never to prune it, or a StatefulSet no longer keeps its claims"},
	{"force", blocks, "an object with data asks its agent to delete what cannot be changed"},
	{"hook", either, "an object that is no Job is a hook to Argo CD, which deletes it and makes it anew at each sync. An error for what holds data"},
	{"immutable-field", either, "a field changes that the API server does not let change: selectors, the template of a Job, the role of a binding … A warning where the agent deletes the object first, and it holds no data"},
	{"claim-shrink", blocks, "a volume is to shrink"},
	{"claim-class", blocks, "a volume is to have another storage class"},
	{"claim-growth", either, "a volume is to grow. An error in a StatefulSet, where that is refused"},
	{"claim-template", blocks, "the claims of a StatefulSet change in another way"},
	{"service-type", either, "a Service is of another type. An error where it gets or loses a load balancer, a warning where that is private, or ports on nodes come and go"},
	{"service-cluster-ip", either, "a Service asks for another address, or becomes headless, which is refused. A warning where it no longer asks"},
	{"service-port", warns, "a Service has a port no more"},
	{"host-dropped", blocks, "a host that was served is served by nothing"},
	{"route-class", warns, "a front goes to another controller, Gateway or load balancer"},
	{"tls-dropped", blocks, "a front that took https does not"},
	{"redirect-dropped", warns, "http is no longer sent to https"},
	{"exposed", either, "a load balancer gets a public address (ALB scheme, GCE class, Application Gateway, Gateways and Services of each cloud). A warning where it gets a private one, or nobody can tell"},
	{"allow-list", either, "the list of networks that may come in is gone, or lets in everybody. A warning where it lets in more"},
	{"firewall", warns, "a web application firewall is gone"},
	{"front-login", blocks, "a login in front of Airbyte is gone (ALB and nginx authentication, IAP, OIDC of a SecurityPolicy)"},
	{"iam-identity", either, "Pods lose their cloud identity. A warning where they get one, another one, or another ServiceAccount"},
	{"role-widened", either, "a role allows more. An error where that is a wildcard, Secrets, exec, tokens, or roles themselves"},
	{"role-bound", either, "somebody gets a role that he had not. An error where that role is grave, or he is everybody"},
	{"replicas", either, "a workload has no replicas. A warning where one is left of several"},
	{"strategy", warns, "Pods are all stopped before new ones start, or are not replaced at all"},
	{"probe", warns, "a probe is gone, asks less, or takes much longer to notice"},
	{"resources", warns, "a request or limit is gone or less than half, of a container or of the Pods that Airbyte starts"},
	{"security-context", either, "a container may do more to its node: privileged, root, capabilities, host namespaces and paths. A warning where it is held back less. An error as well for a namespace that takes Pods which it refused"},
	{"env-dropped", either, "a variable is gone that the container still names. A warning where its image is the same and another workload keeps it"},
	{"endpoint", blocks, "Airbyte keeps its data elsewhere: database, storage, Temporal, secrets manager"},
	{"auth-off", either, "nobody has to log in, or tokens are no longer looked at. A warning for what makes the credentials"},
	{"auth-changed", warns, "people log in by another identity provider"},
	{"setting-weakened", warns, "cookies, audit log or the encryption to a database are switched to less"},
	{"job-not-run", either, "a one-shot Job or Pod does not run, and would have to: the servers go to another version, or only the image of a finished Pod changes. A warning where a ConfigMap that it reads has changed"},
	{"job-reruns", tells, "a one-shot Job runs again, such as the bootloader, which migrates the database"},
	{"plaintext-secret", blocks, "a Secret holds a value in clear. It cannot be waived"},
	{"recipients", warns, "a sealed Secret is sealed for others, or fewer have to come together to open it"},
	{"image-downgrade", either, "an image goes back, said once of those that stand in one folder of a registry. An error for Airbyte's own, whose database has been migrated"},
	{"image-major", either, "an image goes to the next major version, said likewise. An error for a database that cannot read its files then"},
	{"image-unpinned", warns, "an image is no longer named by a release"},
}
