package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/stretchr/testify/require"
)

// A server that knows nothing of the SDK builds the signed structure again from the
// request that it parsed. The tests here have one in Go; nodeserver_test.go has one in
// Node, behind the build tag node, for the same runs.

// testKey is the client's. It is the fake's fixed one, so that no key is made.
func testKey() crypto.Signer { return coreapitest.New().PrivateKey }

const userToken = "abcde12345"

// signedClient makes one attempt a call, so that a refusal is not hidden by another one.
func signedClient(t *testing.T, base string, key crypto.Signer, wire http.RoundTripper, s coreapi.Signature) *coreapi.Client {
	t.Helper()
	c, err := coreapi.New(base, coreapi.SignedClientKey("CK00001", key),
		coreapi.WithHTTPClient(&http.Client{Transport: wire}),
		coreapi.WithProfile(coreapi.Profile{Signature: s}),
		coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NoError(t, err)
	return c
}

// requireAccepted makes every call of both runs. The servers refuse what they cannot
// verify, so a call without an error was accepted.
func requireAccepted(t *testing.T, base string, s coreapi.Signature) {
	t.Helper()
	wire := &counting{next: transport(t)}
	c := signedClient(t, base, testKey(), wire, s)
	calls := requireOperations(t, c) + requireOperations(t, c, coreapi.WithUserToken(userToken))
	for _, each := range nastyRequests() {
		for _, opts := range [][]coreapi.CallOption{nil, {coreapi.WithUserToken(userToken)}} {
			got, err := coreapi.Do[echo](context.Background(), c, each.request, opts...)
			require.NoError(t, err, each.name)
			requireArrived(t, each, got)
			calls++
		}
	}
	require.Equal(t, calls, wire.requests)
	t.Logf("%d requests of %d operations and %d nasty requests were accepted", wire.requests, operations, len(nastyRequests()))
}

// operations is how many there are, WaitForLogin included.
const operations = 7

// requireOperations returns how many calls it made.
func requireOperations(t *testing.T, c *coreapi.Client, opts ...coreapi.CallOption) int {
	t.Helper()
	ctx := context.Background()
	_, err := c.Clients.Info(ctx, opts...)
	require.NoError(t, err)
	_, err = c.Users.Login(ctx, coreapi.LoginRequest{Email: "ayu+1@example.com", Password: `p<&>"\é😀`, ReqToken: "r-1"}, opts...)
	require.NoError(t, err)
	session, err := c.Users.StartLogin(ctx, opts...)
	require.NoError(t, err)
	_, err = c.Users.LoginStatus(ctx, session.ReqToken, opts...)
	require.NoError(t, err)
	_, err = c.Users.WaitForLogin(ctx, session.ReqToken, opts...)
	require.NoError(t, err)
	device, err := c.Devices.Save(ctx, coreapi.DeviceInfo{
		DeviceID: "d-1", Name: "Ayu's <tablet> & more", PushToken: "push",
		Extra: map[string]any{"10": 1.0, "2": []any{}, "rate": 1e21, "ünï": "\u2028"},
	}, opts...)
	require.NoError(t, err)
	_, err = c.Devices.Get(ctx, device.ID, opts...)
	require.NoError(t, err)
	return operations
}

// counting counts the requests of one goroutine.
type counting struct {
	next     http.RoundTripper
	requests int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests++
	return c.next.RoundTrip(r)
}

// wrongs are what may happen to a request on its way, and what the servers say of it.
// The request is a POST with a query, a body and a user's token.
var wrongs = []struct {
	name   string
	change func(r *http.Request, body []byte) []byte // of a copy
	says   string
}{
	{"a byte of the body", func(_ *http.Request, body []byte) []byte {
		return bytes.Replace(body, []byte("Ayu"), []byte("Ayo"), 1)
	}, notVerified},
	{"a number in the body", func(_ *http.Request, body []byte) []byte {
		return bytes.Replace(body, []byte("17"), []byte("18"), 1)
	}, notVerified},
	{"members that changed places", func(_ *http.Request, body []byte) []byte {
		return []byte(`{"name":"Ayu","count":17,"zone":"x"}`)
	}, notVerifiedUnlessSorted},
	{"no body", func(*http.Request, []byte) []byte { return nil }, notVerified},
	{"another path", func(r *http.Request, body []byte) []byte { r.URL.Path = "/other"; return body }, notVerified},
	{"another query", func(r *http.Request, body []byte) []byte { r.URL.RawQuery = "a=1&b=3"; return body }, notVerified},
	{"a query in another order", func(r *http.Request, body []byte) []byte { r.URL.RawQuery = "b=2&a=1"; return body }, notVerified},
	{"no query", func(r *http.Request, body []byte) []byte { r.URL.RawQuery = ""; return body }, notVerified},
	{"another method", func(r *http.Request, body []byte) []byte { r.Method = "PUT"; return body }, notVerified},
	{"another client key", setHeader("X-Client-Key", "CK00002"), notVerified},
	{"another token", setHeader("X-Token", "abcde12346"), notVerified},
	{"no token", setHeader("X-Token", ""), notVerified},
	{"another request id", setHeader("X-Request-Id", "another"), notVerified},
	{"another version", setHeader("X-Version", "1.0.1"), notVerified},
	{"another signature", setHeader("X-Signature", base64.StdEncoding.EncodeToString(make([]byte, 256))), notVerified},
	{"no client key", setHeader("X-Client-Key", ""), "no x-client-key"},
	{"no request id", setHeader("X-Request-Id", ""), "no x-request-id"},
	{"no version", setHeader("X-Version", ""), "no x-version"},
	{"no signature", setHeader("X-Signature", ""), "no x-signature"},
}

const (
	notVerified             = "the signature does not verify"
	notVerifiedUnlessSorted = notVerified + ", " // a server that sorts the members does not see it
	seenBefore              = "the request id was seen before"
)

// setHeader takes the header away where the value is "".
func setHeader(name, value string) func(*http.Request, []byte) []byte {
	return func(r *http.Request, body []byte) []byte {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
		return body
	}
}

// requireWrongsRefused shows that a server checks at all.
func requireWrongsRefused(t *testing.T, base string, s coreapi.Signature) {
	t.Helper()
	tr := transport(t)
	require.NoError(t, victim(signedClient(t, base, testKey(), tr, s)), "it is accepted where nothing is wrong")
	for _, wrong := range wrongs {
		if wrong.says == notVerifiedUnlessSorted && s.SortKeys {
			continue
		}
		err := victim(signedClient(t, base, testKey(), changing{tr, wrong.change}, s))
		requireRefusal(t, err, strings.TrimSuffix(wrong.says, ", "), wrong.name)
	}
	requireRefusal(t, victim(signedClient(t, base, testKey(), twice{tr}, s)), seenBefore, "sent twice")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	requireRefusal(t, victim(signedClient(t, base, other, tr, s)), notVerified, "another key")
	t.Logf("%d wrong requests were refused", len(wrongs)+2)
}

// victim is the call that is changed on its way.
func victim(c *coreapi.Client) error {
	_, err := coreapi.Do[echo](context.Background(), c, coreapi.Request{
		Method: "POST", Path: "/things", Query: map[string][]string{"a": {"1"}, "b": {"2"}},
		Body: json.RawMessage(`{"zone":"x","name":"Ayu","count":17}`),
	}, coreapi.WithUserToken(userToken))
	return err
}

func requireRefusal(t *testing.T, err error, says, what string) {
	t.Helper()
	var e *coreapi.Error
	require.ErrorAs(t, err, &e, what)
	require.Equal(t, http.StatusUnauthorized, e.StatusCode, "%s: %v", what, err)
	require.Equal(t, says, e.Message, what)
}

// changing changes a request on its way, as a proxy may.
type changing struct {
	next   http.RoundTripper
	change func(*http.Request, []byte) []byte
}

func (c changing) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	changed := r.Clone(r.Context())
	body = c.change(changed, body)
	changed.Body, changed.GetBody, changed.ContentLength = io.NopCloser(bytes.NewReader(body)), nil, int64(len(body))
	if len(body) == 0 {
		changed.Body = http.NoBody
	}
	return c.next.RoundTrip(changed)
}

// twice sends a request again, and returns the second answer.
type twice struct{ next http.RoundTripper }

func (d twice) RoundTrip(r *http.Request) (*http.Response, error) {
	again := r.Clone(r.Context())
	again.Body, _ = r.GetBody()
	first, err := d.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	first.Body.Close()
	return d.next.RoundTrip(again)
}

// verifier is an API's server as it is written in Go: it parses the body into an any,
// builds the documented structure again, and verifies the signature over what
// json.Marshal makes of that.
type verifier struct {
	publicKey *rsa.PublicKey
	mu        sync.Mutex
	seen      map[string]bool
}

// structure is what the reference says is signed, in its order.
type structure struct {
	Endpoint string        `json:"endpoint"`
	Method   string        `json:"method"`
	Headers  signedHeaders `json:"headers"`
	Body     any           `json:"body"`
}

type signedHeaders struct {
	ClientKey string `json:"x-client-key"`
	UserToken string `json:"x-token,omitempty"`
	RequestID string `json:"x-request-id"`
	Version   string `json:"x-version"`
}

func startVerifier(t *testing.T) (base string) {
	t.Helper()
	server := httptest.NewServer(&verifier{publicKey: testKey().Public().(*rsa.PublicKey), seen: map[string]bool{}})
	t.Cleanup(server.Close)
	return server.URL
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	request, err := rebuild(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := answerOf(request, r)
	if message := v.refusal(request, r.Header.Get("X-Signature")); message != "" {
		w.WriteHeader(http.StatusUnauthorized)
		answer = map[string]any{"message": message}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func rebuild(r *http.Request) (structure, error) {
	request := structure{r.RequestURI, r.Method, signedHeaders{
		ClientKey: r.Header.Get("X-Client-Key"), UserToken: r.Header.Get("X-Token"),
		RequestID: r.Header.Get("X-Request-Id"), Version: r.Header.Get("X-Version"),
	}, map[string]any{}}
	raw, err := io.ReadAll(r.Body)
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &request.Body)
	}
	return request, err
}

func (v *verifier) refusal(request structure, signature string) string {
	for _, demanded := range []struct{ name, value string }{
		{"x-client-key", request.Headers.ClientKey}, {"x-request-id", request.Headers.RequestID},
		{"x-version", request.Headers.Version}, {"x-signature", signature},
	} {
		if demanded.value == "" {
			return "no " + demanded.name
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen[request.Headers.RequestID] {
		return seenBefore
	}
	v.seen[request.Headers.RequestID] = true
	text, err := json.Marshal(request)
	if err != nil {
		return err.Error()
	}
	digest := sha256.Sum256(text)
	decoded, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || rsa.VerifyPKCS1v15(v.publicKey, crypto.SHA256, digest[:], decoded) != nil {
		return notVerified
	}
	return ""
}

func answerOf(request structure, r *http.Request) any {
	body, _ := request.Body.(map[string]any)
	switch r.Method + " " + r.URL.Path {
	case "GET /client":
		return map[string]any{"id": "cli_1", "name": "Shop", "status": "active"}
	case "POST /user/login":
		if body["password"] == nil {
			return map[string]any{"reqToken": `req 1/&"<é`, "url": "https://login.example.com/1"}
		}
		return map[string]any{"state": "succeeded", "userToken": "tok_1", "userId": "usr_1"}
	case "GET /user/login":
		return map[string]any{"state": "succeeded", "reqToken": r.FormValue("id"), "userToken": "tok_1", "userId": "usr_1"}
	case "POST /device":
		return map[string]any{"id": `dev 1/&"<é`, "deviceId": body["deviceId"]}
	case "GET /device":
		return map[string]any{"id": r.FormValue("id"), "deviceId": "d-1"}
	}
	return map[string]any{"echo": request}
}

// goServer is what an integrator sets for such a server.
var goServer = coreapi.Signature{Style: coreapi.StyleGo, SortKeys: true}

func TestAGoServerThatMarshalsAgainAcceptsEveryRequestOfStyleGoWithSortedKeys(t *testing.T) {
	requireAccepted(t, startVerifier(t), goServer)
}

func TestAGoServerRefusesWhateverWasChangedOrSentTwice(t *testing.T) {
	requireWrongsRefused(t, startVerifier(t), goServer)
}

// TestAGoServerRefusesWhatItsMarshalWritesInAnotherWay says why there is a switch, and
// how a missing one shows.
func TestAGoServerRefusesWhatItsMarshalWritesInAnotherWay(t *testing.T) {
	ctx := context.Background()
	base, tr := startVerifier(t), transport(t)
	post := func(body string) coreapi.Request {
		return coreapi.Request{Method: "POST", Path: "/things", Body: json.RawMessage(body)}
	}
	plain := post(`{"a":"x","b":1}`)
	for _, test := range []struct {
		name      string
		request   coreapi.Request
		signature coreapi.Signature
	}{
		{"a character of HTML", post(`{"a":"1 < 2"}`), coreapi.Signature{SortKeys: true}},
		{"a line separator", post(`{"a":"\u2028"}`), coreapi.Signature{SortKeys: true}},
		{"a query with two parameters", coreapi.Request{Path: "/things", Query: map[string][]string{"a": {"1"}, "b": {"2"}}}, coreapi.Signature{SortKeys: true}},
		{"members that are not sorted", post(`{"b":1,"a":2}`), coreapi.Signature{Style: coreapi.StyleGo}},
	} {
		c := signedClient(t, base, testKey(), tr, test.signature)
		_, err := coreapi.Do[echo](ctx, c, plain)
		require.NoError(t, err, "a plain body")
		_, err = coreapi.Do[echo](ctx, c, test.request)
		requireRefusal(t, err, notVerified, test.name)
		_, err = coreapi.Do[echo](ctx, signedClient(t, base, testKey(), tr, goServer), test.request)
		require.NoError(t, err, test.name)
	}
}
