package wire_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func FuzzCompileNeverPanicsAndWhatItTakesCanBeUsed(f *testing.F) {
	for _, s := range samples {
		f.Add(s.source.Envelope, s.source.SaveDevice.Path, s.source.SaveDevice.Body, s.source.SaveDevice.Result, `{"id":1}`)
	}
	for _, text := range []string{`{`, `"{`, `"}{"`, `{"a":"{id:number}"}`, `[["{id}"]]`, `{"a":["{result}",1]}`, `{"a":"*"}`, `{"":"|"}`, `[]`, "null", "\"\xff\""} {
		f.Add(text, text, text, text, text)
	}
	f.Fuzz(func(t *testing.T, envelope, path, body, result, response string) {
		w, err := wire.Compile(wire.Source{Envelope: envelope, SaveDevice: wire.Route{Path: path, Body: body, Result: result}})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			require.True(t, utf8.ValidString(err.Error()))
			return
		}
		route := w.Route(wire.SaveDevice)
		_, _, _ = route.DecodeRequest([]byte(response), wire.Values{})
		_, _ = route.Match(path, response)
		if opened, err := w.Open([]byte(response)); err == nil {
			_, _, _ = route.Decode(opened)
		}
		require.True(t, json.Valid(w.WrapError(path, response)))

		values := wire.Values{wire.DeviceID: "7", wire.ID: "8"}
		path, query, err := route.URL(&values)
		require.NoError(t, err)
		matched, ok := route.Match(path, query)
		require.True(t, ok)
		sent, err := route.Encode(nil, &wire.Values{wire.DeviceID: "7"}, nil)
		require.NoError(t, err)
		got, _, err := route.DecodeRequest(sent, matched)
		require.NoError(t, err)
		require.Equal(t, "7", got[wire.DeviceID])

		answer, err := route.EncodeResult(nil, &values, nil)
		require.NoError(t, err)
		opened, err := w.Open(w.Wrap(answer))
		require.NoError(t, err)
		got, _, err = route.Decode(opened)
		require.NoError(t, err)
		require.Equal(t, "8", got[wire.ID])
	})
}

func FuzzDecodeNeverPanicsAndReadsWhatEncodeResultWrites(f *testing.F) {
	for _, s := range samples {
		for _, e := range s.exchanges {
			f.Add([]byte(e.response), []byte(e.body), e.result[wire.ID], e.result[wire.DeviceID])
		}
	}
	f.Add([]byte(`{"status":true,"data":null}`), []byte("[[[{"), "\"\\\u2028", "<é>")
	var wires []*wire.Wire
	for _, s := range samples {
		w, err := wire.Compile(s.source)
		require.NoError(f, err)
		wires = append(wires, w)
	}
	f.Fuzz(func(t *testing.T, response, body []byte, id, name string) {
		for _, w := range wires {
			for _, route := range w.Routes() {
				_, _, _ = route.Decode(response)
				if result, err := w.Open(response); err == nil {
					_, _, _ = route.Decode(result)
				}
				_, _, _ = route.DecodeRequest(body, wire.Values{})
			}
			if !utf8.ValidString(id) || !utf8.ValidString(name) || id == "" || name == "" {
				continue
			}
			route := w.Route(wire.SaveDevice)
			values := wire.Values{wire.ID: id, wire.DeviceID: name}
			result, err := route.EncodeResult(nil, &values, nil)
			require.NoError(t, err)
			result, err = w.Open(w.Wrap(result))
			require.NoError(t, err)
			got, _, err := route.Decode(result)
			require.NoError(t, err)
			require.Equal(t, values, got)
		}
	})
}
