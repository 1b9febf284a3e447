package openapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// breaks is a change of one answer, with what the document is to say.
type breaks struct {
	about string
	edit  func(members map[string]any)
	found bool
}

// breaksOf are a change of each member, and some that do no harm.
func breaksOf(members map[string]any, required []string) (all []breaks) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		isRequired := slices.Contains(required, name)
		all = append(all,
			breaks{name + " left out", func(m map[string]any) { delete(m, name) }, isRequired},
			breaks{name + " misspelt", func(m map[string]any) { m[name+"_"] = m[name]; delete(m, name) }, isRequired},
			breaks{name + " an object", func(m map[string]any) { m[name] = map[string]any{"value": m[name]} }, true},
			breaks{name + " a list", func(m map[string]any) { m[name] = []any{m[name]} }, true},
			breaks{name + " a number", func(m map[string]any) { m[name] = 7 }, true},
			breaks{name + " null", func(m map[string]any) { m[name] = nil }, true},
			breaks{name + " a bool", func(m map[string]any) { m[name] = true }, true},
		)
		if isRequired {
			all = append(all, breaks{name + " empty", func(m map[string]any) { m[name] = "" }, true})
		}
	}
	return append(all,
		breaks{"nothing changed", func(map[string]any) {}, false},
		breaks{"a member more", func(m map[string]any) { m["more"] = []any{1, nil, map[string]any{}} }, false},
	)
}

// required are the members without which a success, or an error, of each operation is none.
func required(o operation, answer map[string]any) []string {
	switch {
	case answer["code"] != nil:
		return nil // of an error none is
	case answer["state"] == "succeeded":
		return []string{"state", "userToken"}
	case o.name == "Users.LoginStatus":
		return []string{"state"}
	case o.name == "Users.StartLogin":
		return []string{"reqToken", "url"}
	case o.name == "Devices.Save", o.name == "Devices.Get":
		return []string{"id"}
	}
	return nil
}

// The document and the library find an answer that is broken, wherever it is.
func TestABrokenAnswerIsFoundByTheDocument(t *testing.T) {
	j := &judge{contract: defaultContract(t)}
	s := tryOut(j)
	tried := 0
	for _, o := range allOperations() {
		for _, code := range []coreapi.Code{"", coreapi.CodeRequestTimeout} {
			j.alter = nil
			injectOnce(s, o, code)
			_ = o.call(t.Context(), s)
			answer := j.lastMembers(t)
			for _, b := range breaksOf(answer, required(o, answer)) {
				j.alter = func(r *http.Response, body []byte) []byte {
					if r.Request.Method+r.Request.URL.Path == "POST/user/login" && o.name == "Users.LoginStatus" {
						return body // it only begins the login
					}
					var members map[string]any
					require.NoError(t, json.Unmarshal(body, &members))
					b.edit(members)
					text, err := json.Marshal(members)
					require.NoError(t, err)
					return text
				}
				injectOnce(s, o, code)
				_ = o.call(t.Context(), s)
				e := j.last(t)
				require.Equal(t, b.found, e.badness != "", "%s, %s: %s\n%s", o.name, b.about, e.answer, e.badness)
				tried++
			}
		}
	}
	t.Logf("%d altered answers", tried)
	require.Greater(t, tried, 300)
}

// injectOnce has the operation's next call answer the code; "": it does not.
func injectOnce(s *tried, o operation, code coreapi.Code) {
	if code != "" {
		s.fake.Inject(coreapitest.Fault{Operation: o.name, Code: code})
	}
}

// lastMembers are those of the last answer.
func (j *judge) lastMembers(t *testing.T) map[string]any {
	t.Helper()
	var members map[string]any
	require.NoError(t, json.Unmarshal(j.last(t).body, &members))
	return members
}
