package coreapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/readbuf"
)

// A result of the caller's own type is what json.Unmarshal makes of the body.

var resultBodies = []string{
	`{"A":1,"B":"x"}`, " ", " [", ` {"A":1} `, `{"A":"text","B":"kept"}`, `{"A":1}{"A":2}`, `{"A":1}]`, `{"A":1}}`, `{"A":1`, `{`, ``, `null`, `[]`, `7`, "{}\x0b", `{"A":1} x`,
	`{"B":"` + strings.Repeat("x", readbuf.MaxPooled) + `"}`,
}

type ownResult struct {
	A int
	B string
	C json.RawMessage
}

// requireResultOfUnmarshal makes a call of c, whose one answer is data.
func requireResultOfUnmarshal(t *testing.T, c *coreapi.Client, data string) {
	t.Helper()
	got, err := coreapi.Do[ownResult](context.Background(), c, coreapi.Request{Path: "/x"})
	if isDocumented(coreapi.CodeOf(err)) {
		return // the body is an error's
	}
	content := strings.Trim(strings.TrimPrefix(data, "\ufeff"), " \t\r\n")
	var want ownResult
	wantErr := json.Unmarshal([]byte(content), &want)
	if wantErr != nil || content == "null" {
		requireMatchesExactly(t, err, coreapi.ErrUnexpectedResponse)
		require.Zero(t, got)
		return
	}
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestAResultIsWhatUnmarshalMakesOfTheBody(t *testing.T) {
	var answers []answer
	for range 3 { // so that memory is used again
		for _, body := range resultBodies {
			answers = append(answers, answer{body: body})
		}
	}
	c := newClient(t, scripted(answers...))
	for _, a := range answers {
		requireResultOfUnmarshal(t, c, a.body)
	}
}

func FuzzResult(f *testing.F) {
	for _, seed := range resultBodies {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		requireResultOfUnmarshal(t, newClient(t, scripted(answer{body: data})), data)
	})
}

// countedDecoding fails at a body with text in it. decodings counts its calls, for one
// test at a time.
type countedDecoding struct{}

var (
	decodings      int
	errOwnDecoding = errors.New("broken")
)

func (*countedDecoding) UnmarshalJSON(data []byte) error {
	decodings++
	if data[0] == '"' {
		return errOwnDecoding
	}
	return nil
}

func TestATypesOwnDecodingIsCalledOnceAlsoWhereItFails(t *testing.T) {
	for body, want := range map[string]struct {
		calls int
		fail  error
	}{
		`{"C":{}}`:         {1, nil},
		`{"C":{},"A":"x"}`: {1, coreapi.ErrUnexpectedResponse}, // another field's type is wrong
		`{"C":"text"}`:     {1, errOwnDecoding},
		`{"C":{}} x`:       {0, coreapi.ErrUnexpectedResponse},
		`{"C":{}`:          {0, coreapi.ErrUnexpectedResponse},
	} {
		decodings = 0
		_, err := coreapi.Do[struct {
			A int
			C countedDecoding
		}](context.Background(), newClient(t, scripted(answer{body: body})), coreapi.Request{Path: "/x"})
		require.ErrorIs(t, err, want.fail, body)
		require.Equal(t, want.calls, decodings, body)
	}
}
