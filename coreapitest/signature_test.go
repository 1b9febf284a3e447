package coreapitest_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// signatureSwitches are the values that the profile's switches can have.
var signatureSwitches = map[string]coreapi.Signature{
	"the default":          {},
	`padding "pss"`:        {Padding: coreapi.PSS},
	`encoding "base64url"`: {Encoding: coreapi.Base64URL},
	`encoding "hex"`:       {Encoding: coreapi.Hex},
	`endpoint "full"`:      {Endpoint: coreapi.EndpointFull},
	`noBody "omit"`:        {NoBody: coreapi.NoBodyOmit},
	`noBody "null"`:        {NoBody: coreapi.NoBodyNull},
	`noBody "\"\""`:        {NoBody: coreapi.NoBodyEmpty},
	`style "go"`:           {Style: coreapi.StyleGo},
	"sorted keys":          {SortKeys: true},
	`encoding "hex" and noBody "null"`: {
		Encoding: coreapi.Hex, NoBody: coreapi.NoBodyNull,
	},
}

// nasty is a device that no two JSON writers write alike.
var nasty = coreapi.DeviceInfo{DeviceID: "phone <1> & \u2028", Name: "\"\\\n\x00 é 🙈", Extra: map[string]any{
	"b": 1.0, "10": 1e21, "9": json.Number("-0"), "a": json.Number("1.50"), "html": "<b>&amp;</b>",
	"deep": map[string]any{"z": []any{}, "a": map[string]any{}},
}}

func TestEverySwitchOfTheSignatureIsAcceptedByAFakeThatHasIt(t *testing.T) {
	for name, signature := range signatureSwitches {
		t.Run(name, func(t *testing.T) {
			for wayName, way := range ways {
				t.Run(wayName, func(t *testing.T) {
					s := way(t, coreapitest.WithProfile(coreapi.Profile{Signature: signature}), coreapitest.WithBasePath("/core/v1"))
					s.AddUser(ana)
					callAll(t, s, once(s))
				})
			}
		})
	}
}

// callAll calls every operation, with and without a user's token.
func callAll(t *testing.T, s *coreapitest.Server, c *coreapi.Client) {
	t.Helper()
	_, err := c.Clients.Info(t.Context())
	require.NoError(t, err)
	session, err := c.Users.StartLogin(t.Context())
	require.NoError(t, err)
	s.CompleteLogin(session.ReqToken, email)
	status, err := c.Users.WaitForLogin(t.Context(), session.ReqToken)
	require.NoError(t, err)
	_, err = c.Users.Login(t.Context(), anasLogin)
	require.NoError(t, err)
	device, err := c.Devices.Save(t.Context(), nasty, coreapi.WithUserToken(status.UserToken))
	require.NoError(t, err)
	read, err := c.Devices.Get(t.Context(), device.ID, coreapi.WithUserToken(status.UserToken))
	require.NoError(t, err)
	require.Equal(t, device, read)
	_, err = c.Devices.Get(t.Context(), "a b?c=<d>&é #%2F", coreapi.WithLanguage(coreapi.English))
	require.ErrorIs(t, err, coreapi.ErrInvalidObjectID, "the signature over a nasty query verifies")
}

func TestARefusedSignatureIsToldWhichSwitchWouldVerify(t *testing.T) {
	for want, signature := range signatureSwitches {
		if want == "the default" || want == "sorted keys" || want == `style "go"` { // those are of the body
			continue
		}
		t.Run(want, func(t *testing.T) {
			s := coreapitest.New(coreapitest.WithBasePath("/core/v1"))
			_, err := once(s, coreapi.WithProfile(coreapi.Profile{Signature: signature}), coreapi.WithLanguage(coreapi.English)).Clients.Info(t.Context())
			requireRefused(t, err, "The signature was made with "+want+"; this server wants "+defaultsOf.Replace(want)+".")
		})
	}
	t.Run("and the default by a fake that has another", func(t *testing.T) {
		s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Padding: coreapi.PSS}}))
		_, err := once(s, coreapi.WithProfile(coreapi.Profile{}), coreapi.WithLanguage(coreapi.English)).Clients.Info(t.Context())
		requireRefused(t, err, `The signature was made with padding "pkcs1v15"; this server wants "pss".`)
	})
	t.Run("in Indonesian too", func(t *testing.T) {
		s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Encoding: coreapi.Hex}}))
		_, err := once(s, coreapi.WithProfile(coreapi.Profile{})).Clients.Info(t.Context())
		requireRefused(t, err, `Tanda tangan ini dibuat dengan encoding "base64"; server ini meminta "hex".`)
	})
}

// defaultsOf has the default of each switch in the place of its other words.
var defaultsOf = strings.NewReplacer(
	`padding "pss"`, `"pkcs1v15"`, `encoding "base64url"`, `"base64"`, `encoding "hex"`, `"base64"`, `endpoint "full"`, `"relative"`,
	`noBody "omit"`, `"{}"`, `noBody "null"`, `"{}"`, `noBody "\"\""`, `"{}"`,
)

func requireRefused(t *testing.T, err error, message string) {
	t.Helper()
	var e *coreapi.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, http.StatusUnauthorized, e.StatusCode)
	require.Empty(t, e.Code)
	require.Contains(t, e.Message, message)
}

// Both bodies are signed as they are sent.
func TestABodyThatIsNotInTheFormOfTheProfileIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		fake   coreapi.Signature
		body   string
		want   string // in the message
		status int
	}{
		"white space":        {body: `{ "deviceId":"a"}`, want: `in the form "javascript".`, status: 401},
		"a number":           {body: `{"deviceId":"a","n":1.0}`, want: `in the form "javascript".`, status: 401},
		"an escape":          {body: `{"deviceId":"\u0061"}`, want: `in the form "javascript".`, status: 401},
		"a last newline":     {body: `{"deviceId":"a"}` + "\n", want: `in the form "javascript".`, status: 401},
		"integer-like keys":  {body: `{"deviceId":"a","1":1}`, want: `in the form "javascript".`, status: 401},
		"HTML for Go":        {fake: coreapi.Signature{Style: coreapi.StyleGo}, body: `{"deviceId":"<"}`, want: `in the form "go".`, status: 401},
		"unsorted keys":      {fake: coreapi.Signature{SortKeys: true}, body: `{"name":"b","deviceId":"a"}`, want: `in the form "javascript" with sorted keys.`, status: 401},
		"a number too long":  {body: `{"deviceId":"a","n":9007199254740993}`, want: "does not survive a server's parser", status: 401},
		"a name twice":       {body: `{"deviceId":"a","n":1,"n":2}`, want: "does not survive a server's parser", status: 401},
		"half a surrogate":   {body: `{"deviceId":"a","n":"\ud800"}`, want: "does not survive a server's parser", status: 401},
		"no JSON":            {body: `deviceId=a`, want: "The body is not valid JSON", status: 400},
		"JSON and more":      {body: `{"deviceId":"a"}x`, want: "The body is not valid JSON", status: 400},
		"invalid UTF-8":      {body: "{\"deviceId\":\"a\xff\"}", want: "The body is not valid UTF-8", status: 400},
		"JSON but no object": {body: `[1,2]`, want: "not an object", status: 400},
		"in the form":        {body: `{"deviceId":"a","n":1e+21}`, want: `"deviceId":"a"`, status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			s := coreapitest.New(coreapitest.WithProfile(coreapi.Profile{Signature: tt.fake}))
			got := send(t, s, "POST", "/device", tt.body)
			require.Equal(t, tt.status, got.status, got.body)
			var said struct{ Message string }
			require.NoError(t, json.Unmarshal([]byte(got.body), &said))
			if tt.status != http.StatusOK {
				require.Contains(t, said.Message, tt.want)
				return
			}
			require.Contains(t, got.body, tt.want)
		})
	}
}

func TestARefusedSignatureSaysWhatWasSignedInstead(t *testing.T) {
	const body = `{"b":"<s3cret>","a":1.0}`
	text := func(body string) func(http.Header) string {
		return func(h http.Header) string { return signedText(h, "POST", "/device", body) }
	}
	for name, tt := range map[string]struct {
		text func(http.Header) string
		want string
	}{
		"the body as JavaScript writes it": {text(`{"b":"<s3cret>","a":1}`), "made with the body in the form that JSON.stringify writes; this server wants it as it was sent."},
		"the body as Go writes it":         {text(`{"b":"\u003cs3cret\u003e","a":1}`), `made with style \"go\"; this server wants \"javascript\".`},
		"sorted keys":                      {text(`{"a":1,"b":"<s3cret>"}`), "made with sorted keys; this server wants the members in their order."},
		"a last newline": {func(h http.Header) string { return text(body)(h) + "\n" },
			"made with a newline after the text; this server wants none."},
		"no token": {func(h http.Header) string { h = h.Clone(); h.Del("X-Token"); return text(body)(h) },
			"made with x-token left out; this server wants the one that was sent."},
		"another endpoint": {func(h http.Header) string { return signedText(h, "POST", "/s3cret", body) },
			"would not in any other known variant"},
		"another request id": {func(h http.Header) string { h = h.Clone(); h.Set("X-Request-Id", "s3cret"); return text(body)(h) },
			"would not in any other known variant"},
		"another body": {text(`{"s3cret":1}`), "would not in any other known variant"},
	} {
		t.Run(name, func(t *testing.T) {
			s := coreapitest.New()
			header := []string{"X-Request-Id", "s3cret-id", "X-Token", "s3cret-token", "X-Version", "s3cret-version"}
			h := http.Header{"X-Client-Key": {s.ClientKey}}
			for i := 0; i < len(header); i += 2 {
				h.Set(header[i], header[i+1])
			}
			signature := sign(t, s, tt.text(h))
			got := send(t, s, "POST", "/device", body, append(header, "X-Signature", signature)...)
			require.Equal(t, http.StatusUnauthorized, got.status)
			require.Contains(t, got.body, tt.want)
			for _, value := range []string{"s3cret", s.ClientKey, signature} {
				require.NotContains(t, got.body, value)
			}
		})
	}
}

func TestWhatIsNoSignatureIsRefused(t *testing.T) {
	s := coreapitest.New()
	for _, signature := range []string{"x", "=", "AAAA", strings.Repeat("A", 344), strings.Repeat("🙈", 100), "null"} {
		got := send(t, s, "GET", "/client", "", "X-Signature", signature)
		require.Equal(t, http.StatusUnauthorized, got.status)
		require.Contains(t, got.body, "would not in any other known variant")
	}
}

func TestASignatureIsOverTheRequestAsItArrived(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		for _, endpoint := range []string{"/client", "/client?", "/client?a=b&a=c+d%20e", "/%63lient?x=<>", "/device?id=a%2Fb"} {
			require.NotContains(t, send(t, s, "GET", endpoint, "").body, "signature", endpoint)
		}
	})
}

// A proxy's request line has the whole URL.
func TestAWholeURLOnTheRequestLineIsSignedAsPathAndQuery(t *testing.T) {
	s := coreapitest.NewServer(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/client?a=b", nil)
	require.NoError(t, err)
	r.Header = http.Header{"X-Client-Key": {s.ClientKey}, "X-Version": {"1.0.0"}, "X-Request-Id": {"req-1"}}
	r.Header.Set("X-Signature", sign(t, s, signedText(r.Header, "GET", "/client?a=b", "")))
	r.URL.Opaque = "//" + r.URL.Host + r.URL.Path // net/http writes the whole URL then, as for a proxy
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestABodyOverTheLimitIsRefusedBeforeItsSignatureIsLookedAt(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		got := send(t, s, "POST", "/device", strings.Repeat("x", 1<<20+1), "X-Signature", "none")
		require.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	})
}

func TestAnotherPublicKeyMayBeTheClients(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := way(t, coreapitest.WithPublicKey(other.Public()))
			_, err := once(s, coreapi.WithLanguage(coreapi.English)).Clients.Info(t.Context())
			requireRefused(t, err, "Check the private key")
			s.PrivateKey = other
			_, err = once(s).Clients.Info(t.Context())
			require.NoError(t, err)
		})
	}
}

func TestAPublicKeyThatIsNoneOfTheAPIsIsAMistake(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for name, pub := range map[string]crypto.PublicKey{
		"none": nil, "a nil pointer": (*rsa.PublicKey)(nil), "a curve": curve.Public(), "short": short.Public(), "private": short,
	} {
		t.Run(name, func(t *testing.T) {
			fatal, panicked := mistake(t, func(server func(...coreapitest.Option) *coreapitest.Server) {
				server(coreapitest.WithPublicKey(pub))
			})
			require.Contains(t, fatal, "public key")
			require.Contains(t, panicked, "public key")
		})
	}
}

func TestThePrivateKeyIsOneFixedKey(t *testing.T) {
	require.Equal(t, coreapitest.New().PrivateKey.Public(), coreapitest.New().PrivateKey.Public())
}

func TestAnUnsignedFakeDemandsKeyAndRequestIDAlone(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := way(t, coreapitest.WithUnsigned())
			s.AddUser(ana)
			callAll(t, s, unsigned(t, s))
			got := send(t, s, "GET", "/client", "", "X-Version", "", "X-Signature", "")
			require.Equal(t, http.StatusOK, got.status)
			got = send(t, s, "GET", "/client", "", "X-Request-Id", "", "X-Signature", "")
			require.Equal(t, http.StatusBadRequest, got.status)
			got = send(t, s, "GET", "/client", "", "X-Client-Key", "", "X-Signature", "")
			require.Contains(t, got.body, "UNITSYSTEM00001")
			got = send(t, s, "POST", "/device", `{ "deviceId" : "x", "n":9007199254740993 }`, "X-Signature", "")
			require.Equal(t, http.StatusOK, got.status, "no form is demanded of what is not signed")
		})
	}
}

func TestAnUnsignedFakeChecksASignatureThatIsThere(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned())
	s.AddUser(ana)
	callAll(t, s, once(s)) // Client signs here too
	require.Equal(t, http.StatusOK, send(t, s, "GET", "/client", "").status)
	require.Equal(t, http.StatusUnauthorized, send(t, s, "GET", "/client", "", "X-Signature", "wrong").status)
	got := send(t, s, "POST", "/device", `{ "deviceId":"a"}`)
	require.Equal(t, http.StatusUnauthorized, got.status)
	require.Contains(t, got.body, "parsed and written again")
}

func TestAnotherKeyHeaderIsAnUnsignedGateways(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			s := way(t, coreapitest.WithClientKeyHeader("x-partner"))
			s.AddUser(ana)
			callAll(t, s, once(s))
			for _, r := range s.Requests() {
				require.Equal(t, []string{"[redacted]"}, r.Header["X-Partner"])
				require.NotContains(t, r.Header, "X-Signature")
				require.NotContains(t, r.Header, "X-Client-Key")
			}
		})
	}
}

func TestTheDocumentedKeyHeaderByNameIsSigned(t *testing.T) {
	s := coreapitest.New(coreapitest.WithClientKeyHeader("x-client-key"))
	_, err := once(s).Clients.Info(t.Context())
	require.NoError(t, err)
	require.Contains(t, s.Requests()[0].Header, "X-Signature")
	require.Equal(t, http.StatusUnauthorized, send(t, s, "GET", "/client", "", "X-Signature", "").status)
}

// Options come in any order.
func TestAProfileAndABasePathHoldWhateverTheOrderOfOptions(t *testing.T) {
	base := coreapitest.WithBasePath("/core")
	profile := coreapitest.WithProfile(coreapi.Profile{Signature: coreapi.Signature{Endpoint: coreapi.EndpointFull}})
	for _, opts := range [][]coreapitest.Option{{base, profile}, {profile, base}} {
		_, err := once(coreapitest.New(opts...)).Clients.Info(t.Context())
		require.NoError(t, err)
	}
}

func TestSignedCallsWorkInsideSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.AddUser(ana)
		s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Times: 3, RetryAfter: "20"})
		_, err := s.Client().Clients.Info(t.Context())
		require.NoError(t, err, "each attempt has an id and a signature of its own")
		callAll(t, s, once(s))
	})
}

func TestARefusedSignatureChangesNothing(t *testing.T) {
	s := coreapitest.New()
	send(t, s, "POST", "/device", `{"deviceId":"phone-1"}`, "X-Signature", "wrong")
	require.Empty(t, s.Devices())
	require.Equal(t, "Devices.Save", s.Requests()[0].Operation, "it is recorded all the same")
}

func BenchmarkASignedCall(b *testing.B) {
	for name, client := range map[string]func(*coreapitest.Server) *coreapi.Client{
		"signed":   func(s *coreapitest.Server) *coreapi.Client { return once(s) },
		"unsigned": func(s *coreapitest.Server) *coreapi.Client { return unsigned(b, s) },
	} {
		b.Run(name, func(b *testing.B) {
			s := coreapitest.New(coreapitest.WithUnsigned())
			c := client(s)
			for b.Loop() {
				if _, err := c.Clients.Info(context.Background()); err != nil {
					b.Fatal(fmt.Sprint(err))
				}
			}
		})
	}
}
