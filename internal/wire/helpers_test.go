package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go/internal/wire"
)

func compile(t *testing.T, s wire.Source) *wire.Wire {
	t.Helper()
	w, err := wire.Compile(s)
	require.NoError(t, err)
	return w
}

// encoded is the body of an operation's request.
func encoded(t *testing.T, s wire.Source, op wire.Operation, values wire.Values, extra ...wire.Member) string {
	t.Helper()
	body, err := compile(t, s).Route(op).Encode(nil, &values, extra)
	require.NoError(t, err)
	return string(body)
}

// decoded is what a result says.
func decoded(t *testing.T, s wire.Source, op wire.Operation, result string) (wire.Values, []wire.Member) {
	t.Helper()
	values, extra, err := compile(t, s).Route(op).Decode([]byte(result))
	require.NoError(t, err)
	return values, extra
}

// decodeError is what is wrong with a result.
func decodeError(t *testing.T, s wire.Source, op wire.Operation, result string) string {
	t.Helper()
	values, _, err := compile(t, s).Route(op).Decode([]byte(result))
	require.Error(t, err)
	require.Zero(t, values)
	return err.Error()
}

func save(body string) wire.Source  { return wire.Source{SaveDevice: wire.Route{Body: body}} }
func login(body string) wire.Source { return wire.Source{Login: wire.Route{Body: body}} }
func get(result string) wire.Source { return wire.Source{GetDevice: wire.Route{Result: result}} }
func status(result string) wire.Source {
	return wire.Source{LoginStatus: wire.Route{Result: result}}
}

func member(name, value string) wire.Member { return wire.Member{Name: name, Value: []byte(value)} }
