package coreapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
)

// utf8BOM may stand before a body; RFC 8259 lets a parser pass over it.
var utf8BOM = []byte("\xEF\xBB\xBF")

// decodeError reads an error body's code and message into *said, whose memory it
// uses again. It takes any bytes. The nested shape {"error": {…}} is read only for
// a status outside 2xx; the top level wins, field by field.
func decodeError(d *decoders, body []byte, success bool, said *errorBody) {
	said.reset()
	body = bytes.TrimPrefix(body, utf8BOM)
	if success && !mayHaveCode(body) {
		return
	}
	if unmarshalError(d, body, said) && !success && len(said.Error) > 0 {
		said.fillFromNested(d)
	}
}

// mayHaveCode spares a success body a second parse: without the key's letters,
// and without an escape that could spell them, there is no code in it.
func mayHaveCode(body []byte) bool {
	return hasCodeKey(body, 'c') || hasCodeKey(body, 'C') || bytes.Contains(body, []byte(`\u`))
}

// hasCodeKey looks for "code" in quotes, in any case but for its first letter.
func hasCodeKey(body []byte, first byte) bool {
	const key = `"code"`
	for from := 1; from < len(body); {
		i := bytes.IndexByte(body[from:], first)
		if i < 0 {
			return false
		}
		from += i
		if body[from-1] == '"' && len(body)-from >= len(key)-1 && bytes.EqualFold(body[from-1:from-1+len(key)], []byte(key)) {
			return true
		}
		from++
	}
	return false
}

// errorBody is the documented shape. Error is an assumption.
type errorBody struct {
	Code    field `json:"code"`
	Message field `json:"message"`
	Error   field `json:"error"`
}

// field is a field's JSON as it came; empty: absent or null. A field of another
// kind than the documented one does not cost the others, and none costs an
// allocation before somebody wants its text.
type field []byte

// UnmarshalJSON never fails.
func (f *field) UnmarshalJSON(data []byte) error {
	if data[0] != 'n' { // null changes nothing, as encoding/json has it
		*f = append((*f)[:0], data...)
	}
	return nil
}

// reset empties the fields and keeps their memory.
func (b *errorBody) reset() {
	b.Code, b.Message, b.Error = b.Code[:0], b.Message[:0], b.Error[:0]
}

func (b *errorBody) fillFromNested(d *decoders) {
	var nested errorBody
	if !unmarshalError(d, b.Error, &nested) {
		return
	}
	if code, _ := b.code(); code == "" {
		b.Code = nested.Code
	}
	if b.message() == "" {
		b.Message = nested.Message
	}
	b.Error = nil // it may be large, and the attempt be followed by a wait
}

// unmarshalError is false for what is not one JSON object, so for null, a list, a
// string and anything broken. It leaves *said empty then.
func unmarshalError(d *decoders, body []byte, said *errorBody) bool {
	body = trimJSON(body)
	return len(body) > 0 && body[0] == '{' && d.unmarshal(body, said) == nil
}

// code is a string, or a number as its text; anything else is no code. The row is
// nil where it is not documented.
func (b *errorBody) code() (Code, *catalogueRow) {
	if len(b.Code) == 0 || b.Code[0] == 't' || b.Code[0] == 'f' {
		return "", nil
	}
	if b.Code[0] == '"' {
		text := b.Code[1 : len(b.Code)-1]
		for i := range catalogue {
			if string(catalogue[i].Code) == string(text) { // the catalogue's needs no memory
				return catalogue[i].Code, &catalogue[i]
			}
		}
	}
	code := Code(strings.TrimSpace(scalarText(b.Code)))
	return code, documented(code)
}

// message is a string, or a list joined with "; "; a number or a bool is its text,
// an object is no message.
func (b *errorBody) message() string {
	switch {
	case len(b.Message) == 0:
		return ""
	case b.Message[0] == '[':
		return joinScalars(b.Message)
	}
	return scalarText(b.Message)
}

func joinScalars(data []byte) string {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		return ""
	}
	var parts []string
	for _, item := range list {
		if text := scalarText(item); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}

// scalarText is the text of one valid JSON value, "" for null, a list and an object.
func scalarText(data []byte) string {
	switch data[0] {
	case '"':
		return stringText(data)
	case '{', '[', 'n':
		return ""
	}
	return string(data)
}

// stringText unquotes a JSON string. Most have nothing to unquote.
func stringText(data []byte) string {
	plain := data[1 : len(data)-1]
	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return string(plain)
	}
	return unquote(data)
}

func unquote(data []byte) (s string) {
	if json.Unmarshal(data, &s) != nil {
		return ""
	}
	return s
}

// errEmptyBody is the cause where a 2xx has no body and the caller wants one.
var errEmptyBody = errors.New("the body is empty")

// errDecoderPanicked is the cause where a caller's UnmarshalJSON panicked.
var errDecoderPanicked = errors.New("the type's own decoding panicked")

// decodeSuccess decodes a 2xx body into out, after taking it out of the envelope's member
// where that is not "", and returns what it decoded. Where the type has a Raw it keeps a
// copy of that.
func decodeSuccess(d *decoders, body []byte, envelope string, out any) (result []byte, err error) {
	if _, nothing := out.(*struct{}); nothing {
		return body, nil
	}
	if envelope != "" {
		data, err := unwrap(body, envelope)
		if _, raw := out.(*RawJSON); err == nil {
			body = data
		} else if !raw { // which takes any body as it came
			return body, err
		}
	}
	if raw, ok := out.(*RawJSON); ok {
		*raw = kept(body)
		return body, nil
	}
	content := bytes.TrimSpace(bytes.TrimPrefix(body, utf8BOM))
	if len(content) == 0 || string(content) == "null" {
		return content, errEmptyBody
	}
	r := asWireResult(out)
	if r == nil {
		return content, d.unmarshal(content, out)
	}
	if err := r.decodeWire(content); err != nil {
		return content, err
	}
	r.keepRaw(kept(body))
	return content, nil
}

// unwrap returns the value of one member of an object. Where it is missing or null the
// error names the members that there are.
func unwrap(body []byte, member string) ([]byte, error) {
	content := bytes.TrimSpace(bytes.TrimPrefix(body, utf8BOM))
	if len(content) == 0 {
		return nil, errEmptyBody
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(content, &object); err != nil {
		return nil, err
	}
	if data := object[member]; len(data) > 0 && string(data) != "null" {
		return data, nil
	}
	return nil, incomplete("the response has no "+oneLine(member, maxShownName)+", which the profile's Envelope names", content)
}

// clearValue takes back what a failed decode left in *out.
func clearValue(out any) { reflect.ValueOf(out).Elem().SetZero() }
