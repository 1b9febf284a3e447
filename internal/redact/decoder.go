package redact

import (
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// decoderText keeps the SDK's own words, and what the standard library says of places and
// kinds. The text of a type's own UnmarshalJSON may quote the body, a token in it too, so
// only the error's type is named.
func decoderText(err error) string {
	if words, ok := ownWords(err); ok {
		return words
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where, _, _ := strings.Cut(kind.Value, " ") // "number 123": without the number
		return fmt.Sprintf("json: %s does not fit the type %v%s", where, kind.Type, fieldText(kind.Field))
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return syntax.Error()
	}
	if corrupt, ok := errors.AsType[flate.CorruptInputError](err); ok {
		return corrupt.Error()
	}
	for _, fixed := range []error{gzip.ErrHeader, gzip.ErrChecksum} {
		if errors.Is(err, fixed) {
			return fixed.Error()
		}
	}
	return fmt.Sprintf("the body does not decode: %T", err)
}

// ownWords returns the SDK's words in an error. Those of fmt.Errorf around a Text are the
// SDK's too, since nobody else has a Text to wrap. Of any other error that holds a Text,
// which may be a caller's around another call's error, only the Text is.
func ownWords(err error) (words string, ok bool) {
	for inner := err; inner != nil && packageOf(inner) == "fmt"; {
		inner = errors.Unwrap(inner)
		if _, ok := inner.(Text); ok {
			return err.Error(), true
		}
	}
	text, ok := errors.AsType[Text](err)
	return string(text), ok
}

func fieldText(field string) string {
	if field == "" || pathsHaveKeys() {
		return ""
	}
	return " of the field " + field
}

// pathsHaveKeys is true where encoding/json's paths also name a map's keys, which are the
// response's: under GOEXPERIMENT=jsonv2, and perhaps from some version on.
func pathsHaveKeys() bool {
	kind, ok := errors.AsType[*json.UnmarshalTypeError](json.Unmarshal([]byte(`{"key":""}`), new(map[string]int)))
	return ok && kind.Field != ""
}
