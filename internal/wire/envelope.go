package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// An envelope's constants are conditions: a response that does not meet one is an error,
// whatever its HTTP status.

// Unmet is a condition of the envelope that a response does not meet: "status is not true".
// The response is an error, and may have a code and a message that say more.
type Unmet string

// Error names the condition.
func (u Unmet) Error() string { return string(u) }

// compileEnvelope is nil where the body is the result.
func compileEnvelope(text string, faults *Faults) *template {
	if text == "" {
		return nil
	}
	before := len(*faults)
	t := parseTemplate("Envelope", text, setOf(Result), faults)
	if t == nil || len(*faults) > before {
		return nil
	}
	if !t.names.has(Result) && !t.root.hasCondition() {
		faults.add("Envelope", fmt.Errorf(`has neither %s nor a condition: write one such as {"status":true,"data":"%[1]s"}, or none where the body is the result`, Result))
	}
	if !t.names.has(Result) && t.root.kind != object {
		faults.add("Envelope", errors.New(`is no object: write one such as {"data":"{result}"}`))
	}
	return t
}

// HasConditions tells whether the envelope has a condition, so that a response can be an
// error though its status is 200.
func (w *Wire) HasConditions() bool { return w.envelope != nil && w.envelope.root.hasCondition() }

func (n *node) hasCondition() bool {
	switch n.kind {
	case constantString, constantOther:
		return true
	case list:
		return n.element.hasCondition()
	}
	for _, m := range n.members {
		if m.node.hasCondition() {
			return true
		}
	}
	return false
}

// Open takes the envelope off a response's body. The error is an [Unmet] where the response
// says that it is no success, else it says what is there in {result}'s place. Without an
// envelope, and with one that has no {result}, body comes back as it is.
func (w *Wire) Open(body []byte) (result []byte, err error) {
	if w.envelope == nil {
		return body, nil
	}
	content, err := jsonContent(body)
	if err != nil {
		return nil, err
	}
	if unmet := w.envelope.root.unmet(content); unmet != nil {
		return nil, Unmet(unmet.condition())
	}
	if w.resultPath == nil {
		return body, nil
	}
	deepest, found := follow(w.resultPath, content)
	if deepest.kind != named || string(found) == "null" {
		return nil, w.envelope.missing(setOf(Result), content)
	}
	return found, nil
}

// unmet is the first condition that the value at n does not meet, or nil. value is nil
// where nothing stands there.
func (n *node) unmet(value []byte) *node {
	switch n.kind {
	case constantString, constantOther:
		if !n.metBy(value) {
			return n
		}
	case list:
		if value != nil {
			value = firstElement(value)
		}
		return n.element.unmet(value)
	case object:
		for i := range n.members {
			if unmet := n.members[i].node.unmet(member(value, n.members[i].name)); unmet != nil {
				return unmet
			}
		}
	}
	return nil
}

const (
	anyText   = "*" // anything that is there; behind a text: any text that begins with it
	otherwise = "|" // between texts of which one has to be there
)

// metBy compares as text: 200 is "200".
func (n *node) metBy(value []byte) bool {
	absent := value == nil || string(value) == "null"
	switch {
	case n.json == "null":
		return absent
	case absent:
		return false
	case n.kind == constantString && n.text.before == anyText:
		return true
	case n.json[0] == '[': // a list without a name
		var compact bytes.Buffer
		return json.Compact(&compact, value) == nil && compact.String() == n.json
	}
	text, ok := scalar(value)
	if n.kind != constantString {
		return ok && text == n.text.before
	}
	return ok && matchesAny(text, n.text.before)
}

func matchesAny(text, condition string) bool {
	for alternative := range strings.SplitSeq(condition, otherwise) {
		start, isStart := strings.CutSuffix(alternative, anyText)
		if text == alternative || isStart && strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// condition is the sentence on a response that does not meet it.
func (n *node) condition() string {
	at := placeOr(n.place, "the response")
	switch {
	case n.kind == constantOther || n.text.before == "":
		return at + " is not " + shown(n.json)
	case n.text.before == anyText:
		return at + " is not there"
	}
	return at + " is not " + shown(n.text.before)
}
