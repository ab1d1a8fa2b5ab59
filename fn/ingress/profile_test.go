package ingress

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func number1(n int) *int { return &n }

// samples set each field to something that differs from what is written without
// it. What a controller takes may differ: the profile's own sample wins.
var samples = map[string]func(*Spec){
	"className":                      func(s *Spec) { s.ClassName = "special-class" },
	"scheme":                         func(s *Spec) { s.Scheme = "internal" },
	"httpRedirect":                   func(s *Spec) { s.HTTPRedirect = "enabled" },
	"timeout":                        func(s *Spec) { s.Timeout = "777s" },
	"maxBodySize":                    func(s *Spec) { s.MaxBodySize = "77Mi" },
	"healthCheck.path":               func(s *Spec) { s.HealthCheck = &HealthCheck{Path: "/special"} },
	"healthCheck.port":               func(s *Spec) { s.HealthCheck = &HealthCheck{Port: number1(8085)} },
	"healthCheck.interval":           func(s *Spec) { s.HealthCheck = &HealthCheck{Interval: "27s"} },
	"healthCheck.timeout":            func(s *Spec) { s.HealthCheck = &HealthCheck{Interval: "29s", Timeout: "7s"} },
	"healthCheck.healthyThreshold":   func(s *Spec) { s.HealthCheck = &HealthCheck{HealthyThreshold: number1(7)} },
	"healthCheck.unhealthyThreshold": func(s *Spec) { s.HealthCheck = &HealthCheck{UnhealthyThreshold: number1(8)} },
	"healthCheck.successCodes":       func(s *Spec) { s.HealthCheck = &HealthCheck{SuccessCodes: "200-204"} },
	"targetType":                     func(s *Spec) { s.TargetType = "instance" },
	"group.name":                     func(s *Spec) { s.Group = &Group{Name: "special"} },
	"group.order":                    func(s *Spec) { s.Group = &Group{Name: "special", Order: number1(7)} },
	"loadBalancer.name":              func(s *Spec) { s.LoadBalancer = &LoadBalancer{Name: "special", Namespace: "infra"} },
	"loadBalancer.namespace":         func(s *Spec) { s.LoadBalancer = &LoadBalancer{Name: "special", Namespace: "special"} },
	"loadBalancer.id": func(s *Spec) {
		s.LoadBalancer = &LoadBalancer{ID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.ServiceNetworking/trafficControllers/special", Frontend: "front"}
	},
	"loadBalancer.frontend": func(s *Spec) {
		s.LoadBalancer = &LoadBalancer{ID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.ServiceNetworking/trafficControllers/special", Frontend: "special"}
	},
	"loadBalancer.address": func(s *Spec) { s.LoadBalancer = &LoadBalancer{Address: "special"} },
	"loadBalancer.attributes": func(s *Spec) {
		s.LoadBalancer = &LoadBalancer{Attributes: map[string]string{"routing.http2.enabled": "false"}}
	},
	"subnets":               func(s *Spec) { s.Subnets = []string{"subnet-1", "subnet-2"} },
	"securityGroups":        func(s *Spec) { s.SecurityGroups = []string{"sg-1"} },
	"allowCidrs":            func(s *Spec) { s.AllowCIDRs = []string{"10.7.0.0/16"} },
	"wafPolicy":             func(s *Spec) { s.WAFPolicy = "special-policy" },
	"accessLogs.state":      func(s *Spec) { s.AccessLogs = &AccessLogs{State: "disabled"} },
	"accessLogs.bucket":     func(s *Spec) { s.AccessLogs = &AccessLogs{Bucket: "special-bucket"} },
	"accessLogs.prefix":     func(s *Spec) { s.AccessLogs = &AccessLogs{Bucket: "special-bucket", Prefix: "special"} },
	"accessLogs.sampleRate": func(s *Spec) { s.AccessLogs = &AccessLogs{SampleRate: "0.5"} },
	"tags":                  func(s *Spec) { s.Tags = map[string]string{"special": "tag"} },
	"tls.secret":            func(s *Spec) { s.TLS = &TLS{Type: "secret", SecretName: "special"} },
	"tls.secretName":        func(s *Spec) { s.TLS = &TLS{Type: "secret", SecretName: "other-special"} },
	"tls.cert-manager":      func(s *Spec) { s.TLS = &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "special"}} },
	"tls.issuer.name":       func(s *Spec) { s.TLS = &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "other-special"}} },
	"tls.issuer.kind":       func(s *Spec) { s.TLS = &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "special", Kind: "Issuer"}} },
	"tls.acm":               func(s *Spec) { s.TLS = &TLS{Type: "acm"} },
	"tls.certificateArns": func(s *Spec) {
		s.TLS = &TLS{Type: "acm", CertificateARNs: []string{"arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"}}
	},
	"tls.google-managed":      func(s *Spec) { s.TLS = &TLS{Type: "google-managed"} },
	"tls.pre-shared":          func(s *Spec) { s.TLS = &TLS{Type: "pre-shared", Certificates: []string{"special"}} },
	"tls.certificate-map":     func(s *Spec) { s.TLS = &TLS{Type: "certificate-map", CertificateMap: "special"} },
	"tls.certificateMap":      func(s *Spec) { s.TLS = &TLS{Type: "certificate-map", CertificateMap: "other-special"} },
	"tls.application-gateway": func(s *Spec) { s.TLS = &TLS{Type: "application-gateway", Certificates: []string{"special"}} },
	"tls.key-vault": func(s *Spec) {
		s.TLS = &TLS{Type: "key-vault", CertificateURI: "https://example.vault.azure.net/certificates/airbyte", ServiceAccount: "certificates"}
	},
	"tls.certificateUri": func(s *Spec) {
		s.TLS = &TLS{Type: "key-vault", CertificateURI: "https://example.vault.azure.net/certificates/special", ServiceAccount: "certificates"}
	},
	"tls.serviceAccount": func(s *Spec) {
		s.TLS = &TLS{Type: "key-vault", CertificateURI: "https://example.vault.azure.net/certificates/airbyte", ServiceAccount: "special"}
	},
	"tls.controller": func(s *Spec) {
		s.TLS = &TLS{Type: "controller"}
		if s.Gateway != nil {
			parent(s)
		}
	},
	"tls.upstream":               func(s *Spec) { s.TLS = &TLS{Type: "upstream"} },
	"tls.policy":                 func(s *Spec) { s.TLS.Policy = "special-policy" },
	"gateway.parent.name":        func(s *Spec) { parent(s).Name = "special" },
	"gateway.parent.namespace":   func(s *Spec) { parent(s).Namespace = "special" },
	"gateway.parent.sectionName": func(s *Spec) { parent(s).SectionName = "special" },
	"gateway.parent.httpSectionName": func(s *Spec) {
		p := parent(s)
		p.SectionName, p.HTTPSection = "special", "special-http"
	},
}

// parent makes the Gateway somebody else's.
func parent(s *Spec) *Parent {
	s.Gateway.Parent = &Parent{Name: "shared"}
	s.TLS = &TLS{Type: "controller"}
	s.ClassName, s.LoadBalancer = "", nil
	return s.Gateway.Parent
}

// ownSamples are for fields that one controller takes in a form of its own.
var ownSamples = map[string]func(*Spec){
	"alb wafPolicy": func(s *Spec) {
		s.WAFPolicy = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/special/12345678-1234-1234-1234-123456789012"
	},
	"gateway/alb wafPolicy": func(s *Spec) {
		s.WAFPolicy = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/special/12345678-1234-1234-1234-123456789012"
	},
	"agic wafPolicy":                azurePolicy,
	"gateway/agc wafPolicy":         azurePolicy,
	"gateway/agc tls.policy":        func(s *Spec) { s.TLS.Policy = "2023-06-S" },
	"agc loadBalancer.name":         func(s *Spec) { s.LoadBalancer.Name = "other-special" },
	"gateway/agc loadBalancer.name": func(s *Spec) { s.LoadBalancer.Name = "other-special" },
	"alb tls.policy":                func(s *Spec) { s.TLS.Policy = "ELBSecurityPolicy-FS-1-2-Res-2020-10" },
	"gateway/alb tls.policy":        func(s *Spec) { s.TLS.Policy = "ELBSecurityPolicy-FS-1-2-Res-2020-10" },
	"alb loadBalancer.name":         func(s *Spec) { s.LoadBalancer = &LoadBalancer{Name: "special"} },
	"gateway/alb loadBalancer.name": func(s *Spec) { s.LoadBalancer = &LoadBalancer{Name: "special"} },

	"gateway/istio scheme":             onAzure("scheme"),
	"gateway/istio tls.key-vault":      onAzure("tls.key-vault"),
	"gateway/istio tls.certificateUri": onAzure("tls.certificateUri"),
	"gateway/istio tls.serviceAccount": onAzure("tls.serviceAccount"),
}

// onAzure is a sample for the application routing add-on of AKS, which is
// Istio's profile by another class.
func onAzure(field string) func(*Spec) {
	return func(s *Spec) {
		s.ClassName = azureIstio
		samples[field](s)
	}
}

func azurePolicy(s *Spec) {
	s.WAFPolicy = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/special"
}

// bases are the least that a profile wants; TLS is the first type that it has.
func base(p *profile) *Spec {
	s := &Spec{Controller: p.controller}
	if p.implementation != "" {
		s.Gateway = &Gateway{Implementation: p.implementation}
	}
	if p == &gatewayOther {
		s.ClassName = "usual"
	}
	for _, field := range []string{"tls.acm", "tls.secret", "tls.cert-manager"} {
		if p.supports(field) {
			samples[field](s)
			break
		}
	}
	if p.supports("loadBalancer.id") {
		samples["loadBalancer.name"](s)
	}
	return s
}

var backticked = regexp.MustCompile("`([^`]+)`")

// TestProfiles holds each line of each profile to what is written: the word that
// the line names is in the output, and the setting changes the output.
func TestProfiles(t *testing.T) {
	all := []string{"server", "keycloak", "connector-builder-server"}
	for _, p := range profiles {
		if p.write == nil || p.title == "" || p.source == "" {
			t.Errorf("the profile %q is not whole", p.name())
			continue
		}
		t.Run(strings.ReplaceAll(p.name(), "/", "-"), func(t *testing.T) {
			plain := made(t, base(p), all...)
			for _, row := range p.settings {
				sample := sampleOf(p, row.field)
				if sample == nil {
					t.Errorf("%s: no sample", row.field)
					continue
				}
				spec := base(p)
				sample(spec)
				got := made(t, spec, all...)
				word := backticked.FindStringSubmatch(row.becomes)
				if word == nil {
					if !strings.HasPrefix(row.field, "tls.") {
						t.Errorf("%s: %q names nothing that is written", row.field, row.becomes)
					}
				} else if !strings.Contains(got, word[1]) {
					t.Errorf("%s: %q, and %s is not in\n%s", row.field, row.becomes, word[1], got)
				}
				if got == plain && !strings.HasPrefix(row.field, "tls.") && row.field != "httpRedirect" {
					t.Errorf("%s changes nothing", row.field)
				}
			}
			spec := base(p)
			if p.supports("httpRedirect") {
				spec.HTTPRedirect = "disabled"
				if made(t, spec, all...) == plain {
					t.Error("httpRedirect: disabled changes nothing")
				}
			}
		})
	}
}

// sampleOf is the sample of a field for a profile.
func sampleOf(p *profile, field string) func(*Spec) {
	if field == "tls.certificates" {
		return samples["tls."+firstOf(p, "tls.pre-shared", "tls.application-gateway")]
	}
	if own := ownSamples[p.name()+" "+field]; own != nil {
		return own
	}
	return samples[field]
}

func firstOf(p *profile, fields ...string) string {
	for _, f := range fields {
		if p.supports(f) {
			return strings.TrimPrefix(f, "tls.")
		}
	}
	return ""
}

// TestUnsupported: a setting that a controller has no line for is refused by its
// field, whatever the setting.
func TestUnsupported(t *testing.T) {
	for _, p := range profiles {
		for field, sample := range samples {
			if p.supports(field) || strings.HasPrefix(field, "gateway.") {
				continue
			}
			spec := base(p)
			if spec.TLS == nil && field == "tls.policy" {
				continue
			}
			sample(spec)
			// A type of TLS is refused as such, and what belongs to it with it.
			want := "ingress." + field + ": "
			if spec.TLS != nil && strings.HasPrefix(field, "tls.") && !p.supports("tls."+spec.TLS.Type) {
				want = "ingress.tls.type: is " + spec.TLS.Type + ", which has no counterpart"
			}
			if got := refused(t, spec, "server"); !strings.Contains(got, want) {
				t.Errorf("%s: %s is not refused: %q", p.name(), field, got)
			}
		}
	}
}

// TestElsewhere: hints are for fields that exist and have no line.
func TestElsewhere(t *testing.T) {
	known := map[string]bool{}
	leafNames("", reflect.TypeFor[Spec](), known)
	for field := range tlsFields {
		known["tls."+field] = true
	}
	for _, p := range profiles {
		seen := map[string]bool{}
		for _, row := range p.settings {
			if !known[row.field] || common[row.field] {
				t.Errorf("%s: no field %s", p.name(), row.field)
			}
			if seen[row.field] {
				t.Errorf("%s: two lines for %s", p.name(), row.field)
			}
			seen[row.field] = true
		}
		for field := range p.elsewhere {
			if !known[field] || p.supports(field) {
				t.Errorf("%s: a hint for %s, which is no field or has a line", p.name(), field)
			}
		}
	}
}

func leafNames(at string, t reflect.Type, known map[string]bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		known[at] = true
		return
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		leafNames(strings.TrimPrefix(at+"."+name, "."), t.Field(i).Type, known)
	}
}

// TestAnnotationsOfOurs: nothing that is written is reported as unknown or wrong,
// whatever the setting.
func TestAnnotationsOfOurs(t *testing.T) {
	for _, p := range profiles {
		for _, row := range p.settings {
			sample := sampleOf(p, row.field)
			if sample == nil {
				continue
			}
			spec := base(p)
			sample(spec)
			set, findings, problems := Make(release(t, "server", "keycloak"), spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com", Keycloak: true})
			if len(problems) > 0 {
				t.Errorf("%s: %s: %v", p.name(), row.field, problems)
			}
			for _, f := range findings {
				if f.Code == "ingress-annotation" {
					t.Errorf("%s: %s: %s", p.name(), row.field, f)
				}
			}
			if len(set) == 0 {
				t.Errorf("%s: %s: nothing is made", p.name(), row.field)
			}
		}
	}
}

// TestGrammars: each of them can be asked: patterns are compiled when they are.
// One without a grammar is an annotation that a controller writes itself.
func TestGrammars(t *testing.T) {
	for _, f := range families {
		if f.source == "" || !strings.HasSuffix(f.prefix, "/") && !strings.HasSuffix(f.prefix, ".") {
			t.Errorf("family %q: source %q", f.prefix, f.source)
		}
		for name, a := range f.names {
			if a.on == "" {
				t.Errorf("%s%s is read from nowhere", f.prefix, name)
			}
			if a.grammar != nil {
				a.grammar("\x00 anything")
			}
		}
	}
}
