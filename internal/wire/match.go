package wire

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// Routes are the operations' routes in the order in which a request is matched: a path
// without a name before one with, so that no id hides another route, and more constants in
// the query before fewer. StartLogin comes behind Login, of which it may be the like.
func (w *Wire) Routes() []*CompiledRoute {
	routes := slices.Clone(w.routes[:])
	slices.SortStableFunc(routes, func(a, b *CompiledRoute) int {
		return cmp.Or(
			len(a.address.segments)-len(b.address.segments), // 0 without a name
			b.address.constants()-a.address.constants(),
		)
	})
	return routes
}

// SameAs tells whether no request's method and URL can tell the two routes apart: Login's
// and StartLogin's, of which the body decides.
func (r *CompiledRoute) SameAs(other *CompiledRoute) bool { return r.alike(other) }

func (a *address) constants() (count int) {
	for _, p := range a.pairs {
		if !p.value.named {
			count++
		}
	}
	return count
}

// Match tells whether a request's path, escaped in any way and relative to the base URL,
// and its query are the route's, and finds the values in them. The constants of the query
// have to be there; a parameter with a name need not be, nor the text around the name, and
// there is no value then. The method is not looked at.
func (r *CompiledRoute) Match(path, query string) (values Values, ok bool) {
	parameters, err := url.ParseQuery(query)
	if err != nil || !r.address.matchPath(path, &values) {
		return Values{}, false
	}
	for _, p := range r.address.pairs {
		key, _ := url.QueryUnescape(p.key)
		value := p.value.unescaped(url.QueryUnescape)
		if !value.named {
			if !slices.Contains(parameters[key], value.before) {
				return Values{}, false
			}
			continue
		}
		if text, isWhole := value.cut(parameters.Get(key)); isWhole {
			values[value.name] = text
		}
	}
	return values, true
}

func (a *address) matchPath(path string, values *Values) bool {
	patterns := a.segments
	if patterns == nil {
		for segment := range strings.SplitSeq(a.path, "/") {
			patterns = append(patterns, pattern{before: segment})
		}
	}
	segments := strings.Split(path, "/")
	if len(segments) != len(patterns) {
		return false
	}
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		p := patterns[i].unescaped(url.PathUnescape)
		if err != nil || !p.named && text != p.before {
			return false
		}
		if p.named {
			value, ok := p.cut(text)
			if !ok || value == "" {
				return false
			}
			values[p.name] = value
		}
	}
	return true
}
