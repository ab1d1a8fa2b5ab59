package ingress

import (
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// These tests hand what Make writes to a real NGINX, by the rules that the two
// controllers turn an Ingress into a configuration by. The controllers themselves
// are not run: what is shown is that NGINX, told what their templates say, does
// what the settings ask for.

const realHost = "airbyte.example.com"

// realIngress is what the translations read of an Ingress.
type realIngress struct {
	Metadata struct{ Annotations map[string]string }
	Spec     struct {
		TLS   []struct{ Hosts []string } `yaml:"tls"`
		Rules []struct {
			Host string
			HTTP struct {
				Paths []struct {
					Path     string
					PathType string `yaml:"pathType"`
					Backend  struct {
						Service struct {
							Name string
							Port struct{ Number int }
						}
					}
				}
			} `yaml:"http"`
		}
	}
}

// realPolicy is what is read of a Policy of F5's.
type realPolicy struct {
	Metadata struct{ Name string }
	Spec     struct {
		AccessControl struct{ Allow []string } `yaml:"accessControl"`
	}
}

// A realLocation is what stands in a location of NGINX's.
type realLocation struct {
	match, service   string
	port             int
	body, read, send string
}

// realServer is a server of NGINX's: redirect is its answer to http. The networks
// that may come in stand in each location of ingress-nginx's, and in the server of
// F5's, which comes to the same.
type realServer struct {
	redirect  string
	allow     []string
	locations []realLocation
}

// asIngressNGINX translates as ingress-nginx v1.15.1 does: locations by
// internal/ingress/controller/location.go (a Prefix is a location with a slash at
// its end, and an exact one without), what stands in them by
// rootfs/etc/nginx/template/nginx.tmpl, defaults of
// internal/ingress/controller/config/config.go, the redirect by
// rootfs/etc/nginx/lua/lua_ingress.lua, redirect_to_https, which also takes off a
// slash at the end: no path that is asked for by http here has one.
func asIngressNGINX(t *testing.T, ing realIngress, _ *realPolicy) realServer {
	note := func(name, usual string) string {
		if v := ing.Metadata.Annotations[nginxPrefix+name]; v != "" {
			return v
		}
		return usual
	}
	var s realServer
	if len(ing.Spec.TLS) > 0 && note("ssl-redirect", "true") == "true" {
		s.redirect = "308 https://$host$request_uri"
	}
	if list := note("whitelist-source-range", ""); list != "" {
		s.allow = strings.Split(list, ",")
	}
	for _, p := range ing.Spec.Rules[0].HTTP.Paths {
		if p.PathType != "Prefix" {
			t.Fatalf("path type %s", p.PathType)
		}
		l := realLocation{
			service: p.Backend.Service.Name, port: p.Backend.Service.Port.Number,
			// The template writes the unit behind the numbers of the annotations.
			body: note("proxy-body-size", "1m"), read: note("proxy-read-timeout", "60") + "s", send: note("proxy-send-timeout", "60") + "s",
		}
		matches := []string{strconv.Quote(p.Path)}
		if p.Path != "/" {
			matches = []string{strconv.Quote(strings.TrimSuffix(p.Path, "/") + "/"), "= " + strconv.Quote(p.Path)}
		}
		for _, l.match = range matches {
			s.locations = append(s.locations, l)
		}
	}
	return s
}

// asF5 translates as F5's controller v5.5.4 does: internal/configs/ingress.go
// (generateIngressPath: a Prefix is written as it is),
// internal/configs/version1/nginx.ingress.tmpl, defaults of
// internal/configs/config_params.go.
func asF5(_ *testing.T, ing realIngress, policy *realPolicy) realServer {
	note := func(name, usual string) string {
		if v := ing.Metadata.Annotations[f5Prefix+name]; v != "" {
			return v
		}
		return usual
	}
	var s realServer
	if len(ing.Spec.TLS) > 0 && note("ssl-redirect", "true") == "true" {
		s.redirect = "301 https://$host:443$request_uri"
	}
	if policy != nil && note("policies", "") == policy.Metadata.Name {
		s.allow = policy.Spec.AccessControl.Allow
	}
	for _, p := range ing.Spec.Rules[0].HTTP.Paths {
		s.locations = append(s.locations, realLocation{
			match: p.Path, service: p.Backend.Service.Name, port: p.Backend.Service.Port.Number,
			body: note("client-max-body-size", "1m"), read: note("proxy-read-timeout", "60s"), send: note("proxy-send-timeout", "60s"),
		})
	}
	return s
}

var realControllers = []struct {
	name, prefix string
	translate    func(*testing.T, realIngress, *realPolicy) realServer
	redirect     int
	location     string
}{
	{"nginx", nginxPrefix, asIngressNGINX, http.StatusPermanentRedirect, "https://" + realHost},
	{"f5-nginx", f5Prefix, asF5, http.StatusMovedPermanently, "https://" + realHost + ":443"},
}

func TestRealNGINX(t *testing.T) {
	binary := realBinary(t)
	for _, c := range realControllers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ing, _ := realObjects(t, &Spec{Controller: c.name, TLS: secretTLS(), Timeout: "600s"})
			client := startNGINX(t, binary, c.translate(t, ing, nil))

			for path, want := range map[string]string{
				"/":                                "server",
				"/workspaces/1":                    "server",
				"/auth_flow?x=1":                   "server",
				"/authors":                         "server",
				"/auth/admin/":                     "server",
				"/auth/realms/x":                   "keycloak",
				"/auth/realms/x/y?redirect=%2Fz":   "keycloak",
				"/auth/resources/a.js":             "keycloak",
				"/api/v1/health":                   "server",
				"/api/v1/connector_builder/health": "connector-builder-server",
				"/api/v1/connector_builder_projects/list": "server",
			} {
				status, body := client.get(t, "https://"+realHost+path)
				if got := fmt.Sprint(status, " ", body); got != "200 airbyte-airbyte-"+want+"-svc "+path {
					t.Errorf("%s: %s, want %s", path, got, want)
				}
			}

			resp := client.do(t, http.MethodGet, "http://"+realHost+"/workspaces/1?a=b", nil)
			if got, want := resp.Header.Get("Location"), c.location+"/workspaces/1?a=b"; resp.StatusCode != c.redirect || got != want {
				t.Errorf("http: %d to %s, want %d to %s", resp.StatusCode, got, c.redirect, want)
			}

			for size, want := range map[int]int{10<<20 - 1: 200, 10 << 20: 200, 10<<20 + 1: 413} {
				if got := client.do(t, http.MethodPost, "https://"+realHost+"/api/v1/x", make([]byte, size)).StatusCode; got != want {
					t.Errorf("a body of %d bytes: %d, want %d", size, got, want)
				}
			}

			// 1.5 seconds stand for 150, beyond NGINX's own 60.
			if status, body := client.get(t, "https://"+realHost+"/slow?wait=1500ms"); status != 200 {
				t.Errorf("a slow answer: %d %s", status, body)
			}
		})
	}
}

// TestRealNGINXBare: without our annotations the same requests fail, so that the
// test above shows something.
func TestRealNGINXBare(t *testing.T) {
	binary := realBinary(t)
	for _, c := range realControllers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ing, _ := realObjects(t, &Spec{Controller: c.name, TLS: secretTLS()})
			ing.Metadata.Annotations = nil
			client := startNGINX(t, binary, c.translate(t, ing, nil))
			if status, _ := client.get(t, "https://"+realHost+"/slow?wait=1500ms"); status != http.StatusGatewayTimeout {
				t.Errorf("a slow answer: %d, want 504", status)
			}
			if got := client.do(t, http.MethodPost, "https://"+realHost+"/api/v1/x", make([]byte, 2<<20)).StatusCode; got != http.StatusRequestEntityTooLarge {
				t.Errorf("a body of 2 MiB: %d, want 413", got)
			}
		})
	}
}

// TestRealNGINXSettings: no redirect, and networks that may come in.
func TestRealNGINXSettings(t *testing.T) {
	binary := realBinary(t)
	for _, c := range realControllers {
		for networks, want := range map[string]int{"127.0.0.0/8": 200, "10.0.0.0/8": 403} {
			t.Run(c.name+" "+strconv.Itoa(want), func(t *testing.T) {
				t.Parallel()
				ing, policy := realObjects(t, &Spec{Controller: c.name, TLS: secretTLS(), HTTPRedirect: "disabled", AllowCIDRs: []string{networks}})
				client := startNGINX(t, binary, c.translate(t, ing, policy))
				for _, scheme := range []string{"http", "https"} {
					if status, _ := client.get(t, scheme+"://"+realHost+"/workspaces/1"); status != want {
						t.Errorf("%s from 127.0.0.1, %s allowed: %d, want %d", scheme, networks, status, want)
					}
				}
			})
		}
	}
}

// TestRealF5Slash: what elementPath is for. Without the slash F5's controller
// sends the connector builder what is the server's.
func TestRealF5Slash(t *testing.T) {
	binary := realBinary(t)
	ing, _ := realObjects(t, &Spec{Controller: "f5-nginx", TLS: secretTLS()})
	for i := range ing.Spec.Rules[0].HTTP.Paths {
		p := &ing.Spec.Rules[0].HTTP.Paths[i].Path
		*p = "/" + strings.Trim(*p, "/")
	}
	client := startNGINX(t, binary, asF5(t, ing, nil))
	if _, body := client.get(t, "https://"+realHost+"/api/v1/connector_builder_projects/list"); !strings.HasPrefix(body, "airbyte-airbyte-connector-builder-server-svc ") {
		t.Errorf("got %s: the slash is no longer needed", body)
	}
}

// realBinary finds NGINX, which Debian keeps outside the PATH of users.
func realBinary(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no nginx in PATH, nor in /usr/sbin: apt-get install nginx-light")
	return ""
}

// realObjects are the Ingress that settings make, and the Policy, if there is one.
func realObjects(t *testing.T, spec *Spec) (ing realIngress, policy *realPolicy) {
	t.Helper()
	if problems := spec.Check(); len(problems) > 0 {
		t.Fatal(problems)
	}
	set, _, problems := Make(release(t, routedTo...), spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://" + realHost, Keycloak: true})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, n := range set {
		var err error
		switch manifest.IDOf(n).Kind {
		case "Ingress":
			err = n.YNode().Decode(&ing)
		case "Policy":
			policy = &realPolicy{}
			err = n.YNode().Decode(policy)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return ing, policy
}
