package ingress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// albAnnotations is every annotation that the controller reads: its
// pkg/annotations/constants.go and docs/guide/ingress/annotations.md, and for
// what it hands on unread, what the AWS API takes.
var albAnnotations = family{
	prefix: albPrefix,
	source: "docs/guide/ingress/annotations.md of AWS Load Balancer Controller v3.5.0",
	names: map[string]annotation{
		"load-balancer-name": {albName, onIngress},
		"group.name":         {albGroup, onIngress},
		"group.order":        {integer(-1000, 1000), onIngress},
		"tags":               {assigned(nil), onEither},
		"ip-address-type":    {oneOf("ipv4", "dualstack", "dualstack-without-public-ipv4"), onIngress},
		"scheme":             {oneOf("internal", "internet-facing"), onIngress},
		// Of lists the controller drops the empty entries; without any, a list of
		// groups or certificates is as none, and one of subnets an error. One subnet
		// is enough on an Outpost.
		"subnets":                                            {some, onIngress},
		"security-groups":                                    {anyText, onIngress},
		"manage-backend-security-group-rules":                {parsedBool, onIngress},
		"customer-owned-ipv4-pool":                           {text, onIngress},
		"load-balancer-attributes":                           {assigned(albAttributeKeys), onIngress},
		"wafv2-acl-arn":                                      {webACL, onIngress},
		"wafv2-acl-name":                                     {unset(text), onIngress},
		"waf-acl-id":                                         {unset(text), onIngress},
		"web-acl-id":                                         {unset(text), onIngress},
		"shield-advanced-protection":                         {parsedBool, onIngress},
		"listen-ports":                                       {bothOf(jsonOf[[]map[string]int32](listenExample, nil), jsonOf(listenExample, listenPorts)), onIngress},
		"ssl-redirect":                                       {integer(1, 65535), onIngress},
		"inbound-cidrs":                                      {bothOf(some, listOf(unset(cidr))), onIngress}, // none would let everybody in
		"security-group-prefix-lists":                        {listOf(unset(matching(`pl-[0-9a-f]+`, "no prefix list, such as pl-0123456789abcdef0"))), onIngress},
		"certificate-arn":                                    {listOf(unset(arnOf("acm", "iam"))), onIngress},
		"ssl-policy":                                         {text, onIngress},
		"target-type":                                        {oneOf("instance", "ip"), onEither},
		"backend-protocol":                                   {oneOf("HTTP", "HTTPS"), onEither},
		"backend-protocol-version":                           {oneOf("HTTP1", "HTTP2", "GRPC"), onEither},
		"target-group-attributes":                            {assigned(albTargetKeys), onEither},
		"healthcheck-port":                                   {either(oneOf("traffic-port"), integer(1, 65535), albPortName), onEither},
		"healthcheck-protocol":                               {oneOf("HTTP", "HTTPS"), onEither},
		"healthcheck-path":                                   {urlPath, onEither},
		"healthcheck-interval-seconds":                       {integer(5, 300), onEither},
		"healthcheck-timeout-seconds":                        {integer(2, 120), onEither},
		"healthy-threshold-count":                            {integer(2, 10), onEither},
		"unhealthy-threshold-count":                          {integer(2, 10), onEither},
		"success-codes":                                      {tightListOf(albCodes), onEither},
		"auth-type":                                          {oneOf("none", "oidc", "cognito"), onEither},
		"auth-idp-cognito":                                   {jsonOf(`{"userPoolARN":"…","userPoolClientID":"…","userPoolDomain":"…"}`, albCognito.wrong), onEither},
		"auth-idp-oidc":                                      {jsonOf(`{"issuer":"…","authorizationEndpoint":"…","tokenEndpoint":"…","userInfoEndpoint":"…","secretName":"…"}`, albOIDC.wrong), onEither},
		"auth-on-unauthenticated-request":                    {oneOf("authenticate", "allow", "deny"), onEither},
		"auth-scope":                                         {text, onEither},
		"auth-session-cookie":                                {text, onEither},
		"auth-session-timeout":                               {integer(1, 604800), onEither},
		"jwt-validation":                                     {jsonOf(`{"jwksEndpoint":"…","issuer":"…"}`, albJWT.wrong), onIngress},
		"actions.*":                                          {jsonOf(`{"type":"redirect","redirectConfig":{"statusCode":"HTTP_301"}}`, albAction.wrong), onIngress},
		"conditions.*":                                       {jsonOf(`[{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]}}]`, each(albCondition.wrong)), onIngress},
		"transforms.*":                                       {jsonOf(`[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"…","replace":"…"}]}}]`, each(albTransform.wrong)), onIngress},
		"use-regex-path-match":                               {parsedBool, onIngress},
		"target-node-labels":                                 {assigned(nil), onEither},
		"mutual-authentication":                              {jsonOf(`[{"port":443,"mode":"verify","trustStore":"…"}]`, mutuals), onIngress},
		"multi-cluster-target-group":                         {parsedBool, onEither},
		"listener-attributes.HTTP-[0-9]*":                    {assigned(nil), onIngress},
		"listener-attributes.HTTPS-[0-9]*":                   {assigned(nil), onIngress},
		"minimum-load-balancer-capacity":                     {pairsOf(capacity), onIngress},
		"ipam-ipv4-pool-id":                                  {unset(text), onIngress},
		"create-acm-cert":                                    {parsedBool, onIngress},
		"acm-pca-arn":                                        {arnOf("acm-pca"), onIngress},
		"target-control-port.*":                              {integer(1, 65535), onEither},
		"enable-frontend-nlb":                                {parsedBool, onIngress},
		"frontend-nlb-scheme":                                {oneOf("internal", "internet-facing"), onIngress},
		"frontend-nlb-subnets":                               {some, onIngress},
		"frontend-nlb-security-groups":                       {anyText, onIngress},
		"frontend-nlb-listener-port-mapping":                 {pairsOf(portMapping), onIngress},
		"frontend-nlb-eip-allocations":                       {listOf(unset(matching(`eipalloc-[0-9a-f]+`, "no allocation, such as eipalloc-0123456789abcdef0"))), onIngress},
		"frontend-nlb-healthcheck-port":                      {either(oneOf("traffic-port"), integer(1, 65535)), onIngress},
		"frontend-nlb-healthcheck-protocol":                  {oneOf("HTTP", "HTTPS"), onIngress},
		"frontend-nlb-healthcheck-path":                      {urlPath, onIngress},
		"frontend-nlb-healthcheck-interval-seconds":          {integer(5, 300), onIngress},
		"frontend-nlb-healthcheck-timeout-seconds":           {integer(2, 120), onIngress},
		"frontend-nlb-healthcheck-healthy-threshold-count":   {integer(2, 10), onIngress},
		"frontend-nlb-healthcheck-unhealthy-threshold-count": {integer(2, 10), onIngress},
		"frontend-nlb-healthcheck-success-codes":             {text, onIngress},
		"frontend-nlb-attributes":                            {assigned(map[string]grammar{"dns_record.client_routing_policy": oneOf("any_availability_zone", "partial_availability_zone_affinity", "availability_zone_affinity")}), onIngress},
		"frontend-nlb-tags":                                  {assigned(nil), onIngress},
		"dry-run-plan":                                       {nil, onIngress}, // the controller writes it
	},
}

const listenExample = `[{"HTTP":80},{"HTTPS":443}]`

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

var albGroup = matching(`([a-z0-9][-a-z0-9.]{0,61})?[a-z0-9]`, "no name of a group: small letters, digits, dashes and dots, at most 63")

func albName(v string) string {
	switch {
	case len(v) > 32:
		return fmt.Sprintf("has %d letters, AWS takes 32", len(v))
	case strings.HasPrefix(v, "internal-"):
		return "begins with internal-, which AWS keeps for itself"
	}
	return matching(`[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?`, "no name of a load balancer: letters, digits and dashes")(v)
}

// albPortName is the name of a port of a Service. 70000 would be one too, but the
// controller takes what is a number for one.
func albPortName(v string) string {
	return matching(`[-a-z0-9]*[a-z][-a-z0-9]*`, "no port: a number of 1 to 65535, the name of a port, or traffic-port")(v)
}

// albCodes is one code or a range of them; of HTTP's an Application Load
// Balancer takes 200 to 499, of gRPC's 0 to 99 (Elastic Load Balancing API,
// Matcher).
func albCodes(v string) string {
	first, last, ok := strings.Cut(v, "-")
	if !ok {
		last = first
	}
	low, err := strconv.ParseUint(first, 10, 16)
	high, err2 := strconv.ParseUint(last, 10, 16)
	if err != nil || err2 != nil || low > high || high > 499 {
		return "is no status code of at most 499, such as 200 or 200-299"
	}
	return ""
}

// capacity: the controller refuses another key
// (model_build_load_balancer_capacity_reservation.go).
func capacity(key, value string) string {
	if key != "CapacityUnits" {
		return "has a key " + key + ", want CapacityUnits"
	}
	if why := integer(0, math.MaxInt32)(value); why != "" {
		return fmt.Sprintf("has CapacityUnits=%s, which %s", value, why)
	}
	return ""
}

// portMapping is a port of the Network Load Balancer and one of the Application
// Load Balancer.
func portMapping(key, value string) string {
	for _, port := range []string{key, value} {
		if why := integer(1, 65535)(port); why != "" {
			return fmt.Sprintf("has a port %s, which %s", port, why)
		}
	}
	return ""
}

// arnOf is an ARN of one of some services.
func arnOf(services ...string) grammar {
	return matching(`arn:aws[a-z-]*:(`+strings.Join(services, "|")+`):[a-z0-9-]*:[0-9]{12}:.+`,
		"no ARN of "+strings.Join(services, " or ")+", such as arn:aws:"+services[0]+":eu-central-1:111122223333:…")
}

// webACL is a web ACL of WAFv2 for a region, or none. The documentation says that
// an empty text changes nothing; model_build_load_balancer_addons.go takes it for
// none.
func webACL(v string) string {
	switch v {
	case "none":
		return ""
	case "":
		return "is empty, which takes the web ACL away: write none, or leave the annotation out"
	}
	return matching(`arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[^/]+/[^/]+`, "no ARN of a regional web ACL, such as arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/NAME/ID")(v)
}
