package coreapi

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var decoderSeeds = []string{
	`{"A":1,"B":"x"}`, " ", " [", ` {"A":1} `, `{"A":"text","B":"kept"}`, `{"A":1}{"A":2}`, `{"A":1}]`, `{"A":1}}`, `{"A":1`, `{`, ``, `null`, `[]`, `7`, "{}\x0b", `{"A":1} x`,
	`{"B":"` + strings.Repeat("x", maxPooled) + `"}`,
}

type decoded struct {
	A int
	B string
	C json.RawMessage
}

func requireSameAsUnmarshal(t *testing.T, d *decoders, data string) {
	t.Helper()
	var got, want decoded
	gotErr, wantErr := d.unmarshal([]byte(data), &got), json.Unmarshal([]byte(data), &want)
	require.Equal(t, wantErr, gotErr)
	require.Equal(t, want, got)
}

func TestDecodersSayWhatUnmarshalSays(t *testing.T) {
	var d decoders
	for range 3 {
		for _, data := range decoderSeeds {
			requireSameAsUnmarshal(t, &d, data)
		}
	}
}

func TestDecodedValuesDoNotChangeWhenADecoderIsUsedAgain(t *testing.T) {
	var d decoders
	var first decoded
	require.NoError(t, d.unmarshal([]byte(`{"B":"first","C":{"raw":"first"}}`), &first))
	for range 100 {
		var next decoded
		require.NoError(t, d.unmarshal([]byte(`{"B":"other","C":{"raw":"other"}}`), &next))
	}
	require.Equal(t, "first", first.B)
	require.Equal(t, `{"raw":"first"}`, string(first.C))
}

func TestDecodersServeManyGoroutines(t *testing.T) {
	var d decoders
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for range 100 {
				var got decoded
				if err := d.unmarshal([]byte(`{"B":"`+strings.Repeat("x", i)+`"}`), &got); err != nil || len(got.B) != i {
					t.Error(got, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzDecoders(f *testing.F) {
	for _, seed := range decoderSeeds {
		f.Add(seed)
	}
	var d decoders
	f.Fuzz(func(t *testing.T, data string) { requireSameAsUnmarshal(t, &d, data) })
}

// counted has a decoding of its own, which fails where it is told to.
type counted struct {
	calls int
	fail  error
}

func (c *counted) UnmarshalJSON([]byte) error {
	c.calls++
	return c.fail
}

func TestATypesOwnDecodingIsCalledOnceAlsoWhereItFails(t *testing.T) {
	broken := errors.New("broken")
	for body, want := range map[string]struct {
		calls int
		fail  error
	}{
		`{"C":{}}`:         {1, nil},
		`{"C":{},"A":"x"}`: {1, nil}, // another field's type is wrong
		`{"C":{"a":1}}`:    {1, broken},
		`{"C":{}} x`:       {0, nil},
		`{"C":{}`:          {0, nil},
	} {
		var d decoders
		own := &counted{fail: want.fail}
		got := struct {
			A int
			C *counted
		}{C: own}
		plain := struct {
			A int
			C *counted
		}{C: &counted{fail: want.fail}}
		err := d.unmarshal([]byte(body), &got)
		require.Equal(t, json.Unmarshal([]byte(body), &plain), err, body)
		require.Equal(t, want.calls, own.calls, body)
	}
}

func TestADecoderKeepsNoMoreThanABufferMay(t *testing.T) {
	object := func(size int) []byte { return []byte(`{"B":"` + strings.Repeat("x", size-8) + `"}`) }
	var dec decoder
	var got decoded
	require.NoError(t, dec.unmarshal(object(maxDecoded+1), &got))
	require.Nil(t, dec.json)
	require.NoError(t, dec.unmarshal(object(maxDecoded), &got))
	kept := reflect.ValueOf(dec.json).Elem().FieldByName("buf")
	if kept.IsValid() { // another encoding/json may name it otherwise
		require.LessOrEqual(t, kept.Cap(), maxPooled)
	}
}
