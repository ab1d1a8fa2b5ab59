package validate

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// rules checks what the API server's own code asks of an object beside its schema
// (k8s.io/kubernetes, pkg/apis/*/validation), as far as charts get it wrong: numbers
// within their bounds, and fields that exclude each other.
func (c *checker) rules(n *yaml.RNode) {
	id, spec := manifest.IDOf(n), manifest.Field(n.YNode(), "spec")
	switch id.Kind {
	case "Service":
		c.servicePorts(id, spec)
	case "HorizontalPodAutoscaler":
		least, ok := number(manifest.Field(spec, "minReplicas"))
		if most, ok2 := number(manifest.Field(spec, "maxReplicas")); ok && ok2 && least > most {
			c.rule(id, "spec.minReplicas", "is above spec.maxReplicas")
		}
	case "PodDisruptionBudget":
		c.oneOf(id, "spec", spec, "minAvailable", "maxUnavailable")
	}
	if replicas, ok := number(manifest.Field(spec, "replicas")); ok && replicas < 0 {
		c.rule(id, "spec.replicas", "is below 0")
	}
	template := manifest.PodTemplate(n)
	if template == nil {
		return
	}
	at, pod := manifest.FieldPath(manifest.PodTemplatePath(id.Kind), "spec"), manifest.Field(template, "spec")
	if len(manifest.Items(manifest.Field(pod, "containers"))) == 0 {
		c.rule(id, at+".containers", "is empty")
	}
	if policy := manifest.Text(pod, "restartPolicy"); policy != "" {
		switch long := id.Group == "apps"; {
		case long && policy != "Always":
			c.rule(id, at+".restartPolicy", "is %s, and of a %s Always", policy, id.Kind)
		case (id.Kind == "Job" || id.Kind == "CronJob") && policy == "Always":
			c.rule(id, at+".restartPolicy", "is Always, and of a %s OnFailure or Never", id.Kind)
		}
	}
	for i, v := range manifest.Items(manifest.Field(pod, "volumes")) {
		var sources []string
		for key := range entries(v) {
			if key != "name" {
				sources = append(sources, key)
			}
		}
		c.oneOf(id, itemPath(at+".volumes", i, v), v, sources...)
	}
	for _, list := range []string{"initContainers", "containers"} {
		for i, container := range manifest.Items(manifest.Field(pod, list)) {
			c.containerRules(id, itemPath(at+"."+list, i, container), container)
		}
	}
}

func (c *checker) containerRules(id manifest.ID, at string, container *yaml.Node) {
	if name := manifest.Text(container, "name"); name != "" {
		c.text(id, at+".name", validation.IsDNS1123Label(name))
	}
	if manifest.Text(container, "image") == "" {
		c.rule(id, at+".image", "is missing")
	}
	for i, p := range manifest.Items(manifest.Field(container, "ports")) {
		path := itemPath(at+".ports", i, p)
		c.port(id, path+".containerPort", manifest.Field(p, "containerPort"))
		c.port(id, path+".hostPort", manifest.Field(p, "hostPort"))
		if name := manifest.Text(p, "name"); name != "" {
			c.text(id, path+".name", validation.IsValidPortName(name))
		}
	}
	for i, e := range manifest.Items(manifest.Field(container, "env")) {
		path := itemPath(at+".env", i, e)
		if name := manifest.Field(e, "name"); name != nil && name.Value == "" {
			c.rule(id, path+".name", "is empty")
		}
		if manifest.Text(e, "value") != "" && manifest.Field(e, "valueFrom") != nil {
			c.rule(id, path, "has both value and valueFrom")
		}
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		p := manifest.Field(container, probe)
		c.oneOf(id, at+"."+probe, p, "exec", "httpGet", "tcpSocket", "grpc")
		for _, action := range []string{"httpGet", "tcpSocket", "grpc"} {
			c.port(id, at+"."+probe+"."+action+".port", manifest.Lookup(p, action, "port"))
		}
	}
	c.resources(id, at+".resources", manifest.Field(container, "resources"))
}

// resources holds requests to limits.
func (c *checker) resources(id manifest.ID, at string, resources *yaml.Node) {
	limits := manifest.Field(resources, "limits")
	for _, list := range []string{"limits", "requests"} {
		for name, value := range entries(manifest.Field(resources, list)) {
			quantity, err := resource.ParseQuantity(value.Value)
			if err != nil {
				continue // the schema says so
			}
			path := below(at+"."+list, name)
			if quantity.Sign() < 0 {
				c.rule(id, path, "is below 0")
			}
			if limit, err := resource.ParseQuantity(manifest.Text(limits, name)); list == "requests" && err == nil && quantity.Cmp(limit) > 0 {
				c.rule(id, path, "is %s, above the limit of %s", value.Value, manifest.Text(limits, name))
			}
		}
	}
}

// servicePorts checks the ports of a Service, which its Pods need not have.
func (c *checker) servicePorts(id manifest.ID, spec *yaml.Node) {
	ports := manifest.Items(manifest.Field(spec, "ports"))
	var names []string
	for i, p := range ports {
		path, name := itemPath("spec.ports", i, p), manifest.Text(p, "name")
		switch {
		case name == "" && len(ports) > 1:
			c.rule(id, path+".name", "is missing: of several ports each has one")
		case name != "":
			c.text(id, path+".name", validation.IsDNS1123Label(name))
			if slices.Contains(names, name) {
				c.error(id, "duplicate-entry", path, "is the name of two ports")
			}
		}
		names = append(names, name)
		c.port(id, path+".port", manifest.Field(p, "port"))
		target := manifest.Field(p, "targetPort")
		c.port(id, path+".targetPort", target)
		if target != nil && isText(target) {
			c.text(id, path+".targetPort", validation.IsValidPortName(target.Value))
		}
	}
}

// port reports the number of a port that is none.
func (c *checker) port(id manifest.ID, at string, n *yaml.Node) {
	if p, ok := number(n); ok && (p < 1 || p > 65535) {
		c.rule(id, at, "is %d, want 1 to 65535", p)
	}
}

// oneOf reports fields of which an object may have one.
func (c *checker) oneOf(id manifest.ID, at string, n *yaml.Node, fields ...string) {
	var has []string
	for _, f := range fields {
		if manifest.Field(n, f) != nil {
			has = append(has, f)
		}
	}
	if len(has) > 1 {
		c.rule(id, at, "has both %s and %s", has[0], has[1])
	}
}

func (c *checker) rule(id manifest.ID, field, format string, args ...any) {
	c.error(id, "rule", field, format, args...)
}

// number is the whole number that a node holds, if it is one. Of one that is too large
// the schema speaks.
func number(n *yaml.Node) (int64, bool) {
	if n == nil || !isScalar(n, yaml.NodeTagInt) {
		return 0, false
	}
	i, err := strconv.ParseInt(n.Value, 0, 32)
	return i, err == nil
}
