package signature

import (
	"crypto/rsa"
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

func inForm(f jsonform.Form) func(string) string {
	return func(text string) string {
		result, err := f.Rewrite([]byte(sentBody))
		if err != nil {
			panic(err)
		}
		return strings.ReplaceAll(text, sentBody, string(result.Text))
	}
}

func withNewline(text string) string { return text + "\n" }

func TestDiagnoseNamesWhatTheSenderDoesOtherwise(t *testing.T) {
	key := testKey(t)
	with := Input{BasePath: "/core/v1", Endpoint: "/device?a=1&b=2", Method: "POST", ClientKey: "CK00001", UserToken: "tok-1", RequestID: "R1", Version: "1.0.0", Body: []byte(sentBody)}
	without := with
	without.Body, without.UserToken = nil, ""
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
		`no body "omit"`:       {sender: Options{NoBody: NoBodyOmit}, input: without},
		`no body "null"`:       {sender: Options{NoBody: NoBodyNull}, input: without},
		`no body "\"\""`:       {sender: Options{NoBody: NoBodyEmpty}, input: without},
		`no body "{}"`:         {expected: Options{NoBody: NoBodyOmit}, input: without},
		`style "go"`:           {sender: Options{Style: StyleGo}, input: with},
		`style "javascript"`:   {expected: Options{Style: StyleGo}, input: without},
		"sorted keys":          {input: with, change: inForm(jsonform.Form{SortKeys: true})},
		"the body in the form that JSON.stringify writes":    {input: with, change: inForm(jsonform.Form{})},
		"the body in the form that Go's json.Marshal writes": {input: with, change: inForm(jsonform.Form{Style: jsonform.Go})},
		`style "go" and sorted keys`:                         {sender: Options{Style: StyleGo}, input: with, change: inForm(jsonform.Form{Style: jsonform.Go, SortKeys: true})},
		"x-token left out":                                   {input: with, change: func(text string) string { return strings.Replace(text, `"x-token":"tok-1",`, "", 1) }},
		"an empty x-token": {input: without, change: func(text string) string {
			return strings.Replace(text, `"x-request-id"`, `"x-token":"","x-request-id"`, 1)
		}},
		"a newline after the text":                   {input: without, change: withNewline},
		`encoding "hex" and sorted keys`:             {sender: Options{Encoding: Hex}, input: with, change: inForm(jsonform.Form{SortKeys: true})},
		`padding "pss" and a newline after the text`: {sender: Options{Padding: PSS}, input: with, change: withNewline},
		`endpoint "full" and no body "null"`:         {sender: Options{Endpoint: EndpointFull, NoBody: NoBodyNull}, input: without},
		`padding "pss" and encoding "base64url"`:     {sender: Options{Padding: PSS, Encoding: Base64URL}, input: without},
	} {
		t.Run(want, func(t *testing.T) {
			variant, ok := test.expected.Diagnose(&key.PublicKey, test.input, signAs(t, key, test.sender, test.input, test.change))
			require.True(t, ok)
			require.Equal(t, want, variant)
		})
	}
}

func TestDiagnoseFindsEveryTwoDeviationsOfDifferentKinds(t *testing.T) {
	key := testKey(t)
	for _, body := range [][]byte{nil, []byte(sentBody)} {
		in := Input{BasePath: "/core/v1", Endpoint: "/a?b=<", Method: "POST", ClientKey: "C", RequestID: "R", Version: "1", Body: body}
		known := Options{}.deviations(in)
		for i, one := range known {
			for _, other := range known[i+1:] {
				if one.kind == other.kind {
					continue
				}
				header := signed(t, key, in, one, other)
				variant, ok := Options{}.Diagnose(&key.PublicKey, in, header)
				require.True(t, ok)
				require.Equal(t, one.words+" and "+other.words, variant)
			}
		}
	}
}

// signed is the signature of an attempt with deviations.
func signed(t *testing.T, key *rsa.PrivateKey, in Input, deviations ...deviation) string {
	t.Helper()
	a := attempt{input: in}
	for _, deviation := range deviations {
		deviation.apply(&a)
	}
	if a.form != nil {
		result, err := a.form(a.options).Rewrite(in.Body)
		require.NoError(t, err)
		a.input.Body = result.Text
	}
	text := a.options.appendText(nil, a.input, a.emptyToken)
	if a.newline {
		text = append(text, '\n')
	}
	header, err := a.options.Sign(t.Context(), key, text)
	require.NoError(t, err)
	return header
}

func TestDiagnoseFindsNothingWhereAValueDiffers(t *testing.T) {
	key := testKey(t)
	in := Input{BasePath: "/core", Endpoint: "/a", Method: "POST", ClientKey: "CK", UserToken: "T", RequestID: "R", Version: "1", Body: []byte(`{"b":1, "a":2}`)}
	other := in
	other.RequestID = "S"
	header := signAs(t, key, Options{}, other, nil)
	for _, header := range []string{header, "", "garbage", header[:100], strings.Repeat("A", 10_000)} {
		variant, ok := Options{}.Diagnose(&key.PublicKey, in, header)
		require.False(t, ok)
		require.Empty(t, variant)
	}
	_, ok := Options{}.Diagnose(nil, in, header)
	require.False(t, ok, "without a key")
}

func TestDiagnoseTakesABodyThatIsNotJSON(t *testing.T) {
	key := testKey(t)
	in := Input{Endpoint: "/a", Method: "POST", Body: []byte(`{"a":`)}
	variant, ok := Options{}.Diagnose(&key.PublicKey, in, signAs(t, key, Options{Padding: PSS}, in, nil))
	require.True(t, ok)
	require.Equal(t, `padding "pss"`, variant)
}

func TestDiagnoseMakesAtMost60Texts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	for range 500 {
		o := Options{
			Padding: Padding(pick("", "pss")), Encoding: Encoding(pick("", "hex")), Endpoint: Endpoint(pick("", "full")),
			NoBody: NoBody(pick("", "omit", "null")), Style: Style(pick("", "go")), SortKeys: random.IntN(2) == 0,
		}
		in := Input{BasePath: pick("", "/core"), UserToken: pick("", "T"), Body: []byte(pick("", "{}"))}
		known, texts := o.deviations(in), 1
		for i, one := range known {
			texts++
			for _, other := range known[i+1:] {
				if one.kind != other.kind {
					texts++
				}
			}
		}
		require.LessOrEqual(t, texts, 60)
	}
}
