package ingress

// agcAnnotations choose an Application Gateway for Containers. The controller
// is closed source: this is its documentation.
var agcAnnotations = family{
	prefix: agcPrefix,
	source: "learn.microsoft.com/azure/application-gateway/for-containers, ALB Controller 1.12",
	names: map[string]annotation{
		"alb-id":                {trafficControllerOf, onRoute},
		"alb-name":              {objectName, onRoute},
		"alb-namespace":         {objectName, onRoute},
		"alb-frontend":          {text, onIngress},
		"alb-ingress-extension": {objectName, onIngress},
	},
}

func trafficControllerOf(v string) string {
	if !trafficControllerID.MatchString(v) {
		return "is no resource id of an Application Gateway for Containers"
	}
	return ""
}
