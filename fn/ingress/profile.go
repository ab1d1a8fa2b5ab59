package ingress

import (
	"reflect"
	"strings"
)

// A profile is what Airstrip knows about one controller.
type profile struct {
	// controller and implementation are the values of spec.ingress.controller and
	// spec.ingress.gateway.implementation.
	controller, implementation string
	// title names the controller in messages.
	title string
	// source is the documentation that the profile was made of, and its release.
	source string
	// settings are the fields that it has a counterpart for, and what each becomes:
	// the page docs/ingress.md is made of it, and Check refuses the others.
	settings []setting
	// elsewhere says, for fields that it has no counterpart for, where that is set
	// instead.
	elsewhere map[string]string
	// sources are the networks that it sends from, beside what the settings name.
	sources []string
	// forwarded says that it can redirect by what a load balancer before it says of
	// the protocol.
	forwarded bool
	// reads are the families of annotations that it reads.
	reads []*family
	// check refuses what only this controller cannot do: caps, combinations.
	check func(s *Spec, refuse func(field, message, hint string))
	// write adds the resources.
	write func(*site)
}

// setting is a line of a profile: a field below spec.ingress, such as tls.acm
// for a type of TLS, and what it becomes. The first word in backticks is found in
// the output wherever the field is set.
type setting struct{ field, becomes string }

// profiles are all controllers that something is written for.
var profiles = []*profile{
	&alb, &nginx, &f5, &traefik, &gce, &agic, &appRouting, &agc,
	&gatewayALB, &gatewayGKE, &gatewayAGC, &gatewayEnvoy, &gatewayNGINX, &gatewayIstio, &gatewayOther,
}

// profileOf finds the profile that settings choose; nil for chart and none, and
// for a gateway of no known implementation.
func profileOf(s *Spec) *profile {
	for _, p := range profiles {
		if p.controller != s.Controller {
			continue
		}
		if p.implementation == "" || s.Gateway != nil && s.Gateway.Implementation == p.implementation {
			return p
		}
	}
	return nil
}

// supports reports whether a field has a counterpart.
func (p *profile) supports(field string) bool {
	for _, row := range p.settings {
		if row.field == field {
			return true
		}
	}
	return false
}

// types are the types of TLS that have a counterpart.
func (p *profile) types() []string {
	var all []string
	for _, row := range p.settings {
		if name, ok := strings.CutPrefix(row.field, "tls."); ok && tlsFields[name] != nil {
			all = append(all, name)
		}
	}
	return all
}

// name is how a message calls the controller.
func (p *profile) name() string {
	if p.implementation != "" {
		return p.controller + "/" + p.implementation
	}
	return p.controller
}

// common are the fields that mean the same to every controller.
var common = map[string]bool{
	"controller": true, "name": true, "hosts": true, "keycloakAdmin": true, "annotations": true, "labels": true,
	"networkPolicy.namespaces": true, "networkPolicy.cidrs": true,
	"gateway.implementation": true, "tls.type": true,
}

// given lists the fields that are set, leaf by leaf: tls.secretName. The type of
// TLS is a field of its own, tls.acm.
func given(s *Spec) []string {
	var fields []string
	leaves("", reflect.ValueOf(*s), func(field string) { fields = append(fields, field) })
	if s.TLS != nil && s.TLS.Type != "" {
		fields = append(fields, "tls."+s.TLS.Type)
	}
	return fields
}

func leaves(at string, v reflect.Value, f func(string)) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
		if v.Kind() != reflect.Struct {
			f(at)
			return
		}
	}
	if v.Kind() != reflect.Struct {
		if v.Kind() == reflect.Map || v.Kind() == reflect.Slice {
			if v.Len() > 0 {
				f(at)
			}
		} else if !v.IsZero() {
			f(at)
		}
		return
	}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		leaves(strings.TrimPrefix(at+"."+name, "."), v.Field(i), f)
	}
}
