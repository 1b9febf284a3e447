package jsonform

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	javaScript = Form{}
	goForm     = Form{Style: Go}
	sortedJS   = Form{SortKeys: true}
	sortedGo   = Form{Style: Go, SortKeys: true}
)

// rewrite is Rewrite of a text that loses nothing.
func rewrite(t *testing.T, f Form, text string) string {
	t.Helper()
	result, err := f.Rewrite([]byte(text))
	require.NoError(t, err, text)
	require.NoError(t, result.Lossy, text)
	return string(result.Text)
}

func TestJavaScriptWritesWhatJSONStringifyWrites(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no white space":                   {" {\t\"a\" :\r\n[ 1 , 2 ,{ } , [ ] ] } \n", `{"a":[1,2,{},[]]}`},
		"a string alone":                   {` "a" `, `"a"`},
		"a number alone":                   {` 1.0 `, `1`},
		"words":                            {`[true,false,null]`, `[true,false,null]`},
		"members in their order":           {`{"b":1,"a":2,"":3}`, `{"b":1,"a":2,"":3}`},
		"indexes first":                    {`{"b":1,"10":2,"a":3,"9":4}`, `{"9":4,"10":2,"b":1,"a":3}`},
		"an escaped index":                 {`{"b":1,"\u0031":2}`, `{"1":2,"b":1}`},
		"the last index":                   {`{"4294967295":1,"4294967294":2,"99999999999":3}`, `{"4294967294":2,"4294967295":1,"99999999999":3}`},
		"names that only resemble indexes": {`{"01":1,"-1":2,"1.0":3,"1e1":4," 1":5,"0":6}`, `{"0":6,"01":1,"-1":2,"1.0":3,"1e1":4," 1":5}`},
		"indexes in a nested object":       {`{"z":{"b":[{"c":1,"2":1,"1":1}],"3":1},"1":{}}`, `{"1":{},"z":{"3":1,"b":[{"1":1,"2":1,"c":1}]}}`},
		"an object of more members":        {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"0":1}`, `{"0":1,"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}`},
		"escapes that JSON needs":          {`"\"\\\b\f\n\r\t\u0000\u001F\u000b"`, `"\"\\\b\f\n\r\t\u0000\u001f\u000b"`},
		"escapes that it does not need":    {`"\/\u0061\u00e9\u003C\u2028\u0022\u005c\u007f"`, "\"/aé<\u2028\\\"\\\\\u007f\""},
		"a pair of surrogates":             {`"\ud83d\uDE00\uD83D\ude00"`, `"😀😀"`},
		"a letter and its accent":          {`"e\u0301é"`, "\"e\u0301é\""},
		"characters at the ends of UTF-8":  {"\"\\uffff\\ufffd\\udbff\\udfff\\u0080\uffff\ufffd\U0010ffff\"", "\"\uffff\ufffd\U0010ffff\u0080\uffff\ufffd\U0010ffff\""},
		"what HTML escapes":                {`"<a href='x'>&\u2029"`, "\"<a href='x'>&\u2029\""},
		"an escaped name":                  {`{"\u0061\/":1}`, `{"a/":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, rewrite(t, javaScript, test.text))
		})
	}
}

func TestNumbersAreWrittenAsECMAScriptDoes(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "-0.0": "0", "0e5": "0", "0.000e-7": "0", "-0E+999999999999999999999999": "0",
		"1.0": "1", "-1": "-1", "14.50": "14.5", "1E5": "100000", "1e+2": "100", "100e-2": "1", "0.10e1": "1", "1200": "1200",
		"1e20": "100000000000000000000", "1e21": "1e+21", "123456789012345e7": "1.23456789012345e+21", "123456789012345e6": "123456789012345000000", "1.5e300": "1.5e+300",
		"0.000001": "0.000001", "1.5e-6": "0.0000015", "1e-7": "1e-7", "0.00000015": "1.5e-7", "-123e-20": "-1.23e-18",
		"0.1": "0.1", "0.30000000000000004": "0.30000000000000004", "9007199254740991": "9007199254740991", "9007199254740992": "9007199254740992",
		"9007199254740994": "9007199254740994", "1152921504606847000": "1152921504606847000", "100000000000000000000000000000000000e-35": "1",
		"5e-324": "5e-324", "1.7976931348623157e308": "1.7976931348623157e+308", "2.2250738585072014e-308": "2.2250738585072014e-308", "17976931348623157e292": "1.7976931348623157e+308",
		"123456.789": "123456.789", "1.0000000000000002": "1.0000000000000002", "0.1e1000000000000000000000000": "",
	} {
		if want != "" {
			require.Equal(t, want, rewrite(t, javaScript, text), text)
			require.Equal(t, `{"a":[`+want+`]}`, rewrite(t, javaScript, `{"a":[`+text+`]}`))
		}
	}
}

func TestGoWritesWhatJSONMarshalWrites(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"what HTML escapes":  {"\"<>&\u2028\\u2029'\"", `"\u003c\u003e\u0026\u2028\u2029'"`},
		"escapes as before":  {`"\/\b\f\u000b\u007f\ud83d\ude00"`, "\"/\\b\\f\\u000b\u007f😀\""},
		"names":              {`{"<":1}`, `{"\u003c":1}`},
		"no member moves":    {`{"b":1,"2":1,"1":1}`, `{"b":1,"2":1,"1":1}`},
		"negative zero":      {`[-0,-0.0,-0e9,0]`, `[-0,-0,-0,0]`},
		"numbers otherwise":  {`[1.0,1e21,1E5,1e-7]`, `[1,1e+21,100000,1e-7]`},
		"white space":        {" { } ", `{}`},
		"a nested structure": {`{"b":[{"2":"<"},{"1":"&"}]}`, `{"b":[{"2":"\u003c"},{"1":"\u0026"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, rewrite(t, goForm, test.text))
		})
	}
}

func TestSortedKeysAreSortedByTheBytesOfTheirNames(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"all depths":                              {`{"b":{"d":[{"y":1,"x":2}],"c":1},"a":1}`, `{"a":1,"b":{"c":1,"d":[{"x":2,"y":1}]}}`},
		"indexes are names like others":           {`{"a":1,"9":1,"10":1}`, `{"10":1,"9":1,"a":1}`},
		"a prefix first":                          {`{"ab":1,"a":1,"":1}`, `{"":1,"a":1,"ab":1}`},
		"UTF-8, not UTF-16":                       {`{"\ud83d\ude00":1,"\uffee":1,"z":1}`, "{\"z\":1,\"\uffee\":1,\"😀\":1}"},
		"the name and not its escape":             {`{"[":1,"\\":1,"]":1,"!":1,"\"":1,"#":1,"\u0001":1," ":1}`, `{"\u0001":1," ":1,"!":1,"\"":1,"#":1,"[":1,"\\":1,"]":1}`},
		"members that are sorted already":         {`{"a":1,"b":2}`, `{"a":1,"b":2}`},
		"an inner object of one in order":         {`{"a":{"d":1,"c":2},"b":{"f":1,"e":2}}`, `{"a":{"c":2,"d":1},"b":{"e":2,"f":1}}`},
		"an object in order in one that is not":   {`{"b":{"c":1,"d":2},"a":[{"f":1,"e":2},{"h":1,"g":2}]}`, `{"a":[{"e":2,"f":1},{"g":2,"h":1}],"b":{"c":1,"d":2}}`},
		"what stands around an object that moves": {`[1,{"b":1,"a":1},2,{"b":1,"a":1}]`, `[1,{"a":1,"b":1},2,{"a":1,"b":1}]`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, rewrite(t, sortedJS, test.text))
			require.Equal(t, test.want, rewrite(t, sortedGo, test.text), "nothing in it is escaped for HTML")
		})
	}
	require.Equal(t, `{"\u0026":1,"'":1,"\u003c":1,"=":1}`, rewrite(t, sortedGo, `{"=":1,"<":1,"'":1,"&":1}`), "an escape for HTML does not count either")
}

func TestWhatDoesNotSurviveIsNamedAndKept(t *testing.T) {
	const asString, whole, utf8, once = ": pass it as a string", ": pass the whole character, or leave it out", ": convert it to UTF-8, or pass bytes as base64", ": pass it once"
	const changed, range64 = " comes out of a server's parser as another value, because that is a float64", " is out of a float64's range, which servers refuse or change"
	for name, test := range map[string]struct{ text, kept, want string }{
		"an integer beyond float64":    {`{"devices": [1,2,3,{"size":9007199254740993}]}`, `{"devices":[1,2,3,{"size":9007199254740993}]}`, "the number 9007199254740993 at body.devices[3].size" + changed + asString},
		"2^60":                         {` 1152921504606846976`, `1152921504606846976`, "the number 1152921504606846976 at body" + changed + asString},
		"a decimal of 20 digits":       {`[0.12345678901234567890]`, `[0.12345678901234567890]`, "the number 0.12345678901234567890 at body[0]" + changed + asString},
		"17 digits that are no float":  {`[0.10000000000000001]`, `[0.10000000000000001]`, "the number 0.10000000000000001 at body[0]" + changed + asString},
		"a long number is cut":         {`[` + strings.Repeat("12345", 10) + `]`, `[` + strings.Repeat("12345", 10) + `]`, "the number " + strings.Repeat("12345", 8) + "… at body[0]" + changed + asString},
		"40 characters are not cut":    {`[` + strings.Repeat("7", 40) + `,1e999]`, `[` + strings.Repeat("7", 40) + `,1e999]`, "the number " + strings.Repeat("7", 40) + " at body[0]" + changed + asString},
		"41 characters are":            {`[-` + strings.Repeat("7", 40) + `]`, `[-` + strings.Repeat("7", 40) + `]`, "the number -" + strings.Repeat("7", 39) + "… at body[0]" + changed + asString},
		"too large":                    {`[1e309]`, `[1e309]`, "the number 1e309 at body[0]" + range64 + asString},
		"just too large":               {`[-1.7976931348623159e308]`, `[-1.7976931348623159e308]`, "the number -1.7976931348623159e308 at body[0]" + range64 + asString},
		"a huge exponent":              {`[1.50e+999999999999]`, `[1.50e+999999999999]`, "the number 1.50e+999999999999 at body[0]" + range64 + asString},
		"an exponent of 2^64":          {`[1e18446744073709551616]`, `[1e18446744073709551616]`, "the number 1e18446744073709551616 at body[0]" + range64 + asString},
		"too small":                    {`[1e-400]`, `[1e-400]`, "the number 1e-400 at body[0]" + range64 + asString},
		"just too small":               {`[2e-324]`, `[2e-324]`, "the number 2e-324 at body[0]" + range64 + asString},
		"a subnormal that is rounded":  {`[4.9e-324]`, `[4.9e-324]`, "the number 4.9e-324 at body[0]" + changed + asString},
		"a lone high surrogate":        {`{"a":"x\uD83Dy\u0061"}`, `{"a":"x\uD83Dya"}`, "the string at body.a has half a surrogate pair, which is no character" + whole},
		"a lone low surrogate":         {`"\ude00"`, `"\ude00"`, "the string at body has half a surrogate pair, which is no character" + whole},
		"two high surrogates":          {`"\ud83d\ud83d\ude00"`, `"\ud83d😀"`, "the string at body has half a surrogate pair, which is no character" + whole},
		"a surrogate before an escape": {`"\ud83d\n"`, `"\ud83d\n"`, "the string at body has half a surrogate pair, which is no character" + whole},
		"or before letters like one":   {`"\ud83d\nde00"`, `"\ud83d\nde00"`, "the string at body has half a surrogate pair, which is no character" + whole},
		"a surrogate in a name":        {`{"b":{"a\ud83d":1}}`, `{"b":{"a\ud83d":1}}`, "the name of the member at body.b[\"a\uFFFD\"] has half a surrogate pair, which is no character" + whole},
		"invalid UTF-8":                {"{\"a\":[\"x\",\"\xff\\u0061\"]}", "{\"a\":[\"x\",\"\xffa\"]}", "the string at body.a[1] is not valid UTF-8" + utf8},
		"UTF-8 of a surrogate":         {"\"\xed\xa0\xbd\"", "\"\xed\xa0\xbd\"", "the string at body is not valid UTF-8" + utf8},
		"invalid UTF-8 in a name":      {"{\"\xff\":1}", "{\"\xff\":1}", "the name of the member at body[\"\uFFFD\"] is not valid UTF-8" + utf8},
		"a name twice":                 {`{"x":{"a":1,"b":2,"\u0061":3}}`, `{"x":{"a":1,"b":2,"a":3}}`, "the member body.x.a stands twice in its object, and servers keep one of them" + once},
		"an index twice":               {`{"x":1,"1":2,"1":3}`, `{"1":2,"1":3,"x":1}`, "the member body.1 stands twice in its object, and servers keep one of them" + once},
		"the first of three":           {`{"a":1,"a":9007199254740993,"a":1}`, `{"a":1,"a":9007199254740993,"a":1}`, "the member body.a stands twice in its object, and servers keep one of them" + once},
		"the first, though an inner":   {`{"a":{"b":1,"b":2},"a":3}`, `{"a":{"b":1,"b":2},"a":3}`, "the member body.a.b stands twice in its object, and servers keep one of them" + once},
		"the first, though an outer":   {`{"a":1,"a":{"b":1,"b":2}}`, `{"a":1,"a":{"b":1,"b":2}}`, "the member body.a stands twice in its object, and servers keep one of them" + once},
		"the first, though a number":   {`{"a":1e999,"a":1}`, `{"a":1e999,"a":1}`, "the number 1e999 at body.a" + range64 + asString},
		"twice among many": {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"c":2,"b":2}`, `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"c":2,"b":2}`,
			"the member body.c stands twice in its object, and servers keep one of them" + once},
		"after lists, objects and names": {`[{"a":[[],{}],"b":"],{\""},[],{"c":{},"d":[0,"x",1e999]}]`, `[{"a":[[],{}],"b":"],{\""},[],{"c":{},"d":[0,"x",1e999]}]`, "the number 1e999 at body[2].d[2]" + range64 + asString},
		"names that are no plain words":  {`{"two words":{"":{"a.b":{"\n\u202e":[1e999]}}}}`, "{\"two words\":{\"\":{\"a.b\":{\"\\n\u202e\":[1e999]}}}}", `the number 1e999 at body["two words"][""]["a.b"]["\n\u202e"][0]` + range64 + asString},
		"long names are cut": {`{"` + strings.Repeat("é", 33) + `":{"` + strings.Repeat("a", 33) + `":1e999}}`, `{"` + strings.Repeat("é", 33) + `":{"` + strings.Repeat("a", 33) + `":1e999}}`,
			`the number 1e999 at body["` + strings.Repeat("é", 32) + `…"].` + strings.Repeat("a", 32) + `…` + range64 + asString},
		"deep paths are cut": {strings.Repeat("[0,", 20) + "1e999" + strings.Repeat("]", 20), strings.Repeat("[0,", 20) + "1e999" + strings.Repeat("]", 20),
			"the number 1e999 at body" + strings.Repeat("[1]", 8) + "…" + strings.Repeat("[1]", 8) + range64 + asString},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := javaScript.Rewrite([]byte(test.text))
			require.NoError(t, err)
			require.EqualError(t, result.Lossy, test.want)
			require.Equal(t, test.kept, string(result.Text))
		})
	}
}

func TestGoAndSortedFormsFindTheSame(t *testing.T) {
	for _, text := range []string{`1e999`, `9007199254740993`, `"\ud800"`, "\"\xff\"", `{"a":1,"\u0061":2}`, `{"<":1,"\u003c":2}`} {
		for _, form := range []Form{javaScript, goForm, sortedJS, sortedGo} {
			result, err := form.Rewrite([]byte(text))
			require.NoError(t, err)
			require.Error(t, result.Lossy, text)
		}
	}
}

func TestWhatIsNoWholeJSONValueIsRefused(t *testing.T) {
	for _, text := range []string{"", " ", "{", "{}{}", "[1,]", `{"a":1,}`, `{a:1}`, "01", "1.", "+1", ".5", "1e", "NaN", "'a'", "\"\n\"", `"\x"`, `"\u12"`, "\ufeff{}", "nul", "{}\x00", "\u00a01"} {
		result, err := javaScript.Rewrite([]byte(text))
		require.ErrorContains(t, err, "the text is not one whole JSON value: ", text)
		require.Nil(t, result.Text)
		require.NoError(t, result.Lossy)
	}
	_, err := javaScript.Rewrite([]byte(`{"a":hunter2}`))
	require.ErrorContains(t, err, "the text is not one whole JSON value: invalid character 'h' looking for beginning of value, at byte ")
}

func TestNestingIsBoundAsEncodingJSONBindsIt(t *testing.T) {
	deep := strings.Repeat(`{"b":[`, 5000) + strings.Repeat(`]}`, 5000)
	require.Equal(t, deep, rewrite(t, javaScript, deep))
	_, err := javaScript.Rewrite([]byte("[" + deep + "]"))
	require.ErrorContains(t, err, "exceeded max depth")
}

func TestTheResultIsNewMemory(t *testing.T) {
	source := []byte(`{"a":1}`)
	for _, form := range []Form{javaScript, goForm, sortedJS} {
		result, err := form.Rewrite(source)
		require.NoError(t, err)
		result.Text[1] = 'X'
		require.Equal(t, `{"a":1}`, string(source))
	}
}

// Each text would take minutes, or gigabytes, if its time grew with the square of its
// length or if an exponent was expanded.
func TestHostileTextsTakeLittleTime(t *testing.T) {
	var names strings.Builder
	for i := range 50_000 {
		names.WriteString(`"` + strconv.Itoa(i*7919%50_000) + `":{},`)
	}
	for name, text := range map[string]string{
		"many names":                       "{" + names.String() + `"x":1}`,
		"many names, each twice":           "{" + names.String() + names.String() + `"x":1}`,
		"many names with one beginning":    "{" + strings.ReplaceAll(names.String(), `":`, strings.Repeat("x", 50)+`":`) + `"x":1}`,
		"objects in objects that move":     strings.Repeat(`{"b":`, 9_999) + `"` + strings.Repeat("x", 1_000_000) + `"` + strings.Repeat(`,"1":1}`, 9_999),
		"a name twice at every depth":      strings.Repeat(`{"a":1,"a":`, 9_999) + "1" + strings.Repeat("}", 9_999),
		"a number of many digits":          strings.Repeat("7", 300_000),
		"zeros that an exponent undoes":    "1" + strings.Repeat("0", 300_000) + "e-300000",
		"a fraction of many zeros":         "0." + strings.Repeat("0", 300_000) + "1e300001",
		"an exponent of many digits":       "1e" + strings.Repeat("9", 300_000),
		"many exponents that are enormous": "[" + strings.Repeat("1e999999999,", 30_000) + "1]",
		"one long string of escapes":       `"` + strings.Repeat(`\u0041\ud83d\ude00\ud83d`, 50_000) + `"`,
		"many objects":                     "[" + strings.Repeat(`{"b":1,"1":2},`, 30_000) + "1]",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for _, form := range []Form{javaScript, sortedGo} {
				_, err := form.Rewrite([]byte(text))
				require.NoError(t, err)
			}
			require.Less(t, time.Since(start), 20*time.Second)
		})
	}
}

func TestZerosThatAnExponentUndoesAreNotLost(t *testing.T) {
	require.Equal(t, "1", rewrite(t, javaScript, "1"+strings.Repeat("0", 1000)+"e-1000"))
	require.Equal(t, "1.5", rewrite(t, javaScript, "0."+strings.Repeat("0", 1000)+"150e1001"))
	require.Equal(t, "10", rewrite(t, javaScript, "1"+strings.Repeat("0", 1000)+"."+strings.Repeat("0", 1000)+"e-999"))
}

func TestANumberIsLossyExactlyWhereItsValueChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		text := RandomNumber(random)
		result, err := javaScript.Rewrite([]byte(text))
		require.NoError(t, err)
		if strings.Contains(text, "9999999999") && strings.ContainsAny(text, "eE") {
			continue // big.Rat expands exponents
		}
		require.Equal(t, survivesFloat64(text), result.Lossy == nil, text)
	}
}

// survivesFloat64 compares exact values before and after.
func survivesFloat64(text string) bool {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	before, _ := new(big.Rat).SetString(text)
	after, _ := new(big.Rat).SetString(referenceNumber(value))
	return before.Cmp(after) == 0
}

func TestAppendStringWritesAGoString(t *testing.T) {
	const text = "a\"\\\b\f\n\r\t\x00\x1f\x7f/<>&'é\u2028\u2029\ufffd😀"
	require.Equal(t, "x\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f/<>&'é\u2028\u2029\ufffd😀\"", string(AppendString([]byte("x"), text, JavaScript)))
	want, err := json.Marshal(text)
	require.NoError(t, err)
	require.Equal(t, string(want), string(AppendString(nil, text, Go)))
	for _, style := range []Style{JavaScript, Go} {
		require.Equal(t, "\"\ufffda\ufffd\"", string(AppendString(nil, "\xffa\xc3", style)))
	}
	require.Equal(t, `""`, string(AppendString(nil, "", JavaScript)))
}

func TestRandomTextsKeepTheRules(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	lossless := 0
	for range 2_000 {
		if checkRules(t, RandomText(random)) {
			lossless++
		}
	}
	require.Greater(t, lossless, 500, "texts that lose nothing")
	require.Less(t, lossless, 1_900, "texts that lose nothing")
}

func FuzzRewrite(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		f.Add(RandomText(random))
	}
	for _, text := range []string{"", "[", `{"a":1,"a":2}`, `{"b":1,"1":2}`, `"\ud800"`, "\"\xff\"", "1e999999999999", "-0", `{"\u0000":"\u2028<"}`, "9007199254740993"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkRules(t, text) })
}

// checkRules checks what holds for any text, and is true where it loses nothing.
func checkRules(t *testing.T, text []byte) bool {
	t.Helper()
	for _, form := range []Form{goForm, sortedJS, sortedGo, javaScript} {
		result, err := form.Rewrite(text)
		require.Equal(t, json.Valid(text), err == nil, "%q", text)
		if err != nil {
			return false
		}
		require.True(t, json.Valid(result.Text), "%q became %q", text, result.Text)
		again, err := form.Rewrite(result.Text)
		require.NoError(t, err)
		require.Equal(t, string(result.Text), string(again.Text), "a second time, %q", text)
		require.Equal(t, result.Lossy == nil, again.Lossy == nil, "a second time, %q", text)
		if result.Lossy != nil {
			require.NotContains(t, result.Lossy.Error(), "\n")
			continue
		}
		require.Equal(t, decoded(t, text), decoded(t, result.Text), "%q", text)
	}
	if result, _ := javaScript.Rewrite(text); result.Lossy != nil {
		return false
	}
	require.Equal(t, referenceForm(text), rewrite(t, javaScript, string(text)), "%q", text)
	want, err := json.Marshal(decoded(t, text))
	require.NoError(t, err)
	require.Equal(t, string(want), rewrite(t, sortedGo, string(text)), "%q", text)
	return true
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &value))
	return value
}
