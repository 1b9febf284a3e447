package coreapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A success has to say so: nothing is taken for one because its status is 2xx. Each
// operation says what a result must have, in its lacks function; an answer that has it is
// a success whatever else is in it, and one that has not is an error.

// wireResult is a result of an operation, which reads itself off the wire: an id or a text
// field may come as a number there.
type wireResult interface {
	decodeWire(data []byte) error
	keepRaw(RawJSON)
}

// asWireResult tells a result type of this package from a caller's type that embeds one
// and so has its methods. A list of ours would tell them apart as well, but would put all
// of them into every program.
func asWireResult(out any) wireResult {
	r, ok := out.(wireResult)
	if ok && reflect.TypeOf(out).Elem().PkgPath() == secretType.PkgPath() {
		return r
	}
	return nil
}

// lacking is a callSpec's lacks for results of type T.
func lacking[T any](lacks func(*T) string) func(any) string {
	return func(out any) string {
		result, ok := out.(*T)
		if !ok || result == nil {
			return ""
		}
		return lacks(result)
	}
}

// incompleteError is the cause of an ErrUnexpectedResponse: what a 2xx lacks, and what it
// has. It names members and kinds, no value but a state's word.
type incompleteError string

func (e incompleteError) Error() string { return string(e) }

// incomplete says what a body lacks, and which members it has instead.
func incomplete(lacks string, body []byte) error {
	return incompleteError(lacks + ": " + describeJSON(body))
}

// The limits of what describeJSON shows.
const (
	maxShownMembers = 20
	maxShownName    = 32 // bytes
)

// describeJSON names the members of an object, or the kind of any other value.
func describeJSON(body []byte) string {
	content := trimJSON(bytes.TrimPrefix(body, utf8BOM))
	if len(content) == 0 {
		return "the body is empty"
	}
	if !json.Valid(content) {
		return "the body is no JSON"
	}
	switch content[0] {
	case '{':
		return describeMembers(content)
	case '[':
		return "the body is a list"
	case '"':
		return "the body is a string"
	case 'n':
		return "the body is null"
	case 't', 'f':
		return "the body is a bool"
	}
	return "the body is a number"
}

func describeMembers(object []byte) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil || len(members) == 0 {
		return "the body is an empty object"
	}
	names := slices.Sorted(maps.Keys(members))
	shown := make([]string, 0, maxShownMembers+1)
	for i, name := range names {
		if i == maxShownMembers {
			shown = append(shown, ellipsis)
			break
		}
		shown = append(shown, oneLine(name, maxShownName))
	}
	return "the body has the members " + strings.Join(shown, ", ")
}

// shownState quotes a state's word where it is a plain one, since it may be anything.
func shownState(s LoginState) string {
	if s == "" {
		return "the response has no state"
	}
	if !isPlainWord(string(s)) {
		return "the state is a word that the SDK does not know"
	}
	return `the state "` + string(s) + `" is none that the SDK knows`
}

// isPlainWord: at most 32 letters, digits, hyphens, underscores and dots.
func isPlainWord(s string) bool {
	return s != "" && len(s) <= maxShownName && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '.'
	}) < 0
}

// inBandCode finds the documented code by which a 2xx says no. complete: the body decoded
// into a result that lacks nothing. It returns no row where there is none.
func (k *call) inBandCode(body []byte, complete bool, said *errorBody) *catalogueRow {
	switch {
	case k.envelope() != "": // a code beside the result
		decodeError(&k.core.decoders, body, !k.isOperation() || complete, said)
	case k.isOperation():
		if complete {
			return nil // a device's own code is data
		}
		decodeError(&k.core.decoders, body, false, said)
	default:
		if !hasOnlyEnvelopeWords(body) {
			return nil
		}
		decodeError(&k.core.decoders, body, true, said)
	}
	_, row := said.code()
	return row
}

func (k *call) envelope() string { return k.core.envelope }

// isOperation is false for a call of Do, of which nobody knows what it has to have.
func (k *call) isOperation() bool { return k.lacks != nil }

// envelopeWords are the members that an error has beside its code, or that are around any
// result.
var envelopeWords = [...]string{
	"code", "message", "error", "errors", "status", "statusCode", "success", "timestamp", "requestId", "path",
}

// hasOnlyEnvelopeWords reports whether an object has a code, and otherwise nothing but
// envelope words and members that are null. Of a call of Do nobody knows what its result
// has to have: a code beside anything else may be that of a product.
func hasOnlyEnvelopeWords(body []byte) bool {
	if !mayHaveCode(body) {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimPrefix(body, utf8BOM), &members) != nil {
		return false
	}
	for name, value := range members {
		isWord := slices.ContainsFunc(envelopeWords[:], func(word string) bool { return strings.EqualFold(word, name) })
		if !isWord && string(value) != "null" {
			return false
		}
	}
	return len(members) > 0
}

// text is a text field of a result, which may come as a number.
type text string

// UnmarshalJSON takes a string, a number as it is written, and null as nothing.
func (t *text) UnmarshalJSON(data []byte) error {
	switch c := data[0]; {
	case c == '"':
		*t = text(stringText(data))
	case c == '-' || ('0' <= c && c <= '9'):
		*t = text(data)
	case c != 'n':
		return &json.UnmarshalTypeError{Value: kindOf(c), Type: reflect.TypeFor[string]()}
	}
	return nil
}

// kindOf is what encoding/json calls a value that begins with c.
func kindOf(c byte) string {
	switch c {
	case '{':
		return "object"
	case '[':
		return "array"
	}
	return "bool"
}

// errNoBody is the cause where an operation was answered with 204.
var errNoBody = errors.New("the response has no content (204)")
