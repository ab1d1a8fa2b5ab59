package ingress

// f5Annotations is every annotation of F5's controller under nginx.org: a wrong
// value makes it reject the whole Ingress, with an event and nothing more, and
// take its routes down.
var f5Annotations = family{
	prefix: f5Prefix,
	source: "content/nic/configuration/ingress-resources/advanced-configuration-with-annotations.md of NGINX Ingress Controller v5.5.4",
	names: map[string]annotation{
		"add-header":                  {f5AddHeaders, onIngress},
		"add-header-inherit":          {bothOf(text, nginxAnyCase("on", "off", "merge")), onIngress},
		"app-root":                    {f5Root, onIngress},
		"basic-auth-realm":            {f5Quoted, onIngress},
		"basic-auth-secret":           {f5Secret, onIngress},
		"client-body-buffer-size":     {f5Size, onIngress},
		"client-max-body-size":        {f5Offset, onIngress},
		"fail-timeout":                {f5Time, onIngress},
		"grpc-services":               {f5Services, onIngress},
		"hsts":                        {parsedBool, onIngress},
		"hsts-behind-proxy":           {parsedBool, onIngress},
		"hsts-include-subdomains":     {parsedBool, onIngress},
		"hsts-max-age":                {goInteger, onIngress},
		"http-redirect-code":          {oneOf("301", "302", "307", "308"), onIngress},
		"keepalive":                   {goInteger, onIngress},
		"lb-method":                   {f5LB, onIngress},
		"limit-req-burst":             {goInteger, onIngress},
		"limit-req-delay":             {goInteger, onIngress},
		"limit-req-dry-run":           {parsedBool, onIngress},
		"limit-req-key":               {f5Keys, onIngress},
		"limit-req-log-level":         {oneOf("info", "notice", "warn", "error"), onIngress},
		"limit-req-no-delay":          {parsedBool, onIngress},
		"limit-req-rate":              {f5Rate, onIngress},
		"limit-req-reject-code":       {integer(400, 599), onIngress},
		"limit-req-scale":             {parsedBool, onIngress},
		"limit-req-zone-size":         {f5Size, onIngress},
		"listen-ports":                {f5Ports, onIngress},
		"listen-ports-ssl":            {f5Ports, onIngress},
		"location-snippets":           {anyText, onIngress},
		"max-conns":                   {f5Count, onIngress},
		"max-fails":                   {f5Count, onIngress},
		"mergeable-ingress-type":      {oneOf("master", "minion"), onIngress},
		"path-regex":                  {oneOf("case_sensitive", "case_insensitive", "exact"), onIngress},
		"policies":                    {f5Policies, onIngress},
		"proxy-buffer-size":           {f5Size, onIngress},
		"proxy-buffering":             {parsedBool, onIngress},
		"proxy-buffers":               {f5Buffers, onIngress},
		"proxy-busy-buffers-size":     {unset(f5Size), onIngress},
		"proxy-connect-timeout":       {f5Time, onIngress},
		"proxy-hide-headers":          {f5Headers, onIngress},
		"proxy-max-temp-file-size":    {f5Size, onIngress},
		"proxy-next-upstream":         {f5Upstream, onIngress},
		"proxy-next-upstream-timeout": {f5Time, onIngress},
		"proxy-next-upstream-tries":   {f5Count, onIngress},
		"proxy-pass-headers":          {f5Headers, onIngress},
		"proxy-read-timeout":          {f5Time, onIngress},
		"proxy-redirect-from":         {f5RedirectFrom, onIngress},
		"proxy-redirect-to":           {f5Redirect, onIngress},
		"proxy-send-timeout":          {f5Time, onIngress},
		"proxy-set-headers":           {f5SetHeaders, onIngress},
		"redirect-to-https":           {parsedBool, onIngress},
		"rewrite-target":              {f5Path, onIngress},
		"rewrites":                    {f5Rewrites, onIngress},
		"server-snippets":             {anyText, onIngress},
		"server-tokens":               {f5Quoted, onIngress}, // a word of one's own with NGINX Plus
		"ssl-ciphers":                 {text, onIngress},
		"ssl-prefer-server-ciphers":   {parsedBool, onIngress},
		"ssl-redirect":                {parsedBool, onIngress},
		"ssl-services":                {f5Services, onIngress},
		"sticky-cookie-services":      {f5Sticky, onIngress},
		"upstream-zone-size":          {f5Size, onIngress},
		"use-cluster-ip":              {parsedBool, onIngress},
		"websocket-services":          {f5Services, onIngress},
	},
}

// f5PlusAnnotations are those under nginx.com: a controller without NGINX Plus
// rejects an Ingress that has one.
var f5PlusAnnotations = family{
	prefix: "nginx.com/",
	source: f5Annotations.source,
	names: map[string]annotation{
		"health-checks":                 {parsedBool, onIngress},
		"health-checks-mandatory":       {parsedBool, onIngress},
		"health-checks-mandatory-queue": {f5Count, onIngress},
		"jwt-key":                       {f5Secret, onIngress},
		"jwt-login-url":                 {f5Login, onIngress},
		"jwt-realm":                     {bothOf(text, f5Quoted), onIngress},
		"jwt-token":                     {matching(`\$([^"$\\]|\\[^$])*`, "no variable, such as $http_token"), onIngress},
		"policies":                      {f5Policies, onIngress},
		"slow-start":                    {f5Time, onIngress},
		"sticky-cookie-services":        {f5Sticky, onIngress},
	},
}

// f5ProtectAnnotations and f5DoSAnnotations are those of App Protect, which needs
// NGINX Plus.
var f5ProtectAnnotations = family{
	prefix: "appprotect.f5.com/",
	source: f5Annotations.source,
	names: map[string]annotation{
		"app-protect-enable":                   {parsedBool, onIngress},
		"app-protect-policy":                   {qualified, onIngress},
		"app-protect-security-log":             {tightListOf(qualified), onIngress},
		"app-protect-security-log-destination": {tightListOf(f5Destination), onIngress},
		"app-protect-security-log-enable":      {parsedBool, onIngress},
	},
}

var f5DoSAnnotations = family{
	prefix: "appprotectdos.f5.com/",
	source: f5Annotations.source,
	names:  map[string]annotation{"app-protect-dos-resource": {qualified, onIngress}},
}
