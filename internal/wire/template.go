package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/jsonform"
)

// template is a compiled template.
type template struct {
	label  string  // "Login.body"
	prefix string  // where it stands in a response: in the envelope, at "data"
	root   *node   // never nil
	extra  *node   // the object beside {deviceId}, or nil
	names  nameSet // that it holds
}

// node is a value in a template.
type node struct {
	kind    kind
	place   string  // in the template: "user.mail", "" for its root
	names   nameSet // that stand in it
	json    string  // a constant, as JSON
	text    pattern // a named one's; a constant string's or number's text
	members []field // an object's
	element *node   // a list's, where a name stands in it: the example
}

type kind int

const (
	constantString kind = iota
	constantOther       // a number, a bool, null; a list without a name
	named
	object
	list
)

// field is a member of a template's object.
type field struct {
	name string
	key  string // the name as JSON, with its colon
	node *node
}

// find is nil where no member has the name, as a response has it: in quotes.
func (n *node) find(quotedName []byte) *node {
	for i := range n.members {
		if sameName(quotedName, n.members[i].name) {
			return n.members[i].node
		}
	}
	return nil
}

// has tells whether the template has a member with the name.
func (n *node) has(name string) bool {
	return slices.ContainsFunc(n.members, func(m field) bool { return m.name == name })
}

// pathTo is the nodes from n down to where the name stands, which it does.
func (n *node) pathTo(name Name) []*node {
	path := []*node{n}
	for n.kind == object || n.kind == list {
		next := n.element
		for i := range n.members {
			if n.members[i].node.names.has(name) {
				next = n.members[i].node
			}
		}
		n = next
		path = append(path, n)
	}
	return path
}

// at is where a name stands, which it does.
func (t *template) at(name Name) *node {
	path := t.root.pathTo(name)
	return path[len(path)-1]
}

// findExtra is the object of which {deviceId} is a member, or nil.
func (n *node) findExtra() *node {
	if !n.names.has(DeviceID) {
		return nil
	}
	path := n.pathTo(DeviceID)
	if len(path) < 2 || path[len(path)-2].kind != object {
		return nil
	}
	return path[len(path)-2]
}

// maxDepth is how deep a template may be nested. Samples are a few levels deep; the walks
// over a template are recursive.
const maxDepth = 64

// parser reads the text of one template. It notes each fault, and goes on where it can.
type parser struct {
	label   string
	allowed nameSet
	tokens  *json.Decoder
	faults  *Faults
	seen    nameSet
}

// parseTemplate is nil where the text is no template at all.
func parseTemplate(label, text string, allowed nameSet, faults *Faults) *template {
	p := &parser{label: label, allowed: allowed, faults: faults}
	if err := checkJSON(text); err != nil {
		p.fault("", err)
		return nil
	}
	p.tokens = json.NewDecoder(strings.NewReader(text))
	p.tokens.UseNumber()
	root := p.value("", 0)
	if root == nil {
		return nil
	}
	return &template{label: label, root: root, extra: root.findExtra(), names: root.names}
}

func checkJSON(text string) error {
	var value json.RawMessage
	err := json.Unmarshal([]byte(text), &value)
	var syntax *json.SyntaxError
	switch {
	case !utf8.ValidString(text):
		return errors.New("is not valid UTF-8: save the profile as UTF-8")
	case errors.As(err, &syntax):
		return fmt.Errorf(`is no JSON: %w, at byte %d: paste the API's sample, with "{name}" where a value goes`, err, syntax.Offset)
	}
	return err
}

func (p *parser) fault(place string, err error) {
	p.faults.add(joinPlace(p.label, place), err)
}

// value reads the next value. nil: it is nested too deep, which ends the reading.
func (p *parser) value(place string, depth int) *node {
	if depth > maxDepth {
		p.fault(place, fmt.Errorf("is nested deeper than %d: leave out what the SDK does not need", maxDepth))
		return nil
	}
	token, _ := p.tokens.Token() // the text is valid JSON
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(place, depth)
		}
		return p.list(place, depth)
	case string:
		return p.string(place, t)
	case json.Number:
		return &node{kind: constantOther, place: place, json: t.String(), text: pattern{before: t.String()}}
	case bool:
		return &node{kind: constantOther, place: place, json: strconv.FormatBool(t), text: pattern{before: strconv.FormatBool(t)}}
	}
	return &node{kind: constantOther, place: place, json: "null"}
}

func (p *parser) string(place, text string) *node {
	n := &node{place: place, json: quoted(text), text: pattern{before: text}}
	found, err := parsePattern(text, p.allowed)
	switch {
	case err != nil:
		p.fault(place, err)
	case !found.named:
	case p.seen.has(found.name):
		p.fault(place, fmt.Errorf("has %s again: leave one of the two", found.name))
	case found.name == Result && (found.number || found.before+found.after != ""):
		p.fault(place, fmt.Errorf("has more than %s in its text: the result is any JSON, write %[1]s alone", Result))
	default:
		n.kind, n.text, n.names = named, found, setOf(found.name)
		p.seen |= n.names
	}
	return n
}

func (p *parser) object(place string, depth int) *node {
	n := &node{kind: object, place: place}
	seen := map[string]bool{} // so that a large sample costs no more than its reading
	for p.tokens.More() {
		token, _ := p.tokens.Token()
		name, _ := token.(string)
		at := joinPlace(place, step(name))
		if strings.ContainsAny(name, "{}") {
			p.fault(at, errors.New("has a brace in a member's name: a name stands where a value goes"))
		}
		if seen[name] {
			p.fault(at, errors.New("stands twice in its object: leave one of the two"))
		}
		seen[name] = true
		value := p.value(at, depth+1)
		if value == nil {
			return nil
		}
		n.members = append(n.members, field{name, quoted(name) + ":", value})
		n.names |= value.names
	}
	_, _ = p.tokens.Token()
	return n
}

func (p *parser) list(place string, depth int) *node {
	n := &node{kind: list, place: place}
	var constants []string
	for i := 0; p.tokens.More(); i++ {
		value := p.value(joinPlace(place, "["+strconv.Itoa(i)+"]"), depth+1)
		if value == nil {
			return nil
		}
		if i == 0 {
			n.element = value
		}
		n.names |= value.names
		constants = append(constants, string((&writer{values: &Values{}}).whole(nil, value)))
	}
	_, _ = p.tokens.Token()
	if n.names == 0 {
		return &node{kind: constantOther, place: place, json: "[" + strings.Join(constants, ",") + "]"}
	}
	if len(constants) > 1 {
		p.fault(place, fmt.Errorf("is a list of %d examples with a name in it: leave one, it stands for the first element", len(constants)))
	}
	return n
}

func quoted(s string) string { return string(jsonform.AppendString(nil, s, jsonform.JavaScript)) }

// step is one step of a place: a member's name where it is a plain word, else ["two words"].
func step(name string) string {
	if isPlainWord(name) && !strings.Contains(name, ".") {
		return name
	}
	return "[" + strconv.Quote(shown(name)) + "]"
}

// joinPlace is "data.token", or "data[0]".
func joinPlace(outer, inner string) string {
	if outer == "" || inner == "" || inner[0] == '[' {
		return outer + inner
	}
	return outer + "." + inner
}
