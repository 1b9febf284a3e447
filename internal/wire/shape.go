package wire

import (
	"net/url"
	"strings"
)

// Shape is a template as data, for whoever describes the wire in another form. It is a
// copy: changing it changes no wire.
type Shape struct {
	Kind          ShapeKind
	Name          Name          // of a ShapeName
	Number        bool          // the name's value is written as a number
	Before, After string        // the text around the name
	Constant      string        // of a ShapeConstant: JSON
	Members       []ShapeMember // of a ShapeObject, in the template's order
	Element       *Shape        // of a ShapeList: its first element
}

// ShapeMember is a member of an object.
type ShapeMember struct {
	Name  string
	Value *Shape
}

// ShapeKind says which fields of a Shape count.
type ShapeKind int

// The kinds.
const (
	ShapeName ShapeKind = iota
	ShapeConstant
	ShapeObject
	ShapeList
)

// shape is nil for no template.
func (t *template) shape() *Shape {
	if t == nil {
		return nil
	}
	return t.root.shape()
}

func (n *node) shape() *Shape {
	switch n.kind {
	case named:
		return &Shape{Kind: ShapeName, Name: n.text.name, Number: n.text.number, Before: n.text.before, After: n.text.after}
	case list:
		return &Shape{Kind: ShapeList, Element: n.element.shape()}
	case object:
		s := &Shape{Kind: ShapeObject}
		for _, m := range n.members {
			s.Members = append(s.Members, ShapeMember{m.name, m.node.shape()})
		}
		return s
	}
	return &Shape{Kind: ShapeConstant, Constant: n.json}
}

// Has tells whether the name stands in the shape.
func (s *Shape) Has(name Name) bool {
	switch s.Kind {
	case ShapeName:
		return s.Name == name
	case ShapeList:
		return s.Element.Has(name)
	}
	for _, m := range s.Members {
		if m.Value.Has(name) {
			return true
		}
	}
	return false
}

// HasConstant tells whether a constant stands in the shape.
func (s *Shape) HasConstant() bool {
	switch s.Kind {
	case ShapeConstant:
		return true
	case ShapeList:
		return s.Element.HasConstant()
	}
	for _, m := range s.Members {
		if m.Value.HasConstant() {
			return true
		}
	}
	return false
}

// Alternative is a text that meets a condition of an envelope.
type Alternative struct {
	Text     string
	IsPrefix bool // each text that begins so meets it
}

// Alternatives are those of a condition that is a text: "200|20*". They are compared with
// a value's text, so that 200 is "200".
func Alternatives(condition string) (all []Alternative) {
	for text := range strings.SplitSeq(condition, otherwise) {
		start, isPrefix := strings.CutSuffix(text, anyText)
		all = append(all, Alternative{start, isPrefix})
	}
	return all
}

// EnvelopeShape is nil where the body is the result.
func (w *Wire) EnvelopeShape() *Shape { return w.envelope.shape() }

// BodyShape is nil for a request without a body.
func (r *CompiledRoute) BodyShape() *Shape { return r.body.shape() }

// ResultShape is what stands at the envelope's {result}.
func (r *CompiledRoute) ResultShape() *Shape { return r.result.shape() }

// RequestNeeds are the names that a request has to have: one of each list. Of Email and
// WhatsApp it has one, not both.
func (r *CompiledRoute) RequestNeeds() (needs [][]Name) {
	for _, alternatives := range operations[r.Operation].needs {
		for _, names := range alternatives {
			if r.inPlace.hasAll(names) {
				needs = append(needs, names.names())
				break
			}
		}
	}
	return needs
}

// ResultNeeds are the names that a success has to have: one of each list.
func (r *CompiledRoute) ResultNeeds() (needs [][]Name) {
	for _, name := range r.must.names() {
		needs = append(needs, []Name{name})
	}
	op := &operations[r.Operation]
	oneOf := op.anyInResult
	if op.isLogin == loginDecided && !r.result.names.has(State) {
		oneOf = setOf(UserToken, FailureCode) // or it says neither that it succeeded nor that it failed
	}
	if oneOf &= r.result.names; oneOf != 0 {
		needs = append(needs, oneOf.names())
	}
	return needs
}

// SucceededNeeds are the names that have to be there once a login has succeeded.
func (r *CompiledRoute) SucceededNeeds() []Name {
	switch {
	case operations[r.Operation].isLogin == noLogin:
		return nil
	case r.byTemplate:
		return (r.result.names & setOf(UserToken, UserID)).names()
	}
	return (r.result.names & setOf(UserToken)).names()
}

// IsDecided is true for an operation whose result says that a login has succeeded or
// failed, and never that it is pending.
func (r *CompiledRoute) IsDecided() bool { return operations[r.Operation].isLogin == loginDecided }

// Parameter is a part of a route's path or query that a request fills in, or a constant of
// the query. Texts are unescaped.
type Parameter struct {
	InPath        bool
	Key           string // of the query; in a path the name's
	Named         bool
	Name          Name
	Before, After string // of a value in the query; a constant is Before alone
}

// Parameters are in the order in which they stand.
func (r *CompiledRoute) Parameters() (all []Parameter) {
	for _, p := range r.address.segments {
		if p.named {
			all = append(all, Parameter{InPath: true, Key: nameTexts[p.name], Named: true, Name: p.name})
		}
	}
	for _, p := range r.address.pairs {
		key, _ := url.QueryUnescape(p.key)
		value := p.value.unescaped(url.QueryUnescape)
		all = append(all, Parameter{Key: key, Named: value.named, Name: value.name, Before: value.before, After: value.after})
	}
	return all
}
