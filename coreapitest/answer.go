package coreapitest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// answer is what a request gets, before it is known how it travels.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	dropped bool // closed unanswered
	cut     bool // half of the body, then closed
}

// success is the answer with an operation's result, which is refused where it has no form
// in the profile: a text for a number.
func success(w *wire.Wire, op wire.Operation, r result) (answer, *problem) {
	data, err := r.encode(w.Route(op))
	if err != nil {
		return answer{}, refused(http.StatusBadRequest, wrongField)
	}
	return jsonAnswer(http.StatusOK, w.Wrap(data)), nil
}

// jsonAnswer escapes HTML, as encoding/json does by default.
func jsonAnswer(status int, data []byte) answer {
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, data)
	return answer{status: status, body: escaped.Bytes(), header: http.Header{
		"Content-Type":           {"application/json"},
		"Cache-Control":          {"no-store"},
		"X-Content-Type-Options": {"nosniff"},
	}}
}

// answer is the reference's Error Response, with the envelope's conditions unmet.
func (p *problem) answer(w *wire.Wire, l coreapi.Language) answer {
	return jsonAnswer(p.status, w.WrapError(string(p.code), p.message.in(l)))
}

// notFound, wrongMethod and optionsAnswer answer what is no operation.
func notFound(w *wire.Wire, l coreapi.Language) answer {
	return refused(http.StatusNotFound, noSuchPath).answer(w, l)
}

func wrongMethod(w *wire.Wire, allow []string, l coreapi.Language) answer {
	a := refused(http.StatusMethodNotAllowed, otherMethods(allow)).answer(w, l)
	a.header.Set("Allow", strings.Join(allow, ", "))
	return a
}

func optionsAnswer(allow []string) answer {
	return answer{status: http.StatusNoContent, header: http.Header{"Allow": {strings.Join(allow, ", ")}}}
}

// sent is what goes out: how long the body says it is, and what comes of it.
func (a answer) sent(method string) (length int, data []byte) {
	length, data = len(a.body), a.body
	if a.cut {
		length = max(length, 1) // or a cut of nothing would be a whole body
		data = data[:len(data)/2]
	}
	if method == http.MethodHead {
		data = nil
	}
	return length, data
}

// hasBody: RFC 9110, sections 15.3.5 and 15.4.5.
func (a answer) hasBody() bool {
	return a.status != http.StatusNoContent && a.status != http.StatusNotModified
}

// write sends the answer through net/http. A drop, and the end of a cut body,
// abort the handler, which closes the connection.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	if a.dropped {
		if r.ProtoAtLeast(1, 1) {
			// An interim response is no answer, but keeps net/http's transport
			// from sending a GET again by itself on a connection that it takes
			// for a reused one. That may be one on which nothing came yet, so it
			// goes on every one. Every client reads over a 100.
			w.WriteHeader(http.StatusContinue)
		}
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if a.header.Get("Content-Type") == "" {
		h["Content-Type"] = nil // net/http would guess one
	}
	length, data := a.sent(r.Method)
	if a.hasBody() {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
	if a.hasBody() && len(data) > 0 {
		_, _ = w.Write(data) //nolint:gosec // JSON, or what a test wants; whoever does not listen has gone
	}
	if a.cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
