package coreapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// holdsSecret looks for a value that would be written as something other than
// itself: a Secret, a RawJSON, or a Secret as a map's key, which encoding/json
// would write in plain. A type that marshals itself is left to itself.
func holdsSecret(v reflect.Value) string {
	return secretIn(v, 0)
}

// maxSearchDepth is beyond what encoding/json writes without a cycle in it.
const maxSearchDepth = 4000

var (
	secretType     = reflect.TypeFor[Secret]()
	rawJSONType    = reflect.TypeFor[RawJSON]()
	deviceInfoType = reflect.TypeFor[DeviceInfo]()
	marshalerType  = reflect.TypeFor[json.Marshaler]()
	textType       = reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()
)

func secretIn(v reflect.Value, depth int) string {
	if !v.IsValid() {
		return ""
	}
	if depth > maxSearchDepth {
		return "values nested too deep to look through"
	}
	switch t := v.Type(); {
	case t == deviceInfoType && v.FieldByName("Extra").Len() > 0:
		return "a DeviceInfo with Extra"
	case t == secretType && v.Len() > 0:
		return "a Secret"
	case t == rawJSONType && v.Len() > 0:
		return "a RawJSON"
	case marshals(t):
		return secretInherited(v, depth)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return secretIn(v.Elem(), depth+1)
	case reflect.Struct:
		return secretInStruct(v, depth)
	case reflect.Slice, reflect.Array:
		return secretInList(v, depth)
	case reflect.Map:
		return secretInMap(v, depth)
	}
	return ""
}

func marshals(t reflect.Type) bool { return t.Implements(marshalerType) || t.Implements(textType) }

// secretInherited looks where a value that marshals itself may have that from: what
// it points to, and what a struct embeds.
func secretInherited(v reflect.Value, depth int) string {
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
		if v.IsValid() && marshals(v.Type()) {
			return secretIn(v, depth+1)
		}
	}
	if v.Kind() != reflect.Struct {
		return ""
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.Anonymous || !(marshals(field.Type) || marshals(reflect.PointerTo(field.Type))) {
			continue
		}
		if found := secretIn(v.Field(i), depth+1); found != "" {
			return found
		}
	}
	return ""
}

func secretInStruct(v reflect.Value, depth int) string {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if (!field.IsExported() && !field.Anonymous) || field.Tag.Get("json") == "-" {
			continue
		}
		if found := secretIn(v.Field(i), depth+1); found != "" {
			return found
		}
	}
	return ""
}

func secretInList(v reflect.Value, depth int) string {
	switch v.Type().Elem().Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64, reflect.Uint8:
		return ""
	}
	for i := range v.Len() {
		if found := secretIn(v.Index(i), depth+1); found != "" {
			return found
		}
	}
	return ""
}

func secretInMap(v reflect.Value, depth int) string {
	for entry := v.MapRange(); entry.Next(); {
		if entry.Key().Type() == secretType {
			return "a Secret as a map's key"
		}
		for _, part := range []reflect.Value{entry.Key(), entry.Value()} {
			if found := secretIn(part, depth+1); found != "" {
				return found
			}
		}
	}
	return ""
}

// encodeBody marshals a request's body once. The error says what to pass instead.
func encodeBody(body any) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			data, err = nil, fmt.Errorf("the body's marshaler panics: %v", p)
		}
	}()
	if raw, ok := body.(json.RawMessage); ok {
		return encodeRawMessage(raw)
	}
	if err := checkBodyType(body); err != nil {
		return nil, err
	}
	if data, err = json.Marshal(body); err != nil {
		return nil, fmt.Errorf("the body does not marshal as JSON: %w", err)
	}
	if string(data) == "null" {
		return nil, errors.New("the body is a nil value: pass nil itself for a request without a body")
	}
	if found := holdsSecret(reflect.ValueOf(body)); found != "" {
		return nil, errors.New("the body holds " + found + ", which is not written as its value: convert it with string(…)")
	}
	return data, checkRedacted(data)
}

func encodeRawMessage(raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return nil, errors.New("the body is an empty json.RawMessage: pass nil for a request without a body")
	}
	if !json.Valid(raw) {
		return nil, errors.New("the body is a json.RawMessage that is not valid JSON")
	}
	// An escape may spell the literal; marshaling writes it plain.
	var value any
	if bytes.Contains(raw, []byte(`\u`)) && json.Unmarshal(raw, &value) == nil {
		if plain, err := json.Marshal(value); err == nil && checkRedacted(plain) != nil {
			return nil, checkRedacted(plain)
		}
	}
	return slices.Clone(raw), checkRedacted(raw)
}

// checkRedacted finds what a Secret or an empty RawJSON left in the text: both
// would be sent as the literal that they print as.
func checkRedacted(data []byte) error {
	if bytes.Contains(data, []byte(`"`+emptyRawJSON+`"`)) {
		return errors.New("the body holds a RawJSON, which marshals as its length: use json.RawMessage")
	}
	if bytes.Contains(data, []byte(redacted)) {
		return errors.New(`the body holds the text "` + redacted + `", as a Secret prints: convert a Secret with string(…)`)
	}
	return nil
}

func checkBodyType(body any) error {
	switch body.(type) {
	case RawJSON, *RawJSON:
		return errors.New("the body is a RawJSON, which marshals as its length: pass json.RawMessage(raw)")
	case []byte, *[]byte:
		return errors.New("the body is a []byte, which JSON writes as base64: pass json.RawMessage(data) for JSON text")
	case interface{ Read([]byte) (int, error) }:
		return errors.New("the body is an io.Reader: pass a value to marshal, or json.RawMessage with the JSON text")
	}
	return nil
}

// bodyField is a string that a typed operation writes into its body.
type bodyField struct{ name, value string }

// checkFields refuses what JSON would change on the way, a password above all,
// and what a Secret prints as.
func checkFields(fields []bodyField) error {
	for _, f := range fields {
		if !utf8.ValidString(f.value) {
			return errors.New("the field " + f.name + " is not valid UTF-8, which JSON cannot carry: convert it")
		}
		if strings.Contains(f.value, redacted) {
			return errors.New("the field " + f.name + ` holds "` + redacted + `", as a Secret prints: pass string(secret)`)
		}
	}
	return nil
}
