package wire

import (
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
)

// Wrap puts the envelope around a result, for the fake. Where a condition can be met in
// several ways it has the first. In an envelope that is conditions alone the result's
// members stand beside them.
func (w *Wire) Wrap(result []byte) []byte {
	if w.envelope == nil {
		return result
	}
	values := Values{Result: string(result)}
	out := writer{values: &values}
	root := w.envelope.root.withConstants(meeting)
	if w.resultPath == nil {
		out.extraAt = root
		for m := range jsonmembers.Of(result) {
			out.extra = append(out.extra, Member{m.Text(), m.Value})
		}
	}
	return out.whole(nil, root)
}

// WrapError is the fake's error answer: code and message, each left out where it is empty,
// and the envelope's conditions, none of which is met where they can be broken. Where the
// envelope has none ([Wire.HasConditions]) it is an error by its HTTP status alone.
func (w *Wire) WrapError(code, message string) []byte {
	out := &node{kind: object}
	said := []field{textField("code", code), textField("message", message)}
	if w.envelope != nil && w.envelope.root.kind == object {
		for _, m := range w.envelope.root.withConstants(breaking).members {
			if m.name == "code" && code != "" || m.name == "message" && message != "" {
				continue
			}
			out.members = append(out.members, m)
		}
	}
	for _, m := range said {
		if m.node.text.before != "" {
			out.members = append(out.members, m)
		}
	}
	return (&writer{values: &Values{}}).whole(nil, out)
}

func textField(name, text string) field {
	return field{name, quoted(name) + ":", &node{json: quoted(text), text: pattern{before: text}}}
}

// withConstants is the tree with each constant replaced by another JSON text. One that is
// replaced by "" is left out, and with it what has nothing in it any more.
func (n *node) withConstants(replace func(*node) string) *node {
	changed := *n
	switch n.kind {
	case constantString, constantOther:
		if changed.json = replace(n); changed.json == "" {
			return nil
		}
	case list:
		if changed.element = n.element.withConstants(replace); changed.element == nil {
			return nil
		}
	case object:
		changed.members = nil
		for _, m := range n.members {
			if m.node = m.node.withConstants(replace); m.node != nil {
				changed.members = append(changed.members, m)
			}
		}
	}
	return &changed
}

// meeting is a value that meets a condition.
func meeting(n *node) string {
	if n.kind != constantString {
		return n.json
	}
	first, _, _ := strings.Cut(n.text.before, otherwise)
	text, _ := strings.CutSuffix(first, anyText)
	if first == anyText {
		text = "ok"
	}
	return quoted(text)
}

// breaking is a value of the same kind, where there is one, that does not meet a condition.
func breaking(n *node) string {
	for _, other := range []string{"false", "true", "0", "1", `"ERROR"`, `"FAILED"`} {
		sameKind := n.json == "null" || kindOf([]byte(other)) == kindOf([]byte(n.json))
		if sameKind && !n.metBy([]byte(other)) {
			return other
		}
	}
	return ""
}
