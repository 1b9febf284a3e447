package jsonmembers_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
)

func TestATextIsWhatEncodingJSONMakesOfIt(t *testing.T) {
	for _, quoted := range []string{
		`""`, `"plain"`, `"\"\\\/\b\f\n\r\t"`, `"\u0063\u00E9\u2028"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0061"`, `"\ude00\ud83d"`,
		"\"\xff\xff\"", "\"é\xc3\"", `"\u0000"`, `"\\u0061"`,
	} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(quoted), &want), quoted)
		require.Equal(t, want, string(jsonmembers.AppendText(nil, []byte(quoted), 1000)), quoted)
	}
}

func TestATextEndsAtItsLimit(t *testing.T) {
	quoted := []byte(`"` + strings.Repeat(`\u00e9`, 100) + `"`)
	require.Equal(t, "ééé", string(jsonmembers.AppendText(nil, quoted, 5)))
	require.Empty(t, jsonmembers.AppendText(nil, quoted, 0))
}

func FuzzAppendText(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\ud83d\ude00"`, `"\ud83d\n"`, "\"\xff\"", `"\u00zz"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, quoted string) {
		var want string
		if json.Unmarshal([]byte(quoted), &want) != nil || !strings.HasPrefix(quoted, `"`) || !strings.HasSuffix(quoted, `"`) {
			return
		}
		require.Equal(t, want, string(jsonmembers.AppendText(nil, []byte(quoted), 1<<20)))
	})
}

func TestAnEscapedNameIsFoundWithoutMemory(t *testing.T) {
	object := []byte(`{"a":1` + strings.Repeat(`,"\u0062":2`, 1<<10) + `,"` + strings.Repeat(`\u0063`, 1<<10) + `":3,"\u0043\u006f\u0064\u0065":4}`)
	require.Equal(t, "4", string(jsonmembers.Find(object, "code")))
	require.Zero(t, testing.AllocsPerRun(3, func() { jsonmembers.Find(object, "code") }))
}

func TestItemsComeInTheirOrderAsTheyAreWritten(t *testing.T) {
	for list, want := range map[string][]string{
		`[]`:                                    nil,
		" [ 1 , \"a,]\",[2,[3]]\n,{\"b\":[]} ]": {"1", `"a,]"`, "[2,[3]]", `{"b":[]}`},
		`[null,true,-1e5]`:                      {"null", "true", "-1e5"},
		`{"a":1}`:                               nil,
		``:                                      nil,
		`[`:                                     nil,
		`[1,}`:                                  {"1"},
	} {
		var got []string
		for item := range jsonmembers.Items([]byte(list)) {
			got = append(got, string(item))
		}
		require.Equal(t, want, got, list)
	}
	first := slices.Collect(func(yield func(string) bool) {
		for item := range jsonmembers.Items([]byte(`[1,2]`)) {
			yield(string(item))
			break
		}
	})
	require.Equal(t, []string{"1"}, first)
}
