package main

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

const (
	controlPrefix   = "/_sandbox/"
	maxControlBytes = 1 << 20
)

// endpoint is one that scripts the sandbox.
type endpoint struct {
	method, name string
	handler      http.Handler
}

// endpoints is the one table of them.
func (b *sandbox) endpoints() []endpoint {
	return []endpoint{
		{http.MethodPost, "faults", control(b.addFaults)},
		{http.MethodPost, "complete-login", scripted[completeLogin](b)},
		{http.MethodPost, "cancel-login", scripted[cancelLogin](b)},
		{http.MethodPost, "fail-login", scripted[failLogin](b)},
		{http.MethodPost, "client-status", scripted[clientStatus](b)},
		{http.MethodPost, "user-status", scripted[userStatus](b)},
		{http.MethodPost, "require-token", scripted[requireToken](b)},
		{http.MethodGet, "requests", http.HandlerFunc(b.answerRequests)},
		{http.MethodPost, "reset", control(b.answerReset)},
		{http.MethodGet, "key", http.HandlerFunc(b.answerKey)},
	}
}

// newControls makes the endpoints that script the sandbox.
func newControls(box *sandbox) http.Handler {
	mux := http.NewServeMux()
	allowed := map[string]string{}
	var all []string
	for _, e := range box.endpoints() {
		path := controlPrefix + e.name
		mux.Handle(e.method+" "+path, e.handler)
		allowed[path] = e.method
		all = append(all, e.method+" "+path)
	}
	nothing := "there is nothing here: use " + strings.Join(all, ", ")
	mux.HandleFunc(controlPrefix, func(w http.ResponseWriter, r *http.Request) {
		method := allowed[r.URL.Path]
		if method == "" {
			writeJSON(w, http.StatusNotFound, controlError{nothing})
			return
		}
		w.Header().Set("Allow", method)
		writeJSON(w, http.StatusMethodNotAllowed, controlError{"use " + method})
	})
	return mux
}

// controlError is the body of an answer that is an error.
type controlError struct {
	Message string `json:"message"`
}

// control is an endpoint: a body in, an answer or a mistake out.
type control func(body []byte) (answer any, err error)

// fromPage reports whether a browser's page sent a request: a program sends none of
// these, a browser at least one with each POST.
func fromPage(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

func saysJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// ServeHTTP takes JSON, and from a page only what says that it is. A page of
// another site can post a form to loopback, but not that type, unless the server
// allows it, which this one does not.
func (c control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if fromPage(r) && !saysJSON(r) {
		writeJSON(w, http.StatusUnsupportedMediaType, controlError{"send the header Content-Type: application/json"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		writeJSON(w, http.StatusRequestEntityTooLarge, controlError{"the body is over 1 MiB"})
		return
	case err != nil:
		writeJSON(w, http.StatusBadRequest, controlError{"the body ended early"})
		return
	}
	answer, err := c(body)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, controlError{shown(err.Error())})
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// faultsAdded is the answer of addFaults.
type faultsAdded struct {
	Added int `json:"added"`
}

func (b *sandbox) addFaults(body []byte) (any, error) {
	faults, err := parseFaults(body)
	if err != nil {
		return nil, err
	}
	err = mistakeOf(func() { b.current.Load().Inject(faults...) })
	return faultsAdded{len(faults)}, err
}

// resetDone is the answer of answerReset, with the ids that are new.
type resetDone struct {
	Reset   bool           `json:"reset"`
	Devices []storedDevice `json:"devices"`
}

// answerReset needs no body, and does not read one.
func (b *sandbox) answerReset([]byte) (any, error) {
	fresh, err := b.reset()
	if err != nil {
		return nil, err
	}
	return resetDone{true, fresh.devices}, nil
}

// answerKey gives away the private key that requests are signed with: only the
// fake's fixed test key, which is public.
func (b *sandbox) answerKey(w http.ResponseWriter, _ *http.Request) {
	if b.testKey == nil {
		writeJSON(w, http.StatusNotFound, controlError{"the private key is in the file that the flag -key names, and is not given away"})
		return
	}
	text, err := encodeKey(b.testKey)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, controlError{err.Error()})
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(text) // whoever does not listen has gone
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	text, err := encodeJSON(value, "")
	if err != nil {
		status, text = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text) // whoever does not listen has gone
}
