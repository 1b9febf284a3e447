package jsonmembers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
)

// walked is an object's members as "name=value".
func walked(object string) []string {
	var found []string
	for m := range jsonmembers.Of([]byte(object)) {
		found = append(found, m.Text()+"="+string(m.Value))
	}
	return found
}

func TestMembersComeInTheirOrderWithTheirValuesAsTheyAreWritten(t *testing.T) {
	for object, want := range map[string][]string{
		`{}`:                                    nil,
		` { "a" : 1 , "b":[1,{"c":2}] }` + "\n": {"a=1", `b=[1,{"c":2}]`},
		`{"a":{"b":"}"},"c":"x,\"y:]"}`:         {`a={"b":"}"}`, `c="x,\"y:]"`},
		`{"a":true,"b":null,"c":-1.5e3,"":[]}`:  {"a=true", "b=null", "c=-1.5e3", "=[]"},
		`{"a":1,"a":2}`:                         {"a=1", "a=2"},
		`{"\u0061":"\\"}`:                       {`a="\\"`},
		`[1]`:                                   nil,
		`"a"`:                                   nil,
		``:                                      nil,
	} {
		require.Equal(t, want, walked(object), object)
	}
}

func TestTheExactNameGoesBeforeOneInAnotherLetterCase(t *testing.T) {
	for object, want := range map[string]string{
		`{"code":"A","Code":401}`:    `"A"`,
		`{"CODE":1,"code":"A"}`:      `"A"`,
		`{"CODE":1,"Code":2}`:        `2`,
		`{"c\u006fde":"A","Code":1}`: `"A"`,
		`{"code":"A","code":"B"}`:    `"B"`,
		`{"other":1}`:                ``,
		`{"a":{"code":"inner"}}`:     ``,
	} {
		require.Equal(t, want, string(jsonmembers.Find([]byte(object), "code")), object)
	}
}

func TestAMillionMembersCostNoMemory(t *testing.T) {
	object := []byte(`{"a":1` + strings.Repeat(`,"b":{"c":[1,2]}`, 1<<16) + `}`)
	require.Zero(t, testing.AllocsPerRun(3, func() { jsonmembers.Find(object, "code") }))
}

func FuzzOf(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":"x"}`, `{"a":{"b":[{}]}} `, `{"\"":"\\\""}`, `{`, `{"a"`, `{"a":`, `{"a":1,`, `}`, `{"a":1}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := walked(text) // never panics
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil || want == nil {
			return
		}
		names := map[string]bool{}
		for m := range jsonmembers.Of([]byte(text)) {
			names[m.Text()] = true
			require.True(t, json.Valid(m.Value), "%q", m.Value)
		}
		require.Len(t, names, len(want), "%v", found)
		for name, value := range want {
			exact := []byte(nil)
			for m := range jsonmembers.Of([]byte(text)) {
				if m.Text() == name {
					exact = m.Value
				}
			}
			require.Equal(t, string(value), string(exact))
		}
	})
}

func TestAnObjectThatBreaksOffYieldsMembersThatCanBeAsked(t *testing.T) {
	whole := `{"code":"A","es\"caped\u0041":[1,{"b":"}"}],"n":-1.5e3,"t":true , "last":null}`
	for end := range len(whole) {
		yielded := 0
		for m := range jsonmembers.Of([]byte(whole[:end])) {
			m.Is("code")
			require.NotPanics(t, func() { m.Text() })
			yielded++
		}
		require.LessOrEqual(t, yielded, 5, "%s", whole[:end])
	}
}
