package coreapitest

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/fypass/coreapi-go"
)

// answer is the way of every request: record it, let the faults have it, then
// the state.
func (f *fake) answer(r *http.Request, in body) answer {
	m := find(f.routes, r.Method, r.URL)
	if m.operation == opLogin {
		m.operation = loginOperation(in)
	}
	s, p := f.arrived(r, m, in)
	var a answer
	if m.operation == "" {
		a = f.elsewhere(s, r, m, in)
	} else {
		a = f.carryOut(r.Context(), p, func() answer { return f.handle(s, r, m, in) })
	}
	return f.echoRequestID(a, r)
}

// arrived records and counts under one lock, so that both have one order. The
// request stays with the state that it came to, so that one which a fault delays
// leaves nothing in the state after a Reset.
func (f *fake) arrived(r *http.Request, m match, in body) (*state, plan) {
	rec := f.record(r, m, in)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.requests.add(rec)
	if m.operation == "" {
		return f.state, plan{}
	}
	return f.state, f.state.planFaults(m.operation)
}

// elsewhere answers what is no operation of the API.
func (f *fake) elsewhere(s *state, r *http.Request, m match, in body) answer {
	switch {
	case len(m.allow) == 0:
		return notFound()
	case r.Method == http.MethodOptions:
		return optionsAnswer(m.allow)
	case m.page && slices.Contains(m.allow, r.Method):
		return f.page(s, r, in)
	}
	return wrongMethod(m.allow)
}

// handle is the state's answer.
func (f *fake) handle(s *state, r *http.Request, m match, in body) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	result, p := f.perform(s, r, m, in)
	return asJSON(result, p, f.options.profile.DataField)
}

func (f *fake) perform(s *state, r *http.Request, m match, in body) (any, *problem) {
	if r.Context().Err() != nil {
		return nil, failed(coreapi.CodeClientClosedRequest)
	}
	if p := s.admit(m.operation, r.Header.Values(f.options.keyHeader), f.key); p != nil {
		return nil, p
	}
	if p := in.check(); p != nil {
		return nil, p
	}
	return s.perform(m.operation, request{
		body:     in,
		id:       m.id,
		reqToken: r.URL.Query().Get("reqToken"),
		pageURL:  func(reqToken string) string { return f.pageURL(r, reqToken) },
	})
}

// pageURL leads back to where the request came in.
func (f *fake) pageURL(r *http.Request, reqToken string) string {
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	if r.Host == "" {
		base = f.url
	}
	return base + pagePath + "?" + url.Values{"reqToken": {reqToken}}.Encode()
}

func (f *fake) echoRequestID(a answer, r *http.Request) answer {
	id := r.Header.Get(f.options.profile.RequestIDHeader)
	if a.dropped || id == "" || hasControl(id) {
		return a
	}
	a.header.Set(f.options.profile.RequestIDHeader, id)
	return a
}
