package wire

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/fypass/coreapi-go/internal/check"
)

// Source is a wire as an integrator writes it. Zero fields mean the default. A method and
// a path that StartLogin leaves open are Login's.
type Source struct {
	Version  string            // X-Version; the default is the caller's matter
	Envelope string            // a template with {result}; "": the body is the result
	States   map[string]string // the API's words, to "pending", "succeeded" and "failed"

	ClientInfo, Login, StartLogin, LoginStatus, SaveDevice, GetDevice Route
}

// Route is how an operation is called. Body and Result are templates.
type Route struct{ Method, Path, Body, Result string }

// Wire is a compiled Source.
type Wire struct {
	routes   [operationCount]*CompiledRoute
	states   states
	envelope *template // nil: the body is the result

	resultPath []*node // in the envelope, down to {result}; nil: it has none
}

// CompiledRoute is an operation's route, with its templates. It is safe for concurrent use.
type CompiledRoute struct {
	Operation Operation
	Method    string
	Path      string // as it is in the Source, with its names, without the query

	address address
	body    *template // nil: there is none
	result  *template
	states  *states
	inPlace nameSet // the names that stand in path, query and body
	must    nameSet // the names in the result that have to be there, whatever it says

	byTemplate bool // the result has a template of the Source's
}

// Route is the operation's.
func (w *Wire) Route(op Operation) *CompiledRoute { return w.routes[op] }

// Compile checks a wire as a whole. The error is [Faults].
func Compile(s Source) (*Wire, error) {
	var faults Faults
	if s.Version != "" {
		if err := check.ASCIIValue(s.Version); err != nil {
			faults.add("Version", err)
		}
	}
	w := &Wire{envelope: compileEnvelope(s.Envelope, &faults)}
	prefix := ""
	if w.envelope != nil && w.envelope.names.has(Result) {
		w.resultPath = w.envelope.root.pathTo(Result)
		prefix = w.envelope.at(Result).place
	}
	inherits := s.StartLogin.Path == ""
	routes := s.routes()
	for op := range operationCount {
		c := compiler{op: op, operation: &operations[op], faults: &faults, inPath: operations[op].request}
		if op == StartLogin && inherits {
			c.inPath = operations[Login].request
		}
		w.routes[op] = c.route(*routes[op], prefix)
		w.routes[op].states = &w.states
	}
	w.states = compileStates(s.States, w.routes[:], &faults)
	findAlike(w.routes[:], &faults)
	if len(faults) > 0 {
		return nil, faults[:min(len(faults), maxFaults)]
	}
	return w, nil
}

// routes has the defaults of methods and paths filled in.
func (s *Source) routes() [operationCount]*Route {
	routes := [operationCount]*Route{&s.ClientInfo, &s.Login, &s.StartLogin, &s.LoginStatus, &s.SaveDevice, &s.GetDevice}
	for op, r := range routes {
		method, path := operations[op].method, operations[op].path
		if Operation(op) == StartLogin {
			method, path = s.Login.Method, s.Login.Path // which is filled by now
		}
		if r.Method == "" {
			r.Method = method
		}
		if r.Path == "" {
			r.Path = path
		}
	}
	return routes
}

// compiler compiles one operation's route.
type compiler struct {
	*operation
	op     Operation
	faults *Faults
	inPath nameSet // may stand in path and query
}

// fault notes what is wrong at a part of the route: "path", or "" for all of it. What
// StartLogin has from Login is noted there alone.
func (c *compiler) fault(part string, err error) {
	inLogin := joinPlace(Login.String(), part) + " " + err.Error()
	if c.op != StartLogin || !slices.Contains(*c.faults, inLogin) {
		c.faults.add(joinPlace(c.field, part), err)
	}
}

// route compiles the route. prefix is where a response has the result.
func (c *compiler) route(s Route, prefix string) *CompiledRoute {
	r := &CompiledRoute{Operation: c.op, Method: s.Method, byTemplate: s.Result != ""}
	before := len(*c.faults)
	if err := check.Method(s.Method); err != nil {
		c.fault("method", fmt.Errorf("is wrong: %w", err))
	}
	if s.Method == http.MethodHead {
		c.fault("method", errors.New("is HEAD, whose response has no body: write GET"))
	}
	r.Path, r.address = c.address(s.Path)
	if c.op == StartLogin && r.address.segments != nil { // in the query they have no value, and are left out
		c.fault("path", errors.New("is Login's, which has a name in it: write StartLogin's own"))
	}
	r.body = c.body(s)
	r.inPlace = r.address.names
	if r.body != nil {
		r.inPlace |= r.body.names
	}
	if len(*c.faults) == before { // else a name may be missing because it is misspelt
		c.checkNeeds("", c.needs, r.inPlace, `put %q where the value goes, in the path, the query or the body`)
	}
	if r.result, r.must = c.resultTemplate(s.Result); r.result != nil {
		r.result.prefix = prefix
	}
	return r
}

// body is nil for a request without one.
func (c *compiler) body(s Route) *template {
	bodiless := s.Method == http.MethodGet
	switch {
	case s.Body == "" && (bodiless || !c.hasBody):
		return nil
	case s.Body == "":
		return parseTemplate(c.field+".body", flat(c.defaultBody), c.request, c.faults)
	case bodiless:
		c.fault("body", fmt.Errorf("is one of a %s, which has none: set the method to POST, or put the names into path or query", s.Method))
	}
	t := parseTemplate(c.field+".body", s.Body, c.request, c.faults)
	if t != nil && t.root.kind != object {
		c.fault("body", errors.New("is no object: write one such as {}"))
	}
	return t
}

// tokens are the names that have to be there in a result whose template has them.
const tokens nameSet = 1<<ID | 1<<DeviceID | 1<<URL | 1<<State | 1<<ReqToken

func (c *compiler) resultTemplate(text string) (t *template, must nameSet) {
	allowed := setOf(c.result...)
	if text == "" {
		t = parseTemplate(c.field+".result", flat(c.result), allowed, c.faults)
		return t, t.names & c.inResult
	}
	before := len(*c.faults)
	t = parseTemplate(c.field+".result", text, allowed, c.faults)
	if len(*c.faults) > before {
		return t, 0
	}
	c.checkNeeds("result", c.resultNeeds, t.names, `put %q where the API's sample has that value`)
	return t, t.names & (c.inResult | tokens)
}

// checkNeeds looks whether what has to be placed is. advice has a place for an example.
func (c *compiler) checkNeeds(part string, needs []needed, placed nameSet, advice string) {
	for _, n := range needs {
		if !n.metBy(placed) {
			example := n[len(n)-1].first().String()
			c.fault(part, fmt.Errorf("has no place for %s: "+advice, n, example))
		}
	}
}

// findAlike looks for two routes that no server could tell apart, but for Login and
// StartLogin, whose bodies differ.
func findAlike(routes []*CompiledRoute, faults *Faults) {
	login, start := routes[Login], routes[StartLogin]
	for i, r := range routes {
		if r == start && r.alike(login) {
			continue
		}
		j := slices.IndexFunc(routes[:i], func(other *CompiledRoute) bool { return r.alike(other) })
		if j >= 0 {
			faults.add(r.Operation.String(), fmt.Errorf("has the route of %s, %s %s: give one of them another method, path or constant in the query",
				routes[j].Operation, r.Method, shown(r.address.shape)))
		}
	}
}

func (r *CompiledRoute) alike(other *CompiledRoute) bool {
	return r.Method == other.Method && r.address.shape == other.address.shape && r.address.shape != ""
}
