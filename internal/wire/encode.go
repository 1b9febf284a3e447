package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/jsonform"
)

// Encode appends a request's body to dst; nothing where the route has none. A member whose
// value is empty is left out, and with it an object or list that has lost all its members
// by that. extra goes beside {deviceId}, in its order. A value that neither the URL nor the
// body has a place for is refused, and one that is not valid UTF-8, which would arrive as
// another text. Errors name names and
// members, no value; on one, what is returned is dst.
func (r *CompiledRoute) Encode(dst []byte, values *Values, extra []Member) ([]byte, error) {
	if err := r.checkPlaced(values); err != nil {
		return dst, err
	}
	if err := r.checkExtra(extra); err != nil {
		return dst, err
	}
	if r.body == nil {
		return dst, nil
	}
	if err := checkUTF8(values); err != nil {
		return dst, err
	}
	return r.body.encode(dst, values, extra)
}

// EncodeResult appends what stands at {result} in the route's response. A state is written
// as the API's first word for it; one without a word is an error. Constants of the template are written too, as samples; an
// extra member takes the place of one.
func (r *CompiledRoute) EncodeResult(dst []byte, values *Values, extra []Member) ([]byte, error) {
	v := *values
	if state := v[State]; state != "" && r.result.names.has(State) {
		if v[State] = r.states.words[state]; v[State] == "" {
			return dst, fmt.Errorf("the profile's States have no word for %q", shown(state))
		}
	}
	for _, m := range extra {
		if t := r.result; t.extra != nil && t.extra.hasNamed(m.Name) {
			return dst, fmt.Errorf("the member %q has a place of its own in %s", shown(m.Name), t.label)
		}
	}
	return r.result.encode(dst, &v, extra)
}

// NumberInResult tells whether the result has the name as a number: the fake then needs
// ids and words that are some.
func (r *CompiledRoute) NumberInResult(name Name) bool { return r.result.hasNumber(name) }

// NumberInRequest is [CompiledRoute.NumberInResult] of the request's body.
func (r *CompiledRoute) NumberInRequest(name Name) bool { return r.body.hasNumber(name) }

// hasNumber is false for a nil template.
func (t *template) hasNumber(name Name) bool {
	return t != nil && t.names.has(name) && t.at(name).text.number
}

// TakesExtra tells whether a member of Extra has room beside {deviceId} in the result: in
// no letter case is it a member that holds a name.
func (r *CompiledRoute) TakesExtra(member string) bool {
	beside := r.result.extra
	return beside != nil && !slices.ContainsFunc(beside.members, func(m field) bool {
		return m.node.names != 0 && strings.EqualFold(m.name, member)
	})
}

func (r *CompiledRoute) checkPlaced(values *Values) error {
	placed := r.inPlace
	if placed.has(Account) {
		placed |= setOf(Email, WhatsApp)
	}
	if lost := values.given() &^ placed; lost != 0 {
		n := lost.first()
		return fmt.Errorf("the profile's %s has no place for %s: leave that value out, or put %[2]s into the route's body, path or query", r.Operation, n)
	}
	return nil
}

func checkUTF8(values *Values) error {
	for n, value := range values {
		if !utf8.ValidString(value) {
			return fmt.Errorf("the value of %s is not valid UTF-8, which JSON cannot carry: convert it", Name(n))
		}
	}
	return nil
}

func (r *CompiledRoute) checkExtra(extra []Member) error {
	if len(extra) == 0 {
		return nil
	}
	if r.body == nil || r.body.extra == nil {
		return fmt.Errorf("the profile's %s has no place for Extra, which goes beside {deviceId} in the body: leave it out", r.Operation)
	}
	for _, m := range extra {
		if r.body.extra.has(m.Name) {
			return fmt.Errorf("the key %q of Extra stands in the profile's %s already: leave it out", shown(m.Name), r.body.label)
		}
	}
	return nil
}

// hasNamed tells whether the member holds a name, so that it is not Extra's.
func (n *node) hasNamed(name string) bool {
	return slices.ContainsFunc(n.members, func(m field) bool { return m.name == name && m.node.names != 0 })
}

func (t *template) encode(dst []byte, values *Values, extra []Member) ([]byte, error) {
	w := writer{values: values, extra: extra, extraAt: t.extra}
	out := w.whole(dst, t.root)
	if w.notNumber != nil {
		n := w.notNumber
		return dst, fmt.Errorf("the value of %s is no number, which the profile's %s wants: pass one, or write %q there", n.text.name, joinPlace(t.label, n.place), n.text.name)
	}
	return out, nil
}

// writer writes a template with values in it.
type writer struct {
	values    *Values
	extra     []Member
	extraAt   *node
	notNumber *node // the first number whose value is none
}

// whole writes a root, which stands though it may be empty.
func (w *writer) whole(dst []byte, root *node) []byte {
	dst, ok := w.append(dst, root)
	if !ok {
		return append(dst, "{}"...)
	}
	return dst
}

// append is false where a node has nothing in it any more. dst is then as it was.
func (w *writer) append(dst []byte, n *node) (out []byte, ok bool) {
	switch n.kind {
	case named:
		return w.value(dst, n)
	case object:
		return w.object(dst, n)
	case list:
		start := len(dst)
		if dst, ok = w.append(append(dst, '['), n.element); !ok {
			return dst[:start], false
		}
		return append(dst, ']'), true
	}
	return append(dst, n.json...), true
}

func (w *writer) value(dst []byte, n *node) ([]byte, bool) {
	value := w.values.get(n.text.name)
	switch {
	case value == "":
		return dst, false
	case n.text.name == Result: // is JSON
		return append(dst, value...), true
	case n.text.number:
		if !isNumber(value) && w.notNumber == nil {
			w.notNumber = n
		}
		return append(dst, value...), true
	case n.text.before+n.text.after != "":
		value = n.text.before + value + n.text.after
	}
	return jsonform.AppendString(dst, value, jsonform.JavaScript), true
}

func (w *writer) object(dst []byte, n *node) ([]byte, bool) {
	start := len(dst)
	dst = append(dst, '{')
	first := len(dst)
	for i := range n.members {
		m := &n.members[i]
		if n == w.extraAt && m.node.names == 0 && w.isExtra(m.name) {
			continue
		}
		before := len(dst)
		dst = append(separate(dst, first), m.key...)
		var ok bool
		if dst, ok = w.append(dst, m.node); !ok {
			dst = dst[:before]
		}
	}
	if n == w.extraAt {
		for _, m := range w.extra {
			dst = append(jsonform.AppendString(separate(dst, first), m.Name, jsonform.JavaScript), ':')
			dst = append(dst, m.Value...)
		}
	}
	if len(dst) == first && n.names != 0 {
		return dst[:start], false
	}
	return append(dst, '}'), true
}

func (w *writer) isExtra(name string) bool {
	return slices.ContainsFunc(w.extra, func(m Member) bool { return m.Name == name })
}

// separate puts a comma before all members but the first.
func separate(dst []byte, first int) []byte {
	if len(dst) > first {
		return append(dst, ',')
	}
	return dst
}

// isNumber: a number as JSON has it.
func isNumber(value string) bool {
	c := value[len(value)-1]
	return (value[0] == '-' || '0' <= value[0] && value[0] <= '9') && '0' <= c && c <= '9' && json.Valid([]byte(value))
}
