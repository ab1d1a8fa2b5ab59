package ingress

import (
	"fmt"
	"strings"
)

// albAnnotations is every annotation that the controller reads: its
// pkg/annotations/constants.go and docs/guide/ingress/annotations.md, and for
// what it hands on unread, what the AWS API takes.
var albAnnotations = family{
	prefix: albPrefix,
	source: "docs/guide/ingress/annotations.md of AWS Load Balancer Controller v3.5.0",
	names: map[string]annotation{
		"load-balancer-name":                        {albName, onIngress},
		"group.name":                                {matching(`([a-z0-9][-a-z0-9.]{0,61})?[a-z0-9]`, "no name of a group: small letters, digits, dashes and dots, at most 63"), onIngress},
		"group.order":                               {integer(-1000, 1000), onIngress},
		"tags":                                      {assigned(nil), onEither},
		"ip-address-type":                           {oneOf("ipv4", "dualstack", "dualstack-without-public-ipv4"), onIngress},
		"scheme":                                    {oneOf("internal", "internet-facing"), onIngress},
		"subnets":                                   {twoSubnets, onIngress},
		"security-groups":                           {listOf(text), onIngress},
		"manage-backend-security-group-rules":       {boolean, onIngress},
		"customer-owned-ipv4-pool":                  {text, onIngress},
		"load-balancer-attributes":                  {assigned(albAttributeKeys), onIngress},
		"wafv2-acl-arn":                             {webACL, onIngress},
		"wafv2-acl-name":                            {text, onIngress},
		"waf-acl-id":                                {text, onIngress},
		"web-acl-id":                                {text, onIngress},
		"shield-advanced-protection":                {boolean, onIngress},
		"listen-ports":                              {jsonValue(listenPorts), onIngress},
		"ssl-redirect":                              {integer(1, 65535), onIngress},
		"inbound-cidrs":                             {listOf(cidr), onIngress},
		"security-group-prefix-lists":               {listOf(matching(`pl-[0-9a-f]+`, "no prefix list, such as pl-0123456789abcdef0")), onIngress},
		"certificate-arn":                           {listOf(arnOf("acm", "iam")), onIngress},
		"ssl-policy":                                {text, onIngress},
		"target-type":                               {oneOf("instance", "ip"), onEither},
		"backend-protocol":                          {oneOf("HTTP", "HTTPS"), onEither},
		"backend-protocol-version":                  {oneOf("HTTP1", "HTTP2", "GRPC"), onEither},
		"target-group-attributes":                   {assigned(albTargetKeys), onEither},
		"healthcheck-port":                          {either(oneOf("traffic-port"), integer(1, 65535), matching(`[a-z0-9]([-a-z0-9]*[a-z0-9])?`, "no port: a number, the name of a port, or traffic-port")), onEither},
		"healthcheck-protocol":                      {oneOf("HTTP", "HTTPS"), onEither},
		"healthcheck-path":                          {urlPath, onEither},
		"healthcheck-interval-seconds":              {integer(5, 300), onEither},
		"healthcheck-timeout-seconds":               {integer(2, 120), onEither},
		"healthy-threshold-count":                   {integer(2, 10), onEither},
		"unhealthy-threshold-count":                 {integer(2, 10), onEither},
		"success-codes":                             {matching(`\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*`, "no status code, such as 200 or 200-299 or 200,301"), onEither},
		"auth-type":                                 {oneOf("none", "oidc", "cognito"), onEither},
		"auth-idp-cognito":                          {jsonObject("userPoolARN", "userPoolClientID", "userPoolDomain"), onEither},
		"auth-idp-oidc":                             {jsonObject("issuer", "authorizationEndpoint", "tokenEndpoint", "userInfoEndpoint", "secretName"), onEither},
		"auth-on-unauthenticated-request":           {oneOf("authenticate", "allow", "deny"), onEither},
		"auth-scope":                                {text, onEither},
		"auth-session-cookie":                       {text, onEither},
		"auth-session-timeout":                      {integer(1, 604800), onEither},
		"jwt-validation":                            {jsonObject("jwksEndpoint", "issuer"), onIngress},
		"actions.*":                                 {jsonObject("type"), onIngress},
		"conditions.*":                              {jsonList, onIngress},
		"transforms.*":                              {jsonList, onIngress},
		"use-regex-path-match":                      {boolean, onIngress},
		"target-node-labels":                        {assigned(nil), onEither},
		"mutual-authentication":                     {jsonList, onIngress},
		"multi-cluster-target-group":                {boolean, onEither},
		"listener-attributes.*":                     {assigned(nil), onIngress},
		"minimum-load-balancer-capacity":            {assigned(map[string]grammar{"CapacityUnits": integer(0, -1)}), onIngress},
		"ipam-ipv4-pool-id":                         {text, onIngress},
		"create-acm-cert":                           {boolean, onIngress},
		"acm-pca-arn":                               {arnOf("acm-pca"), onIngress},
		"target-control-port.*":                     {integer(1, 65535), onEither},
		"enable-frontend-nlb":                       {boolean, onIngress},
		"frontend-nlb-scheme":                       {oneOf("internal", "internet-facing"), onIngress},
		"frontend-nlb-subnets":                      {listOf(text), onIngress},
		"frontend-nlb-security-groups":              {listOf(text), onIngress},
		"frontend-nlb-listener-port-mapping":        {assigned(nil), onIngress},
		"frontend-nlb-eip-allocations":              {listOf(matching(`eipalloc-[0-9a-f]+`, "no allocation, such as eipalloc-0123456789abcdef0")), onIngress},
		"frontend-nlb-healthcheck-port":             {either(oneOf("traffic-port"), integer(1, 65535)), onIngress},
		"frontend-nlb-healthcheck-protocol":         {oneOf("HTTP", "HTTPS"), onIngress},
		"frontend-nlb-healthcheck-path":             {urlPath, onIngress},
		"frontend-nlb-healthcheck-interval-seconds": {integer(5, 300), onIngress},
		"frontend-nlb-healthcheck-timeout-seconds":  {integer(2, 120), onIngress},
		"frontend-nlb-healthcheck-healthy-threshold-count":   {integer(2, 10), onIngress},
		"frontend-nlb-healthcheck-unhealthy-threshold-count": {integer(2, 10), onIngress},
		"frontend-nlb-healthcheck-success-codes":             {text, onIngress},
		"frontend-nlb-attributes":                            {assigned(nil), onIngress},
		"frontend-nlb-tags":                                  {assigned(nil), onIngress},
	},
}

// albAttributeKeys are the attributes of an Application Load Balancer
// (Elastic Load Balancing API, LoadBalancerAttribute).
var albAttributeKeys = map[string]grammar{
	"deletion_protection.enabled":                              boolean,
	"load_balancing.cross_zone.enabled":                        boolean,
	"access_logs.s3.enabled":                                   boolean,
	"access_logs.s3.bucket":                                    text,
	"access_logs.s3.prefix":                                    anyText,
	"connection_logs.s3.enabled":                               boolean,
	"connection_logs.s3.bucket":                                text,
	"connection_logs.s3.prefix":                                anyText,
	"ipv6.deny_all_igw_traffic":                                boolean,
	"zonal_shift.config.enabled":                               boolean,
	"idle_timeout.timeout_seconds":                             integer(1, 4000),
	"client_keep_alive.seconds":                                integer(60, 604800),
	"routing.http.desync_mitigation_mode":                      oneOf("monitor", "defensive", "strictest"),
	"routing.http.drop_invalid_header_fields.enabled":          boolean,
	"routing.http.preserve_host_header.enabled":                boolean,
	"routing.http.x_amzn_tls_version_and_cipher_suite.enabled": boolean,
	"routing.http.xff_client_port.enabled":                     boolean,
	"routing.http.xff_header_processing.mode":                  oneOf("append", "preserve", "remove"),
	"routing.http2.enabled":                                    boolean,
	"waf.fail_open.enabled":                                    boolean,
}

// albTargetKeys are the attributes of a target group of instances or addresses
// (Elastic Load Balancing API, TargetGroupAttribute).
var albTargetKeys = map[string]grammar{
	"deregistration_delay.timeout_seconds":                                           integer(0, 3600),
	"stickiness.enabled":                                                             boolean,
	"stickiness.type":                                                                oneOf("lb_cookie", "app_cookie"),
	"stickiness.lb_cookie.duration_seconds":                                          integer(1, 604800),
	"stickiness.app_cookie.cookie_name":                                              text,
	"stickiness.app_cookie.duration_seconds":                                         integer(1, 604800),
	"load_balancing.algorithm.type":                                                  oneOf("round_robin", "least_outstanding_requests", "weighted_random"),
	"load_balancing.algorithm.anomaly_mitigation":                                    oneOf("on", "off"),
	"load_balancing.cross_zone.enabled":                                              oneOf("true", "false", "use_load_balancer_configuration"),
	"slow_start.duration_seconds":                                                    either(oneOf("0"), integer(30, 900)),
	"target_group_health.dns_failover.minimum_healthy_targets.count":                 either(oneOf("off"), integer(1, -1)),
	"target_group_health.dns_failover.minimum_healthy_targets.percentage":            either(oneOf("off"), integer(1, 100)),
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count":      integer(1, -1),
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": either(oneOf("off"), integer(1, 100)),
}

func albName(v string) string {
	switch {
	case len(v) > 32:
		return fmt.Sprintf("has %d letters, AWS takes 32", len(v))
	case strings.HasPrefix(v, "internal-"):
		return "begins with internal-, which AWS keeps for itself"
	}
	return matching(`[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?`, "no name of a load balancer: letters, digits and dashes")(v)
}

// twoSubnets: an Application Load Balancer stands in two zones at least.
func twoSubnets(v string) string {
	n := 0
	for _, e := range strings.Split(v, ",") {
		if strings.TrimSpace(e) != "" {
			n++
		}
	}
	if n < 2 {
		return "names less than two subnets: an Application Load Balancer stands in two zones at least"
	}
	return ""
}

// arnOf is an ARN of one of some services.
func arnOf(services ...string) grammar {
	return matching(`arn:aws[a-z-]*:(`+strings.Join(services, "|")+`):[a-z0-9-]*:[0-9]{12}:.+`,
		"no ARN of "+strings.Join(services, " or ")+", such as arn:aws:"+services[0]+":eu-central-1:111122223333:…")
}

// webACL is a web ACL of WAFv2 for a region, or none. An empty text takes the one
// there is away.
func webACL(v string) string {
	if v == "none" {
		return ""
	}
	return matching(`arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[^/]+/[^/]+`, "no ARN of a regional web ACL, such as arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/NAME/ID")(v)
}

// jsonObject is a JSON object that has certain fields.
func jsonObject(fields ...string) grammar {
	return jsonValue(func(v any) string {
		m, ok := v.(map[string]any)
		if !ok {
			return "is no JSON object"
		}
		for _, field := range fields {
			if _, ok := m[field]; !ok {
				return "has no field " + field
			}
		}
		return ""
	})
}

// jsonList is a JSON list with something in it.
func jsonList(v string) string {
	return jsonValue(func(v any) string {
		if list, ok := v.([]any); !ok || len(list) == 0 {
			return "is no JSON list"
		}
		return ""
	})(v)
}
