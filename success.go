package coreapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

// A success has to say so: nothing is taken for one because its status is 2xx. Each
// operation says what a result must have, in its lacks function; an answer that has it is
// a success whatever else is in it, and one that has not is an error.

// wireResult is a result of an operation, which reads itself off the wire: an id or a text
// field may come as a number there. Not by an exported UnmarshalJSON, which a caller's type
// that embeds one would inherit.
type wireResult interface {
	decodeWire(data []byte) error
	setValues(values *wire.Values, extra []wire.Member) error // of a profile with templates
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
	switch kind := kindOf(content); {
	case kind == "":
		return "the body is empty"
	case !json.Valid(content):
		return "the body is no JSON"
	case kind == "object":
		return describeMembers(content)
	default:
		return "the body is " + kindText(kind)
	}
}

// describeMembers shows the first names in their order. One that is longer than a name
// usually is may be anything, and is not shown.
func describeMembers(object []byte) string {
	var names []string
	for m := range jsonmembers.Of(object) {
		if len(names) == maxShownMembers {
			names = append(names, printable.Ellipsis)
			break
		}
		name := printable.Ellipsis
		if len(m.Name) <= maxShownName {
			name = shownName(m.Text())
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "the body is an empty object"
	}
	return "the body has the members " + strings.Join(names, ", ")
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
	switch {
	case k.isOperation() && !complete:
		return documentedError(body, true)
	case k.shared.profile.Envelope != "" && mayHaveCode(body): // a code beside the result
		return documentedError(body, false)
	case k.isOperation(): // a device's own code is data
	case hasOnlyEnvelopeWords(body):
		return documentedError(body, false)
	}
	return errorBody{}
}

// documentedError is the error body whose code is documented: at the top level, else,
// where nested is true, under "error".
func documentedError(body []byte, nested bool) errorBody {
	said := decodeError(body)
	if lookupCode(said.code()) != nil {
		return said
	}
	if inner := decodeError(said.Error); nested && lookupCode(inner.code()) != nil {
		if inner.message() == "" {
			inner.Message = said.Message
		}
		return inner
	}
	return errorBody{}
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
	body = trimJSON(body)
	for m := range jsonmembers.Of(body) { // most results end here, at their first member
		if !isOneOf(m, envelopeWords[:]) && string(m.Value) != "null" {
			return false
		}
	}
	return mayHaveCode(body) && json.Valid(body)
}

// errorWords are those of the envelope words that say how a request went.
var errorWords = [...]string{"code", "message", "error", "errors", "statusCode", "success"}

// hasErrorWord reports whether an object has one of them.
func hasErrorWord(object []byte) bool {
	for m := range jsonmembers.Of(trimJSON(object)) {
		if isOneOf(m, errorWords[:]) {
			return true
		}
	}
	return false
}

func isOneOf(m jsonmembers.Member, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, is := m.Is(name); return is })
}
