package jsonform

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// lossKind is what does not survive a server's parser.
type lossKind int

const (
	none lossKind = iota
	otherValue
	outOfRange
	loneSurrogate
	invalidUTF8
	duplicateName
)

// loss is a kind and where it stands in the source. The error is made once, at the
// end, because finding the path takes another walk through the source.
type loss struct {
	kind     lossKind
	position int
}

// lose notes a loss, if it is the first in the source: a duplicate is found only when
// its object ends.
func (w *writer) lose(kind lossKind, position int) {
	if w.loss.kind == none || position < w.loss.position {
		w.loss = loss{kind, position}
	}
}

// err says what the loss is, where, and what to pass instead; nil for none.
func (l loss) err(src []byte) error {
	if l.kind == none {
		return nil
	}
	path, inName := pathTo(src, l.position)
	holder := "the string at " + path
	if inName {
		holder = "the name of the member at " + path
	}
	switch l.kind {
	case otherValue:
		return errors.New("the number " + shownNumber(src[l.position:]) + " at " + path +
			" comes out of a server's parser as another value, because that is a float64: pass it as a string")
	case outOfRange:
		return errors.New("the number " + shownNumber(src[l.position:]) + " at " + path +
			" is out of a float64's range, which servers refuse or change: pass it as a string")
	case loneSurrogate:
		return errors.New(holder + " has half a surrogate pair, which is no character: pass the whole character, or leave it out")
	case invalidUTF8:
		return errors.New(holder + " is not valid UTF-8: convert it to UTF-8, or pass bytes as base64")
	default:
		return errors.New("the member " + path + " stands twice in its object, and servers keep one of them: pass it once")
	}
}

// shownNumber is the number that text begins with, cut at 40 characters.
func shownNumber(text []byte) string {
	text = text[:numberLength(text)]
	if len(text) > 40 {
		return string(text[:40]) + "…"
	}
	return string(text)
}

// step is one level of a path.
type step struct {
	array bool
	index int    // in an array
	name  []byte // in an object: the member's name as a JSON string; nil before it was read
}

// pathTo says where a byte of valid JSON stands, as body.devices[3].size, and whether
// it belongs to the name of that member instead of its value.
func pathTo(src []byte, position int) (path string, inName bool) {
	var steps []step
	for i := 0; i <= position; {
		length := 1
		switch src[i] {
		case '{', '[':
			steps = append(steps, step{array: src[i] == '['})
		case '}', ']':
			steps = steps[:len(steps)-1]
		case ',':
			last := &steps[len(steps)-1]
			last.index++
			last.name = nil
		case '"':
			length = stringLength(src[i:])
			inName = len(steps) > 0 && steps[len(steps)-1].takeName(src[i:i+length])
		}
		i += length
	}
	return joinSteps(steps), inName
}

// takeName is false for a string that is a value.
func (s *step) takeName(text []byte) bool {
	if s.array || s.name != nil {
		return false
	}
	s.name = text
	return true
}

// stringLength is the length of the JSON string that text begins with.
func stringLength(text []byte) int {
	for i := 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// shownSteps is how many steps of a path are shown at each end.
const shownSteps = 8

func joinSteps(steps []step) string {
	var path strings.Builder
	path.WriteString("body")
	for i, s := range steps {
		switch {
		case i < shownSteps || i >= len(steps)-shownSteps:
			path.WriteString(s.String())
		case i == shownSteps:
			path.WriteString("…")
		}
	}
	return path.String()
}

// String is [3], .size or, where a name is no plain word, ["two words"].
func (s step) String() string {
	if s.array {
		return "[" + strconv.Itoa(s.index) + "]"
	}
	var name string
	if json.Unmarshal(s.name, &name) != nil {
		return "[?]"
	}
	shown := cutName(name)
	if name != "" && !strings.ContainsFunc(name, notInWord) {
		return "." + shown
	}
	return "[" + strconv.Quote(shown) + "]"
}

// cutName cuts a name at 32 characters.
func cutName(name string) string {
	count := 0
	for i := range name {
		if count == 32 {
			return name[:i] + "…"
		}
		count++
	}
	return name
}

func notInWord(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '$'
}
