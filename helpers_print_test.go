package coreapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plantedSecret looks like nothing else, so it is found wherever it is printed.
const plantedSecret = "c4n4ry-value"

// plantedSecretForms are what it may look like there.
var plantedSecretForms = []string{plantedSecret, fmt.Sprintf("%x", plantedSecret), fmt.Sprintf("%X", plantedSecret), fmt.Sprintf("% x", plantedSecret), fmt.Sprint([]byte(plantedSecret)), "YzRuNHJ5"}

// everyVerb prints v by each verb, by value, by pointer and inside other values.
func everyVerb(v any) string {
	var all strings.Builder
	inside := struct{ V any }{v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%08.3f", "%U", "%c"} {
		for _, each := range []any{v, inside, []any{v}, map[string]any{"k": v}} {
			fmt.Fprintf(&all, verb+"\n", each)
		}
	}
	all.WriteString(fmt.Sprintln(v) + logged(v) + logged(inside))
	if data, err := json.Marshal(inside); err == nil {
		all.Write(data)
	}
	return all.String()
}

// logged is v as slog's two handlers write it.
func logged(v any) string {
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "v", v)
	return b.String()
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// errorTree lists an error's whole tree.
func errorTree(err error) []error {
	all := []error{err}
	switch wrapper := err.(type) { //nolint:errorlint // it walks the tree by itself
	case interface{ Unwrap() error }:
		if inner := wrapper.Unwrap(); inner != nil {
			all = append(all, errorTree(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			all = append(all, errorTree(inner)...)
		}
	}
	return all
}
