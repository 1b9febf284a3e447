// Package openapi has tests of the OpenAPI document by a library that knows nothing of the
// SDK: the document is valid, and what the SDK sends and the fake answers is of it.
package openapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	faults "github.com/pb33f/libopenapi-validator/errors"
	"github.com/stretchr/testify/require"
)

// readContract is a validator of the document, which it finds valid itself.
func readContract(t *testing.T, text []byte) validator.Validator {
	t.Helper()
	document, err := libopenapi.NewDocument(text)
	require.NoError(t, err)
	model, err := document.BuildV3Model()
	require.NoError(t, err)
	require.Equal(t, "3.1.0", model.Model.Version)
	v, errs := validator.NewValidator(document)
	require.Empty(t, errs)
	valid, found := v.ValidateDocument()
	require.True(t, valid, said(found))
	return v
}

// defaultContract is the document that is kept in docs.
func defaultContract(t *testing.T) validator.Validator {
	t.Helper()
	text, err := os.ReadFile("../../docs/openapi.json")
	require.NoError(t, err)
	return readContract(t, text)
}

// buildCommand builds cmd/coreapi, and returns what runs it.
func buildCommand(t *testing.T) (run func(args ...string) []byte) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "coreapi"+filepath.Ext(os.Args[0])) // .test, or .exe where a program has to have it
	output, err := exec.Command("go", "build", "-o", program, "github.com/fypass/coreapi-go/cmd/coreapi").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return func(args ...string) []byte {
		out, err := exec.Command(program, args...).Output()
		require.NoError(t, err)
		return out
	}
}

// said is what a validator found, for a failure's text.
func said(found []*faults.ValidationError) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%s: %s\n", f.Message, f.Reason)
		for _, s := range f.SchemaValidationErrors {
			fmt.Fprintf(&b, "\t%s: %s\n", s.FieldPath, s.Reason)
		}
	}
	return b.String()
}

// exchange is a request and its answer, with what the document has against each; "": nothing.
type exchange struct {
	request, answer       string
	body                  []byte // the answer's
	requestFault, badness string
}

// judge is a round tripper that holds each request and each answer against the document.
// It lets all through. alter may change an answer first.
type judge struct {
	next     http.RoundTripper
	contract validator.Validator
	alter    func(*http.Response, []byte) []byte

	mu        sync.Mutex
	exchanges []exchange
}

func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	copyOf := func() *http.Request {
		c := r.Clone(r.Context())
		c.Body = io.NopCloser(bytes.NewReader(body))
		if len(body) == 0 {
			c.Body = http.NoBody
		}
		return c
	}
	response, err := j.next.RoundTrip(copyOf())
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	if j.alter != nil {
		text = j.alter(response, text)
	}
	e := exchange{request: r.Method + " " + r.URL.RequestURI() + " " + string(body), answer: response.Status + " " + string(text), body: text}
	if valid, found := j.contract.ValidateHttpRequestSync(copyOf()); !valid {
		e.requestFault = said(found)
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	if valid, found := j.contract.ValidateHttpResponse(copyOf(), response); !valid {
		e.badness = said(found)
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	response.ContentLength = int64(len(text))
	response.Header.Del("Content-Length")
	j.mu.Lock()
	defer j.mu.Unlock()
	j.exchanges = append(j.exchanges, e)
	return response, nil
}

// last is the exchange that was last.
func (j *judge) last(t *testing.T) exchange {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	require.NotEmpty(t, j.exchanges)
	return j.exchanges[len(j.exchanges)-1]
}

// requireAllFit has nothing against any request and answer, and returns how many there were.
func (j *judge) requireAllFit(t *testing.T) int {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.exchanges {
		require.Empty(t, e.requestFault, "%s", e.request)
		require.Empty(t, e.badness, "%s\n%s", e.request, e.answer)
	}
	return len(j.exchanges)
}
