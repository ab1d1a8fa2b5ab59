package ingress

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// The JSON in annotations of AWS Load Balancer Controller follows its
// pkg/ingress/config_types.go, and for mutual-authentication
// model_build_listener.go. What it hands on to AWS unread is not looked at here.

type albAction struct {
	Type                                string
	TargetGroupARN, TargetGroupName     *string
	FixedResponseConfig, RedirectConfig *struct{ StatusCode string }
	ForwardConfig                       *struct{ TargetGroups []albTarget }
}

type albTarget struct {
	TargetGroupARN, TargetGroupName, ServiceName *string
	ServicePort                                  *intstr.IntOrString
	Weight                                       *int32
}

func (a albAction) wrong() string {
	answer, config := a.FixedResponseConfig, "fixedResponseConfig"
	switch a.Type {
	case "fixed-response":
	case "redirect":
		answer, config = a.RedirectConfig, "redirectConfig"
	case "forward":
		return a.wrongForward()
	default:
		return fmt.Sprintf("has the type %q, want forward, redirect or fixed-response", a.Type)
	}
	if answer == nil || answer.StatusCode == "" {
		return fmt.Sprintf("has no %s with a statusCode", config)
	}
	return ""
}

func (a albAction) wrongForward() string {
	if one := a.TargetGroupARN != nil || a.TargetGroupName != nil; one == (a.ForwardConfig != nil) {
		return "is no forward to either a targetGroupARN, a targetGroupName or a forwardConfig"
	}
	if a.ForwardConfig == nil {
		return ""
	}
	for _, t := range a.ForwardConfig.TargetGroups {
		switch one := t.TargetGroupARN != nil || t.TargetGroupName != nil; {
		case one == (t.ServiceName != nil):
			return "has a target that is not either a serviceName, a targetGroupARN or a targetGroupName"
		case t.ServiceName != nil && t.ServicePort == nil:
			return fmt.Sprintf("has the target %s without a servicePort", *t.ServiceName)
		case t.Weight == nil && len(a.ForwardConfig.TargetGroups) > 1:
			return "has a target without a weight beside another"
		}
	}
	return ""
}

type albCondition struct {
	Field                                                 string
	HostHeaderConfig, HTTPHeaderConfig, PathPatternConfig albValues
	HTTPRequestMethodConfig, SourceIPConfig               struct{ Values []string }
	QueryStringConfig                                     struct{ Values []struct{ Value string } }
}

type albValues struct{ Values, RegexValues []string }

// wrong refuses a field that the controller does not know: it leaves the
// condition out, so that more requests match than are meant to.
func (c albCondition) wrong() string {
	given := true
	switch c.Field {
	case "host-header":
		given = c.HostHeaderConfig.given()
	case "http-header":
		given = c.HTTPHeaderConfig.given()
	case "path-pattern":
		given = c.PathPatternConfig.given()
	case "http-request-method":
		given = len(c.HTTPRequestMethodConfig.Values) > 0
	case "source-ip":
		given = len(c.SourceIPConfig.Values) > 0
	case "query-string":
		given = len(c.QueryStringConfig.Values) > 0 && !slices.Contains(c.QueryStringConfig.Values, struct{ Value string }{})
	default:
		return fmt.Sprintf("has the field %q, want host-header, http-header, path-pattern, http-request-method, source-ip or query-string", c.Field)
	}
	if !given {
		return fmt.Sprintf("has the field %s without the values of its config", c.Field)
	}
	return ""
}

// given: of values and regexValues there is one, and not both.
func (v albValues) given() bool { return (len(v.Values) > 0) != (len(v.RegexValues) > 0) }

type albTransform struct {
	Type                                      string
	URLRewriteConfig, HostHeaderRewriteConfig struct {
		Rewrites []struct{ Regex, Replace string }
	}
}

func (t albTransform) wrong() string {
	rewrites, config := t.URLRewriteConfig.Rewrites, "urlRewriteConfig"
	switch t.Type {
	case "url-rewrite":
	case "host-header-rewrite":
		rewrites, config = t.HostHeaderRewriteConfig.Rewrites, "hostHeaderRewriteConfig"
	default:
		return fmt.Sprintf("has the type %q, want url-rewrite or host-header-rewrite", t.Type)
	}
	if len(rewrites) == 0 {
		return fmt.Sprintf("has no %s with rewrites", config)
	}
	return ""
}

type albMutual struct {
	Port                          int32
	Mode, TrustStore              string
	IgnoreClientCertificateExpiry *bool
	AdvertiseTrustStoreCANames    *string
}

func (m albMutual) wrong() string {
	verify := m.Mode == "verify"
	switch {
	case m.Port < 1 || m.Port > 65535:
		return fmt.Sprintf("has the port %d, want 1 to 65535", m.Port)
	case !verify && m.Mode != "off" && m.Mode != "passthrough":
		return fmt.Sprintf("has the mode %q, want off, passthrough or verify", m.Mode)
	case verify && m.TrustStore == "":
		return "has the mode verify without a trustStore"
	case !verify && (m.TrustStore != "" || m.IgnoreClientCertificateExpiry != nil || m.AdvertiseTrustStoreCANames != nil):
		return fmt.Sprintf("has the mode %s beside what is for verify alone", m.Mode)
	case m.AdvertiseTrustStoreCANames != nil && *m.AdvertiseTrustStoreCANames != "on" && *m.AdvertiseTrustStoreCANames != "off":
		return "has advertiseTrustStoreCaNames, which is neither on nor off"
	}
	return ""
}

type albCognito struct{ UserPoolARN, UserPoolClientID, UserPoolDomain string }

func (c albCognito) wrong() string {
	return filled("userPoolARN", c.UserPoolARN, "userPoolClientID", c.UserPoolClientID, "userPoolDomain", c.UserPoolDomain)
}

type albOIDC struct{ Issuer, AuthorizationEndpoint, TokenEndpoint, UserInfoEndpoint, SecretName string }

func (c albOIDC) wrong() string {
	return filled("issuer", c.Issuer, "authorizationEndpoint", c.AuthorizationEndpoint, "tokenEndpoint", c.TokenEndpoint,
		"userInfoEndpoint", c.UserInfoEndpoint, "secretName", c.SecretName)
}

type albJWT struct {
	JWKSEndpoint, Issuer string
	AdditionalClaims     []struct {
		Format, Name string
		Values       []string
	}
}

func (c albJWT) wrong() string {
	if why := filled("jwksEndpoint", c.JWKSEndpoint, "issuer", c.Issuer); why != "" {
		return why
	}
	for _, claim := range c.AdditionalClaims {
		if claim.Format == "" || claim.Name == "" || len(claim.Values) == 0 {
			return "has one of additionalClaims without format, name or values"
		}
	}
	return ""
}

// mutuals is a list with something in it: the controller refuses another.
func mutuals(all []albMutual) string {
	if len(all) == 0 {
		return "is a list of nothing"
	}
	return each(albMutual.wrong)(all)
}

// each looks at the entries of a list one by one.
func each[T any](wrong func(T) string) func([]T) string {
	return func(all []T) string {
		for _, e := range all {
			if why := wrong(e); why != "" {
				return why
			}
		}
		return ""
	}
}

// filled names the first of some fields that is empty: name and value in turn.
func filled(fields ...string) string {
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "" {
			return "has no field " + fields[i]
		}
	}
	return ""
}
