package main

import (
	"encoding/json"
	"net/http"

	"github.com/fypass/coreapi-go/coreapitest"
)

// arrived is a request as it is listed: masked, as coreapitest.Recorded is.
type arrived struct {
	Method    string      `json:"method"`
	Path      string      `json:"path"`
	Operation string      `json:"operation,omitempty"`
	Header    http.Header `json:"header"`
	Body      any         `json:"body,omitempty"` // JSON as it came, or a text with its length
}

func newArrived(r coreapitest.Recorded) arrived {
	a := arrived{Method: r.Method, Path: r.Path, Operation: r.Operation, Header: r.Header}
	switch {
	case len(r.Body) == 0:
	case json.Valid(r.Body):
		a.Body = json.RawMessage(r.Body)
	default:
		a.Body = string(r.Body)
	}
	return a
}

// answerRequests lists what arrived since the last reset.
func (b *sandbox) answerRequests(w http.ResponseWriter, _ *http.Request) {
	list := []arrived{}
	for _, r := range b.current.Load().Requests() {
		list = append(list, newArrived(r))
	}
	writeJSON(w, http.StatusOK, map[string]any{"requests": list})
}
