package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// describedOperation is what is written of an operation beside its route.
type describedOperation struct {
	doctorRoute // its name, what the profile says, and the documented method
	op          wire.Operation
	reference   string // the reference's name
	about       string
	body        string // the name of its body's schema, where it has a body
	result      string // and of its result's
}

// describedOperations are in the order of package wire's.
func describedOperations(p *coreapi.Profile) (all []describedOperation) {
	const login = "Login (UI by fypass)"
	about := [...]describedOperation{
		wire.Info:        {reference: "Get Info Client", about: "The client that the key belongs to.", body: "ClientInfoRequest", result: "ClientInfo"},
		wire.Login:       {reference: login, about: "Logs a user in with an account and a password.", body: "LoginRequest", result: "LoginResult"},
		wire.StartLogin:  {reference: login, about: "Starts a login on the hosted page: send the user to the URL, then ask for the status.", body: "StartLoginRequest", result: "LoginSession"},
		wire.LoginStatus: {reference: "Get User Login / Register Status (by fypass)", about: "How far a login is. A failed one is a status here, not an error.", body: "LoginStatusRequest", result: "LoginStatus"},
		wire.SaveDevice:  {reference: "Save Device", about: "Stores a device. One that exists already is DUPLICATE_KEY.", body: "DeviceInfo", result: "Device"},
		wire.GetDevice:   {reference: "Get Device Detail", about: "A stored device, by the API's id of it.", body: "GetDeviceRequest", result: "Device"},
	}
	for op, route := range doctorRoutes(p) {
		d := about[op]
		d.op, d.doctorRoute = wire.Operation(op), route
		if d.op == wire.StartLogin {
			d.method = all[wire.Login].method // the reference has one operation for the two
		}
		all = append(all, d)
	}
	return all
}

// placedOperations are the operations of one method and path, of which OpenAPI has one.
type placedOperations struct {
	method, path string
	operations   []describedOperation
}

// placed groups the operations, in their order.
func (b *openapiBuilder) placed() (all []*placedOperations, err error) {
	for _, d := range describedOperations(&b.profile) {
		r := b.wire.Route(d.op)
		for _, other := range all {
			if blanked(other.path) == blanked(r.Path) && other.path != r.Path {
				return nil, usagef("openapi: the paths %s and %s differ in the name of a value alone, which OpenAPI cannot express", shown(other.path), shown(r.Path))
			}
		}
		i := slices.IndexFunc(all, func(p *placedOperations) bool { return p.method == r.Method && p.path == r.Path })
		if i < 0 {
			i, all = len(all), append(all, &placedOperations{method: r.Method, path: r.Path})
		}
		all[i].operations = append(all[i].operations, d)
	}
	return all, nil
}

var inBraces = regexp.MustCompile(`\{[^}]*\}`)

func blanked(path string) string { return inBraces.ReplaceAllString(path, "{}") }

// paths has a path item for each path, and in it an operation for each method.
func (b *openapiBuilder) paths() (paths object, err error) {
	all, err := b.placed()
	if err != nil {
		return nil, err
	}
	for _, first := range all {
		if paths.has(first.path) {
			continue
		}
		saidByProfile := false
		item := object{}
		for _, p := range all {
			if p.path != first.path {
				continue
			}
			item = item.with(member{strings.ToLower(p.method), b.operation(p)})
			saidByProfile = saidByProfile || p.operations[0].pathIsSet()
		}
		m := markOf(saidByProfile)
		if first.path == samplePath {
			m = isDocumented
		}
		paths = paths.with(member{first.path, m.on(item)})
	}
	return paths, nil
}

// pathIsSet: by the profile. A path that StartLogin leaves open is Login's.
func (d *describedOperation) pathIsSet() bool { return d.set.Path != "" }

// operation is one, or several of which the request decides.
func (b *openapiBuilder) operation(p *placedOperations) object {
	first := p.operations[0]
	names, abouts := []string{}, []string{}
	for _, d := range p.operations {
		names = append(names, d.operation)
		abouts = append(abouts, d.about)
	}
	about := strings.Join(abouts, " ")
	if len(names) > 1 {
		about = "The operations " + strings.Join(names, " and ") + " have this method and path, and the request decides, so that OpenAPI has one for them. "
		for i := range names {
			about += names[i] + ": " + abouts[i] + " "
		}
		about = strings.TrimSpace(about)
	}
	service, _, _ := strings.Cut(first.operation, ".")
	methodMark := isDocumented
	if p.method != first.method {
		methodMark = isSaid
	}
	operation := object{
		{"operationId", first.operation},
		{"summary", first.reference},
		{"description", about},
		{"tags", []string{service}},
	}
	if len(names) > 1 {
		operation = operation.with(member{"x-operations", names})
	}
	operation = methodMark.on(operation).with(
		member{"x-path", markOf(first.pathIsSet()).on(object{})},
		member{"parameters", append(refsTo(parametersAt, b.headerParameters()), b.parameters(p)...)},
	)
	if body := b.requestBody(p); body != nil {
		operation = operation.with(member{"requestBody", body})
	}
	responses := object{{successStatus, b.successResponse(b.results(p))}}
	return operation.with(member{"responses", responses.with(b.errorReferences()...)})
}

// results is the schema of what stands at the envelope's {result}.
func (b *openapiBuilder) results(p *placedOperations) object {
	var results []object
	for _, d := range p.operations {
		r := b.wire.Route(d.op)
		form := schemaForm{b.wire, b.words(), markOf(d.set.Result != ""), true}
		schema := form.whole(r)
		schema = schema.with(member{"description", "The result of " + d.operation + "."})
		if d.result == "Device" {
			schema[len(schema)-1].value = "A stored device, the result of Devices.Save and Devices.Get. Further members come back as they were saved."
		}
		results = append(results, b.component(form.mark.on(schema), d.result, d.op.String()+"Result"))
	}
	return oneOf(results)
}

// requestBody is nil where no operation has one.
func (b *openapiBuilder) requestBody(p *placedOperations) object {
	var bodies []object
	m := isAssumed
	for _, d := range p.operations {
		r := b.wire.Route(d.op)
		if r.BodyShape() == nil {
			continue
		}
		form := schemaForm{b.wire, b.words(), markOf(d.set.Body != ""), false}
		schema := form.whole(r)
		schema = schema.with(member{"description", "The body of " + d.operation + "."})
		if d.op == wire.SaveDevice {
			schema = named(schema, "deviceInfo")
		}
		m = form.mark
		bodies = append(bodies, b.component(form.mark.on(schema), d.body))
	}
	if bodies == nil {
		return nil
	}
	return m.on(object{
		{"required", len(bodies) == len(p.operations)},
		{"content", object{{"application/json", object{{"schema", oneOf(bodies)}}}}},
	})
}

func oneOf(schemas []object) object {
	if len(schemas) == 1 {
		return schemas[0]
	}
	return object{{"oneOf", schemas}}
}

// parameters are those of path and query, of all the operations.
func (b *openapiBuilder) parameters(p *placedOperations) (all []object) {
	type found struct {
		wire.Parameter
		schemas  []object
		required int
	}
	var parameters []*found
	for _, d := range p.operations {
		r := b.wire.Route(d.op)
		for _, parameter := range r.Parameters() {
			i := slices.IndexFunc(parameters, func(f *found) bool { return f.InPath == parameter.InPath && f.Key == parameter.Key })
			if i < 0 {
				i, parameters = len(parameters), append(parameters, &found{Parameter: parameter})
			}
			f := parameters[i]
			schema := b.parameterSchema(parameter, d)
			if !slices.ContainsFunc(f.schemas, func(there object) bool { return sameJSON(there, schema) }) {
				f.schemas = append(f.schemas, schema)
			}
			if !parameter.Named || parameter.InPath || slices.ContainsFunc(r.RequestNeeds(), func(names []wire.Name) bool { return slices.Equal(names, []wire.Name{parameter.Name}) }) {
				f.required++
			}
		}
	}
	for _, f := range parameters {
		in, m := "query", markOf(p.operations[0].pathIsSet())
		if f.InPath {
			in = "path"
		}
		if p.path == samplePath && p.method == sampleInput.Method && f.Key == sampleParameter {
			m = isDocumented
		}
		schema := f.schemas[0]
		if len(f.schemas) > 1 {
			schema = object{{"anyOf", f.schemas}}
		}
		all = append(all, m.on(object{
			{"name", f.Key}, {"in", in}, {"required", f.required == len(p.operations)}, {"schema", schema},
		}))
	}
	return all
}

func sameJSON(a, b object) bool {
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return string(one) == string(other)
}

func (b *openapiBuilder) parameterSchema(p wire.Parameter, d describedOperation) object {
	m := markOf(d.pathIsSet())
	if !p.Named {
		return m.on(object{{"const", p.Before}})
	}
	form := schemaForm{b.wire, b.words(), m, false}
	return m.on(form.name(&wire.Shape{Name: p.Name, Before: p.Before, After: p.After}, true))
}
