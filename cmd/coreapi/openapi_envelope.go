package main

import (
	"encoding/json"
	"regexp"

	"github.com/fypass/coreapi-go/internal/wire"
)

// inEnvelope is the schema of a success, where result is that of its result.
func (b *openapiBuilder) inEnvelope(result object) object {
	envelope := b.wire.EnvelopeShape()
	switch {
	case envelope == nil:
		return result
	case !envelope.Has(wire.Result): // conditions alone, beside the result's members
		return object{{"allOf", []object{envelopeSchema(envelope, nil), result}}}
	}
	return envelopeSchema(envelope, result)
}

func envelopeSchema(s *wire.Shape, result object) object {
	switch s.Kind {
	case wire.ShapeName:
		return result
	case wire.ShapeConstant:
		return condition(s.Constant)
	case wire.ShapeList:
		return object{{"type", "array"}, {"minItems", 1}, {"prefixItems", []object{envelopeSchema(s.Element, result)}}}
	}
	required, properties := []string{}, object{}
	for _, m := range s.Members {
		value := envelopeSchema(m.Value, result)
		if m.Value.Kind != wire.ShapeName {
			value = isSaid.on(value)
		}
		properties = properties.with(member{m.Name, value})
		if m.Value.Kind != wire.ShapeConstant || m.Value.Constant != "null" { // null is met by nothing, too
			required = append(required, m.Name)
		}
	}
	schema := object{{"type", "object"}}
	if len(required) > 0 {
		schema = schema.with(member{"required", required})
	}
	return schema.with(member{"properties", properties})
}

// condition is the schema of what meets a constant of an envelope. It is compared as text,
// so that 200 and "200" are the same.
func condition(constant string) object {
	var text string
	switch {
	case json.Unmarshal([]byte(constant), &text) == nil && constant != "null":
		return textCondition(text)
	case constant == "null" || constant[0] == '[':
		return object{{"const", json.RawMessage(constant)}}
	}
	return object{{"enum", []any{json.RawMessage(constant), constant}}}
}

func textCondition(text string) object {
	var words []any
	var each []object
	for _, a := range wire.Alternatives(text) {
		switch {
		case a.IsPrefix && a.Text == "":
			return object{{"not", object{{"type", "null"}}}} // anything that is there
		case a.IsPrefix:
			each = append(each, object{{"type", "string"}, {"pattern", "^" + regexp.QuoteMeta(a.Text)}},
				object{{"type", []string{"number", "boolean"}}}) // a schema cannot look at how they begin
		default:
			words = append(words, a.Text)
			if value := scalarOf(a.Text); value != nil {
				words = append(words, value)
			}
		}
	}
	switch {
	case each == nil:
		return object{{"enum", words}}
	case words != nil:
		each = append(each, object{{"enum", words}})
	}
	return object{{"anyOf", each}}
}

// scalarOf is the number or bool that has the text; nil: none has.
func scalarOf(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return nil
	}
	switch value.(type) {
	case float64, bool:
		return json.RawMessage(text)
	}
	return nil
}
