package wire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
)

// responseError is an error on a response. Its text has names and kinds alone, so that
// nothing has to be masked in it.
func responseError(format string, args ...any) error {
	return redact.Text(fmt.Sprintf(format, args...))
}

// mismatch is a value that is not of the kind or form that the template has.
type mismatch struct {
	node *node
	kind string // of the value
}

// describe says "data.token is an object where {userToken} is expected". whole is what the
// value is called where it stands in no place.
func (m *mismatch) describe(prefix, whole string) string {
	at := placeOr(joinPlace(prefix, m.node.place), whole)
	if m.kind == "an object" || m.kind == "a list" {
		return fmt.Sprintf("%s is %s where %s is expected", at, m.kind, m.node.text.name)
	}
	return fmt.Sprintf("%s is not of the form %q", at, printable.Line(m.node.text.String(), printable.MaxIdentifier))
}

// missing says where a name was expected, one of some, and what is there instead.
func (t *template) missing(oneOf nameSet, value []byte) error {
	path := t.root.pathTo(oneOf.first())
	expected := oneOf.join(" or ")
	if at := joinPlace(t.prefix, path[len(path)-1].place); at != "" && len(oneOf.names()) == 1 {
		expected += " at " + at
	}
	deepest, found := follow(path, value)
	at := placeOr(joinPlace(t.prefix, deepest.place), "the response")
	return responseError("the response has no %s: %s %s", expected, at, describe(found))
}

// follow goes from the value at the first node of a path as far as there is a value.
func follow(path []*node, value []byte) (deepest *node, found []byte) {
	deepest, found = path[0], value
	for _, n := range path[1:] {
		next := deepest.step(found, n)
		if next == nil {
			break
		}
		deepest, found = n, next
	}
	return deepest, found
}

// step is the value at the child of n, in the value at n. nil: there is none.
func (n *node) step(value []byte, child *node) []byte {
	if n.kind == list {
		return firstElement(value)
	}
	for i := range n.members {
		if n.members[i].node == child {
			return member(value, n.members[i].name)
		}
	}
	return nil
}

func placeOr(place, whole string) string {
	if place == "" {
		return whole
	}
	return place
}

// maxShownMembers is how many of an object's members are named.
const maxShownMembers = 20

// describe says what a value is, without the value: "has the members access, user".
func describe(value []byte) string {
	names := shownMembers(value)
	switch {
	case len(names) == 0 && value[0] == '{':
		return "is an empty object"
	case value[0] == '[' && firstElement(value) == nil:
		return "is an empty list"
	case len(names) == 0:
		return "is " + kindOf(value)
	}
	return "has the members " + strings.Join(names, ", ")
}

// shownMembers are the names of an object's first members, sorted, each once. One that is
// longer than a name usually is may be anything, and is not shown.
func shownMembers(object []byte) (names []string) {
	for m := range jsonmembers.Of(object) {
		name := printable.Ellipsis
		if len(m.Name) <= len(`""`)+maxShown {
			name = shown(m.Text())
		}
		if slices.Contains(names, name) {
			continue
		}
		if len(names) == maxShownMembers {
			slices.Sort(names)
			return append(names, printable.Ellipsis)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// kindOf is the kind of a valid value, with its article.
func kindOf(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		if len(value) == len(`""`) {
			return "an empty string"
		}
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "a bool"
	}
	return "a number"
}
