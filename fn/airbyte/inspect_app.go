package airbyte

import (
	"fmt"
	"net/url"
)

// database: V1 goes by postgresql.enabled, V2 by the host, Temporal's TLS by the
// type. Only together they make sense.
func (i *inspector) database() {
	const d = "global.database."
	external, bundled, host := i.text(d+"type") == "external", i.on("postgresql.enabled"), i.given(d+"host")
	switch {
	case external && bundled:
		i.add("postgresql.enabled", "is on, and "+d+"type is external: the database of the chart runs beside yours", "set postgresql.enabled: false; spec.database does both")
	case host && bundled && i.chart.Generation == V1:
		i.add("postgresql.enabled", "is on: chart V1 then ignores "+d+"host", "set postgresql.enabled: false; spec.database does both")
	case i.text("postgresql.enabled") == "false" && !host:
		i.add(d+"host", "is missing, and postgresql.enabled is false: there is no database", "set spec.database")
	case host && !external:
		i.warn(d+"type", "is not external, so Temporal connects to "+i.text(d+"host")+" without TLS, which RDS refuses by default", "set it to external; if it is meant, spec.database.tls: disabled")
	}
	replica := d + "replica.passwordSecretKey"
	if i.chart.Generation == V2 && i.given(d+"passwordSecretKey") && !i.given(replica) && get(i.defaults, "global", "database", "replica") != nil {
		i.warn(replica, "is missing: from 2.1 on the chart asks the Secret for CONFIG_DATABASE_REPLICA_USER and CONFIG_DATABASE_REPLICA_PASSWORD, or no Pod starts", "set global.database.replica.userSecretKey and passwordSecretKey; spec.database does")
	}
	if i.chart.Generation == V2 && i.given(d+"user") && i.given(d+"secretName") && !i.given(d+"userSecretKey") {
		i.add(d+"user", "is ignored beside "+d+"secretName: the chart asks that Secret for DATABASE_USER", "use userSecretKey")
	}
}

// accounts: Pods use the one name, the ServiceAccount and its rights the other.
func (i *inspector) accounts() {
	const pods, account = "global.serviceAccountName", "serviceAccount.name"
	if p, a := i.text(pods), i.text(account); p != a {
		path := account
		if i.given(pods) {
			path = pods
		}
		i.add(path, fmt.Sprintf("%s is %q and %s is %q: Pods ask for the one, the other is made", pods, p, account, a), "set both; spec.serviceAccount.name does")
	}
	const jobs = "global.jobs.kube.serviceAccountName"
	if p, j := i.text(pods), i.text(jobs); i.chart.Generation == V1 && j != "" && j != p {
		i.add(jobs, fmt.Sprintf("is %q and %s is %q: jobs run as an account that is not made", j, pods, p), "set it too; spec.serviceAccount.name does")
	}
}

// login checks what only shows when somebody tries to log in.
func (i *inspector) login() {
	const a, p = "global.auth.", "global.auth.identityProvider."
	provider := i.text(p + "type")
	if (provider == "oidc" || provider == "generic-oidc") && i.text("global.edition") == "community" {
		i.warn(p+"type", "is of the enterprise edition, the community edition ignores it", "")
	}
	if i.chart.Generation == V1 {
		for _, key := range []string{"instanceAdmin.firstName", "instanceAdmin.lastName"} {
			if i.text("global.edition") == "enterprise" && !i.given(a+key) {
				i.add(a+key, "is missing: chart V1 does not render the enterprise edition without", "set spec.auth.instanceAdmin")
			}
		}
		return
	}
	if i.given(a+"secretName") && i.text("global.secretName") == "" {
		for _, key := range []string{"instanceAdmin.passwordSecretKey", "instanceAdmin.clientIdSecretKey", "instanceAdmin.clientSecretSecretKey", "security.jwtSignatureSecretSecretKey"} {
			if !i.given(a + key) {
				i.warn(a+key, "is missing: with "+a+"secretName the bootloader asks that Secret for four keys, this one under a fixed name", "set spec.auth.instanceAdmin, which names all")
			}
		}
	}
	const jwt, made = a + "security.jwtSignatureSecretSecretKey", "jwt-signature-secret"
	if key := i.text(jwt); key != "" && key != made {
		i.add(jwt, fmt.Sprintf("is %q: the servers look for that key in airbyte-auth-secrets, where the bootloader writes %s", key, made), "rename the key in the Secret to "+made)
	}
	if provider != "oidc" || i.text("global.edition") != "enterprise" {
		return
	}
	for _, path := range []string{"keycloak.enabled", "keycloakSetup.enabled"} {
		if !i.on(path) {
			i.add(path, "is not true: without Keycloak and its setup nobody can log in with oidc", "set spec.auth.oidc, or use spec.auth.genericOidc, which needs no Keycloak")
		}
	}
	if !i.on("postgresql.enabled") && !i.given("keycloak.database.host") {
		i.add("keycloak.database.host", "is missing: Keycloak would look for the database of the chart, which is off", "set spec.auth.oidc and spec.database")
	}
	if !i.setsUpProvider() {
		i.add("keycloakSetup.extraEnv", "has no IDENTITY_PROVIDER_TYPE: the chart does not tell the setup Job of the identity provider", "set spec.auth.oidc, or use spec.auth.genericOidc")
	}
}

// setsUpProvider reports whether the setup Job is told of the identity provider.
func (i *inspector) setsUpProvider() bool {
	const name = "IDENTITY_PROVIDER_TYPE"
	if i.given("keycloakSetup.env_vars." + name) {
		return true
	}
	list, _ := i.value("keycloakSetup.extraEnv").([]any)
	for _, e := range list {
		if m, ok := e.(map[string]any); ok && m["name"] == name {
			return true
		}
	}
	return false
}

// ingress checks the chart's own: its host is that of the URL, its backends are
// those that the release knows.
func (i *inspector) ingress() {
	if !i.on("ingress.enabled") {
		return
	}
	list := "ingress.hosts"
	if i.chart.Generation == V1 {
		list = "ingress.rules"
		if i.given("ingress.hosts") {
			i.add("ingress.hosts", "is of chart V2; V1 reads ingress.rules and makes an Ingress without paths, which the API server refuses", "write ingress.rules")
		}
	} else if i.given("ingress.rules") {
		i.add("ingress.rules", "is of chart V1; V2 reads ingress.hosts", "write ingress.hosts")
	}
	u, err := url.Parse(i.text("global.airbyteUrl"))
	if err != nil {
		return
	}
	hosts, _ := i.value(list).([]any)
	for n, h := range hosts {
		host, _ := h.(map[string]any)
		at := fmt.Sprintf("%s[%d]", list, n)
		if name, _ := host["host"].(string); u.Hostname() != "" && name != u.Hostname() {
			i.add(at+".host", fmt.Sprintf("is %q, and the URL's host is %q: cookies and redirects go to the other", name, u.Hostname()), "make them equal")
		}
		paths, _ := host["paths"].([]any)
		for m, p := range paths {
			path, _ := p.(map[string]any)
			if path["backend"] == "keycloak" {
				i.add(fmt.Sprintf("%s.paths[%d].backend", at, m), "keycloak is no backend of the chart's ingress in any release", "leave it to an ingress of your own")
			}
		}
	}
}
