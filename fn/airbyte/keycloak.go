package airbyte

import "strings"

// keycloak sets what single sign-on takes. V1 brings Keycloak with the edition.
// V2 has it switched off, and its setup Job is not told of the identity provider
// (releases 2.0.0 to 2.2.0): without these variables it finds "no identity
// provider configuration" and leaves the login page without a way in.
func (k *compiler) keycloak() {
	a := k.settings.Auth
	if a == nil || k.chart.Generation == DataPlane {
		return
	}
	const provider = "global.auth.identityProvider."
	set := func(field string, value any, path string) { k.set(field, value, strings.Split(path, ".")...) }
	if a.GenericOIDC != nil && k.chart.Generation == V2 {
		set("auth.genericOidc", "generic-oidc", provider+"type")
	}
	if a.InstanceAdmin != nil && k.chart.Generation == V1 {
		set("auth.instanceAdmin.emailSecretKey", a.InstanceAdmin.EmailSecretKey, "global.auth.instanceAdmin.emailSecretKey")
	}
	o := a.OIDC
	if o == nil {
		return
	}
	set("auth.oidc", "oidc", provider+"type")
	set("auth.secretName", a.SecretName, provider+"secretName")
	set("auth.oidc.domain", o.Domain, oidc+"domain")
	set("auth.oidc.appName", o.AppName, oidc+"appName")
	set("auth.oidc.displayName", o.DisplayName, oidc+"displayName")
	set("auth.oidc.clientIdSecretKey", o.ClientIDSecretKey, oidc+"clientIdSecretKey")
	set("auth.oidc.clientSecretSecretKey", o.ClientSecretSecretKey, oidc+"clientSecretSecretKey")
	if k.chart.Generation != V2 {
		return
	}
	set("auth.oidc", true, "keycloak.enabled")
	set("auth.oidc", true, "keycloakSetup.enabled")
	set("auth.secretName", a.SecretName, "keycloak.secretName")
	extra := []any{
		variable("IDENTITY_PROVIDER_TYPE", "oidc"),
		variable("OIDC_DOMAIN", o.Domain),
		variable("OIDC_APP_NAME", o.AppName),
		variable("OIDC_DISPLAY_NAME", o.DisplayName),
		secretVariable("OIDC_CLIENT_ID", KeyRef{a.SecretName, o.ClientIDSecretKey}),
		secretVariable("OIDC_CLIENT_SECRET", KeyRef{a.SecretName, o.ClientSecretSecretKey}),
	}
	if a.InstanceAdmin != nil {
		extra = append(extra, secretVariable("INITIAL_USER_EMAIL", KeyRef{a.SecretName, a.InstanceAdmin.EmailSecretKey}))
	}
	set("auth.oidc", extra, "keycloakSetup.extraEnv")
}

// variable is an entry of a container's env.
func variable(name, value string) map[string]any {
	return map[string]any{"name": name, "value": value}
}

// secretVariable is an entry of a container's env that comes from a Secret.
func secretVariable(name string, ref KeyRef) map[string]any {
	return map[string]any{"name": name, "valueFrom": map[string]any{
		"secretKeyRef": map[string]any{"name": ref.SecretName, "key": ref.Key},
	}}
}
