package coreapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/check"
	"github.com/fypass/coreapi-go/internal/jsonform"
	"github.com/fypass/coreapi-go/internal/readbuf"
	"github.com/fypass/coreapi-go/internal/wire"
)

// source is the profile as the internal package has it.
func (p Profile) source() wire.Source {
	route := func(r Route) wire.Route {
		return wire.Route{Method: r.Method, Path: r.Path, Body: string(r.Body), Result: string(r.Result)}
	}
	var states map[string]string
	for word, state := range p.States {
		if states == nil {
			states = make(map[string]string, len(p.States))
		}
		states[word] = string(state)
	}
	return wire.Source{
		Version:     p.Version,
		Envelope:    string(p.Envelope),
		States:      states,
		ClientInfo:  route(p.ClientInfo),
		Login:       route(p.Login),
		StartLogin:  route(p.StartLogin),
		LoginStatus: route(p.LoginStatus),
		SaveDevice:  route(p.SaveDevice),
		GetDevice:   route(p.GetDevice),
	}
}

// wireFormat is a profile's wire, where that has templates. Only WithProfile makes one, so
// that a program without it is linked without internal/wire.
type wireFormat interface {
	// request returns the spec with the profile's method, path, query and body, or refused.
	request(spec callSpec, values *wire.Values, extra []wire.Member) callSpec
	// Open takes the envelope off a 2xx body. A wire.Unmet: the body says that it is no
	// success.
	Open(body []byte) (result []byte, err error)
	// decode reads an operation's result.
	decode(op wire.Operation, result []byte, out wireResult) error
	// HasConditions: the envelope has any.
	HasConditions() bool
	// places says where a result has the names that it has of some: "{userToken} at token".
	places(op wire.Operation, names ...wire.Name) string
}

// compiledWire is a wireFormat.
type compiledWire struct{ *wire.Wire }

// compile says all that is wrong with the profile. It returns nil for one without templates,
// which the SDK's own code speaks. Its name is no interface's method, so that a program
// without a profile is linked without it.
func (p Profile) compile() (wireFormat, error) {
	if err := p.Signature.options().Check(); err != nil {
		return nil, fmt.Errorf("the profile's Signature: %w", err)
	}
	w, err := wire.Compile(p.source())
	if err != nil {
		return nil, fmt.Errorf("the profile: %w", err)
	}
	if !p.hasTemplates() {
		return nil, nil
	}
	return compiledWire{w}, nil
}

func (w compiledWire) request(spec callSpec, values *wire.Values, extra []wire.Member) callSpec {
	for name, value := range values {
		if err := check.NotPrinted(value); err != nil {
			spec.refused = fmt.Errorf("the %s %w", strings.Trim(wire.Name(name).String(), "{}"), err)
			return spec
		}
	}
	r := w.Route(spec.wireOp)
	spec.op.Method, spec.op.Path = r.Method, r.Path
	spec.route, spec.placeholder, spec.value, spec.body = "", "", "", nil
	if spec.path, spec.query, spec.refused = r.URL(values); spec.refused != nil {
		return spec
	}
	var body []byte
	if body, spec.refused = r.Encode(nil, values, extra); len(body) > 0 {
		spec.body = body
	}
	return spec
}

func (w compiledWire) decode(op wire.Operation, result []byte, out wireResult) error {
	values, extra, err := w.Route(op).Decode(result)
	if err != nil {
		return err
	}
	if err := out.setValues(&values, extra); err != nil {
		return err
	}
	out.keepRaw(readbuf.Copy(result))
	return nil
}

func (w compiledWire) places(op wire.Operation, names ...wire.Name) string {
	var places []string
	for _, name := range names {
		if place := w.Route(op).ResultPlace(name); place != "" {
			places = append(places, name.String()+" at "+place)
		}
	}
	return strings.Join(places, " or ")
}

// sortedMembers marshals a device's Extra, in the order of the names.
func sortedMembers(extra map[string]any) ([]wire.Member, error) {
	var members []wire.Member
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		value, err := json.Marshal(extra[name])
		if err != nil {
			return nil, err
		}
		members = append(members, wire.Member{Name: name, Value: value})
	}
	return members, nil
}

// extraOf is a device's Extra, with numbers as they are written. It decodes all members at
// once, since a decoder for each costs a KiB.
func extraOf(members []wire.Member) (extra map[string]any, err error) {
	if len(members) == 0 {
		return nil, nil
	}
	object := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(jsonform.AppendString(object, m.Name, jsonform.JavaScript), ':')
		object = append(object, m.Value...)
	}
	d := json.NewDecoder(bytes.NewReader(append(object, '}')))
	d.UseNumber()
	err = d.Decode(&extra)
	return extra, err
}

// openWire takes the envelope off. Do's RawJSON and struct{} take any body, where the
// envelope says nothing that could make it an error.
func (k *call) openWire(body []byte, out any) ([]byte, error) {
	w := k.shared.wire
	result, err := w.Open(body)
	if err == nil || k.isOperation() || w.HasConditions() {
		return result, err
	}
	switch out.(type) {
	case *RawJSON, *struct{}:
		return body, nil
	}
	return nil, err
}

// saysNothing: a login is taken for pending because its status, which has no state in the
// profile, has neither a token nor a failure. A documented code then makes it an error.
func (k *call) saysNothing() bool {
	status, _ := k.out.(*LoginStatus)
	return status != nil && status.State == LoginPending && k.missingToken() != ""
}

// isUnmet: a condition of the envelope is not met, so the response is an error, whatever
// its status.
func isUnmet(err error) bool {
	_, unmet := errors.AsType[wire.Unmet](err)
	return unmet
}
