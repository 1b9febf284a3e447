package wire

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
)

// address is a route's path and query, with the names in them.
type address struct {
	path     string // escaped, as it is written
	query    string
	segments []pattern // of the path, escaped; nil: no name stands in it
	pairs    []pair    // of the query
	names    nameSet
	shape    string // path and query unescaped, names blanked, the query's constants sorted; "": it is faulty
}

// pair is one parameter of the query, escaped.
type pair struct {
	text  string // all of it, as it is written
	key   string
	value pattern
}

// address parses a route's path, and returns it without its query, too.
func (c *compiler) address(text string) (path string, a address) {
	path, query, _ := strings.Cut(text, "?")
	a.path, a.query = path, query
	before := len(*c.faults)
	segments := strings.Split(path, "/")
	for _, segment := range segments {
		a.segments = append(a.segments, c.addressPattern(segment, &a))
	}
	inPath := a.names
	for text := range strings.SplitSeq(query, "&") {
		if text == "" {
			continue
		}
		key, value, _ := strings.Cut(text, "=")
		if strings.ContainsAny(key, "{}") {
			c.fault("path", errors.New("has a name in the place of a parameter's name: write it as id={id}"))
		}
		a.pairs = append(a.pairs, pair{text, key, c.addressPattern(value, &a)})
	}
	if len(*c.faults) == before {
		c.checkFilled(&a)
	}
	if len(*c.faults) > before {
		return path, address{}
	}
	a.shape = a.blanked()
	if inPath == 0 {
		a.segments = nil
	}
	return path, a
}

func (c *compiler) addressPattern(text string, a *address) pattern {
	p, err := parsePattern(text, c.inPath)
	switch {
	case err != nil:
		c.fault("path", err)
	case p.named && p.number:
		c.fault("path", fmt.Errorf("has a number's name, but is all text: write %s", p.name))
	case p.named && a.names.has(p.name):
		c.fault("path", fmt.Errorf("has %s twice: leave one of the two", p.name))
	}
	if err == nil && p.named {
		a.names |= setOf(p.name)
	}
	return p
}

// checkFilled checks path and query with a value in each name's place.
func (c *compiler) checkFilled(a *address) {
	var values Values
	for n := range values {
		values[n] = "value"
	}
	path, query, _ := a.fill(&values)
	if err := check.Path(path); err != nil {
		c.fault("path", fmt.Errorf("is wrong: %w", err))
	}
	if err := check.Query(query); err != nil {
		c.fault("path", fmt.Errorf("is wrong: %w", err))
	}
}

// blanked is the shape. Path and query are known to unescape.
func (a *address) blanked() string {
	var b strings.Builder
	for i, segment := range a.segments {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(segment.unescaped(url.PathUnescape).blank())
	}
	var constants []string
	for _, p := range a.pairs {
		if !p.value.named {
			key, _ := url.QueryUnescape(p.key)
			constants = append(constants, key+"="+p.value.unescaped(url.QueryUnescape).before)
		}
	}
	slices.Sort(constants)
	if len(constants) > 0 {
		b.WriteString("?" + strings.Join(constants, "&"))
	}
	return b.String()
}

func (p pattern) blank() string {
	if !p.named {
		return p.before
	}
	return p.before + "{}" + p.after
}

// unescaped is the pattern as a request's unescaped text has it.
func (p pattern) unescaped(unescape func(string) (string, error)) pattern {
	p.before, _ = unescape(p.before)
	p.after, _ = unescape(p.after)
	return p
}

// URL returns the escaped path, relative to the base URL, and query with the values in
// them. A parameter of the query whose value is empty is left out. In a path a value that
// is empty, or may lead to another path, is refused; the error does not quote it.
func (r *CompiledRoute) URL(values *Values) (path, query string, err error) {
	return r.address.fill(values)
}

// PathHasNames tells a path that matches many requests from one that matches itself alone.
func (r *CompiledRoute) PathHasNames() bool { return r.address.segments != nil }

func (a *address) fill(values *Values) (path, query string, err error) {
	path, query = a.path, a.query
	if a.names == 0 {
		return path, query, nil
	}
	if a.segments != nil {
		if path, err = fillPath(a.segments, values); err != nil {
			return "", "", err
		}
	}
	return path, fillQuery(a.pairs, values), nil
}

func fillPath(segments []pattern, values *Values) (string, error) {
	var b strings.Builder
	for i, segment := range segments {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(segment.before)
		if !segment.named {
			continue
		}
		value := values.get(segment.name)
		if err := check.PathValue(value); err != nil {
			return "", fmt.Errorf("the value of %s, which goes into the path, %w", segment.name, err)
		}
		b.WriteString(url.PathEscape(value))
		b.WriteString(segment.after)
	}
	return b.String(), nil
}

func fillQuery(pairs []pair, values *Values) string {
	var b strings.Builder
	for _, p := range pairs {
		value := ""
		if p.value.named {
			if value = values.get(p.value.name); value == "" {
				continue
			}
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		if !p.value.named {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(p.key)
		b.WriteByte('=')
		b.WriteString(p.value.before)
		b.WriteString(url.QueryEscape(value))
		b.WriteString(p.value.after)
	}
	return b.String()
}
