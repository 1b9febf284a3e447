package openapi

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

func TestTheCommandsJSONIsOfItsSchemas(t *testing.T) {
	coreapiCommand := buildCommand(t)
	compiler := jsonschema.NewCompiler()
	codes, err := compiler.Compile("../../cmd/coreapi/codes.schema.json")
	require.NoError(t, err)
	read := func(text []byte) any {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		return value
	}
	text := coreapiCommand("codes", "-json")
	require.NoError(t, codes.Validate(read(text)))
	for _, broken := range []struct{ old, new string }{
		{`"retryable": true`, `"retryable": "true"`}, {`"action": "retry"`, `"action": "try"`}, {`"advice"`, `"advise"`},
	} {
		altered := bytes.ReplaceAll(text, []byte(broken.old), []byte(broken.new))
		require.NotEqual(t, text, altered)
		require.Error(t, codes.Validate(read(altered)), broken.new)
	}
}
