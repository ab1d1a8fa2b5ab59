package ingress

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// The grammars of ingress-nginx follow internal/ingress/annotations/parser/validators.go:
// an empty value is one that is not there, spaces are taken out before most
// values are looked at, and a line break is never right.

// nginxText is a text of a certain form; spaces say whether they count.
func nginxText(pattern, want string, spaces bool) grammar {
	g := matching(pattern, want)
	return func(v string) string {
		if strings.ContainsAny(v, "\r\n") {
			return "has a line break"
		}
		if !spaces {
			v = strings.ReplaceAll(v, " ", "")
		}
		if v == "" {
			return ""
		}
		return g(v)
	}
}

const (
	nginxRegexChars = `[-._~a-zA-Z0-9/:^$\[\](){}*+?|&=\\]*`
	nginxNoRegex    = "not made of letters, digits, -._~/: and signs of regular expressions alone"
)

var (
	nginxSize      = nginxText(`(?i)[0-9]+[bkmg]?`, "no size, such as 10m: a whole number, and k, m or g", false)
	nginxBasic     = nginxText(`[-._~a-zA-Z0-9/:]*`, "not made of letters, digits and -._~/: alone", false)
	nginxSpaced    = nginxText(`[-._~a-zA-Z0-9/: ]*`, "not made of letters, digits, spaces and -._~/: alone", true)
	nginxURL       = nginxText(`[-._~a-zA-Z0-9/:,?&=]*`, "not made of letters, digits and -._~/:,?&= alone", false)
	nginxRedirect  = nginxText(`[-._~a-zA-Z0-9/:,?&=]*`, "no URL: letters, digits and -._~/:,?&= alone", true)
	nginxURLOrVar  = nginxText(`[-._~a-zA-Z0-9/:, ?&=$]*`, "not made of letters, digits, spaces and -._~/:,?&=$ alone", true)
	nginxVariable  = nginxText(`[-_A-Za-z0-9${}]*`, "not made of letters, digits and -_${} alone, such as $request_uri", false)
	nginxHeaders   = nginxText(`[-_A-Za-z0-9, ]*`, "no list of headers, such as Content-Type, Accept", true)
	nginxCaptures  = nginxText(`/?[-._~a-zA-Z0-9/:$]*`, "no path: letters, digits and -._~/:$ alone, such as /$1", true)
	nginxPattern   = nginxText(nginxRegexChars, nginxNoRegex, true)
	nginxRegexText = nginxText(` *`+nginxRegexChars+` *`, nginxNoRegex, true)
	nginxOnOff     = nginxOneOf("on", "off")
	nginxCount     = nginxInteger(0, -1)
	nginxSeconds   = nginxText(`-?[0-9]+`, "no number of seconds without a unit", false)
	nginxNumber    = nginxInteger(math.MinInt, math.MaxInt)
	nginxConfigMap = nginxText(`[-._~a-zA-Z0-9:]*(/[-._~a-zA-Z0-9:]*)?`, "no name, NAME or NAMESPACE/NAME", false)
	nginxSecret    = nginxText(`[-._~a-zA-Z0-9:]+/[-._~a-zA-Z0-9:]+`, "not NAMESPACE/NAME of a Secret", false)
	nginxNames     = nginxList(`[-_A-Za-z0-9]+`, "no list of headers, such as X-Auth-User, X-Auth-Email")
	// ValidCacheDuration passes other words over; NGINX stops at them, but for any.
	nginxCaching     = nginxList(`(?:(?:\d{3}|any) +)*\d+(?:ms|[smhdwMy])(?: +\d+(?:ms|[smhdwMy]))*`, "no list such as 200 202 401 5m: codes, and then a time")
	nginxServiceName = nginxText(`[a-z]([-a-z0-9]{0,61}[a-z0-9])?`, "no name of a Service", true)
	nginxAuthURL     = unset(bothOf(nginxURLOrVar, nginxHost))
	nginxServers     = unset(listOf(nginxRegexText))
)

// nginxOneOf is one of some words, with spaces around it.
func nginxOneOf(words ...string) grammar {
	g := oneOf(words...)
	return unset(func(v string) string { return g(strings.TrimSpace(v)) })
}

// nginxAnyCase is one of some words in whatever case, with spaces around it.
func nginxAnyCase(words ...string) grammar {
	g := anyCase(words...)
	return unset(func(v string) string { return g(strings.TrimSpace(v)) })
}

// nginxList is a list with commas between, where empty entries are dropped.
func nginxList(entry, want string) grammar {
	return nginxText(` *(?:`+entry+`)? *(?:, *(?:`+entry+`)? *)*`, want, true)
}

var nginxBool = unset(parsedBool)

// nginxInteger is a whole number, without the unit that NGINX itself would take.
func nginxInteger(least, most int) grammar {
	g := integer(least, most)
	return unset(func(v string) string {
		if goInteger(v) != "" {
			return "is no whole number: it takes no unit"
		}
		return g(v)
	})
}

// nginxCIDRs are networks and addresses. An empty value is wrong here: it would
// let everybody in.
var nginxCIDRs = listOf(cidrOrAddress)

// absoluteURL is a URL that names its host.
func absoluteURL(v string) string {
	if u, err := url.Parse(v); err != nil || u.Scheme == "" || u.Host == "" {
		return "is no URL with scheme and host"
	}
	return ""
}

// nginxHost is a URL whose host the controller takes (StringToURL of
// internal/ingress/annotations/parser/main.go).
func nginxHost(v string) string {
	if why := absoluteURL(v); why != "" {
		return why
	}
	if u, _ := url.Parse(v); strings.Contains(u.Host, "..") {
		return "has a host with two dots in a row"
	}
	return ""
}

// commonName is CN= and a regular expression.
func commonName(v string) string {
	re, ok := strings.CutPrefix(v, "CN=")
	if _, err := regexp.Compile(re); !ok || err != nil {
		return "is not CN= and a regular expression"
	}
	return ""
}

// The grammars of F5's controller follow internal/k8s/validation.go and
// internal/configs/parsing_helpers.go: what is there may not be empty, but for a
// few.
var (
	f5Time    = bothOf(text, matching(`(\d+y)?\s*(\d+M)?\s*(\d+w)?\s*(\d+d)?\s*(\d+h)?\s*(\d+m)?\s*(\d+s?)?\s*(\d+ms)?`, "no time, such as 60s or 1m30s"))
	f5Size    = matching(`\s*\d+[kKmM]?\s*`, "no size, such as 8k: a whole number, and k or m")
	f5Offset  = matching(`\s*\d+[kKmMgG]?\s*`, "no size, such as 10m: a whole number, and k, m or g")
	f5Buffers = matching(`\s*\d+ \d+[kKmM]?\s*`, "no number and size of buffers, such as 8 4k")
	f5Rate    = matching(`\s*0*[1-9]\d{0,17}r/[sm]\s*`, "no rate, such as 10r/s")
	f5Quoted  = matching(`([^"$\\]|\\[^$])*`, `not free of ", $ and a \ at the end`)
	f5LB      = matching(`\s*(round_robin|least_conn|ip_hash|random|random two|random two least_conn|random two least_time=(header|last_byte)|least_time (header|last_byte)( inflight)?|hash [^ ]+( consistent)?)\s*`,
		"no method, such as round_robin, least_conn, ip_hash, random two least_conn or hash KEY consistent")
	f5Keys     = matching(`(\$\{[a-zA-Z_][a-zA-Z0-9_]*\}|\$[a-zA-Z_][a-zA-Z0-9_]*)+`, "no variable, such as ${binary_remote_addr}")
	f5Ports    = tightListOf(integer(1, 65535))
	f5Services = matching(`[a-z0-9]([-a-z0-9.]*[a-z0-9])?(,[a-z0-9]([-a-z0-9.]*[a-z0-9])?)*`, "no list of Services with commas and no spaces between")
	f5Rewrites = matching(`\s*serviceName=[^=;\s]+ rewrite=/[^\s{};$=]*\s*(;\s*serviceName=[^=;\s]+ rewrite=/[^\s{};$=]*\s*)*`, "no list such as serviceName=tea rewrite=/")
	f5Sticky   = matching(`serviceName=[^=; ]+ [^;"$\\]+(;serviceName=[^=; ]+ [^;"$\\]+)*`, "no list such as serviceName=tea srv_id expires=1h")
	f5Redirect = matching("[^;{}`\\s#]+", "not free of ; { } ` # and spaces")
	f5Headers  = listOf(matching(f5Name, "no name of a header"))
	f5Policies = listOf(f5Policy)
)

// f5Name is the name of a header (IsHTTPHeaderName of k8s.io/apimachinery), which
// allows less than HTTP does.
const f5Name = `[-A-Za-z0-9]+`

// f5SetHeaders are headers of requests, with or without a value; f5AddHeaders are
// headers of answers: Name: value, and :always. NGINX would take a $ for a
// variable (internal/configs/version1/header_parsing_helper.go).
var (
	f5SetHeaders = listOf(matching(f5Name+`\s*(:([^,"$\\\r\n]|\\[^$\r\n])*)?`, `no header, such as X-Name: value, without $ and "`))
	f5AddHeaders = listOf(matching(f5Name+`\s*(:([^,:"$\\\r\n]|\\[^:$\r\n])*(:\s*((?i)always)?\s*)?)?`, `no header, such as X-Name: value:always, without $ and "`))
)

// f5Count is a whole number as strconv.ParseUint reads it: +1 is none.
func f5Count(v string) string {
	if _, err := strconv.ParseUint(v, 10, 64); err != nil {
		return "is no whole number of at least 0"
	}
	return ""
}

// f5RedirectFrom is what a redirect begins with, or a regular expression behind ~
// or ~*.
func f5RedirectFrom(v string) string {
	if why := f5Redirect(v); why != "" {
		return why
	}
	if re, ok := strings.CutPrefix(v, "~"); ok {
		if _, err := regexp.Compile(strings.TrimPrefix(re, "*")); err != nil {
			return "is no regular expression"
		}
	}
	return ""
}

// f5Destination is where App Protect writes its log (ValidateAppProtectLogDestination
// of pkg/apis/configuration/validation/appprotect_common.go): the name of a host
// has a dot, and spaces belong to an entry.
func f5Destination(v string) string {
	const want = "not stderr, a path, or syslog:server=HOST:PORT"
	server, ok := strings.CutPrefix(v, "syslog:server=")
	if !ok {
		return matching("stderr|/[^\\s;{}$`]+", want)(v)
	}
	host, port, _ := strings.Cut(server, ":")
	if why := matching(`localhost|([-\w]+\.)+[-\w]+`, want)(host); why != "" {
		return why
	}
	return integer(1, 65535)(port)
}

// f5Path is a path that begins with one slash and stays below it.
func f5Path(v string) string {
	switch {
	case !strings.HasPrefix(v, "/") || strings.HasPrefix(v, "//"):
		return "is no path: it does not begin with one slash"
	case strings.ContainsAny(v, ";{}[]|<>^`~\\ \t\r\n"):
		return "is no path: it holds one of ;{}[]|<>^`~\\ or a space"
	case slices.Contains(strings.Split(v, "/"), ".."):
		return "is no path: it holds .."
	}
	return ""
}

// f5Root is a path that / is redirected to.
func f5Root(v string) string {
	if why := f5Path(v); why != "" {
		return why
	}
	if strings.HasSuffix(v, "/") || strings.ContainsAny(v, `$"#`) {
		return `is / or ends in a slash, or holds one of $"#`
	}
	return ""
}

// f5Upstream are conditions for another try, each once.
func f5Upstream(v string) string {
	words := strings.Fields(v)
	if len(words) == 0 {
		return "is empty"
	}
	one := oneOf("error", "timeout", "invalid_header", "http_500", "http_502", "http_503", "http_504", "http_403", "http_404", "http_429", "non_idempotent", "off", "denied")
	for i, w := range words {
		if why := one(w); why != "" {
			return "has a word " + w + " that " + why
		}
		if slices.Contains(words[:i], w) {
			return "has the word " + w + " twice"
		}
	}
	return ""
}

// f5Secret is the name of a Secret.
func f5Secret(v string) string {
	if len(validation.IsDNS1123Subdomain(v)) > 0 {
		return "is no name of a Secret of the Ingress's own namespace"
	}
	return ""
}

// f5Policy is the name of a Policy, with or without its namespace.
func f5Policy(v string) string {
	namespace, name, both := strings.Cut(v, "/")
	if !both {
		namespace, name = "default", v
	}
	if len(validation.IsDNS1123Subdomain(namespace)) > 0 || len(validation.IsDNS1123Subdomain(name)) > 0 {
		return "is no name of a Policy, NAME or NAMESPACE/NAME"
	}
	return ""
}

// f5Login is where people without a token are sent.
func f5Login(v string) string {
	if strings.ContainsAny(v, ";{}$`\"\\# \t\r\n") {
		return "holds a character that NGINX would misread"
	}
	return absoluteURL(v)
}

// qualified is NAME or NAMESPACE/NAME.
func qualified(v string) string {
	if len(validation.IsQualifiedName(v)) > 0 {
		return "is no name, NAME or NAMESPACE/NAME"
	}
	return ""
}
