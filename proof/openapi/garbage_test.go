package openapi

import (
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/coreapitest"
)

// raw is a request that the SDK would not send. It is signed as it stands.
type raw struct {
	method, endpoint, body string
	header                 map[string]string // "": the header is left out
}

func (s *tried) send(t *testing.T, in raw) exchange {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), in.method, s.fake.URL+in.endpoint, strings.NewReader(in.body))
	require.NoError(t, err)
	header := map[string]string{
		"X-Client-Key": s.fake.ClientKey, "X-Version": "1.0.0", "X-Request-Id": fmt.Sprintf("raw-%d", len(s.judge.exchanges)),
	}
	if in.body != "" {
		header["Content-Type"] = "application/json"
	}
	text := fmt.Sprintf(`{"endpoint":%q,"method":%q,"headers":{"x-client-key":%q,"x-request-id":%q,"x-version":"1.0.0"},"body":%s}`,
		in.endpoint, in.method, header["X-Client-Key"], header["X-Request-Id"], cmp.Or(in.body, "{}"))
	digest := sha256.Sum256([]byte(text))
	signature, err := s.fake.PrivateKey.Sign(nil, digest[:], crypto.SHA256)
	require.NoError(t, err)
	header["X-Signature"] = base64.StdEncoding.EncodeToString(signature)
	for name, value := range in.header {
		header[name] = value
	}
	for name, value := range header {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := s.judge.RoundTrip(request)
	require.NoError(t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.GreaterOrEqual(t, response.StatusCode, 400, "%v: %s", in, answer)
	require.Less(t, response.StatusCode, 500, "%v: %s", in, answer)
	return s.judge.last(t)
}

// What has the wrong form, the document refuses as the fake does, and the fake's answer is
// of the document.
func TestARequestOfTheWrongFormIsRefusedByTheDocumentAsByTheFake(t *testing.T) {
	s := tryOut(&judge{contract: defaultContract(t)})
	post := func(endpoint, body string, header ...string) raw {
		in := raw{method: "POST", endpoint: endpoint, body: body, header: map[string]string{}}
		for i := 0; i < len(header); i += 2 {
			in.header[header[i]] = header[i+1]
		}
		return in
	}
	garbage := map[string]raw{
		"no key":              {method: "GET", endpoint: "/client", header: map[string]string{"X-Client-Key": ""}},
		"no version":          {method: "GET", endpoint: "/client", header: map[string]string{"X-Version": ""}},
		"no request id":       {method: "GET", endpoint: "/client", header: map[string]string{"X-Request-Id": ""}},
		"no signature":        {method: "GET", endpoint: "/client", header: map[string]string{"X-Signature": ""}},
		"no reqToken":         {method: "GET", endpoint: "/user/login"},
		"no device's id":      {method: "GET", endpoint: "/device"},
		"no login":            post("/user/login", ""),
		"no device":           post("/device", ""),
		"a login of text":     post("/user/login", `"text"`),
		"a login of nothing":  post("/user/login", `null`),
		"a list of devices":   post("/device", `[{"deviceId":"1"}]`),
		"broken JSON":         post("/device", `{"deviceId":`),
		"no JSON":             post("/user/login", `email=ada`),
		"a form":              post("/device", `{"deviceId":"1"}`, "Content-Type", "application/x-www-form-urlencoded"),
		"text":                post("/device", `{"deviceId":"1"}`, "Content-Type", "text/plain"),
		"an empty device":     post("/device", `{}`),
		"a device with no id": post("/device", `{"deviceId":"","name":"phone"}`),
		"a numbered device":   post("/device", `{"deviceId":7}`),
		"a named object":      post("/device", `{"deviceId":"1","name":{"first":"a"}}`),
		"a login of no one":   post("/user/login", `{"password":"p"}`),
		"a login of two":      post("/user/login", `{"email":"ada@example.com","whatsapp":"+6281100000001","password":"p"}`),
		"a login with none":   post("/user/login", `{"email":"ada@example.com"}`),
		"an empty password":   post("/user/login", `{"email":"ada@example.com","password":""}`),
		"a password's number": post("/user/login", `{"email":"ada@example.com","password":1}`),
	}
	for name, in := range garbage {
		e := s.send(t, in)
		require.NotEmpty(t, e.requestFault, "%s: %s", name, e.request)
		require.Empty(t, e.badness, "%s: %s", name, e.answer)
	}
	require.GreaterOrEqual(t, len(s.judge.exchanges), 24)
}

// What only the API can know, the document lets through.
func TestAnErrorThatNoFormTellsIsOfTheDocument(t *testing.T) {
	s := tryOut(&judge{contract: defaultContract(t)})
	get := func(header ...string) raw {
		return raw{method: "GET", endpoint: "/client", header: map[string]string{header[0]: header[1]}}
	}
	first := raw{method: "GET", endpoint: "/device?id=404", header: map[string]string{"X-Request-Id": "raw-0"}}
	for _, in := range []raw{
		first, first, // the same id again
		get("X-Client-Key", "CK-unknown"),
		get("X-Signature", "bm9uZQ=="),
		get("X-Token", "not signed"),
		{method: "POST", endpoint: "/user/login", body: `{"email":"nobody@example.com","password":"p"}`},
		{method: "GET", endpoint: "/user/login?id=404"},
	} {
		s.send(t, in)
	}
	require.Equal(t, 7, s.judge.requireAllFit(t))
}

// What is no operation is an error as any other, though the document has no place for it.
func TestAnErrorOfNoOperationIsAnErrorOfTheDocument(t *testing.T) {
	s := tryOut(&judge{contract: defaultContract(t)})
	known, err := http.NewRequestWithContext(t.Context(), "GET", s.fake.URL+"/client", nil)
	require.NoError(t, err)
	for _, in := range []raw{
		{method: "GET", endpoint: "/nowhere"},
		{method: "DELETE", endpoint: "/device?id=1"},
		{method: "PATCH", endpoint: "/client"},
	} {
		e := s.send(t, in)
		require.NotEmpty(t, e.requestFault, in)
		request, err := http.NewRequestWithContext(t.Context(), in.method, s.fake.URL+in.endpoint, nil)
		require.NoError(t, err)
		response, err := s.fake.Transport().RoundTrip(request)
		require.NoError(t, err)
		valid, found := s.judge.contract.ValidateHttpResponse(known, response)
		require.True(t, valid, said(found))
	}
}

// A code that is not documented, and an answer that is none of the API's, are found.
func TestAFaultThatIsNoneOfTheAPIsIsFound(t *testing.T) {
	s := tryOut(&judge{contract: defaultContract(t)})
	for _, fault := range []coreapitest.Fault{
		{Code: "NO_SUCH_CODE"},
		{Status: 502, Body: "<h1>Bad gateway</h1>", ContentType: "text/html"},
		{Body: `{"id":`, ContentType: "application/json"},
		{Body: `[]`, ContentType: "application/json"},
		{Body: `{}`, ContentType: "application/json"},
		{Status: 204},
		{Status: 403, Body: `"no"`, ContentType: "application/json"},
		{Status: 418, Body: `{"code":7}`, ContentType: "application/json"},
	} {
		s.fake.Inject(fault)
		_, err := s.client.Clients.Info(t.Context())
		require.Error(t, err, fault)
		require.NotEmpty(t, s.judge.last(t).badness, fault)
	}
	_, err := s.client.Clients.Info(t.Context())
	require.NoError(t, err)
	require.Empty(t, s.judge.last(t).badness)
}
