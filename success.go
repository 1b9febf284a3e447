package coreapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
)

// A success has to say so: nothing is taken for one because its status is 2xx. Each
// operation says what a result must have, in its lacks function; an answer that has it is
// a success whatever else is in it, and one that has not is an error.

// wireResult is a result of an operation, which reads itself off the wire: an id or a text
// field may come as a number there. Not by an exported UnmarshalJSON, which a caller's type
// that embeds one would inherit.
type wireResult interface {
	decodeWire(data []byte) error
	keepRaw(RawJSON)
}

// asWireResult is nil for any other type, one that embeds a result included.
func asWireResult(out any) wireResult {
	switch r := out.(type) {
	case *ClientInfo:
		return r
	case *LoginSession:
		return r
	case *LoginStatus:
		return r
	case *Device:
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

// incomplete is the cause of an ErrUnexpectedResponse: what a body lacks, and which
// members it has instead. It names members and kinds, no value but a state's word.
func incomplete(lacks string, body []byte) error {
	return redact.Text(lacks + ": " + describeJSON(body))
}

// The limits of what describeJSON shows.
const (
	maxShownMembers = 20
	maxShownName    = 32 // bytes
)

// describeJSON names the members of an object, or the kind of any other value.
func describeJSON(body []byte) string {
	content := trimJSON(body)
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
			shown = append(shown, printable.Ellipsis)
			break
		}
		shown = append(shown, shownName(name))
	}
	return "the body has the members " + strings.Join(shown, ", ")
}

func shownName(name string) string { return printable.Line(name, maxShownName) }

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

// inBandError finds what a 2xx says by which it is an error: a documented code. complete:
// the body has decoded into a result that lacks nothing. It returns the zero errorBody
// where there is none.
func (k *call) inBandError(body []byte, complete bool) errorBody {
	var said errorBody
	switch {
	case k.isOperation() && !complete:
		said = decodeError(body).withNested()
	case k.shared.envelope != "" && mayHaveCode(body): // a code beside the result
		said = decodeError(body)
	case k.isOperation(): // a device's own code is data
	case hasOnlyEnvelopeWords(body):
		said = decodeError(body)
	}
	if lookupCode(said.code()) == nil {
		return errorBody{}
	}
	return said
}

// isOperation is false for a call of Do, of which nobody knows what it has to have.
func (k *call) isOperation() bool { return k.lacks != nil }

// mayHaveCode spares most success bodies a second parse: without the key's letters, and
// without an escape that could spell them, there is no code in it.
func mayHaveCode(body []byte) bool {
	const key = `"code"`
	for rest := body; len(rest) >= len(key); rest = rest[1:] {
		quote := bytes.IndexByte(rest, '"')
		if quote < 0 || len(rest)-quote < len(key) {
			break
		}
		rest = rest[quote:]
		if bytes.EqualFold(rest[:len(key)], []byte(key)) {
			return true
		}
	}
	return bytes.Contains(body, []byte(`\u`))
}

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
	if json.Unmarshal(trimJSON(body), &members) != nil {
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
