package coreapi

import (
	"encoding/json"
	"fmt"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
	"github.com/fypass/coreapi-go/internal/redact"
)

// textField is a field of a result that is a text on the wire, or a number, which some
// servers write for an id.
type textField struct {
	name  string
	value *string
}

// readTexts reads the fields of one JSON object. A name in another letter case counts where
// the exact one is not there. rest gets the members that are no field; it may be nil.
func readTexts(object []byte, fields []textField, rest func(jsonmembers.Member) error) error {
	if err := requireObject(object); err != nil {
		return err
	}
	found := make([]foundField, len(fields))
	for m := range jsonmembers.Of(object) {
		i, exactly := fieldOf(m, fields)
		if i < 0 {
			if rest != nil {
				if err := rest(m); err != nil {
					return err
				}
			}
			continue
		}
		if exactly || !found[i].exactly {
			found[i] = foundField{m.Value, exactly}
		}
	}
	for i, f := range found {
		if err := f.read(fields[i]); err != nil {
			return err
		}
	}
	return nil
}

// requireObject leaves it to encoding/json to say what is wrong with what is none.
func requireObject(data []byte) error {
	if !json.Valid(data) {
		return json.Unmarshal(data, new(json.RawMessage))
	}
	if kind := kindOf(data); kind != "object" {
		return redact.Text("the response is " + kindText(kind) + ", not an object")
	}
	return nil
}

// fieldOf finds the field that a member is; -1: none.
func fieldOf(m jsonmembers.Member, fields []textField) (i int, exactly bool) {
	for i, f := range fields {
		if exactly, inAnyCase := m.Is(f.name); exactly || inAnyCase {
			return i, exactly
		}
	}
	return -1, false
}

type foundField struct {
	value   []byte // nil: it is not there
	exactly bool   // by its exact name
}

// read takes a string, a number as it is written, and null as nothing.
func (f foundField) read(field textField) error {
	switch kind := kindOf(f.value); kind {
	case "string":
		*field.value = stringText(f.value)
	case "number":
		*field.value = string(f.value)
	case "", "null":
	default:
		return redact.Text(fmt.Sprintf("the field %s is %s, not a text", field.name, kindText(kind)))
	}
	return nil
}

// kindOf is the kind of a valid JSON value, "" for none.
func kindOf(value []byte) string {
	value = trimJSON(value)
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}

// kindText is a kind with its article.
func kindText(kind string) string {
	switch kind {
	case "null":
		return "null"
	case "object":
		return "an object"
	}
	return "a " + kind
}
