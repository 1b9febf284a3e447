package signature

import (
	"crypto"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fypass/coreapi-go/internal/jsonform"
	"github.com/stretchr/testify/require"
)

// signAs signs what a sender with options o signs, after change.
func signAs(t *testing.T, key *rsa.PrivateKey, o Options, in Input, change func(text string) string) string {
	t.Helper()
	text := string(o.AppendText(nil, in))
	if change != nil {
		text = change(text)
	}
	header, err := o.Sign(t.Context(), key, []byte(text))
	require.NoError(t, err)
	return header
}

const sentBody = `{"b": 1.0, "a": "<x>", "1": [true]}`

func bodyIn(f jsonform.Form) func(string) string {
	return func(text string) string {
		result, err := f.Rewrite([]byte(sentBody))
		if err != nil {
			panic(err)
		}
		return strings.ReplaceAll(text, sentBody, string(result.Text))
	}
}

func withNewline(text string) string { return text + "\n" }

func replaced(from, to string) func(string) string {
	return func(text string) string {
		if !strings.Contains(text, from) {
			panic(from + " is not in " + text)
		}
		return strings.Replace(text, from, to, 1)
	}
}

func inTurn(changes ...func(string) string) func(string) string {
	return func(text string) string {
		for _, change := range changes {
			text = change(text)
		}
		return text
	}
}

// requests to diagnose, one with a body and a token and one without.
func requests() (with, without Input) {
	with = Input{BasePath: "/core/v1", Endpoint: "/device?a=1&b=2", Method: "POST", ClientKey: "CK00001", UserToken: "tok-1", RequestID: "R1", Version: "1.0.0", Body: []byte(sentBody)}
	without = with
	without.Body, without.UserToken = nil, ""
	return with, without
}

func TestDiagnoseNamesWhatTheSignerDid(t *testing.T) {
	key := testKey(t)
	with, without := requests()
	goForm, sortedGo := jsonform.Form{Style: jsonform.Go}, jsonform.Form{Style: jsonform.Go, SortKeys: true}
	sortedHeaders := replaced(`"x-token":"tok-1","x-request-id":"R1"`, `"x-request-id":"R1","x-token":"tok-1"`)
	for want, test := range map[string]struct {
		expected Options
		sender   Options
		input    Input
		change   func(string) string
	}{
		"":                     {input: with},
		`padding "pss"`:        {sender: Options{Padding: PSS}, input: with},
		`padding "pkcs1v15"`:   {expected: Options{Padding: PSS}, input: with},
		`encoding "hex"`:       {sender: Options{Encoding: Hex}, input: with},
		`encoding "base64"`:    {expected: Options{Encoding: Hex}, input: with},
		`encoding "base64url"`: {sender: Options{Encoding: Base64URL}, input: without},
		`endpoint "full"`:      {sender: Options{Endpoint: EndpointFull}, input: with},
		`endpoint "relative"`:  {expected: Options{Endpoint: EndpointFull}, input: without},
		`noBody "omit"`:        {sender: Options{NoBody: NoBodyOmit}, input: without},
		`noBody "null"`:        {sender: Options{NoBody: NoBodyNull}, input: without},
		`noBody "\"\""`:        {sender: Options{NoBody: NoBodyEmpty}, input: without},
		`noBody "{}"`:          {expected: Options{NoBody: NoBodyOmit}, input: without},
		`style "go"`:           {sender: Options{Style: StyleGo}, input: with, change: bodyIn(goForm)},
		`style "javascript"`:   {expected: Options{Style: StyleGo}, input: without},
		"sorted keys":          {input: with, change: bodyIn(jsonform.Form{SortKeys: true})},
		"the body in the form that JSON.stringify writes":          {input: with, change: bodyIn(jsonform.Form{})},
		"the body alone in the form that Go's json.Marshal writes": {input: with, change: bodyIn(goForm)},
		`style "go" for all but the body`:                          {sender: Options{Style: StyleGo}, input: with},
		`style "go" with sorted keys`:                              {sender: Options{Style: StyleGo}, input: with, change: bodyIn(sortedGo)},
		`style "javascript" with the members in their order`: {expected: Options{Style: StyleGo, SortKeys: true}, input: with,
			change: bodyIn(jsonform.Form{})},
		"x-token left out":         {input: with, change: replaced(`"x-token":"tok-1",`, "")},
		"an empty x-token":         {input: without, change: replaced(`"x-request-id"`, `"x-token":"","x-request-id"`)},
		"a newline after the text": {input: without, change: withNewline},
		"the headers sorted by name (x-request-id before x-token)": {input: with, change: sortedHeaders},
		"the method in lower case":                                 {input: with, change: replaced(`"POST"`, `"post"`)},
		`encoding "hex" and sorted keys`:                           {sender: Options{Encoding: Hex}, input: with, change: bodyIn(jsonform.Form{SortKeys: true})},
		`padding "pss" and a newline after the text`:               {sender: Options{Padding: PSS}, input: with, change: withNewline},
		`endpoint "full" and noBody "null"`:                        {sender: Options{Endpoint: EndpointFull, NoBody: NoBodyNull}, input: without},
		`padding "pss" and encoding "base64url"`:                   {sender: Options{Padding: PSS, Encoding: Base64URL}, input: without},
		`encoding "hex" and style "go" with sorted keys`:           {sender: Options{Encoding: Hex, Style: StyleGo}, input: with, change: bodyIn(sortedGo)},
		`padding "pss", encoding "hex" and noBody "null"`:          {sender: Options{Padding: PSS, Encoding: Hex, NoBody: NoBodyNull}, input: without},
		`style "go", endpoint "full" and a newline after the text`: {sender: Options{Style: StyleGo, Endpoint: EndpointFull}, input: with, change: inTurn(bodyIn(goForm), withNewline)},
		`encoding "hex", sorted keys, endpoint "full" and the method in lower case`: {sender: Options{Encoding: Hex, Endpoint: EndpointFull}, input: with,
			change: inTurn(bodyIn(jsonform.Form{SortKeys: true}), replaced(`"POST"`, `"post"`))},
	} {
		t.Run(want, func(t *testing.T) {
			variant, ok := test.expected.Diagnose(&key.PublicKey, test.input, signAs(t, key, test.sender, test.input, test.change))
			require.True(t, ok)
			require.Equal(t, want, variant)
		})
	}
}

// A server or signer in Go that has the whole structure in maps.
func TestDiagnoseFindsTheWholeStructureOfGoMaps(t *testing.T) {
	key := testKey(t)
	with, without := requests()
	const sorted = "the whole structure sorted by name (body, endpoint, headers, method)"
	headers := map[string]any{"x-client-key": "CK00001", "x-request-id": "R1", "x-version": "1.0.0"}
	structure := map[string]any{"endpoint": with.Endpoint, "method": "POST", "headers": headers, "body": map[string]any{}}
	for want, test := range map[string]struct {
		input Input
		token string
		body  string
	}{
		`style "go" and ` + sorted:                  {without, "", `{}`},
		`style "go" with sorted keys and ` + sorted: {with, "tok-1", sentBody},
	} {
		if test.token != "" {
			headers["x-token"] = test.token
		}
		var body any
		require.NoError(t, json.Unmarshal([]byte(test.body), &body))
		structure["body"] = body
		text, err := json.Marshal(structure)
		require.NoError(t, err)
		header, err := Options{}.Sign(t.Context(), key, text)
		require.NoError(t, err)
		delete(headers, "x-token")
		variant, ok := Options{}.Diagnose(&key.PublicKey, test.input, header)
		require.True(t, ok)
		require.Equal(t, want, variant)
	}
}

// sealed signs in ways that the SDK does not know. salt -1: not PSS.
func sealed(t *testing.T, key *rsa.PrivateKey, text []byte, hash crypto.Hash, salt int) []byte {
	t.Helper()
	digest := digestOf(hash, text)
	var signature []byte
	var err error
	if salt < 0 {
		signature, err = rsa.SignPKCS1v15(nil, key, hash, digest)
	} else {
		signature, err = rsa.SignPSS(cryptorand.Reader, key, hash, digest, &rsa.PSSOptions{SaltLength: salt})
	}
	require.NoError(t, err)
	return signature
}

func TestDiagnoseNamesSaltAndHash(t *testing.T) {
	key := testKey(t)
	_, in := requests()
	text := Options{}.AppendText(nil, in)
	bare, err := rsa.SignPKCS1v15(nil, key, 0, digestOf(crypto.SHA256, text))
	require.NoError(t, err)
	for want, signature := range map[string][]byte{
		`padding "pss"`:                                                      sealed(t, key, text, crypto.SHA256, 32),
		`padding "pss" with a salt of 222 bytes`:                             sealed(t, key, text, crypto.SHA256, rsa.PSSSaltLengthAuto),
		`padding "pss" with a salt of 20 bytes`:                              sealed(t, key, text, crypto.SHA256, 20),
		`padding "pss" with a salt of 1 bytes`:                               sealed(t, key, text, crypto.SHA256, 1),
		"SHA-1 instead of SHA-256":                                           sealed(t, key, text, crypto.SHA1, -1),
		"SHA-512 instead of SHA-256":                                         sealed(t, key, text, crypto.SHA512, -1),
		`padding "pss" and SHA-1 instead of SHA-256`:                         sealed(t, key, text, crypto.SHA1, 20),
		`padding "pss" with a salt of 32 bytes and SHA-1 instead of SHA-256`: sealed(t, key, text, crypto.SHA1, 32),
		"the digest without the hash's name before it (DigestInfo)":          bare,
	} {
		variant, ok := Options{}.Diagnose(&key.PublicKey, in, Options{}.encode(signature))
		require.True(t, ok, want)
		require.Equal(t, want, variant)
	}
}

func TestDiagnoseNamesTheEncodingByTheHeaderAlone(t *testing.T) {
	key := testKey(t)
	_, in := requests()
	signature := sealed(t, key, Options{NoBody: NoBodyNull}.AppendText(nil, in), crypto.SHA256, -1)
	for words, header := range map[string]string{
		`encoding "hex"`:         hex.EncodeToString(signature),
		"hex in upper case":      strings.ToUpper(hex.EncodeToString(signature)),
		"base64 without padding": base64.RawStdEncoding.EncodeToString(signature),
		"base64url with padding": base64.URLEncoding.EncodeToString(signature),
		`encoding "base64url"`:   base64.RawURLEncoding.EncodeToString(signature),
	} {
		d := Options{}.Explain(&key.PublicKey, in, header)
		require.Equal(t, OtherVariant, d.Finding)
		require.Equal(t, words+` and noBody "null"`, d.Description())
		require.NotEmpty(t, d.Options.Encoding)
		require.Equal(t, strings.HasPrefix(words, "encoding"), d.Parts[0].Note == "", "what the switch does otherwise is said")
	}
}

func TestExplainHasTheSwitchesThatSignAsTheSignerDid(t *testing.T) {
	key := testKey(t)
	with, without := requests()
	result, err := jsonform.Form{}.Rewrite(with.Body)
	require.NoError(t, err)
	with.Body = result.Text // as the SDK sends it
	for _, in := range []Input{with, without} {
		for _, signer := range []Options{
			{Padding: PSS, Encoding: Hex, Style: StyleGo, Endpoint: EndpointFull},
			{Encoding: Base64URL, NoBody: NoBodyOmit, Endpoint: EndpointFull},
			{Padding: PSS, Style: StyleGo, SortKeys: true},
		} {
			signed := in
			if in.Body != nil {
				form, err := signer.Form().Rewrite(in.Body)
				require.NoError(t, err)
				signed.Body = form.Text
			}
			header := signAs(t, key, signer, signed, nil)
			d := Options{}.Explain(&key.PublicKey, in, header)
			require.Equal(t, OtherVariant, d.Finding)
			require.NotNil(t, d.Options)
			require.NoError(t, d.Options.Verify(&key.PublicKey, d.Options.AppendText(nil, signed), header))
		}
	}
}

func TestExplainSetsNoSwitchThatIsRightAlready(t *testing.T) {
	key := testKey(t)
	with, _ := requests()
	d := Options{}.Explain(&key.PublicKey, with, signAs(t, key, Options{}, with, bodyIn(jsonform.Form{SortKeys: true})))
	require.Equal(t, Options{SortKeys: true}, *d.Options)
}

func TestExplainHasNoSwitchesWhereNoneHelps(t *testing.T) {
	key := testKey(t)
	with, without := requests()
	for name, test := range map[string]struct {
		header string
		in     Input
		remedy Remedy
	}{
		"newline":        {signAs(t, key, Options{}, with, withNewline), with, ByText},
		"empty token":    {signAs(t, key, Options{}, without, replaced(`"x-request-id"`, `"x-token":"","x-request-id"`)), without, ByText},
		"no token":       {signAs(t, key, Options{}, with, replaced(`"x-token":"tok-1",`, "")), with, ByText},
		"method":         {signAs(t, key, Options{}, with, replaced("POST", "post")), with, ByText},
		"strings only":   {signAs(t, key, Options{Style: StyleGo}, with, nil), with, ByText},
		"hash":           {Options{}.encode(sealed(t, key, Options{}.AppendText(nil, with), crypto.SHA1, -1)), with, ByNobody},
		"nothing at all": {signAs(t, key, Options{}, with, nil), with, BySwitch},
	} {
		t.Run(name, func(t *testing.T) {
			d := Options{}.Explain(&key.PublicKey, test.in, test.header)
			require.Nil(t, d.Options)
			if test.remedy == BySwitch {
				require.Equal(t, AsExpected, d.Finding)
				return
			}
			require.Equal(t, OtherVariant, d.Finding)
			require.Len(t, d.Parts, 1)
			require.Equal(t, test.remedy, d.Parts[0].Remedy)
		})
	}
}

func TestExplainFindsEveryThreeChangesOfDifferentKinds(t *testing.T) {
	key := testKey(t)
	with, without := requests()
	for _, in := range []Input{with, without} {
		known, seen := Options{}.changes(in), map[string]bool{}
		for i, one := range known {
			for j, two := range known[i+1:] {
				for _, three := range known[i+1+j+1:] {
					if one.kind == two.kind || two.kind == three.kind {
						continue
					}
					text := textOf(t, in, one, two, three)
					if seen[text] {
						continue
					}
					seen[text] = true
					header, err := Options{}.Sign(t.Context(), key, []byte(text))
					require.NoError(t, err)
					d := Options{}.Explain(&key.PublicKey, in, header)
					require.Equal(t, OtherVariant, d.Finding)
					// Fewer or other changes may lead to the same text, and then say as much.
					require.LessOrEqual(t, len(d.Parts), 3)
				}
			}
		}
		require.Greater(t, len(seen), 50)
	}
}

// textOf is what a signer with these changes signs.
func textOf(t *testing.T, in Input, changes ...change) string {
	t.Helper()
	a := attempt{input: in}
	for _, c := range changes {
		c.apply(&a)
	}
	if a.form != nil {
		result, err := a.form.Rewrite(in.Body)
		require.NoError(t, err)
		a.input.Body = result.Text
	}
	text := a.options.appendText(nil, a.input, a.layout)
	if a.newline {
		text = append(text, '\n')
	}
	return string(text)
}

func TestExplainTellsAnotherKeyFromAnotherTextAndFromNoSignature(t *testing.T) {
	key, stranger := testKey(t), newKey(t)
	in, _ := requests()
	other := in
	other.RequestID = "S"
	header := signAs(t, key, Options{}, other, nil)
	for name, test := range map[string]struct {
		header string
		want   Finding
	}{
		"another text":             {header, OtherText},
		"another text, PSS":        {signAs(t, key, Options{Padding: PSS}, other, nil), OtherText},
		"another key":              {signAs(t, stranger, Options{}, in, nil), OtherKey},
		"another key, PSS":         {signAs(t, stranger, Options{Padding: PSS}, in, nil), OtherKey},
		"nothing":                  {"", NotWhole},
		"garbage":                  {"garbage", NotWhole},
		"cut off":                  {header[:100], NotWhole},
		"much too long":            {strings.Repeat("A", 10_000), NotWhole},
		"a line end":               {header + "\n", NotWhole},
		"zeros":                    {base64.StdEncoding.EncodeToString(make([]byte, 256)), OtherKey},
		"greater than the modulus": {strings.Repeat("f", 512), OtherKey},
	} {
		d := Options{}.Explain(&key.PublicKey, in, test.header)
		require.Equal(t, test.want, d.Finding, name)
		variant, ok := Options{}.Diagnose(&key.PublicKey, in, test.header)
		require.False(t, ok, name)
		require.Empty(t, variant, name)
	}
	_, ok := Options{}.Diagnose(nil, in, header)
	require.False(t, ok, "without a key")
	d := Options{}.Explain(&key.PublicKey, in, signAs(t, key, Options{Padding: PSS, Encoding: Hex}, other, nil))
	require.Equal(t, `padding "pss" and encoding "hex"`, d.Description(), "what the signature itself shows is said all the same")
}

func TestExplainTextKnowsTheTextAlone(t *testing.T) {
	key, text := testKey(t), []byte("the admin's text")
	signature := sealed(t, key, text, crypto.SHA256, 20)
	d := Options{}.ExplainText(&key.PublicKey, text, hex.EncodeToString(signature))
	require.Equal(t, OtherVariant, d.Finding)
	require.Equal(t, `padding "pss" with a salt of 20 bytes and encoding "hex"`, d.Description())
	require.Equal(t, Options{Padding: PSS, Encoding: Hex}, *d.Options)
	header, err := Options{}.Sign(t.Context(), key, text)
	require.NoError(t, err)
	require.Equal(t, AsExpected, Options{}.ExplainText(&key.PublicKey, text, header).Finding)
	require.Equal(t, OtherText, Options{}.ExplainText(&key.PublicKey, []byte("another"), header).Finding)
	require.Equal(t, OtherKey, Options{}.ExplainText(&newKey(t).PublicKey, text, header).Finding)
	require.Equal(t, NotWhole, Options{}.ExplainText(&key.PublicKey, text, header[1:]).Finding)
}

// The signatures are opened by hand: the standard library has to agree.
func TestASignatureOpensIfAndOnlyIfItVerifies(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, bits := range []int{2048, 2049, 2055} {
		key, err := rsa.GenerateKey(cryptorand.Reader, bits)
		require.NoError(t, err)
		text := []byte("text")
		for _, hash := range hashes {
			for _, salt := range []int{-1, 1, 20, 32, rsa.PSSSaltLengthAuto} {
				signature := sealed(t, key, text, hash, salt)
				require.True(t, isSignature(&key.PublicKey, signature, text), "%d bits, %v, salt %d", bits, hash, salt)
				require.False(t, isSignature(&key.PublicKey, signature, []byte("tex")))
				signature[random.IntN(len(signature))] ^= 1 << random.IntN(8)
				require.False(t, isSignature(&key.PublicKey, signature, text))
			}
		}
	}
}

func isSignature(pub *rsa.PublicKey, signature, text []byte) bool {
	for _, reading := range openSignature(pub, signature) {
		if reading.isOf(text) {
			return true
		}
	}
	return false
}

func TestDiagnoseTakesABodyThatIsNotJSON(t *testing.T) {
	key := testKey(t)
	in := Input{Endpoint: "/a", Method: "POST", Body: []byte(`{"a":`)}
	variant, ok := Options{}.Diagnose(&key.PublicKey, in, signAs(t, key, Options{Padding: PSS}, in, nil))
	require.True(t, ok)
	require.Equal(t, `padding "pss"`, variant)
}

func TestExplainMakesAtMost170Texts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	most := 0
	for range 500 {
		o := Options{
			Padding: Padding(pick("", "pss")), Encoding: Encoding(pick("", "hex")), Endpoint: Endpoint(pick("", "full")),
			NoBody: NoBody(pick("", "omit", "null")), Style: Style(pick("", "go")), SortKeys: random.IntN(2) == 0,
		}
		in := Input{BasePath: pick("", "/core"), UserToken: pick("", "T"), Body: []byte(pick("", "{}"))}
		s := search{given: attempt{options: o, input: in}, bodies: map[jsonform.Form][]byte{}}
		_, _, ok := s.find(o.changes(in))
		require.False(t, ok)
		most = max(most, s.texts)
	}
	require.LessOrEqual(t, most, 170)
	require.Greater(t, most, 100)
}

func TestThreeChangesAreNotTriedOnALongBody(t *testing.T) {
	in, _ := requests()
	in.Body = []byte(`"` + strings.Repeat("x", maxTripleBody) + `"`)
	s := search{given: attempt{input: in}, bodies: map[jsonform.Form][]byte{}}
	s.find(Options{}.changes(in))
	require.Less(t, s.texts, 70)
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	require.NoError(t, err)
	return key
}
