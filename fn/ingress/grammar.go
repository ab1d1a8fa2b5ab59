package ingress

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A family is the annotations that one controller reads, under one prefix.
type family struct {
	// prefix ends in a slash; an annotation with it that is not in the table is
	// one that the controller ignores.
	prefix string
	// source is the documentation that the table was made of, and its version.
	source string
	// names are the annotations, without the prefix.
	names map[string]annotation
	// unknown is what the controller does with a name that is in no table, where it
	// does more than ignore it.
	unknown string
	// fold says that capitals in names mean nothing; the table has small letters.
	fold bool
}

// annotation is what one annotation may hold, and where it is read. One without
// a grammar is written by the controller itself.
type annotation struct {
	grammar grammar
	on      place
}

// place is the kind of object that an annotation is read from.
type place string

const (
	onIngress place = "Ingress"
	onService place = "Service"
	onGateway place = "Gateway"
	onEither  place = "Ingress or Service"
	onRoute   place = "Ingress or Gateway"
)

// reads reports whether an annotation is read from an object of that kind.
func (p place) reads(kind string) bool {
	return slices.Contains(strings.Split(string(p), " or "), kind)
}

// A grammar says what is wrong with a value, "is no ...", or nothing.
type grammar func(value string) string

// anyText takes whatever is there.
func anyText(string) string { return "" }

// text takes anything but nothing.
func text(v string) string {
	if strings.TrimSpace(v) == "" {
		return "is empty"
	}
	return ""
}

// boolean is true or false, in that spelling: some parsers take more, all take
// these.
func boolean(v string) string {
	if v != "true" && v != "false" {
		return "is neither true nor false"
	}
	return ""
}

// integer is a whole number; most < least means no upper limit.
func integer(least, most int) grammar {
	return func(v string) string {
		n, err := strconv.Atoi(strings.TrimSpace(v))
		switch {
		case err != nil:
			return "is no whole number"
		case most >= least && (n < least || n > most):
			return fmt.Sprintf("is not between %d and %d", least, most)
		case n < least:
			return fmt.Sprintf("is less than %d", least)
		}
		return ""
	}
}

// oneOf is one of some words.
func oneOf(words ...string) grammar {
	return func(v string) string {
		if !slices.Contains(words, v) {
			return "is not one of " + strings.Join(words, ", ")
		}
		return ""
	}
}

// matching is a text of a certain form; want describes it: "no time, such as 60s".
// There are many of them and few are asked, so that each is compiled when it is.
func matching(pattern, want string) grammar {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) })
	return func(v string) string {
		if !re().MatchString(v) {
			return "is " + want
		}
		return ""
	}
}

// listOf is a list with commas between; spaces around entries are allowed.
func listOf(g grammar) grammar {
	return func(v string) string {
		for _, e := range strings.Split(v, ",") {
			if why := g(strings.TrimSpace(e)); why != "" {
				return fmt.Sprintf("has an entry %q that %s", strings.TrimSpace(e), why)
			}
		}
		return ""
	}
}

// assigned is a list of key=value. A key that is nearly a known one is wrong; one
// that is like none may be newer than the table, and passes.
func assigned(known map[string]grammar) grammar {
	return func(v string) string {
		for _, e := range splitList(v) {
			key, value, ok := strings.Cut(strings.TrimSpace(e), "=")
			if !ok || key == "" {
				return fmt.Sprintf("has an entry %q that is no key=value", strings.TrimSpace(e))
			}
			if g, ok := known[key]; !ok {
				if why := meant(key, keys(known)); why != "" {
					return fmt.Sprintf("has a key %s that is not known%s", key, why)
				}
			} else if why := g(value); why != "" {
				return fmt.Sprintf("has %s=%s, which %s", key, value, why)
			}
		}
		return ""
	}
}

// splitList splits at commas; one behind a backslash is part of an entry.
func splitList(v string) []string {
	var all []string
	for _, e := range strings.Split(v, ",") {
		if n := len(all); n > 0 && strings.HasSuffix(all[n-1], `\`) {
			all[n-1] += "," + e
			continue
		}
		all = append(all, e)
	}
	return all
}

// cidr is a network, such as 10.0.0.0/8.
func cidr(v string) string {
	if _, err := netip.ParsePrefix(v); err != nil {
		return "is no network, such as 10.0.0.0/8"
	}
	return ""
}

// cidrOrAddress is a network, or one address.
func cidrOrAddress(v string) string {
	if _, err := netip.ParseAddr(v); err == nil {
		return ""
	}
	return cidr(v)
}

// jsonValue is JSON; check, if given, looks at what it holds.
func jsonValue(check func(any) string) grammar {
	return func(v string) string {
		var got any
		if err := json.Unmarshal([]byte(v), &got); err != nil {
			return "is no JSON"
		}
		if check == nil {
			return ""
		}
		return check(got)
	}
}

// urlPath is a path that begins with a slash.
func urlPath(v string) string {
	if !strings.HasPrefix(v, "/") {
		return "is no path: it does not begin with a slash"
	}
	return ""
}

// either takes what one of the grammars takes, and says what the last one misses.
func either(all ...grammar) grammar {
	return func(v string) string {
		why := ""
		for _, g := range all {
			if why = g(v); why == "" {
				return ""
			}
		}
		return why
	}
}
