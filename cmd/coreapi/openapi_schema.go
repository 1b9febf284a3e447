package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// schemaForm writes a template as a JSON schema.
type schemaForm struct {
	wire     *wire.Wire
	words    []string // the API's, for a login's state
	mark     mark     // of each member
	isResult bool     // its constants are samples; in a request they are sent
}

// words are the API's for a login's state.
func (b *openapiBuilder) words() []string {
	if len(b.profile.States) > 0 {
		return slices.Sorted(maps.Keys(b.profile.States))
	}
	return []string{string(coreapi.LoginPending), string(coreapi.LoginSucceeded), string(coreapi.LoginFailed)}
}

// whole is the schema of a request's body or of a result.
func (f schemaForm) whole(r *wire.CompiledRoute) object {
	shape, needs := r.BodyShape(), r.RequestNeeds()
	either := "oneOf" // an account is an email or a WhatsApp number, not both
	if f.isResult {
		shape, needs, either = r.ResultShape(), r.ResultNeeds(), "anyOf"
	}
	var must []wire.Name
	var conditions []object
	for _, names := range needs {
		if len(names) == 1 {
			must = append(must, names...)
		} else {
			conditions = append(conditions, object{{either, chains(shape, names)}})
		}
	}
	if f.isResult {
		conditions = append(conditions, f.loginConditions(r, shape)...)
	}
	schema := f.value(shape, must)
	if len(conditions) > 0 {
		schema = schema.with(member{"allOf", conditions})
	}
	return schema
}

// loginConditions: a login with credentials is not pending, and one that has succeeded has
// a user token.
func (f schemaForm) loginConditions(r *wire.CompiledRoute, shape *wire.Shape) (conditions []object) {
	needs := r.SucceededNeeds()
	if !shape.Has(wire.State) || len(needs) == 0 {
		return nil
	}
	var succeeded, decided []string
	for _, word := range f.words {
		switch state, _ := f.wire.State(word); state {
		case wire.Succeeded:
			succeeded = append(succeeded, word)
			decided = append(decided, word)
		case wire.Failed:
			decided = append(decided, word)
		}
	}
	isNumber := numberAt(shape, wire.State)
	if r.IsDecided() {
		conditions = append(conditions, chain(shape, wire.State, enum(decided, isNumber)))
	}
	return append(conditions, object{
		{"if", chain(shape, wire.State, enum(succeeded, isNumber))},
		{"then", object{{"allOf", chains(shape, needs)}}},
	})
}

// value is the schema of a part of a template. must are the names that have to be there.
func (f schemaForm) value(s *wire.Shape, must []wire.Name) object {
	switch s.Kind {
	case wire.ShapeName:
		return f.name(s, slices.Contains(must, s.Name))
	case wire.ShapeList: // one example stands for the first element
		list := object{{"type", "array"}, {"prefixItems", []object{f.mark.on(f.value(s.Element, must))}}}
		if f.isRequired(s, must) {
			list = list.with(member{"minItems", 1})
		}
		return list
	case wire.ShapeConstant:
		if f.isResult {
			return object{{"examples", []json.RawMessage{json.RawMessage(s.Constant)}}}
		}
		return object{{"const", json.RawMessage(s.Constant)}}
	}
	schema := object{{"type", "object"}}
	if len(s.Members) == 0 && !f.isResult {
		return schema.with(member{"maxProperties", 0})
	}
	properties, required := object{}, []string{}
	for _, m := range s.Members {
		properties = properties.with(member{m.Name, f.mark.on(f.value(m.Value, must))})
		if f.isRequired(m.Value, must) {
			required = append(required, m.Name)
		}
	}
	if len(required) > 0 {
		schema = schema.with(member{"required", required})
	}
	return schema.with(member{"properties", properties})
}

// isRequired: what has a name that has to be there, and in a request what does not go away
// where values are empty.
func (f schemaForm) isRequired(s *wire.Shape, must []wire.Name) bool {
	if !f.isResult && (s.HasConstant() || s.Kind == wire.ShapeObject && len(s.Members) == 0) {
		return true
	}
	return slices.ContainsFunc(must, s.Has)
}

// aboutNames says what the names in templates stand for.
var aboutNames = map[wire.Name]string{
	wire.Email:          "The email that the user logs in with.",
	wire.WhatsApp:       "The WhatsApp number that the user logs in with.",
	wire.Account:        "The email or the WhatsApp number that the user logs in with.",
	wire.Password:       "The user's password.",
	wire.State:          "How far the login is.",
	wire.ReqToken:       "The login's own token. Whoever has it can fetch the user's token.",
	wire.UserToken:      "The user's token, for X-Token. It is there once the login has succeeded.",
	wire.UserID:         "The user's id. It is there once the login has succeeded.",
	wire.FailureCode:    "Why the login has failed: an error code.",
	wire.FailureMessage: "Why the login has failed, in the language of X-Language.",
	wire.URL:            "The hosted page, which the user is sent to.",
	wire.ID:             "The API's id.",
	wire.DeviceID:       "The device's own id, by which it is one.",
	wire.DisplayName:    "A name for people.",
	wire.Model:          "The device's model.",
	wire.Platform:       "The device's platform.",
	wire.OSVersion:      "The version of its operating system.",
	wire.AppVersion:     "The version of the app on it.",
	wire.PushToken:      "Its token for push messages.",
	wire.Status:         "The client's status.",
}

// referenceNames are those that the reference has, without saying where they stand.
var referenceNames = map[wire.Name]string{wire.ReqToken: "reqToken", wire.URL: "Fypass URL"}

// name is the schema of a value.
func (f schemaForm) name(s *wire.Shape, isRequired bool) object {
	schema := object{{"type", "string"}}
	switch {
	case s.Number:
		schema = object{{"type", "number"}}
	case s.Before+s.After != "":
		schema = schema.with(member{"pattern", "^" + regexp.QuoteMeta(s.Before) + ".+" + regexp.QuoteMeta(s.After) + "$"})
	case s.Name == wire.State: // its words are not empty
	case isRequired:
		schema = schema.with(member{"minLength", 1})
	}
	if s.Name == wire.State {
		schema = schema.with(enum(f.words, s.Number)...)
	}
	return named(schema.with(member{"description", aboutNames[s.Name]}), referenceNames[s.Name])
}

// enum has words as texts, or as numbers where the template has one.
func enum(words []string, isNumber bool) object {
	var values []any
	for _, word := range words {
		values = append(values, asNumber(word, isNumber))
	}
	return object{{"enum", values}}
}

// asNumber leaves a text that is no number.
func asNumber(text string, isNumber bool) any {
	var number json.Number
	if isNumber && json.Unmarshal([]byte(text), &number) == nil {
		return number
	}
	return text
}

func numberAt(s *wire.Shape, name wire.Name) bool {
	switch {
	case s.Kind == wire.ShapeName:
		return s.Number
	case s.Kind == wire.ShapeList:
		return numberAt(s.Element, name)
	}
	for _, m := range s.Members {
		if m.Value.Has(name) {
			return numberAt(m.Value, name)
		}
	}
	return false
}

// chains are schemas of which each wants one of the names to be there.
func chains(s *wire.Shape, names []wire.Name) (all []object) {
	for _, name := range names {
		all = append(all, chain(s, name, object{{"minLength", 1}})) // of a text: a number has no length
	}
	return all
}

// chain wants the name, which stands in the shape, to be there and to be as leaf says.
func chain(s *wire.Shape, name wire.Name, leaf object) object {
	switch s.Kind {
	case wire.ShapeName:
		return leaf
	case wire.ShapeList:
		return object{{"minItems", 1}, {"prefixItems", []object{chain(s.Element, name, leaf)}}}
	}
	i := slices.IndexFunc(s.Members, func(m wire.ShapeMember) bool { return m.Value.Has(name) })
	m := s.Members[i]
	return object{{"required", []string{m.Name}}, {"properties", object{{m.Name, chain(m.Value, name, leaf)}}}}
}
