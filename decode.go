package coreapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
	"github.com/fypass/coreapi-go/internal/readbuf"
	"github.com/fypass/coreapi-go/internal/redact"
)

// utf8BOM may stand before a body; RFC 8259 lets a parser pass over it.
var utf8BOM = []byte("\xEF\xBB\xBF")

// trimJSON takes off a byte order mark and JSON's white space.
func trimJSON(data []byte) []byte {
	return bytes.Trim(bytes.TrimPrefix(data, utf8BOM), " \t\r\n")
}

// errorBody is the documented shape of an error response. Error is an assumption: some
// servers nest code and message in it. Each field is its JSON as it came, so that one of
// an unexpected kind does not cost the others.
type errorBody struct {
	Code, Message, Error []byte
	other                []byte // the object itself, for a message in another place
}

// decodeError reads an error body. It takes any bytes: what is not one JSON object is an
// empty errorBody. What it returns is a part of body.
func decodeError(body []byte) errorBody {
	body = trimJSON(body)
	if len(body) == 0 || body[0] != '{' || !json.Valid(body) {
		return errorBody{}
	}
	return errorBody{
		Code:    jsonmembers.Find(body, "code"),
		Message: jsonmembers.Find(body, "message"),
		Error:   jsonmembers.Find(body, "error"),
		other:   body,
	}
}

// withNested fills what the top level lacks from the nested shape {"error": {…}}, field by
// field.
func (b errorBody) withNested() errorBody {
	if len(b.Error) == 0 {
		return b
	}
	nested := decodeError(b.Error)
	if b.code() == "" {
		b.Code = nested.Code
	}
	if b.message() == "" {
		b.Message = nested.Message
	}
	return b
}

// code is a string, or a number as its text; anything else is no code.
func (b errorBody) code() Code {
	if len(b.Code) == 0 || b.Code[0] == 't' || b.Code[0] == 'f' {
		return ""
	}
	return Code(strings.TrimSpace(scalarText(b.Code)))
}

// message is a string, or a list joined with "; "; a number or a bool is its text,
// an object is no message.
func (b errorBody) message() string { return messageText(b.Message) }

// otherMessages are where servers put a text without a message: OAuth, problem+json (RFC
// 9457), and habits. Assumption.
var otherMessages = [...]string{"error", "error_description", "detail", "title", "msg"}

// anyMessage is the message, else the first text in one of the other places, else in those
// of the nested shape.
func (b errorBody) anyMessage() string {
	if message := b.message(); message != "" {
		return message
	}
	for _, object := range [][]byte{b.other, b.Error} {
		for _, name := range otherMessages {
			if value := jsonmembers.Find(object, name); kindOf(value) == "string" && len(value) > len(`""`) {
				return shortText(value)
			}
		}
	}
	return ""
}

func messageText(value []byte) string {
	switch {
	case len(value) == 0:
		return ""
	case value[0] == '[':
		return joinScalars(value)
	case value[0] == '"':
		return shortText(value)
	}
	return scalarText(value)
}

// shortText is as much of a JSON string's text as a message keeps, and a little more where
// there is more.
func shortText(quoted []byte) string {
	if len(quoted) <= maxMessage {
		return stringText(quoted)
	}
	return string(jsonmembers.AppendText(make([]byte, 0, maxMessage+utf8.UTFMax), quoted, maxMessage+1))
}

func joinScalars(list []byte) string {
	var b strings.Builder
	for item := range jsonmembers.Items(list) {
		text := scalarText(item)
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(text)
		if b.Len() > maxMessage {
			break
		}
	}
	return b.String()
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
	var s string
	if json.Unmarshal(data, &s) != nil {
		return ""
	}
	return s
}

// Causes of an ErrUnexpectedResponse.
const (
	errEmptyBody       redact.Text = "the body is empty"
	errNoContent       redact.Text = "the response has no content (204)"
	errDecoderPanicked redact.Text = "the type's own decoding panicked"
)

// decodeResult decodes a 2xx body into out, and returns the part of the body that it
// decoded. envelope is the member that holds the result, "" where the body is the result.
// Where the type has a Raw it keeps a copy of that part.
func decodeResult(body []byte, envelope string, out any) (result []byte, err error) {
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
		*raw = readbuf.Copy(body)
		return body, nil
	}
	content := trimJSON(body)
	if len(content) == 0 || (string(content) == "null" && !takesNull(out)) {
		return content, errEmptyBody
	}
	r := asWireResult(out)
	if r == nil {
		return content, json.Unmarshal(content, out)
	}
	if err := r.decodeWire(content); err != nil {
		return content, err
	}
	r.keepRaw(readbuf.Copy(body))
	return content, nil
}

// takesNull: null is a value of the type, and not the lack of one.
func takesNull(out any) bool {
	switch reflect.TypeOf(out).Elem().Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return true
	}
	return false
}

// unwrap returns the value of one member of an object. Where it is missing or null the
// error names the members that there are.
func unwrap(body []byte, member string) ([]byte, error) {
	content := trimJSON(body)
	if len(content) == 0 {
		return nil, errEmptyBody
	}
	if err := requireObject(content); err != nil {
		return nil, err
	}
	for m := range jsonmembers.Of(content) {
		if exactly, _ := m.Is(member); exactly && string(m.Value) != "null" {
			return m.Value, nil
		}
	}
	return nil, incomplete("the response has no "+shownName(member)+", which the profile's Envelope names", content)
}
