package airbyte

import (
	"maps"
	"slices"
)

// env sets environment variables. The chart lets a global one win over that of a
// component, which is the wrong way round, and gives it to Keycloak only if
// Keycloak has one of its own. So a name that some component sets is handed to
// each component, and only the others are global.
func (k *compiler) env() {
	own := map[string]map[string]string{} // component → name → value
	refs := map[string]map[string]KeyRef{}
	overridden := map[string]bool{}
	for _, r := range components {
		c := k.settings.Components.named(r.field)
		if c == nil {
			continue
		}
		own[r.field], refs[r.field] = c.Env, c.SecretEnv
		for name := range c.Env {
			overridden[name] = true
		}
		for name := range c.SecretEnv {
			overridden[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.settings.Env)) {
		if k.chart.Generation != DataPlane && !overridden[name] {
			k.set("env."+name, k.settings.Env[name], "global", "env_vars", name)
		}
	}
	for _, r := range components {
		for _, prefix := range r.paths(k.chart.Generation) {
			k.componentEnv(r.field, prefix, own[r.field], refs[r.field], overridden)
		}
	}
}

// componentEnv sets the variables of one component: its own, and the shared ones
// that cannot be global.
func (k *compiler) componentEnv(component, prefix string, own map[string]string, refs map[string]KeyRef, overridden map[string]bool) {
	at := "components." + component
	var extra []any
	plain := func(field, name, value string) {
		if k.chart.Generation == DataPlane {
			extra = append(extra, variable(name, value))
			return
		}
		k.set(field+"."+name, value, prefix, "env_vars", name)
	}
	for _, name := range slices.Sorted(maps.Keys(k.settings.Env)) {
		_, here := own[name]
		_, ref := refs[name]
		if !here && !ref && (overridden[name] || k.chart.Generation == DataPlane) {
			plain("env", name, k.settings.Env[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		plain(at+".env", name, own[name])
	}
	all := map[string]KeyRef{}
	for name, ref := range k.settings.SecretEnv {
		if _, here := own[name]; !here {
			all[name] = ref
		}
	}
	maps.Copy(all, refs)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		ref := all[name]
		if ref.SecretName == "" {
			ref.SecretName = k.settings.ConfigSecret
		}
		extra = append(extra, secretVariable(name, ref))
	}
	if len(extra) == 0 {
		return
	}
	field := at + ".secretEnv"
	if len(refs) == 0 {
		field = "secretEnv"
	}
	if k.chart.Generation == DataPlane && len(all) == 0 {
		field = "env"
	}
	if before, ok := get(k.Tree, prefix, "extraEnv").([]any); ok {
		extra = append(before, extra...)
	}
	k.set(field, extra, prefix, "extraEnv")
}

// IdleTimeout is the variable that says how long the server keeps a connection
// open on which nothing happens, 5 minutes by default (airbyte-server's
// application.yml, micronaut.server.idle-timeout).
const IdleTimeout = "HTTP_IDLE_TIMEOUT"

// SetsVariable reports whether the settings set an environment variable of that
// name anywhere.
func (s *Settings) SetsVariable(name string) bool {
	_, plain := s.Env[name]
	_, secret := s.SecretEnv[name]
	found := plain || secret
	for _, r := range components {
		if c := s.Components.named(r.field); c != nil {
			_, plain = c.Env[name]
			_, secret = c.SecretEnv[name]
			found = found || plain || secret
		}
	}
	return found
}

// named returns a component by its name in components, nil if it is not set.
func (c *Components) named(name string) *Component {
	if c == nil {
		return nil
	}
	switch name {
	case "server":
		return c.Server
	case "worker":
		return c.Worker
	case "cron":
		return c.Cron
	case "temporal":
		return c.Temporal
	case "workloadLauncher":
		return c.WorkloadLauncher
	case "workloadApiServer":
		return c.WorkloadAPIServer
	case "connectorBuilderServer":
		return c.ConnectorBuilderServer
	case "manifestServer":
		return c.ManifestServer
	case "keycloak":
		return c.Keycloak
	case "keycloakSetup":
		return c.KeycloakSetup
	case "bootloader":
		return c.Bootloader
	}
	return nil
}
