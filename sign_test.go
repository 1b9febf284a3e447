package coreapi

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/testkey"
)

// signingKey is the fixed test key, which the fake has too.
func signingKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	signer, err := ParsePrivateKey([]byte(testkey.PKCS8Base64))
	require.NoError(t, err)
	return signer.(*rsa.PrivateKey)
}

// signedClient is a Client that signs, over an in-memory transport.
func signedClient(t testing.TB, transport http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	c, err := New(testBase, SignedClientKey(testKey, signingKey(t)), append([]Option{WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	require.NoError(t, err)
	return c
}

// signedTextOf rebuilds the documented structure of a request as it arrived.
func signedTextOf(got sent, base string) string {
	body := got.body
	if body == "" {
		body = "{}"
	}
	token := ""
	if v := got.header.Get("X-Token"); v != "" {
		token = fmt.Sprintf("%q", "x-token") + ":" + fmt.Sprintf("%q", v) + ","
	}
	return fmt.Sprintf(`{"endpoint":"%s","method":"%s","headers":{"x-client-key":"%s",%s"x-request-id":"%s","x-version":"%s"},"body":%s}`,
		strings.TrimPrefix(got.url, base), got.method, got.header.Get("X-Client-Key"), token, got.header.Get("X-Request-Id"), got.header.Get("X-Version"), body)
}

// requireSigned fails where a request's signature is not that of its own content.
func requireSigned(t testing.TB, key *rsa.PublicKey, got sent) {
	t.Helper()
	require.Len(t, got.header["X-Signature"], 1)
	raw, err := base64.StdEncoding.DecodeString(got.header.Get("X-Signature"))
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(signedTextOf(got, testBase)))
	require.NoError(t, rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw), signedTextOf(got, testBase))
}

// vector is a known answer, made by Node and checked by OpenSSL.
type vector struct {
	Name, Endpoint, Method, ClientKey, UserToken, RequestID, Version string
	Body                                                             *string
	SentBody                                                         *string
	SignedText, Signature, SignatureHex, SignatureBase64url          string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("internal/signature/testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	require.Len(t, file.Vectors, 6)
	return file.Vectors
}

func TestTheTextOfEachVectorIsTheOneThatWasSigned(t *testing.T) {
	for _, v := range vectors(t) {
		in := SignatureInput{
			Endpoint: v.Endpoint, Method: v.Method, ClientKey: Secret(v.ClientKey), UserToken: Secret(v.UserToken),
			RequestID: v.RequestID, Version: v.Version,
		}
		if v.Body != nil {
			in.Body = []byte(*v.Body)
		}
		text, err := SignatureText(Signature{}, in)
		require.NoError(t, err, v.Name)
		require.Equal(t, v.SignedText, string(text), v.Name)
	}
}

func TestACallOnTheWireHasEachVectorsSignature(t *testing.T) {
	var got sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{method: r.Method, url: r.RequestURI, body: string(body), header: r.Header.Clone()}
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	for _, v := range vectors(t) {
		for _, form := range []struct {
			encoding SignatureEncoding
			want     string
		}{{"", v.Signature}, {Hex, v.SignatureHex}, {Base64URL, v.SignatureBase64url}} {
			t.Run(v.Name+" "+string(form.encoding), func(t *testing.T) {
				c, err := New(server.URL, SignedClientKey(v.ClientKey, signingKey(t)),
					WithProfile(Profile{Version: v.Version, Signature: Signature{Encoding: form.encoding}}))
				require.NoError(t, err)
				opts := []CallOption{WithRequestID(v.RequestID)}
				if v.UserToken != "" {
					opts = append(opts, WithUserToken(Secret(v.UserToken)))
				}
				_, err = Do[RawJSON](context.Background(), c, v.request(t), opts...)
				require.NoError(t, err)
				require.Equal(t, v.Endpoint, got.url)
				require.Equal(t, form.want, got.header.Get("X-Signature"))
				require.Equal(t, v.Version, got.header.Get("X-Version"))
				if v.SentBody != nil {
					require.Equal(t, *v.SentBody, got.body)
				}
			})
		}
	}
}

func (v vector) request(t *testing.T) Request {
	t.Helper()
	req := Request{Method: v.Method, Path: v.Endpoint}
	if path, query, ok := strings.Cut(v.Endpoint, "?"); ok {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		req.Path, req.Query = path, values
	}
	if v.Body != nil {
		req.Body = json.RawMessage(*v.Body)
	}
	return req
}

func TestEachAttemptHasItsOwnIDAndItsOwnValidSignature(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		timeout := answer{status: 504, body: codeBody(CodeRequestTimeout)}
		s := scripted(timeout, timeout, answer{status: 400, body: codeBody(CodeDuplicateKey)})
		err := post(signedClient(t, s), WithRequestID("mine"), WithUserToken("user-token-1"), WithLanguage(English))
		require.Equal(t, 3, s.count())
		ids, signatures := map[string]bool{}, map[string]bool{}
		for i, got := range s.sent {
			requireSigned(t, &signingKey(t).PublicKey, got)
			require.Equal(t, "user-token-1", got.header.Get("X-Token"))
			require.Equal(t, "en", got.header.Get("X-Language"))
			require.Equal(t, []string{"mine", "mine-2", "mine-3"}[i], got.header.Get("X-Request-Id"))
			ids[got.header.Get("X-Request-Id")] = true
			signatures[got.header.Get("X-Signature")] = true
		}
		require.Len(t, ids, 3)
		require.Len(t, signatures, 3)
		e := asError(t, err)
		require.Equal(t, []string{"mine", "mine-2", "mine-3"}, e.RequestIDs())
		require.Equal(t, "mine-3", e.RequestID)
		require.Contains(t, e.Report(), "Request ids sent: mine, mine-2, mine-3\n")
		e.RequestIDs()[0] = "changed"
		require.Equal(t, "mine", e.RequestIDs()[0], "a copy")
	})
}

func TestEveryOperationIsSigned(t *testing.T) {
	for name, op := range operationCalls {
		s := scripted(answer{body: op.success})
		require.NoError(t, op.call(signedClient(t, s)))
		requireSigned(t, &signingKey(t).PublicKey, s.sent[0])
		require.Equal(t, "1.0.0", s.sent[0].header.Get("X-Version"), name)
		require.NotContains(t, s.sent[0].header, "X-Token")
		require.NotContains(t, s.sent[0].header, "X-Language")
	}
}

func TestARequestIDIsNeverSentTwiceByOneCallWhateverAnInterceptorDoes(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		again := WithInterceptor(func(ctx context.Context, _ Operation, next func(context.Context) error) error {
			if err := next(ctx); err == nil {
				return err
			}
			return next(ctx)
		})
		err := get(newClient(t, scripted(answer{status: 503}), again), WithRequestID("a"))
		require.Equal(t, []string{"a", "a-2", "a-3", "a-4", "a-5", "a-6", "a-7", "a-8"}, asError(t, err).RequestIDs())
	})
}

func TestTheResponsesRequestIDCountsAndThoseThatWereSentAreKept(t *testing.T) {
	s := scripted(answer{status: 400, header: http.Header{"X-Request-Id": {"theirs"}}})
	e := asError(t, get(newClient(t, s), WithRequestID("mine")))
	require.Equal(t, "theirs", e.RequestID)
	require.Equal(t, []string{"mine"}, e.RequestIDs())
	require.Contains(t, e.Report(), "Request id: theirs\nRequest ids sent: mine\n")
	require.Nil(t, (*Error)(nil).RequestIDs())
}

func TestWhatWasNeverSentHasNoRequestIDs(t *testing.T) {
	vault := errors.New("vault sealed")
	auth := SignedClientKeyFunc(func(context.Context) (Credentials, error) { return Credentials{}, vault })
	e := asError(t, get(authClient(t, auth, scripted(answer{}))))
	require.Empty(t, e.RequestIDs())
	require.NotEmpty(t, e.RequestID)
}

// countingSigner counts its signatures. It is no *rsa.PrivateKey, so each is verified.
type countingSigner struct {
	*rsa.PrivateKey
	n atomic.Int64
}

func (s *countingSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.n.Add(1)
	return s.PrivateKey.Sign(random, digest, opts)
}

func TestThereIsOneSignatureAnAttempt(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		signer := &countingSigner{PrivateKey: signingKey(t)}
		s := scripted(answer{status: 503}, answer{status: 503}, answer{body: "{}"})
		require.NoError(t, get(authClient(t, SignedClientKey(testKey, signer), s)))
		require.EqualValues(t, 3, signer.n.Load())
		wrapped := &countingSigner{PrivateKey: signingKey(t)}
		inner := SignedClientKey(testKey, wrapped)
		s = scripted(answer{status: 503}, answer{body: "{}"})
		require.NoError(t, get(authClient(t, &foreignAuth{inner.Authenticate}, s)))
		require.EqualValues(t, 2, wrapped.n.Load())
		requireSigned(t, &signingKey(t).PublicKey, s.sent[1])
	})
}

// oddSigner has a key and a way of its own to sign.
type oddSigner struct {
	public crypto.PublicKey
	sign   func() ([]byte, error)
}

func (s oddSigner) Public() crypto.PublicKey { return s.public }

func (s oddSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return s.sign() }

func TestASignerThatFailsPanicsOrHasAnotherKeySendsNothing(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	key := signingKey(t)
	hsm := errors.New("hsm: slot is empty, " + testKey)
	for name, test := range map[string]struct {
		signer crypto.Signer
		want   string
	}{
		"fails":       {oddSigner{key.Public(), func() ([]byte, error) { return nil, hsm }}, "hsm: slot is empty, [redacted]"},
		"panics":      {oddSigner{key.Public(), func() ([]byte, error) { panic("slot " + testKey) }}, "panic: slot [redacted]"},
		"nothing":     {oddSigner{key.Public(), func() ([]byte, error) { return nil, nil }}, "signature"},
		"another key": {oddSigner{other.Public(), func() ([]byte, error) { return key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256) }}, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			s := scripted(answer{body: "{}"})
			err := get(authClient(t, SignedClientKey(testKey, test.signer), s))
			require.Zero(t, s.count())
			e := asError(t, err)
			require.Equal(t, DeliveryNotSent, e.Delivery)
			require.Zero(t, e.Attempts)
			require.False(t, IsRetryable(err))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error()+e.Report(), testKey)
			if name == "fails" {
				require.ErrorIs(t, err, hsm)
			}
		})
	}
}

// slowSigner is a KMS that answers late. It ends with the context that it gets.
type slowSigner struct{ *rsa.PrivateKey }

func (s slowSigner) SignContext(ctx context.Context, _ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASignerWithAContextEndsWithTheAttemptsTimeout(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		start := time.Now()
		s := scripted(answer{body: "{}"})
		err := get(authClient(t, SignedClientKey(testKey, slowSigner{signingKey(t)}), s), WithAttemptTimeout(2*time.Second), WithRetryPolicy(NoRetry()))
		require.Equal(t, 2*time.Second, time.Since(start))
		require.True(t, asError(t, err).Timeout())
		require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
		require.Zero(t, s.count())
	})
}

func TestCredentialsThatCannotBeRightAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	var none *rsa.PrivateKey
	key := signingKey(t)
	for name, test := range map[string]struct {
		key    string
		signer crypto.Signer
	}{
		"no key":              {"", key},
		"a key, line break":   {"key-0123\n", key},
		"a key, not ASCII":    {"schlüssel", key},
		"no signer":           {testKey, nil},
		"a nil key as signer": {testKey, none},
		"a small key":         {testKey, small},
		"a curve":             {testKey, curve},
		"no public key":       {testKey, oddSigner{public: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(testBase, SignedClientKey(test.key, test.signer))
			requireMatchesExactly(t, err, ErrInvalidArgument)
			s := scripted(answer{})
			err = get(authClient(t, SignedClientKeyFunc(func(context.Context) (Credentials, error) {
				return Credentials{ClientKey: Secret(test.key), Signer: test.signer}, nil
			}), s))
			require.ErrorContains(t, err, "authentication failed")
			require.Zero(t, s.count())
		})
	}
	_, err = New(testBase, SignedClientKeyFunc(nil))
	requireMatchesExactly(t, err, ErrInvalidArgument)
}

func TestSignedClientKeyOutsideACallIsAnInvalidArgument(t *testing.T) {
	r, err := http.NewRequest("GET", testBase, nil)
	require.NoError(t, err)
	requireMatchesExactly(t, SignedClientKey(testKey, signingKey(t)).Authenticate(r), ErrInvalidArgument)
	require.Empty(t, r.Header)
}

func TestARotatedKeyAndItsSignerGoTogetherFromManyGoroutines(t *testing.T) {
	first := signingKey(t)
	second, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys := map[string]*rsa.PrivateKey{"key-number-1": first, "key-number-2": second}
	var asked atomic.Int64
	auth := SignedClientKeyFunc(func(context.Context) (Credentials, error) {
		name := "key-number-1"
		if asked.Add(1) > 96 {
			name = "key-number-2"
		}
		return Credentials{Secret(name), keys[name]}, nil
	})
	var mu sync.Mutex
	used := map[string]int{}
	c := authClient(t, auth, roundTripper(func(r *http.Request) (*http.Response, error) {
		got := sent{method: r.Method, url: r.URL.String(), header: r.Header.Clone()}
		name := got.header.Get("X-Client-Key")
		raw, err := base64.StdEncoding.DecodeString(got.header.Get("X-Signature"))
		digest := sha256.Sum256([]byte(signedTextOf(got, testBase)))
		assert.NoError(t, err)
		assert.NoError(t, rsa.VerifyPKCS1v15(&keys[name].PublicKey, crypto.SHA256, digest[:], raw))
		mu.Lock()
		used[name]++
		mu.Unlock()
		return answer{body: "{}"}.response(r)
	}))
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 3 {
				assert.NoError(t, get(c))
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[string]int{"key-number-1": 96, "key-number-2": 96}, used)
}

func TestKeyTokenAndSignatureAreMaskedWhereTheServerEchoesThem(t *testing.T) {
	inFakeTime(t, func(t *testing.T) {
		var echoes []string
		echo := roundTripper(func(r *http.Request) (*http.Response, error) {
			h := r.Header
			echoes = append(echoes, h.Get("X-Signature"))
			body, err := json.Marshal(map[string]string{"message": h.Get("X-Client-Key") + " " + h.Get("X-Token") + " " + strings.Join(echoes, " ")})
			require.NoError(t, err)
			return answer{status: 503, body: string(body)}.response(r)
		})
		err := get(signedClient(t, echo), WithUserToken("user-token-1"), WithRetryPolicy(RetryPolicy{MaxAttempts: 2}))
		require.Len(t, echoes, 2)
		require.Equal(t, "[redacted] [redacted] [redacted] [redacted]", asError(t, err).Message)
	})
}

func TestABodyIsSentInTheFormThatIsSigned(t *testing.T) {
	for want, body := range map[string]any{
		`{"a":"<b>&\u0001é"}`:           map[string]string{"a": "<b>&\x01é"},
		`{"2":1,"10":2,"b":3,"a":4}`:    json.RawMessage(` {"b": 3.0, "10":2, "a":4e0,"2":1}`),
		`{"n":[0.1,1e+21,100000,-1.5]}`: json.RawMessage(`{"n":[0.10,1e21,1E5,-1.50]}`),
		`"text"`:                        "text",
	} {
		s := scripted(answer{body: "{}"})
		_, err := Do[RawJSON](context.Background(), signedClient(t, s), Request{Method: "POST", Path: "/x", Body: body})
		require.NoError(t, err)
		require.Equal(t, want, s.sent[0].body)
		requireSigned(t, &signingKey(t).PublicKey, s.sent[0])
	}
}

func TestABodyThatNoServerCanWriteAgainIsRefusedWhereItIsSignedAndSentAsItIsWhereNot(t *testing.T) {
	for name, body := range map[string]string{
		"a large number":   `{"n":9007199254740993}`,
		"a power of two":   `{"n":1152921504606846976}`,
		"many digits":      `{"n":0.12345678901234567890}`,
		"out of range":     `{"n":1e999}`,
		"a lone surrogate": `{"n":"\ud800"}`,
		"a duplicate key":  `{"n":1,"n":1}`,
		"invalid UTF-8":    "{\"n\":\"\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			req := Request{Method: "POST", Path: "/x", Body: json.RawMessage(body)}
			s := scripted(answer{body: "{}"})
			_, err := Do[RawJSON](context.Background(), signedClient(t, s), req)
			requireMatchesExactly(t, err, ErrInvalidArgument)
			require.Equal(t, DeliveryNotSent, asError(t, err).Delivery)
			inner := SignedClientKey(testKey, signingKey(t))
			_, err = Do[RawJSON](context.Background(), authClient(t, &foreignAuth{inner.Authenticate}, s), req)
			require.ErrorIs(t, err, ErrInvalidArgument, "wrapped, too")
			require.Zero(t, s.count())
			_, err = Do[RawJSON](context.Background(), newClient(t, s), req)
			require.NoError(t, err)
			require.Equal(t, body, s.sent[0].body)
		})
	}
}

func TestASignatureTextOfTheCallersIsWhatIsSigned(t *testing.T) {
	var got SignatureInput
	var signed []byte
	text := WithSignatureText(func(in SignatureInput) ([]byte, error) {
		got = in
		in.Body[0] = '!' // which changes nothing that is sent
		signed = []byte(in.Method + "|" + in.Endpoint + "|" + in.RequestID)
		return signed, nil
	})
	s := scripted(answer{body: "{}"})
	full := WithProfile(Profile{Version: "3", Signature: Signature{Endpoint: EndpointFull, Padding: PSS, Encoding: Hex}})
	require.NoError(t, post(signedClient(t, s, text, full), WithRequestID("r1"), WithUserToken("tok-1")))
	require.Equal(t, "POST|/v1/things|r1", string(signed))
	require.Equal(t, Secret(testKey), got.ClientKey)
	require.Equal(t, Secret("tok-1"), got.UserToken)
	require.Equal(t, "3", got.Version)
	require.Equal(t, `{"a":"whole"}`, s.sent[0].body)
	require.Len(t, s.sent[0].header.Get("X-Signature"), 512)

	own := errors.New("no text today")
	for name, f := range map[string]func(SignatureInput) ([]byte, error){
		"fails":   func(SignatureInput) ([]byte, error) { return nil, own },
		"nothing": func(SignatureInput) ([]byte, error) { return nil, nil },
		"panics":  func(SignatureInput) ([]byte, error) { panic(own) },
	} {
		s := scripted(answer{body: "{}"})
		err := get(signedClient(t, s, WithSignatureText(f)))
		require.Equal(t, DeliveryNotSent, asError(t, err).Delivery, name)
		require.Zero(t, s.count())
		if name != "nothing" {
			require.ErrorIs(t, err, own)
		}
	}
	_, err := New(testBase, ClientKey(testKey), text)
	requireMatchesExactly(t, err, ErrInvalidArgument)
}

func TestSignatureTextRefusesWhatIsMissing(t *testing.T) {
	whole := SignatureInput{Endpoint: "/client", Method: "GET", ClientKey: "CK00001", RequestID: "r", Version: "1.0.0"}
	_, err := SignatureText(Signature{}, whole)
	require.NoError(t, err)
	for name, change := range map[string]func(*SignatureInput){
		"Endpoint":  func(in *SignatureInput) { in.Endpoint = "" },
		"Method":    func(in *SignatureInput) { in.Method = "" },
		"ClientKey": func(in *SignatureInput) { in.ClientKey = "" },
		"RequestID": func(in *SignatureInput) { in.RequestID = "" },
		"Version":   func(in *SignatureInput) { in.Version = "" },
		"Body":      func(in *SignatureInput) { in.Body = []byte("{") },
	} {
		in := whole
		change(&in)
		_, err := SignatureText(Signature{}, in)
		requireMatchesExactly(t, err, ErrInvalidArgument)
		require.ErrorContains(t, err, name)
	}
	_, err = SignatureText(Signature{Style: "perl"}, whole)
	requireMatchesExactly(t, err, ErrInvalidArgument)
}

func TestWithUserTokenRefusesWhatIsNoToken(t *testing.T) {
	for _, token := range []Secret{"", "[redacted]", "tok\n", "tök"} {
		s := scripted(answer{})
		requireMatchesExactly(t, get(newClient(t, s), WithUserToken(token)), ErrInvalidArgument)
		require.Zero(t, s.count())
	}
	for _, id := range []string{"", " ", "a\nb", "ä"} {
		requireMatchesExactly(t, get(newClient(t, scripted(answer{})), WithRequestID(id)), ErrInvalidArgument)
	}
}

func TestAnAuthenticatorOfTheCallersLeavesTheDocumentedHeadersAlone(t *testing.T) {
	for _, name := range []string{"X-Version", "X-Request-Id", "X-Signature", "X-Token", "X-Language"} {
		s := scripted(answer{body: "{}"})
		err := get(authClient(t, &foreignAuth{func(r *http.Request) error { r.Header.Set(name, "mine"); return nil }}, s), WithUserToken("tok-1"))
		require.ErrorContains(t, err, name)
		require.Zero(t, s.count())
	}
	for _, header := range []string{"x-version", "x-request-id", "x-signature", "x-token", "x-language"} {
		_, err := New(testBase, ClientKeyHeader(header, testKey))
		requireMatchesExactly(t, err, ErrInvalidArgument)
	}
}

func TestCredentialsAndSignatureInputsPrintNoSecret(t *testing.T) {
	c := Credentials{ClientKey: canary, Signer: signingKey(t)}
	in := SignatureInput{Endpoint: "/x?id=" + canary, ClientKey: canary, UserToken: canary, Body: []byte(canary)}
	auth := SignedClientKey(canary, signingKey(t))
	digits := signingKey(t).D.String()[:20]
	for _, v := range []any{c, &c, in, &in, auth, &auth, map[string]any{"c": c, "in": in}} {
		shown := everyVerb(v)
		require.NotContains(t, shown, canary)
		require.NotContains(t, shown, digits)
	}
}
