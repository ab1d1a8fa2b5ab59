package ingress

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
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
	// beside says that it is read by something that stands beside the controller,
	// whichever that is.
	beside bool
	// shared says that controllers that are not known here read the prefix too: a
	// name that is in no table is reported where it is nearly one that is.
	shared bool
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

// boolean is true or false in that spelling alone.
func boolean(v string) string {
	if v != "true" && v != "false" {
		return "is neither true nor false"
	}
	return ""
}

// parsedBool is what Go's strconv.ParseBool takes: 1, t and TRUE too, not yes or
// on, and no spaces.
func parsedBool(v string) string {
	if _, err := strconv.ParseBool(v); err != nil {
		return "is neither true nor false"
	}
	return ""
}

// integer is a whole number as Go's strconv reads it: no unit, no spaces. most <
// least means no upper limit.
func integer(least, most int) grammar {
	return func(v string) string {
		n, err := strconv.Atoi(v)
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

// goInteger is any whole number of 64 bits.
var goInteger = integer(math.MinInt, math.MaxInt)

// oneOf is one of some words.
func oneOf(words ...string) grammar {
	return func(v string) string {
		if !slices.Contains(words, v) {
			return "is not one of " + strings.Join(words, ", ")
		}
		return ""
	}
}

// anyCase is one of some words, in whatever case.
func anyCase(words ...string) grammar {
	return func(v string) string {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, v) }) {
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
	return tightListOf(func(e string) string { return g(strings.TrimSpace(e)) })
}

// tightListOf is a list with commas between, where a space is part of an entry.
func tightListOf(g grammar) grammar {
	return func(v string) string {
		for _, e := range strings.Split(v, ",") {
			if why := g(e); why != "" {
				return fmt.Sprintf("has an entry %q that %s", strings.TrimSpace(e), why)
			}
		}
		return ""
	}
}

// some is a list of which an entry is left once the empty ones are dropped.
func some(v string) string {
	if len(items(v)) == 0 {
		return "names none"
	}
	return ""
}

// items are the entries of a list with commas between, but for the empty ones.
func items(v string) []string {
	var all []string
	for _, e := range strings.Split(v, ",") {
		if e = strings.TrimSpace(e); e != "" {
			all = append(all, e)
		}
	}
	return all
}

// pairsOf is a list of key=value, which may have nothing in it; spaces around
// keys and values mean nothing.
func pairsOf(check func(key, value string) string) grammar {
	return unset(func(v string) string {
		for _, e := range splitList(v) {
			key, value, ok := strings.Cut(e, "=")
			key, value = strings.TrimSpace(key), strings.TrimSpace(value)
			if !ok || key == "" {
				return fmt.Sprintf("has an entry %q that is no key=value", strings.TrimSpace(e))
			}
			if why := check(key, value); why != "" {
				return why
			}
		}
		return ""
	})
}

// assigned is such a list, where values are looked at. A key that is nearly a
// known one is wrong; one that is like none may be newer than the table, and
// passes.
func assigned(known map[string]grammar) grammar {
	return pairsOf(func(key, value string) string {
		g, ok := known[key]
		if !ok {
			if why := meant(key, keys(known)); why != "" {
				return fmt.Sprintf("has a key %s that is not known%s", key, why)
			}
			return ""
		}
		if why := g(value); why != "" {
			return fmt.Sprintf("has %s=%s, which %s", key, value, why)
		}
		return ""
	})
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

// cidr is a network, such as 10.0.0.0/8, as Go's net package reads it.
func cidr(v string) string {
	if _, _, err := net.ParseCIDR(v); err != nil {
		return "is no network, such as 10.0.0.0/8"
	}
	return ""
}

// cidrOrAddress is a network, or one address; fe80::1%eth0 is none.
func cidrOrAddress(v string) string {
	if net.ParseIP(v) != nil {
		return ""
	}
	return cidr(v)
}

// jsonOf is JSON that Go reads into a T, as controllers written in Go read
// theirs: capitals in the names of fields mean nothing, null is as if it were not
// there, and fields that T does not have are passed over. check, if given, looks
// at what it holds.
func jsonOf[T any](example string, check func(T) string) grammar {
	return func(v string) string {
		var got T
		if err := json.Unmarshal([]byte(v), &got); err != nil {
			var wrong *json.UnmarshalTypeError
			if errors.As(err, &wrong) && wrong.Field != "" {
				return fmt.Sprintf("has %s, which is a JSON %s and should not be: see %s", wrong.Field, wrong.Value, example)
			}
			return "is no JSON such as " + example
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

// bothOf takes what both grammars take.
func bothOf(first, second grammar) grammar {
	return func(v string) string {
		if why := first(v); why != "" {
			return why
		}
		return second(v)
	}
}

// unset takes an empty value too, where that is the same as none.
func unset(g grammar) grammar {
	return func(v string) string {
		if v == "" {
			return ""
		}
		return g(v)
	}
}
