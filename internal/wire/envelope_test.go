package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

func enveloped(envelope string) wire.Source { return wire.Source{Envelope: envelope} }

func TestWithoutAnEnvelopeTheBodyIsTheResult(t *testing.T) {
	w := compile(t, wire.Source{})
	for _, body := range []string{"", "no JSON", `{"a":1}`} {
		result, err := w.Open([]byte(body))
		require.NoError(t, err)
		require.Equal(t, body, string(result))
		require.Equal(t, body, string(w.Wrap([]byte(body))))
	}
	require.False(t, w.HasConditions())
}

func TestTheResultIsTakenFromItsPlace(t *testing.T) {
	for envelope, body := range map[string]string{
		`{"status":true,"data":"{result}"}`:      ` {"data":{"a":1},"status":true,"data2":3}`,
		`{"a":{"b":[{"c":"{result}"}]}}`:         `{"a":{"b":[{"c":{"a":1}},{"c":2}]}}`,
		`{"data":["{result}"]}`:                  `{"data":[{"a":1}]}`,
		`"{result}"`:                             "\xEF\xBB\xBF {\"a\":1}\n",
		`{"d\u0061ta":"{result}","x":{}}`:        `{"data":0,"d\u0061ta":{"a":1}}`,
		`{"message":"*","data":"{result}"}`:      `{"message":[],"data":{"a":1}}`,
		`{"errors":null,"data":"{result}"}`:      `{"errors":null,"data":{"a":1}}`,
		`{"errors":[],"data":"{result}"}`:        `{"errors":[ ],"data":{"a":1}}`,
		`{"code":"200|201","d":"{result}"}`:      `{"code":201,"d":{"a":1}}`,
		`{"code":"ok|20*","d":"{result}"}`:       `{"code":"2001","d":{"a":1}}`,
		`{"code":200,"data":"{result}"}`:         `{"code":"200","data":{"a":1}}`,
		`{"ok":"true","data":"{result}"}`:        `{"ok":true,"data":{"a":1}}`,
		`{"m":{"ok":1,"e":null},"d":"{result}"}`: `{"m":{"ok":1},"d":{"a":1}}`,
	} {
		w := compile(t, enveloped(envelope))
		result, err := w.Open([]byte(body))
		require.NoError(t, err, envelope)
		require.JSONEq(t, `{"a":1}`, string(result), envelope)

		result, err = w.Open(w.Wrap([]byte(`{"a":1}`)))
		require.NoError(t, err, "what the fake writes meets the conditions: %s", w.Wrap([]byte(`{"a":1}`)))
		require.Equal(t, `{"a":1}`, string(result))
	}
}

func TestAConditionThatIsNotMetIsAnErrorThatNamesIt(t *testing.T) {
	for _, test := range []struct{ envelope, body, want string }{
		{`{"status":true,"data":"{result}"}`, `{"status":false,"data":{}}`, "status is not true"},
		{`{"status":true,"data":"{result}"}`, `{"Status":true,"data":{}}`, "status is not true"},
		{`{"status":true,"data":"{result}"}`, `[]`, "status is not true"},
		{`{"meta":{"code":"200|201"},"data":"{result}"}`, `{"meta":{"code":2000},"data":1}`, "meta.code is not 200|201"},
		{`{"code":"20*","data":"{result}"}`, `{"code":"4200"}`, "code is not 20*"},
		{`{"code":"SUCCESS","data":"{result}"}`, `{"code":{"SUCCESS":1}}`, "code is not SUCCESS"},
		{`{"code":200,"data":"{result}"}`, `{"code":200.0}`, "code is not 200"},
		{`{"id":"*","data":"{result}"}`, `{"id":null,"data":1}`, "id is not there"},
		{`{"error":null,"data":"{result}"}`, `{"error":false,"data":1}`, "error is not null"},
		{`{"errors":[],"data":"{result}"}`, `{"errors":[1],"data":1}`, "errors is not []"},
		{`{"ok":"","data":"{result}"}`, `{"data":1}`, `ok is not ""`},
		{`{"list":[{"ok":true,"data":"{result}"}]}`, `{"list":[]}`, "list[0].ok is not true"},
		{`{"ok":1}`, `{"ok":0}`, "ok is not 1"},
	} {
		w := compile(t, enveloped(test.envelope))
		require.True(t, w.HasConditions())
		_, err := w.Open([]byte(test.body))
		var unmet wire.Unmet
		require.ErrorAs(t, err, &unmet, test.body)
		require.EqualError(t, err, test.want)
	}
}

func TestAMissingResultSaysWhichMembersThereAre(t *testing.T) {
	w := compile(t, enveloped(`{"data":{"item":"{result}"}}`))
	require.False(t, w.HasConditions())
	for body, want := range map[string]string{
		`{"message":"secret","status":1}`: "the response has no {result} at data.item: the response has the members message, status",
		`{"data":{"Item":1}}`:             "the response has no {result} at data.item: data has the members Item",
		`{"data":{"item":null}}`:          "the response has no {result} at data.item: data.item is null",
		`[]`:                              "the response has no {result} at data.item: the response is an empty list",
		``:                                "the response is empty",
		`{`:                               "the response is no JSON",
	} {
		_, err := w.Open([]byte(body))
		require.EqualError(t, err, want)
		require.IsType(t, redact.Text(""), err)
	}
}

func TestAnEnvelopeWithoutAResultIsConditionsAlone(t *testing.T) {
	w := compile(t, enveloped(`{"ok":true,"code":"0|1"}`))
	body := w.Wrap([]byte(`{"id":"7","ok":true}`))
	require.Equal(t, `{"code":"0","id":"7","ok":true}`, string(body))
	result, err := w.Open(body)
	require.NoError(t, err)
	require.Equal(t, body, result)
}

func TestTheFakesErrorAnswerBreaksTheConditions(t *testing.T) {
	for _, test := range []struct{ envelope, want string }{
		{``, `{"code":"USER_NOT_FOUND","message":"no"}`},
		{`{"data":"{result}"}`, `{"code":"USER_NOT_FOUND","message":"no"}`},
		{`{"status":true,"data":"{result}"}`, `{"status":false,"code":"USER_NOT_FOUND","message":"no"}`},
		{`{"code":"SUCCESS","message":"*","data":"{result}"}`, `{"code":"USER_NOT_FOUND","message":"no"}`},
		{`{"meta":{"code":200,"id":"*"},"ok":"yes","error":null,"list":[1],"data":{"x":"{result}"}}`, `{"meta":{"code":0},"ok":"ERROR","error":false,"code":"USER_NOT_FOUND","message":"no"}`},
		{`"{result}"`, `{"code":"USER_NOT_FOUND","message":"no"}`},
	} {
		w := compile(t, enveloped(test.envelope))
		body := w.WrapError("USER_NOT_FOUND", "no")
		require.Equal(t, test.want, string(body))
		_, err := w.Open(body)
		var unmet wire.Unmet
		if w.HasConditions() {
			require.ErrorAs(t, err, &unmet)
		}
	}
	w := compile(t, enveloped(`{"code":"SUCCESS","data":"{result}"}`))
	require.Equal(t, `{"code":"ERROR","message":"no"}`, string(w.WrapError("", "no")), "a code is broken where there is none")
	require.Equal(t, `{"code":"ERROR"}`, string(w.WrapError("", "")))
	require.True(t, json.Valid(w.WrapError("\"\n", "\x00")))
}
