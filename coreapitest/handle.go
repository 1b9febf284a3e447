package coreapitest

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// arrival is a request, and what was found out when it came.
type arrival struct {
	*http.Request
	match    match
	body     body
	language coreapi.Language // of the messages that it gets
	state    *state           // that it came to
	plan     plan             // what the faults do to it
	usedID   bool             // its request id came before
}

// answer is the way of every request: record it, let the faults have it, then
// the state.
func (f *fake) answer(r *http.Request, in body) answer {
	a := arrival{Request: r, match: f.find(r), body: in, language: languageOf(r.Header)}
	f.tellLogins(&a)
	f.arrive(&a)
	var given answer
	if a.match.route == nil {
		given = f.elsewhere(a)
	} else {
		given = f.carryOut(a)
	}
	return echoRequestID(given, r)
}

// tellLogins tells Users.StartLogin from Users.Login where the two have one route.
func (f *fake) tellLogins(a *arrival) {
	login, start := f.options.wire.Route(wire.Login), f.options.wire.Route(wire.StartLogin)
	if a.match.route == login && login.SameAs(start) && startsLogin(login, a.match.values, a.body) {
		a.match.route = start
	}
}

func (f *fake) find(r *http.Request) match {
	_, path, ok := splitBasePath(r.URL.EscapedPath(), f.options.basePath)
	if !ok {
		return match{}
	}
	return find(f.routes, r.Method, path, r.URL.Query())
}

// arrive records and counts under one lock, so that both have one order. The
// request stays with the state that it came to, so that one which a fault delays
// leaves nothing in the state after a Reset.
//
// A request uses its id up here, whatever it gets: one that a fault delays may be sent
// again meanwhile. Not so where the connection is closed before it is handled.
func (f *fake) arrive(a *arrival) {
	rec := f.record(*a)
	f.mu.Lock()
	defer f.mu.Unlock()
	a.state = f.state
	a.state.requests.add(rec, rec.size())
	if a.match.route == nil {
		return
	}
	a.plan = a.state.faults.plan(a.match.operation())
	id := headerValue(a.Header, headerRequestID)
	if id != "" && a.plan.fault.Drop != DropBefore {
		a.usedID = !a.state.requestIDs.use(id)
	}
}

// elsewhere answers what is no operation of the API.
func (f *fake) elsewhere(a arrival) answer {
	allow := a.match.allow
	switch {
	case len(allow) == 0:
		return notFound(f.options.wire, a.language)
	case a.Method == http.MethodOptions:
		return optionsAnswer(allow)
	case a.match.page && slices.Contains(allow, a.Method):
		return f.page(a)
	}
	return wrongMethod(f.options.wire, allow, a.language)
}

// handle is the state's answer.
func (f *fake) handle(a arrival) answer {
	result, p := f.perform(a)
	var given answer
	if p == nil {
		given, p = success(f.options.wire, a.match.route.Operation, result)
	}
	if p != nil {
		return f.failure(p, a.language)
	}
	return given
}

// failure is an operation's error. [WithAlways200] has changed its status.
func (f *fake) failure(p *problem, l coreapi.Language) answer {
	given := p.answer(f.options.wire, l)
	if f.options.always200 {
		given.status = http.StatusOK
	}
	return given
}

func (f *fake) perform(a arrival) (result, *problem) {
	if a.Context().Err() != nil {
		return result{}, failed(coreapi.CodeClientClosedRequest)
	}
	if p := f.authenticate(a); p != nil {
		return result{}, p
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := a.state.admit(a.match.operation(), headerValue(a.Header, headerToken)); p != nil {
		return result{}, p
	}
	if p := a.body.checkJSON(); p != nil && a.body.size > 0 {
		return result{}, p // also of an operation that has no use for a body
	}
	in, p := newRequest(a.match.route, a.match.values, a.body)
	if p != nil {
		return result{}, p
	}
	in.language = a.language
	in.pageURL = func(reqToken string) string { return f.pageURL(a.Request, reqToken) }
	return operations[a.match.route.Operation].handle(a.state, in)
}

// authenticate makes the checks that every operation begins with, and that the state
// has no part in: whether the request is the registered client's.
func (f *fake) authenticate(a arrival) *problem {
	key := headerValue(a.Header, f.options.keyHeader)
	if subtle.ConstantTimeCompare([]byte(key), []byte(f.options.clientKey)) != 1 {
		return failed(coreapi.CodeClientKeyNotFound)
	}
	if p := f.checkHeaders(a); p != nil {
		return p
	}
	if p := a.body.check(); p != nil {
		return p
	}
	if p := a.body.checkType(a.Header); p != nil {
		return p
	}
	return f.checkSignature(a.Request, a.body)
}

// checkHeaders looks at version and request id.
func (f *fake) checkHeaders(a arrival) *problem {
	version, id := headerValue(a.Header, headerVersion), headerValue(a.Header, headerRequestID)
	switch {
	case version == "" && !f.options.unsigned:
		return refused(http.StatusBadRequest, noVersion)
	case !isASCII(version):
		return refused(http.StatusBadRequest, oddVersion)
	case id == "":
		return refused(http.StatusBadRequest, noRequestID)
	case len(a.Header[headerRequestID]) > 1:
		return refused(http.StatusBadRequest, twoRequestIDs)
	case !isASCII(id):
		return refused(http.StatusBadRequest, oddRequestID)
	case a.usedID:
		return refused(http.StatusBadRequest, usedRequestID)
	}
	return nil
}

// pageURL leads back to where the request came in.
func (f *fake) pageURL(r *http.Request, reqToken string) string {
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	if r.Host == "" {
		origin = f.origin
	}
	return origin + f.options.basePath + pagePath + "?" + url.Values{"reqToken": {reqToken}}.Encode()
}

func echoRequestID(a answer, r *http.Request) answer {
	id := r.Header.Get(headerRequestID)
	if a.dropped || id == "" || hasControl(id) {
		return a
	}
	a.header.Set(headerRequestID, id)
	return a
}
